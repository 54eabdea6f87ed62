/* SPDX-License-Identifier: Apache-2.0 */
#include "file_way.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define LINKS_MAX 40 /* as in path_resolution(7) */

/* done: a path without links, "" is the root; rest: what still follows it. */
struct way {
	char done[PATH_MAX], rest[PATH_MAX];
	unsigned links;
	bool links_only;
};

static bool is_ours(const struct stat *st)
{
	return !st->st_uid || st->st_uid == geteuid();
}

int file_check_owner(const struct stat *st, const char *path, struct err *err)
{
	if (!is_ours(st))
		return err_set(err, -EPERM, "%s: owned by uid %u, expected root; not trusted", path,
			       (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return err_set(err, -EPERM,
			       "%s: mode %04o lets others write; not trusted, use chmod go-w", path,
			       (unsigned)(st->st_mode & 07777));
	return 0;
}

static int too_long(const char *path, struct err *err)
{
	return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", path);
}

bool file_leads_nowhere(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode) && stat(path, &st) && errno == ENOENT;
}

/* The next part of the path; "" there is none. */
static const char *take_part(struct way *way, char *buf, size_t size)
{
	const char *at = way->rest + strspn(way->rest, "/");
	size_t n = strcspn(at, "/");

	if (n >= size)
		n = size - 1;
	memcpy(buf, at, n);
	buf[n] = '\0';
	memmove(way->rest, at + n, strlen(at + n) + 1);
	return buf;
}

static int check_dir(const char *dir, const struct stat *link, struct err *err)
{
	const char *name = dir[0] ? dir : "/";
	struct stat st;

	if (stat(name, &st))
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	if (link && st.st_mode & S_ISVTX && is_ours(&st) && is_ours(link))
		return 0;
	return file_check_owner(&st, name, err);
}

static int follow(struct way *way, const char *path, struct err *err)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	target[n] = '\0';
	if (++way->links > LINKS_MAX)
		return err_set(err, -ELOOP, "%s: too many symbolic links", path);
	if (text_format(rest, sizeof(rest), "%s/%s", target, way->rest))
		return too_long(path, err);
	memcpy(way->rest, rest, sizeof(way->rest));
	if (target[0] == '/')
		way->done[0] = '\0';
	return 0;
}

static void go_up(struct way *way)
{
	char *slash = strrchr(way->done, '/');

	if (slash)
		*slash = '\0';
}

/* One part further; a link is replaced by what it says. */
static int go_on(struct way *way, const char *part, struct err *err)
{
	char next[PATH_MAX];
	struct stat st;
	bool last = !way->rest[strspn(way->rest, "/")];
	int rc = 0;

	if (!strcmp(part, "."))
		return 0;
	if (!strcmp(part, "..")) {
		go_up(way);
		return 0;
	}
	if (text_format(next, sizeof(next), "%s/%s", way->done, part))
		return too_long(way->done, err);
	if (lstat(next, &st))
		return err_set(err, -errno, "%s: %s", next, strerror(errno));
	if (S_ISLNK(st.st_mode) || (last && !way->links_only))
		rc = check_dir(way->done, S_ISLNK(st.st_mode) ? &st : NULL, err);
	if (!rc && S_ISLNK(st.st_mode))
		return follow(way, next, err);
	memcpy(way->done, next, sizeof(way->done));
	return rc;
}

static int check(const char *path, bool links_only, struct err *err)
{
	char part[NAME_MAX + 2];
	struct way way = {.links_only = links_only};
	int rc = 0;

	if (path[0] != '/' && !getcwd(way.done, sizeof(way.done)))
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (!strcmp(way.done, "/"))
		way.done[0] = '\0';
	if (text_format(way.rest, sizeof(way.rest), "%s", path))
		return too_long(path, err);
	while (!rc && *take_part(&way, part, sizeof(part)))
		rc = go_on(&way, part, err);
	return rc;
}

int file_check_way(const char *path, struct err *err)
{
	return check(path, false, err);
}

int file_check_links(const char *path, struct err *err)
{
	return check(path, true, err);
}
