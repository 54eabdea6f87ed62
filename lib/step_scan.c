/* SPDX-License-Identifier: Apache-2.0 */
#include "step_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "proc_scan.h"
#include "text.h"

#define NAME "slurmstepd"

void step_jobs_done(struct step_jobs *steps)
{
	job_ids_done(&steps->ids);
}

static int add(struct step_jobs *steps, uint32_t id)
{
	uint32_t *more = realloc(steps->ids.v, (steps->ids.n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	more[steps->ids.n++] = id;
	steps->ids.v = more;
	return 0;
}

/*
 * "slurmstepd: [17.batch]", "slurmstepd: [17.0]", "slurmstepd: [17+1.0]". One that has not given
 * itself a title yet, or never does ("slurmstepd infinity", which keeps a cgroup), is of no job; a
 * bracket with something else in it is a title that this release does not know.
 */
static int take_title(struct step_jobs *steps, const char *title)
{
	const char *at = strchr(title, '[');
	char number[16];
	size_t length;
	uint64_t id;

	if (!at)
		return 0;
	at++;
	length = strspn(at, "0123456789");
	if (!length || length >= sizeof(number) || !strchr(".+]", at[length]) || !at[length]) {
		steps->unclear = true;
		return 0;
	}
	memcpy(number, at, length);
	number[length] = '\0';
	if (text_u64(number, 1, UINT32_MAX, &id)) {
		steps->unclear = true;
		return 0;
	}
	return add(steps, (uint32_t)id);
}

/* Arguments are ended by NUL bytes in /proc; the title is the first one. */
static int look_at(const struct sysfs_dir *proc, const char *pid, void *data)
{
	cleanup_close int fd = -1;
	char path[64], text[SYSFS_VALUE_TEXT];
	ssize_t n;

	text_format(path, sizeof(path), "%s/cmdline", pid);
	fd = openat(proc->fd, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return take_title(data, text);
}

int step_scan(const char *root, struct step_jobs *ret_steps, struct err *err)
{
	cleanup_step_jobs struct step_jobs steps = {.unclear = false};
	int rc = proc_scan(root, NAME, look_at, &steps, err);

	if (rc)
		return rc;
	*ret_steps = steps;
	steps = (struct step_jobs){.unclear = false};
	return 0;
}
