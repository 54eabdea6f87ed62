/* SPDX-License-Identifier: Apache-2.0 */
#include "extra_worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rdma/fabric.h>
#include <rdma/fi_errno.h>

#include "clock.h"
#include "domains.h"
#include "extra_tests.h"
#include "text.h"
#include "view.h"

#define BAD_MAX	 4
#define ALIVE_US 100000

struct state {
	const struct extra_worker *w;
	int fd;
	size_t item; /* under way */
	uint64_t alive_us;
	struct fi_info *list;
};

static void say_alive(void *arg)
{
	struct state *s = arg;
	uint64_t now = clock_us();

	if (now < s->alive_us + ALIVE_US)
		return;
	s->alive_us = now;
	extra_wire_send(s->fd, EXTRA_WIRE_ALIVE, s->item, NULL);
}

/* The fabric that the loopback prefers. */
static struct fi_info *find(const struct state *s, size_t rail, bool direct)
{
	return domains_find(s->list, s->w->names[rail], s->w->is_verbs, direct);
}

static void say(struct extra_result *result, enum extra_state state, const char *text)
{
	*result = (struct extra_result){.state = state};
	text_printable(result->text, sizeof(result->text), text);
}

static bool test_on(struct state *s, const struct extra_item *item, struct extra_options *options,
		    bool direct, struct extra_result tests[2])
{
	struct fi_info *info = find(s, item->a, direct), *other = find(s, item->b, direct);

	switch (s->w->kind) {
	case PROBE_RDMA_READ:
		return extra_rdma_read(info, options, &tests[0]);
	case PROBE_PAIRS:
		return extra_pair(info, other, options, &tests[0]);
	case PROBE_LATENCY:
	case PROBE_BANDWIDTH:
	case PROBE_EXTRAS:
		break;
	}
	return extra_measure(info, options, &tests[0], &tests[1]);
}

/* False: something was left behind. */
static bool test(struct state *s, const struct extra_item *item, struct extra_result tests[2])
{
	const struct extra_worker *w = s->w;
	char dirs[2][64 + NAME_TEXT];
	struct extra_options options = {.rail_ms = w->rail_ms,
					.latency = w->latency,
					.bandwidth = w->bandwidth,
					.on_wait = say_alive,
					.arg = s};
	bool direct;

	for (int i = 0; i < 2 && w->is_verbs; i++) {
		text_format(dirs[i], sizeof(dirs[i]), "/sys/class/infiniband/%s",
			    w->names[i ? item->b : item->a]);
		options.device_dir[i] = dirs[i];
	}
	direct = find(s, item->a, true) && find(s, item->b, true);
	if (direct || (find(s, item->a, false) && find(s, item->b, false)))
		return test_on(s, item, &options, direct, tests);
	if (w->kind == PROBE_RDMA_READ)
		say(&tests[0], EXTRA_UNABLE, "the provider lists no domain of it for RDMA read");
	else
		say(&tests[0], EXTRA_NOT_TESTED, "the provider lists no domain of it any more");
	tests[1] = tests[0];
	return true;
}

/* The devices of these items and no others. */
static void set_view(const struct extra_worker *w)
{
	static const char *names[NODE_RAILS_MAX];
	bool seen[NODE_RAILS_MAX] = {false};
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		seen[w->items[w->which[i]].a] = true;
		seen[w->items[w->which[i]].b] = true;
	}
	for (size_t i = 0; i < NODE_RAILS_MAX; i++)
		if (seen[i])
			names[n++] = w->names[i];
	view_set(names, n);
}

void extra_worker_main(int fd, const void *arg)
{
	const struct extra_worker *w = arg;
	struct state s = {.w = w, .fd = fd};
	bool reads = w->kind == PROBE_RDMA_READ;
	struct fi_info *hints;
	size_t bad = 0;

	set_view(w);
	domains_keep_memory();
	/* Below interface 1.18 efa leaves it to messages otherwise, on the first generations. Where
	 * a device cannot, efa would abort: it is not asked here. */
	if (reads)
		setenv("FI_EFA_USE_DEVICE_RDMA", "1", 1);
	hints = domains_hints(w->provider,
			      reads ? FI_MSG | FI_RMA | FI_READ | FI_REMOTE_READ : FI_MSG);
	if (!hints || fi_getinfo(DOMAINS_API, NULL, NULL, 0, hints, &s.list))
		s.list = NULL;
	for (size_t i = 0; i < w->n && bad < BAD_MAX; i++) {
		struct extra_result tests[2];

		memset(tests, 0, sizeof(tests));
		s.item = w->which[i];
		extra_wire_send(fd, EXTRA_WIRE_BEGIN, s.item, NULL);
		bad += !test(&s, &w->items[s.item], tests);
		if (!extra_wire_send(fd, EXTRA_WIRE_RESULT, s.item, tests))
			_exit(1);
	}
}
