/* SPDX-License-Identifier: Apache-2.0 */
#include "proc_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

static bool has_name(const struct sysfs_dir *proc, const char *pid, const char *name)
{
	char path[64], text[SYSFS_VALUE_TEXT];

	if (pid[0] < '1' || pid[0] > '9' || strlen(pid) >= 16)
		return false;
	text_format(path, sizeof(path), "%s/comm", pid);
	return !sysfs_read(proc, path, text, sizeof(text), NULL) && !strcmp(text, name);
}

int proc_scan(const char *root, const char *name, proc_fn fn, void *data, struct err *err)
{
	cleanup_sysfs struct sysfs_dir top = SYSFS_DIR_NONE, proc = SYSFS_DIR_NONE;
	cleanup_close int fd = -1;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int rc = sysfs_open(root, &top, err);

	if (!rc)
		rc = sysfs_open_at(&top, "proc", &proc, err);
	if (rc)
		return rc;
	fd = openat(proc.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return err_set(err, -errno, "%s: %s", proc.path, strerror(errno));
	steal_fd(&fd);
	for (errno = 0; !rc && (entry = readdir(dir)); errno = 0) {
		if (has_name(&proc, entry->d_name, name))
			rc = fn(&proc, entry->d_name, data);
	}
	if (!rc)
		rc = -errno;
	return rc ? err_set(err, rc, "%s: %s", proc.path, strerror(-rc)) : 0;
}
