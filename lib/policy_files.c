/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "text.h"

#define READS_MAX 50
#define PAUSE_NS  2000000

int policy_files_add(struct policy_files *files, const char *name, const char *text, size_t size,
		     struct err *err)
{
	struct policy_file *file = &files->v[files->n];

	if (files->n == POLICY_FILES_MAX)
		return err_set(err, -E2BIG, "%s: more than %d files of settings", name,
			       POLICY_FILES_MAX);
	*file = (struct policy_file){strdup(name), strndup(text, size), size};
	files->n++;
	return file->name && file->text ? 0 : err_set(err, -ENOMEM, "%s: out of memory", name);
}

void policy_files_done(struct policy_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->v[i].name);
		free(files->v[i].text);
	}
	memset(files, 0, sizeof(*files));
}

static int read_file(struct policy_files *files, const char *path, enum file_trust trust,
		     struct err *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	int rc = file_read(path, POLICY_FILE_MAX, trust, &text, &size, err);

	return rc ? rc : policy_files_add(files, path, text, size, err);
}

static int is_dropin(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && !strcmp(name + n - 5, ".json");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One that goes away between being listed and being read is not there. */
static int read_entries(struct policy_files *files, const char *dir, struct dirent **names, int n,
			enum file_trust trust, struct err *err)
{
	char path[PATH_MAX];
	struct err own = {""};
	int rc = 0;

	for (int i = 0; !rc && i < n; i++) {
		if (text_format(path, sizeof(path), "%s/%s", dir, names[i]->d_name))
			return err_set(err, -ENAMETOOLONG, "%s: the path is too long", dir);
		rc = read_file(files, path, trust, &own);
		if (rc == -ENOENT)
			rc = 0;
	}
	return rc ? err_set(err, rc, "%s", own.text) : 0;
}

static int read_dropins(struct policy_files *files, const char *site_dir, enum file_trust trust,
			struct err *err)
{
	struct dirent **names = NULL;
	char dir[PATH_MAX];
	int n, rc;

	if (text_format(dir, sizeof(dir), "%s/policy.d", site_dir))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", site_dir);
	n = scandir(dir, &names, is_dropin, by_name);
	if (n < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "%s: %s", dir, strerror(errno));
	rc = read_entries(files, dir, names, n, trust, err);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc;
}

static int read_all(const char *site_dir, enum file_trust trust, struct policy_files *ret_files,
		    struct err *err)
{
	char path[PATH_MAX];
	struct err own = {""};
	int rc;

	memset(ret_files, 0, sizeof(*ret_files));
	if (text_format(path, sizeof(path), "%s/policy.json", site_dir))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", site_dir);
	rc = read_file(ret_files, path, trust, &own);
	if (rc && rc != -ENOENT)
		err_set(err, rc, "%s", own.text);
	else
		rc = read_dropins(ret_files, site_dir, trust, err);
	if (rc)
		policy_files_done(ret_files);
	return rc;
}

static bool same(const struct policy_files *a, const struct policy_files *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].name, b->v[i].name) != 0 || a->v[i].size != b->v[i].size ||
		    memcmp(a->v[i].text, b->v[i].text, a->v[i].size) != 0)
			return false;
	return true;
}

/*
 * What is the same in both readings was so from the end of the first to the beginning of the
 * second: neither a file that was being written in place nor files of two policies pass for one.
 */
int policy_files_read(const char *site_dir, enum file_trust trust, struct policy_files *ret_files,
		      struct err *err)
{
	static const struct timespec pause = {0, PAUSE_NS};
	struct policy_files again;
	int rc = read_all(site_dir, trust, ret_files, err);

	for (int i = 0; !rc && i < READS_MAX; i++) {
		bool is_same;

		rc = read_all(site_dir, trust, &again, err);
		is_same = !rc && same(ret_files, &again);
		policy_files_done(ret_files);
		*ret_files = again;
		if (is_same)
			return 0;
		if (i)
			nanosleep(&pause, NULL);
	}
	policy_files_done(ret_files);
	return rc ? rc
		  : err_set(err, -EAGAIN, "%s: the policy's files change while they are read",
			    site_dir);
}

int policy_files_read_one(const char *path, enum file_trust trust, struct policy_files *ret_files,
			  struct err *err)
{
	int rc;

	memset(ret_files, 0, sizeof(*ret_files));
	rc = read_file(ret_files, path, trust, err);
	if (rc)
		policy_files_done(ret_files);
	return rc;
}
