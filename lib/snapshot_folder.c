/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

#define DIR_MODE  0755
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int complain(const struct snapshot_folder *folder, const char *below, int code,
		    struct err *err)
{
	return err_set(err, code, "%s%s%s: %s", folder->path, below[0] ? "/" : "", below,
		       strerror(-code));
}

/* The parent's descriptor, and the directory's name in it. */
static int open_parent(struct snapshot_folder *folder, struct err *err)
{
	char path[PATH_MAX];
	size_t n = strlen(folder->path);
	const char *name;

	if (!n || n >= sizeof(path))
		return err_set(err, n ? -ENAMETOOLONG : -EINVAL,
			       "expected the name of a directory, found %s",
			       n ? "one that is too long" : "an empty one");
	memcpy(path, folder->path, n + 1);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	name = strrchr(path, '/');
	if (text_format(folder->name, sizeof(folder->name), "%s", name ? name + 1 : path))
		return complain(folder, "", -ENAMETOOLONG, err);
	if (name)
		path[name - path + 1] = '\0';
	folder->parent_fd = open(name ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder->parent_fd < 0)
		return err_set(err, -errno, "%s: %s (%s must be a directory that is there)",
			       folder->path, strerror(errno), name ? path : ".");
	return 0;
}

static bool is_empty(int fd)
{
	cleanup_dir DIR *stream = NULL;
	int copy = openat(fd, ".", DIR_FLAGS);
	const struct dirent *entry;

	stream = copy < 0 ? NULL : fdopendir(copy);
	if (!stream) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	while ((entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	}
	return true;
}

static int check_existing(const struct snapshot_folder *folder, struct err *err)
{
	struct stat st;

	if (fstat(folder->fd, &st))
		return complain(folder, "", -errno, err);
	if ((st.st_uid && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(err, -EPERM,
			       "%s: owned by uid %u, mode %04o; expected a directory that nobody "
			       "else may write, name one that is not there yet",
			       folder->path, (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
	if (!is_empty(folder->fd))
		return err_set(err, -EEXIST,
			       "%s: not empty; name a directory that is empty or not there yet",
			       folder->path);
	return 0;
}

static int open_existing(struct snapshot_folder *folder, struct err *err)
{
	folder->fd = openat(folder->parent_fd, folder->name[0] ? folder->name : ".", DIR_FLAGS);
	if (folder->fd >= 0)
		return check_existing(folder, err);
	if (errno == ENOTDIR || errno == ELOOP)
		return err_set(err, -EEXIST,
			       "%s: not a directory (links are not followed); name a directory "
			       "that is empty or not there yet",
			       folder->path);
	return complain(folder, "", -errno, err);
}

/* The umask took bits from what was asked for. */
static int open_made(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, DIR_FLAGS);

	if (fd >= 0 && fchmod(fd, DIR_MODE)) {
		int code = -errno;

		close(fd);
		return code;
	}
	return fd < 0 ? -errno : fd;
}

int snapshot_folder_open(const char *path, struct snapshot_folder *ret_folder, struct err *err)
{
	struct snapshot_folder folder = {.fd = -1, .parent_fd = -1, .path = path};
	int r = open_parent(&folder, err);

	if (!r && folder.name[0] && !mkdirat(folder.parent_fd, folder.name, DIR_MODE)) {
		folder.created = true;
		r = folder.fd = open_made(folder.parent_fd, folder.name);
		r = r < 0 ? complain(&folder, "", r, err) : 0;
	} else if (!r && folder.name[0] && errno != EEXIST) {
		r = complain(&folder, "", -errno, err);
	} else if (!r) {
		r = open_existing(&folder, err);
	}
	if (r) {
		snapshot_folder_remove(&folder);
		snapshot_folder_close(&folder);
		return r;
	}
	*ret_folder = folder;
	return 0;
}

/* The directory that an entry is in, step by step; its descriptor or a negative errno. */
static int open_dir_of(int fd, const char *path, const char **ret_name)
{
	char name[NAME_MAX + 1];
	int dir = openat(fd, ".", DIR_FLAGS);

	for (const char *slash; dir >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		int next;

		if (text_format(name, sizeof(name), "%.*s", (int)(slash - path), path)) {
			close(dir);
			return -ENAMETOOLONG;
		}
		next = openat(dir, name, DIR_FLAGS);
		close(dir);
		dir = next;
	}
	*ret_name = path;
	return dir < 0 ? -errno : dir;
}

static int write_all(int fd, const char *text, size_t size)
{
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

static int write_file(int dir, const char *name, const struct snapshot_entry *entry)
{
	cleanup_close int fd = openat(dir, name,
				      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, entry->text, strlen(entry->text));
	if (!r && entry->text[0])
		r = write_all(fd, "\n", 1);
	if (!r && (fchmod(fd, entry->mode & 0777) || close(steal_fd(&fd))))
		r = -errno;
	if (r)
		unlinkat(dir, name, 0);
	return r;
}

static int make_dir(int dir, const char *name)
{
	int fd;

	if (mkdirat(dir, name, DIR_MODE))
		return -errno;
	fd = open_made(dir, name);
	if (fd < 0) {
		unlinkat(dir, name, AT_REMOVEDIR);
		return fd;
	}
	close(fd);
	return 0;
}

static int write_entry(const struct snapshot_folder *folder, const struct snapshot_entry *entry)
{
	const char *name;
	cleanup_close int dir = open_dir_of(folder->fd, entry->path, &name);

	if (dir < 0)
		return dir;
	if (entry->kind == SNAPSHOT_FILE)
		return write_file(dir, name, entry);
	if (entry->kind == SNAPSHOT_DIR)
		return make_dir(dir, name);
	return symlinkat(entry->text, dir, name) ? -errno : 0;
}

static void remove_entry(const struct snapshot_folder *folder, const struct snapshot_entry *entry)
{
	const char *name;
	cleanup_close int dir = open_dir_of(folder->fd, entry->path, &name);

	if (dir >= 0)
		unlinkat(dir, name, entry->kind == SNAPSHOT_DIR ? AT_REMOVEDIR : 0);
}

int snapshot_folder_write(struct snapshot_folder *folder, const struct snapshot *snapshot,
			  struct err *err)
{
	size_t done = 0;
	int r = 0;

	while (!r && done < snapshot->n)
		r = write_entry(folder, &snapshot->v[done++]);
	if (!r)
		return 0;
	done--;
	if (r == -EEXIST)
		err_set(err, r,
			"%s/%s: somebody else put it there meanwhile; name a directory where "
			"nobody "
			"else may write",
			folder->path, snapshot->v[done].path);
	else
		complain(folder, snapshot->v[done].path, r, err);
	while (done)
		remove_entry(folder, &snapshot->v[--done]);
	return r;
}

void snapshot_folder_remove(struct snapshot_folder *folder)
{
	if (folder->created)
		unlinkat(folder->parent_fd, folder->name, AT_REMOVEDIR);
	folder->created = false;
}

void snapshot_folder_close(struct snapshot_folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	if (folder->parent_fd >= 0)
		close(folder->parent_fd);
	folder->fd = folder->parent_fd = -1;
}
