/* SPDX-License-Identifier: Apache-2.0 */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

/* A device that is being removed answers ENODEV or ENXIO on an attribute already open. */
static int gone_is_absent(int code)
{
	return code == -ENODEV || code == -ENXIO ? -ENOENT : code;
}

static int complain(const struct sysfs_dir *dir, const char *name, int code, struct err *err)
{
	return err_set(err, code, "%s%s: %s", dir->path, name, strerror(-code));
}

int sysfs_open(const char *root, struct sysfs_dir *ret_dir, struct err *err)
{
	struct sysfs_dir dir = SYSFS_DIR_NONE;
	size_t n = strlen(root);

	while (n && root[n - 1] == '/')
		n--;
	if (text_format(dir.path, sizeof(dir.path), "%.*s/", (int)n, root))
		return err_set(err, -ENAMETOOLONG, "node tree %.100s...: path too long", root);
	dir.fd = open(dir.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir.fd < 0) {
		int code = -errno;

		return err_set(err, code, "node tree %s: %s", dir.path, strerror(-code));
	}
	*ret_dir = dir;
	return 0;
}

int sysfs_open_at(const struct sysfs_dir *dir, const char *name, struct sysfs_dir *ret_dir,
		  struct err *err)
{
	struct sysfs_dir below = SYSFS_DIR_NONE;

