/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "text.h"

#define FD_PATH 32

int tree_open(const char *root, struct tree *ret_tree, struct err *err)
{
	struct tree tree = {.live = !*root || !strcmp(root, "/"), .owner = 0};
	struct stat st;

	tree.fd = open(tree.live ? "/" : root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree.fd < 0 || fstat(tree.fd, &st))
		return err_set(err, -errno, "%s: %s", root, strerror(errno));
	if (!tree.live) {
		char link[FD_PATH];
		ssize_t n;

		tree.owner = st.st_uid;
		text_format(link, sizeof(link), "/proc/self/fd/%d", tree.fd);
		n = readlink(link, tree.root, sizeof(tree.root) - 1);
		if (n < 0) {
			tree_close(&tree);
			return err_set(err, -errno, "%s: %s", root, strerror(errno));
		}
		tree.root[n] = '\0';
	}
	*ret_tree = tree;
	return 0;
}

void tree_close(struct tree *tree)
{
	if (tree->fd >= 0)
		close(tree->fd);
	tree->fd = -1;
}

/* A descriptor, or a negative errno. Kernels before 5.6 cannot keep links inside of a folder. */
static int open_in(const struct tree *tree, const char *path, int flags)
{
	struct open_how how = {.flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	char outside[PATH_MAX];
	int fd;

	if (tree->live) {
		fd = open(path, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	fd = (int)syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
	if (fd < 0 && errno == ENOSYS) {
		if (tree_outside(tree, path, outside, sizeof(outside)))
			return -ENAMETOOLONG;
		fd = open(outside, flags | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

int tree_stat(const struct tree *tree, const char *path, struct stat *ret_st)
{
	cleanup_close int fd = open_in(tree, path, O_PATH);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_st) ? -errno : 0;
}

int tree_real(const struct tree *tree, const char *path, char *buf, size_t size)
{
	cleanup_close int fd = open_in(tree, path, O_PATH);
	char link[FD_PATH], real[PATH_MAX];
	size_t skip = strlen(tree->root);
	ssize_t n;

	if (fd < 0)
		return fd;
	text_format(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n < 0)
		return -errno;
	real[n] = '\0';
	if (strncmp(real, tree->root, skip) != 0)
		return -EXDEV;
	return text_format(buf, size, "%s", real + skip);
}

/* All bytes of a regular file. */
static int read_bytes(const struct tree *tree, const char *path, size_t max, char **ret_data,
		      size_t *ret_size)
{
	cleanup_close int fd = open_in(tree, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *data = NULL;
	size_t size = 0, room = 0;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	for (;;) {
		ssize_t n;

		if (size + 1 >= room) {
			char *more = realloc(data, room = room ? 2 * room : 4096);

			if (!more)
				return -ENOMEM;
			data = more;
		}
		n = read(fd, data + size, room - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		size += (size_t)n;
		if (size > max)
			return -EFBIG;
	}
	data[size] = '\0';
	*ret_data = data;
	*ret_size = size;
	data = NULL;
	return 0;
}

int tree_read(const struct tree *tree, const char *path, size_t max, char **ret_text,
	      size_t *ret_size, struct err *err)
{
	char *text = NULL;
	size_t size;
	int rc = read_bytes(tree, path, max, &text, &size);

	if (!rc && memchr(text, '\0', size)) {
		free(text);
		return err_set(err, -EINVAL, "%s: contains a NUL byte", path);
	}
	if (rc == -EINVAL)
		return err_set(err, rc, "%s: not a regular file", path);
	if (rc)
		return err_set(err, rc, "%s: %s", path, strerror(-rc));
	*ret_text = text;
	*ret_size = size;
	return 0;
}

int tree_read_elf(const struct tree *tree, const char *path, void **ret_data,
		  struct elf_file *ret_elf, struct err *err)
{
	cleanup_free char *data = NULL;
	size_t size;
	int rc = read_bytes(tree, path, ELF_FILE_MAX, &data, &size);

	if (rc)
		return err_set(err, rc, "%s: %s", path, strerror(-rc));
	rc = elf_parse(path, data, size, ret_elf, err);
	if (rc)
		return rc;
	*ret_data = data;
	data = NULL;
	return 0;
}

int tree_line(const struct tree *tree, const char *path, char *buf, size_t size)
{
	cleanup_free char *text = NULL;
	size_t n;
	int rc = tree_read(tree, path, 4096, &text, &n, NULL);

	if (rc)
		return rc;
	text[strcspn(text, "\n")] = '\0';
	return text_format(buf, size, "%s", text);
}

int tree_outside(const struct tree *tree, const char *path, char *buf, size_t size)
{
	return text_format(buf, size, "%s%s", tree->root, path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The entries of one directory that match. */
static int glob_dir(const struct tree *tree, const char *dir, const char *pattern,
		    char (*paths)[TREE_PATH], size_t max, size_t *ret_n)
{
	int fd = open_in(tree, dir, O_RDONLY | O_DIRECTORY);
	cleanup_dir DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t n = 0;

	if (fd < 0)
		return fd;
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(stream))) {
		if (fnmatch(pattern, entry->d_name, FNM_PERIOD))
			continue;
		if (n == max)
			return -EFBIG;
		if (!text_format(paths[n], TREE_PATH, "%s/%s", strcmp(dir, "/") ? dir : "",
				 entry->d_name))
			n++;
	}
	qsort(paths, n, TREE_PATH, by_name);
	*ret_n = n;
	return 0;
}

int tree_glob(const struct tree *tree, const char *pattern, char (*paths)[TREE_PATH], size_t max,
	      size_t *ret_n)
{
	const char *slash = strrchr(pattern, '/');
	char dir[TREE_PATH];
	struct stat st;
	int rc;

	*ret_n = 0;
	if (!slash || text_format(dir, sizeof(dir), "%.*s", (int)(slash - pattern), pattern))
		return -EINVAL;
	if (strpbrk(slash, "*?["))
		return glob_dir(tree, *dir ? dir : "/", slash + 1, paths, max, ret_n);
	rc = tree_stat(tree, pattern, &st);
	if (!rc)
		rc = text_format(paths[0], TREE_PATH, "%s", pattern);
	*ret_n = !rc;
	return rc;
}

static bool others_write(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH);
}

static bool owned(const struct tree *tree, const struct stat *st)
{
	return !st->st_uid || st->st_uid == tree->owner;
}

bool tree_trusted(const struct tree *tree, const char *path, char *why, size_t size)
{
	char real[TREE_PATH], *slash;
	struct stat st;
	const char *at = path;

	for (int i = 0; i < 2; i++) {
		if (tree_stat(tree, at, &st))
			return true; /* that it is not there is another matter */
		if (!owned(tree, &st))
			text_format(why, size, "%s belongs to uid %u", at, (unsigned)st.st_uid);
		else if (others_write(&st))
			text_format(why, size, "%s has mode %04o, others may write it", at,
				    (unsigned)(st.st_mode & 07777));
		if (!owned(tree, &st) || others_write(&st))
			return false;
		if (tree_real(tree, path, real, sizeof(real)))
			return true;
		slash = strrchr(real, '/');
		slash[slash == real] = '\0';
		at = real;
	}
	return true;
}
