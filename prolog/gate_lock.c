/* SPDX-License-Identifier: Apache-2.0 */
#include "gate_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "text.h"

#define LOCK_POLL_MS 20

/* Mode 0600: whoever can open a file can lock it, and nobody but root may stop the gate. */
static int open_lock(const char *path, struct err *err)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0)
		return err_set(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077)) {
		close(fd);
		return err_set(err, -EPERM,
			       "%s: expected a file that only its owner, the gate, can open; "
			       "remove it",
			       path);
	}
	return fd;
}

static int take(const char *run_dir, const char *name, const struct deadline *deadline,
		struct err *err)
{
	cleanup_close int fd = -1;
	char path[PATH_MAX];
	int rc;

	if (text_format(path, sizeof(path), "%s/%s", run_dir, name))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	rc = file_ensure_dir(run_dir, 0755, err);
	if (rc)
		return rc;
	fd = open_lock(path, err);
	if (fd < 0)
		return fd;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(err, -errno, "%s: cannot lock: %s", path, strerror(errno));
		if (deadline_left(deadline) == 0)
			return err_set(err, -ETIMEDOUT,
				       "%s: another check held it for all of this one's time",
				       path);
		clock_sleep_ms(LOCK_POLL_MS);
	}
	return steal_fd(&fd);
}

int gate_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err)
{
	return take(run_dir, "lock", deadline, err);
}

int drain_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err)
{
	return take(run_dir, "drain.lock", deadline, err);
}

int report_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err)
{
	return take(run_dir, "report.lock", deadline, err);
}

int counters_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err)
{
	return take(run_dir, "counters.lock", deadline, err);
}