	if (text_format(below.path, sizeof(below.path), "%s%s/", dir->path, name))
		return complain(dir, name, -ENAMETOOLONG, err);
	below.fd = openat(dir->fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (below.fd < 0)
		return complain(dir, name, gone_is_absent(-errno), err);
	*ret_dir = below;
	return 0;
}

void sysfs_close(struct sysfs_dir *dir)
{
	if (dir->fd >= 0)
		close(dir->fd);
	dir->fd = -1;
}

/* Reads to the end or until buf is full; the number of bytes, or a negative errno. */
static ssize_t read_full(int fd, char *buf, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

int sysfs_read(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
	       struct err *err)
{
	cleanup_close int fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return complain(dir, name, gone_is_absent(-errno), err);
	n = read_full(fd, buf, size);
	if (n < 0) {
		buf[0] = '\0';
		return complain(dir, name, gone_is_absent((int)n), err);
	}
	if ((size_t)n == size) {
		buf[0] = '\0';
		return err_set(err, -EFBIG, "%s%s: expected less than %zu bytes", dir->path, name,
			       size);
	}
	if (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	if (memchr(buf, '\0', (size_t)n)) {
		buf[0] = '\0';
		return err_set(err, -EINVAL, "%s%s: NUL byte in the value", dir->path, name);
	}
	return 0;
}

static int malformed(const struct sysfs_dir *dir, const char *name, const char *expected,
		     const char *found, struct err *err)
{
	char shown[64];

	text_printable(shown, sizeof(shown), found);
	return err_set(err, -EINVAL, "%s%s: expected %s, found \"%s\"", dir->path, name, expected,
		       shown);
}

int sysfs_read_hex(const struct sysfs_dir *dir, const char *name, uint32_t *ret_value,
		   struct err *err)
{
	char buf[SYSFS_VALUE_TEXT];
	size_t n;
	int r = sysfs_read(dir, name, buf, sizeof(buf), err);

	if (r)
		return r;
	n = strlen(buf);
	if (n < 3 || n > 10 || buf[0] != '0' || buf[1] != 'x' ||
	    strspn(buf + 2, "0123456789abcdefABCDEF") != n - 2)
		return malformed(dir, name, "a hexadecimal number", buf, err);
	*ret_value = (uint32_t)strtoul(buf + 2, NULL, 16);
	return 0;
}

int sysfs_read_int(const struct sysfs_dir *dir, const char *name, int min, int max, int *ret_value,
		   struct err *err)
{
	char buf[SYSFS_VALUE_TEXT];
	int r = sysfs_read(dir, name, buf, sizeof(buf), err);
	bool negative = buf[0] == '-';
	uint64_t size;
	int64_t value;

	if (r)
		return r;
	if (text_u64(buf + negative, 0, INT32_MAX, &size))
		return malformed(dir, name, "a number", buf, err);
	value = negative ? -(int64_t)size : (int64_t)size;
	if (value < min || value > max)
		return err_set(err, -EINVAL, "%s%s: expected a number from %d to %d, found %s",
			       dir->path, name, min, max, buf);
	*ret_value = (int)value;
	return 0;
}

int sysfs_read_all(const struct sysfs_dir *dir, const char *name, size_t max, char **ret_text,
		   struct err *err)
{
	cleanup_free char *buf = malloc(max + 1);
	int r;

	if (!buf)
		return err_set(err, -ENOMEM, "%s%s: out of memory", dir->path, name);
	r = sysfs_read(dir, name, buf, max + 1, err);
	if (r)
		return r;
	*ret_text = buf;
	buf = NULL;
	return 0;
}

int sysfs_link(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
	       struct err *err)
{
	ssize_t n = readlinkat(dir->fd, name, buf, size);

	if (n < 0) {
		int code = gone_is_absent(-errno);

		buf[0] = '\0';
		return complain(dir, name, code, err);
	}
	if ((size_t)n == size) {
		buf[0] = '\0';
		return err_set(err, -EFBIG, "%s%s: expected a link of less than %zu bytes",
			       dir->path, name, size);
	}
	buf[n] = '\0';
	return 0;
}

int sysfs_link_name(const struct sysfs_dir *dir, const char *name, char *buf, size_t size,
		    struct err *err)
{
	char target[SYSFS_PATH_TEXT];
	const char *last;
	int r = sysfs_link(dir, name, target, sizeof(target), err);

	if (r)
		return r;
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (text_format(buf, size, "%s", last)) {
		buf[0] = '\0';
		return err_set(err, -EFBIG, "%s%s: expected a name of less than %zu bytes",
			       dir->path, name, size);
	}
	return 0;
}

int sysfs_mode(const struct sysfs_dir *dir, const char *name, int *ret_mode)
{
	struct stat st;

	if (fstatat(dir->fd, name, &st, 0))
		return -errno;
	*ret_mode = (int)(st.st_mode & 07777);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int add_name(struct sysfs_names *names, size_t *room, const char *name)
{
	if (names->n == SYSFS_NAMES_MAX || strlen(name) >= SYSFS_NAME_TEXT)
		return -EFBIG;
	if (names->n == *room) {
		size_t more = *room ? 2 * *room : 64;
		void *grown = reallocarray(names->v, more, sizeof(*names->v));

		if (!grown)
			return -ENOMEM;
		names->v = grown;
		*room = more;
	}
	memcpy(names->v[names->n++], name, strlen(name) + 1);
	return 0;
}

static int read_names(DIR *stream, struct sysfs_names *names)
{
	size_t room = 0;

	for (;;) {
		struct dirent *entry;
		int r;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return -errno;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = add_name(names, &room, entry->d_name);
		if (r)
			return r;
	}
}

int sysfs_list(const struct sysfs_dir *dir, const char *name, struct sysfs_names *ret_names,
	       struct err *err)
{
	cleanup_sysfs_names struct sysfs_names names = {0};
	cleanup_close int fd = openat(dir->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *stream = NULL;
	int r;

	if (fd < 0)
		return complain(dir, name, gone_is_absent(-errno), err);
	stream = fdopendir(fd);
	if (!stream)
		return complain(dir, name, -errno, err);
	steal_fd(&fd);
	r = read_names(stream, &names);
	if (r)
		return complain(dir, name, gone_is_absent(r), err);
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), compare_names);
	*ret_names = names;
	names = (struct sysfs_names){0};
	return 0;
}

void sysfs_names_done(struct sysfs_names *names)
{
	free(names->v);
	*names = (struct sysfs_names){0};
}
