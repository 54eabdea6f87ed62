/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "attribute.h"
#include "cleanup.h"
#include "clock.h"
#include "helper.h"
#include "text.h"

#define RESERVE_MS 100 /* to end what does not answer, and to write */

_Static_assert(sizeof(struct rail_counters) <= HELPER_MESSAGE_MAX, "a message of a helper");
_Static_assert(sizeof(struct rail_counters) <= PIPE_BUF, "a message is written in one piece");

struct reading {
	const char *class_dir, *name;
};

static void fail(struct rail_counters *rail, enum counters_state state, const char *why)
{
	rail->state = state;
	rail->have = 0;
	text_printable(rail->text, sizeof(rail->text), why);
}

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Drivers before r1.14 have all counters in the device's directory. */
static int read_one(int port, int device, size_t i, uint64_t *ret_value, struct err *err)
{
	const struct counter_row *row = &counter_rows[i];
	int rc = -ENOENT;

	if (row->of_port && port >= 0)
		rc = attribute_read(port, row->name, ret_value, err);
	if (rc == -ENOENT && device >= 0)
		rc = attribute_read(device, row->name, ret_value, err);
	return rc;
}

void reader_read(const char *class_dir, const char *name, struct rail_counters *ret_rail)
{
	cleanup_close int class = open_dir(AT_FDCWD, class_dir);
	cleanup_close int rail = class < 0 ? -1 : open_dir(class, name);
	cleanup_close int port = rail < 0 ? -1 : open_dir(rail, "ports/1/hw_counters");
	cleanup_close int device = rail < 0 ? -1 : open_dir(rail, "hw_counters");
	struct err err = {""};
	int rc;

	memset(ret_rail, 0, sizeof(*ret_rail));
	text_format(ret_rail->name, sizeof(ret_rail->name), "%s", name);
	ret_rail->state = COUNTERS_READ;
	if (rail < 0) {
		fail(ret_rail, COUNTERS_GONE, "no RDMA device of this name");
		return;
	}
	for (size_t i = 0; i < COUNTERS_N; i++) {
		rc = read_one(port, device, i, &ret_rail->v[i], &err);
		if (!rc)
			ret_rail->have |= UINT64_C(1) << i;
		else if (rc != -ENOENT) {
			fail(ret_rail, COUNTERS_FAILED, err.text);
			return;
		}
	}
	if (!ret_rail->have)
		fail(ret_rail, COUNTERS_FAILED, "its driver has no counters");
}

static void helper_body(int fd, const void *arg)
{
	const struct reading *reading = arg;
	struct rail_counters rail;

	reader_read(reading->class_dir, reading->name, &rail);
	(void)!write(fd, &rail, sizeof(rail));
}

/* A helper may have gone mad: nothing is believed that was not looked at. */
static bool is_sound(const struct rail_counters *said, const char *name)
{
	size_t used = strnlen(said->text, sizeof(said->text));

	if (used == sizeof(said->text) || (unsigned)said->state > COUNTERS_FAILED ||
	    (said->state == COUNTERS_READ) != (said->have != 0) || said->have >> COUNTERS_N)
		return false;
	for (size_t i = 0; i < used; i++) {
		if (said->text[i] < ' ' || said->text[i] > '~')
			return false;
	}
	return strncmp(said->name, name, sizeof(said->name)) == 0;
}

/* Listen to one helper; true when nothing more is to come from it. */
static bool take(struct helper *helper, struct rail_counters *rail)
{
	struct rail_counters said;

	switch (helper_read(helper, &said, sizeof(said))) {
	case HELPER_QUIET:
		return false;
	case HELPER_MESSAGE:
		if (is_sound(&said, rail->name))
			*rail = said;
		else
			fail(rail, COUNTERS_FAILED, "its reader sent garbage");
		break;
	case HELPER_ENDED:
		fail(rail, COUNTERS_FAILED, "its reader died");
		break;
	}
	helper_end(helper);
	return true;
}

static size_t start_all(const char *class_dir, struct helper *helpers, struct counters *counters)
{
	char text[COUNTERS_TEXT];
	size_t running = 0;

	for (size_t i = 0; i < counters->n; i++) {
		struct reading reading = {class_dir, counters->rails[i].name};
		int rc = helper_start(&helpers[i], helper_body, &reading);

		running += !rc;
		if (!rc)
			continue;
		helpers[i].fd = -1;
		text_format(text, sizeof(text), "no process to read it in: %s", strerror(-rc));
		fail(&counters->rails[i], COUNTERS_NOT_READ, text);
	}
	return running;
}

static void listen_all(struct helper *helpers, size_t running, uint64_t end,
		       struct counters *counters)
{
	struct pollfd polls[NODE_RAILS_MAX];
	uint64_t now;

	while (running && (now = clock_ms()) < end) {
		/* poll leaves out what is negative. */
		for (size_t i = 0; i < counters->n; i++)
			polls[i] = (struct pollfd){.fd = helpers[i].fd, .events = POLLIN};
		if (poll(polls, counters->n, (int)(end - now)) < 0 && errno != EINTR)
			return;
		for (size_t i = 0; i < counters->n; i++) {
			if (helpers[i].fd >= 0 && polls[i].revents)
				running -= take(&helpers[i], &counters->rails[i]);
		}
	}
}

/* The signal first to all, so that none is waited for while another could be ending. */
static void end_all(struct helper *helpers, unsigned budget_ms, struct counters *counters)
{
	char text[COUNTERS_TEXT];

	text_format(text, sizeof(text), "no answer within %u ms", budget_ms);
	for (size_t i = 0; i < counters->n; i++) {
		if (helpers[i].fd >= 0)
			kill(helpers[i].pid, SIGKILL);
	}
	for (size_t i = 0; i < counters->n; i++) {
		if (helpers[i].fd < 0)
			continue;
		helper_end(&helpers[i]);
		fail(&counters->rails[i], COUNTERS_SILENT, text);
	}
}

void reader_run(const char *class_dir, const char *const *names, size_t n, unsigned budget_ms,
		struct counters *ret_counters)
{
	struct helper helpers[NODE_RAILS_MAX];
	unsigned wait_ms = budget_ms - MIN(budget_ms / 4, RESERVE_MS);
	uint64_t end = clock_ms() + wait_ms;

	counters_not_read(names, n, "", ret_counters);
	listen_all(helpers, start_all(class_dir, helpers, ret_counters), end, ret_counters);
	end_all(helpers, wait_ms, ret_counters);
}
