/* SPDX-License-Identifier: Apache-2.0 */
#include "job_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "text.h"

#define SCAN_MAX 200000 /* entries of the directory, whatever they are */

struct kept {
	struct timespec when;
	uint32_t job;
};

struct kept_list {
	size_t n, room;
	struct kept *v;
};

int job_file_path(const char *state_dir, uint32_t job, const char *suffix, char *buf,
		  struct err *err)
{
	if (text_format(buf, PATH_MAX, "%s/jobs/%u%s", state_dir, job, suffix))
		return err_set(err, -ENAMETOOLONG, "the state directory's name is too long");
	return 0;
}

int job_files_ensure_dir(const char *state_dir, struct err *err)
{
	char path[PATH_MAX];
	int rc = file_ensure_dir(state_dir, 0755, err);

	if (!rc && text_format(path, sizeof(path), "%s/jobs", state_dir))
		rc = err_set(err, -ENAMETOOLONG, "the state directory's name is too long");
	return rc ? rc : file_ensure_dir(path, 0755, err);
}

/* "17.receipt.json", and nothing that only looks like it. */
static bool parse_name(const char *name, const char *suffix, uint32_t *ret_job)
{
	const char *dot = strchr(name, '.');
	char number[16];
	uint64_t job;

	if (!dot || strcmp(dot, suffix) != 0 || (size_t)(dot - name) >= sizeof(number))
		return false;
	memcpy(number, name, (size_t)(dot - name));
	number[dot - name] = '\0';
	if (text_u64(number, 1, UINT32_MAX, &job))
		return false;
	*ret_job = (uint32_t)job;
	return true;
}

static int add(struct kept_list *list, const struct stat *st, uint32_t job)
{
	if (list->n == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		struct kept *more = realloc(list->v, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		list->v = more;
		list->room = room;
	}
	list->v[list->n++] = (struct kept){st->st_mtim, job};
	return 0;
}

static int scan(DIR *dir, const char *suffix, struct kept_list *list)
{
	struct dirent *entry;
	struct stat st;
	uint32_t job;
	int rc = 0;

	for (size_t i = 0; !rc && i < SCAN_MAX && (entry = readdir(dir)); i++) {
		if (parse_name(entry->d_name, suffix, &job) &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			rc = add(list, &st, job);
	}
	return rc;
}

static int compare(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec < y->when.tv_sec ? -1 : 1;
	if (x->when.tv_nsec != y->when.tv_nsec)
		return x->when.tv_nsec < y->when.tv_nsec ? -1 : 1;
	return x->job < y->job ? -1 : x->job > y->job;
}

static int remove_oldest(DIR *dir, const char *suffix, struct kept_list *list, unsigned keep)
{
	char name[32];
	int rc = 0;

	if (list->n <= keep)
		return 0;
	qsort(list->v, list->n, sizeof(*list->v), compare);
	for (size_t i = 0; i < list->n - keep; i++) {
		text_format(name, sizeof(name), "%u%s", list->v[i].job, suffix);
		if (unlinkat(dirfd(dir), name, 0) < 0 && errno != ENOENT)
			rc = -errno;
	}
	return rc;
}

int job_files_prune(const char *state_dir, const char *suffix, unsigned keep, struct err *err)
{
	struct kept_list list = {0};
	cleanup_dir DIR *dir = NULL;
	char path[PATH_MAX];
	int rc;

	if (text_format(path, sizeof(path), "%s/jobs", state_dir))
		return err_set(err, -ENAMETOOLONG, "the state directory's name is too long");
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	rc = scan(dir, suffix, &list);
	if (!rc)
		rc = remove_oldest(dir, suffix, &list, keep);
	free(list.v);
	return rc ? err_set(err, rc, "%s: %s", path, strerror(-rc)) : 0;
}
