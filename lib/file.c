/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file_way.h"
#include "text.h"

/* Of a text, from 1. */
static unsigned last_line(const char *text)
{
	unsigned line = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		line++;
	}
	return line;
}

/* All of fd into a fresh buffer; the size in stat is only a hint (files in /proc and /sys have
 * none). */
static int read_all(int fd, const char *path, size_t max, char **ret_text, size_t *ret_size,
		    struct err *err)
{
	size_t size = 0, room = 0;
	cleanup_free char *text = NULL;

	for (;;) {
		ssize_t n;

		if (size + 1 >= room) {
			char *more = realloc(text, room = room ? 2 * room : 4096);

			if (!more)
				return err_set(err, -ENOMEM, "%s: out of memory", path);
			text = more;
		}
		n = read(fd, text + size, room - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, -errno, "%s: %s", path, strerror(errno));
		if (!n)
			break;
		size += (size_t)n;
		if (size > max)
			return err_set(err, -EFBIG, "%s: larger than %zu bytes", path, max);
	}
	text[size] = '\0';
	if (memchr(text, '\0', size))
		return err_set(err, -EINVAL, "%s:%u: contains a NUL byte", path, last_line(text));
	*ret_text = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

/*
 * The way of a file that was opened. Names that lead nowhere although the kernel gets there, as
 * those in /proc do, are no absent file: a caller would go on without it. One that went away
 * meanwhile is.
 */
static int check_way(const char *path, const struct stat *opened, struct err *err)
{
	struct err why = {""};
	struct stat st;
	int rc = file_check_way(path, &why);

	if (rc == -ENOENT && !stat(path, &st) && st.st_dev == opened->st_dev &&
	    st.st_ino == opened->st_ino)
		return err_set(err, -EPERM, "%s: its place has no name (%s); not trusted", path,
			       why.text);
	return rc ? err_set(err, rc, "%s", why.text) : 0;
}

int file_read(const char *path, size_t max, enum file_trust trust, char **ret_text,
	      size_t *ret_size, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int code = errno, rc;
	struct stat st;

	if (fd < 0 && code == ENOENT && file_leads_nowhere(path))
		return err_set(err, -ENOLINK, "%s: a symbolic link to a file that is not there",
			       path);
	if (fd < 0)
		return err_set(err, -code, "%s: %s", path, strerror(code));
	if (fstat(fd, &st))
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: not a regular file", path);
	if (trust == FILE_TRUST_OWNER) {
		rc = file_check_owner(&st, path, err);
		if (!rc)
			rc = check_way(path, &st, err);
		if (rc)
			return rc;
	}
	return read_all(fd, path, max, ret_text, ret_size, err);
}

int file_write_all(int fd, const void *data, size_t size)
{
	const char *text = data;

	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int replace(const char *path, const char *text, size_t size, mode_t mode, bool sync,
		   struct err *err)
{
	char temp[PATH_MAX];
	cleanup_close int fd = -1;
	int rc;

	if (text_format(temp, sizeof(temp), "%s.XXXXXX", path))
		return err_set(err, -ENAMETOOLONG, "%s: path is too long", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "%s: cannot make a new file beside it: %s", path,
			       strerror(errno));
	rc = file_write_all(fd, text, size);
	if (!rc && (fchmod(fd, mode) || (sync && fsync(fd)) || rename(temp, path)))
		rc = -errno;
	if (rc) {
		unlink(temp);
		return err_set(err, rc, "%s: cannot be replaced: %s", path, strerror(-rc));
	}
	return 0;
}

int file_replace(const char *path, const char *text, size_t size, mode_t mode, struct err *err)
{
	return replace(path, text, size, mode, true, err);
}

int file_replace_unsynced(const char *path, const char *text, size_t size, mode_t mode,
			  struct err *err)
{
	return replace(path, text, size, mode, false, err);
}

int file_ensure_dir(const char *path, mode_t mode, struct err *err)
{
	struct stat st;

	if (!mkdir(path, mode)) {
		/* mkdir is subject to the umask; the mode asked for is meant. */
		if (chmod(path, mode))
			return err_set(err, -errno, "%s: %s", path, strerror(errno));
		return 0;
	}
	if (errno != EEXIST)
		return err_set(err, -errno, "%s: cannot make this directory: %s", path,
			       strerror(errno));
	if (lstat(path, &st))
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, -ENOTDIR, "%s: not a directory", path);
	return file_check_owner(&st, path, err);
}
