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
#include "file_way.h"
#include "text.h"

#define READS_MAX 50
#define PAUSE_NS  2000000

struct folder {
	char name[PATH_MAX]; /* for people */
	char real[PATH_MAX];
};

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

static int read_file(struct policy_files *files, const char *path, const char *name,
		     enum file_trust trust, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	int rc = file_read(path, POLICY_FILE_MAX, trust, &text, &size, err);

	return rc ? rc : policy_files_add(files, name, text, size, err);
}

/* A file of a folder; one that is not there, or goes away after it was listed, is no error. */
static int read_entry(struct policy_files *files, const struct folder *folder, const char *file,
		      enum file_trust trust, struct err *err)
{
	char path[PATH_MAX], name[PATH_MAX];
	struct err own = {""};
	int rc;

	if (text_format(path, sizeof(path), "%s/%s", folder->real, file) ||
	    text_format(name, sizeof(name), "%s/%s", folder->name, file))
		return err_set(err, -ENAMETOOLONG, "%s: the path is too long", folder->name);
	rc = read_file(files, path, name, trust, &own);
	return rc && rc != -ENOENT ? err_set(err, rc, "%s", own.text) : 0;
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

/*
 * Where the folder is now, by a path without links: a link that is replaced meanwhile does not mix
 * files of two folders. -ENOENT: there is none.
 */
static int find_folder(const char *path, const char *name, struct folder *ret_folder,
		       struct err *err)
{
	if (!realpath(path, ret_folder->real)) {
		int code = errno;

		if (code == ENOENT && file_leads_nowhere(path))
			return err_set(err, -ENOLINK,
				       "%s: a symbolic link to a folder that is not there", name);
		return err_set(err, -code, "%s: %s", path, strerror(code));
	}
	if (text_format(ret_folder->name, sizeof(ret_folder->name), "%s", name))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the path is too long", name);
	return 0;
}

static int find_site(const char *path, enum file_trust trust, struct folder *ret_folder,
		     struct err *err)
{
	int rc = find_folder(path, path, ret_folder, err);

	return rc || trust == FILE_TRUST_ANY ? rc : file_check_links(path, err);
}

static int find_dropins(const struct folder *site, enum file_trust trust, struct folder *ret_folder,
			struct err *err)
{
	char path[PATH_MAX], name[PATH_MAX];
	int rc;

	if (text_format(path, sizeof(path), "%s/policy.d", site->real) ||
	    text_format(name, sizeof(name), "%s/policy.d", site->name))
		return err_set(err, -ENAMETOOLONG, "%s: the path is too long", site->name);
	rc = find_folder(path, name, ret_folder, err);
	return rc || trust == FILE_TRUST_ANY ? rc : file_check_way(path, err);
}

static int read_dropins(struct policy_files *files, const struct folder *folder,
			enum file_trust trust, struct err *err)
{
	struct dirent **names = NULL;
	int n = scandir(folder->real, &names, is_dropin, by_name);
	int rc = 0;

	if (n < 0)
		return err_set(err, -errno, "%s: %s", folder->name, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (!rc)
			rc = read_entry(files, folder, names[i]->d_name, trust, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int read_folders(const char *site_dir, enum file_trust trust, struct policy_files *files,
			struct err *err)
{
	struct folder site, dropins;
	struct err own = {""};
	int rc = find_site(site_dir, trust, &site, &own);

	if (!rc)
		rc = read_entry(files, &site, "policy.json", trust, &own);
	if (!rc)
		rc = find_dropins(&site, trust, &dropins, &own);
	if (!rc)
		rc = read_dropins(files, &dropins, trust, &own);
	return rc && rc != -ENOENT ? err_set(err, rc, "%s", own.text) : 0;
}

static int read_all(const char *site_dir, enum file_trust trust, struct policy_files *ret_files,
		    struct err *err)
{
	int rc;

	memset(ret_files, 0, sizeof(*ret_files));
	rc = read_folders(site_dir, trust, ret_files, err);
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
 * second: files of two policies do not pass for one, nor does a file that is being written in
 * place, unless its writer rests for longer than that. Hence the manual's advice to replace it by
 * rename.
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
	rc = read_file(ret_files, path, path, trust, err);
	if (rc)
		policy_files_done(ret_files);
	return rc;
}
