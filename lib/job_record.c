/* SPDX-License-Identifier: Apache-2.0 */
#include "job_record.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "json.h"
#include "text.h"

#define RECORD_VERSION 1
#define TIME_MAX       253402300799 /* the last second of the year 9999 */
#define COUNT(list)    (sizeof(list) / sizeof((list)[0]))

static int make_path(const char *run_dir, uint32_t id, const char *suffix, char *path,
		     struct err *err)
{
	if (text_format(path, PATH_MAX, "%s/jobs/%u%s", run_dir, id, suffix))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	return 0;
}

int job_record_reading(const char *run_dir, uint32_t id, char *buf, struct err *err)
{
	return make_path(run_dir, id, ".counters", buf, err);
}

static int make_dirs(const char *run_dir, struct err *err)
{
	char path[PATH_MAX];
	int rc = file_ensure_dir(run_dir, 0755, err);

	if (!rc && text_format(path, sizeof(path), "%s/jobs", run_dir))
		rc = err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	return rc ? rc : file_ensure_dir(path, 0755, err);
}

static int keep_reading(const char *run_dir, uint32_t id, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	int rc = job_record_reading(run_dir, id, to, err);

	if (rc || text_format(from, sizeof(from), "%s/counters.json", run_dir))
		return rc ? rc
			  : err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	/* The same job once more, given back to the queue before. */
	if (unlink(to) < 0 && errno != ENOENT)
		return err_set(err, -errno, "%s: cannot be removed: %s", to, strerror(errno));
	if (link(from, to) < 0 && errno != ENOENT)
		return err_set(err, -errno, "%s: cannot be kept as %s: %s", from, to,
			       strerror(errno));
	return 0;
}

static int write_record(const struct job_record *record, const char *path, struct json_out *out,
			struct err *err)
{
	char request[REQUEST_TEXT];
	const char *text;
	size_t size;
	int rc = request_format(&record->request, request, sizeof(request));

	if (rc)
		return err_set(err, rc, "%s: the request is too long", path);
	json_out_open(out, NULL, '{');
	json_out_int(out, "version", RECORD_VERSION);
	json_out_int(out, "job", record->id);
	json_out_int(out, "uid", record->uid);
	json_out_string(out, "boot_id", record->boot_id);
	json_out_int(out, "started_at", record->started_at);
	json_out_int(out, "started_ms", (int64_t)record->started_ms);
	json_out_string(out, "request", request);
	json_out_close(out);
	rc = json_out_done(out, &text, &size, err);
	return rc ? rc : file_replace(path, text, size, 0644, err);
}

int job_record_save(const char *run_dir, const struct job_record *record, struct err *err)
{
	struct json_out *out;
	char path[PATH_MAX];
	int rc = make_path(run_dir, record->id, "", path, err), kept;

	if (!rc)
		rc = make_dirs(run_dir, err);
	if (rc)
		return rc;
	out = json_out_new(false);
	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	/* A job without a reading is a job all the same. */
	kept = keep_reading(run_dir, record->id, err);
	rc = write_record(record, path, out, err);
	json_out_free(out);
	return rc ? rc : kept;
}

static int read_number(const struct json *root, const char *key, int64_t max, int64_t *ret_number,
		       struct err *err)
{
	const struct json *value;
	int rc = json_need(root, key, &value, err);

	return rc ? rc : json_int(value, 0, max, ret_number, err);
}

static int read_record(const struct json *root, uint32_t id, struct job_record *record,
		       struct err *err)
{
	static const char *const keys[] = {"version",	 "job",	       "uid",	 "boot_id",
					   "started_at", "started_ms", "request"};
	int64_t version = 0, job = 0, uid = 0, started_ms = 0;
	const struct json *boot_id, *request;
	char text[REQUEST_TEXT];
	struct err why;
	int rc = json_only_keys(root, keys, COUNT(keys), err);

	if (!rc)
		rc = read_number(root, "version", RECORD_VERSION, &version, err);
	if (!rc)
		rc = read_number(root, "job", UINT32_MAX, &job, err);
	if (!rc && job != id)
		rc = json_complain(json_member(root, "job"), -EINVAL, err, "expected %u", id);
	if (!rc)
		rc = read_number(root, "uid", UINT32_MAX, &uid, err);
	if (!rc)
		rc = json_need(root, "boot_id", &boot_id, err);
	if (!rc)
		rc = json_string(boot_id, 0, record->boot_id, sizeof(record->boot_id), err);
	if (!rc)
		rc = read_number(root, "started_at", TIME_MAX, &record->started_at, err);
	if (!rc)
		rc = read_number(root, "started_ms", INT64_MAX, &started_ms, err);
	if (!rc)
		rc = json_need(root, "request", &request, err);
	if (!rc)
		rc = json_string(request, 1, text, sizeof(text), err);
	if (!rc && request_parse(text, &record->request, &why))
		rc = json_complain(request, -EINVAL, err, "%s", why.text);
	record->id = id;
	record->uid = (uid_t)uid;
	record->started_ms = (uint64_t)started_ms;
	return rc;
}

int job_record_load(const char *run_dir, uint32_t id, struct job_record *ret_record,
		    struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	struct job_record record = {0};
	const struct json *root;
	char path[PATH_MAX];
	int rc = make_path(run_dir, id, "", path, err);

	if (!rc)
		rc = json_doc_load(path, FILE_TRUST_OWNER, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_record(root, id, &record, err);
	if (!rc)
		*ret_record = record;
	return rc;
}

static int remove_file(const char *path, struct err *err)
{
	if (unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_set(err, -errno, "%s: cannot be removed: %s", path, strerror(errno));
	return 0;
}

int job_record_remove(const char *run_dir, uint32_t id, struct err *err)
{
	char path[PATH_MAX];
	int rc = make_path(run_dir, id, "", path, err);

	return rc ? rc : remove_file(path, err);
}

int job_record_remove_reading(const char *run_dir, uint32_t id, struct err *err)
{
	char path[PATH_MAX];
	int rc = job_record_reading(run_dir, id, path, err);

	return rc ? rc : remove_file(path, err);
}

void job_ids_done(struct job_ids *ids)
{
	free(ids->v);
	ids->v = NULL;
	ids->n = 0;
}

int job_records_list(const char *run_dir, struct job_ids *ret_ids, struct err *err)
{
	cleanup_job_ids struct job_ids ids = {0};
	char path[PATH_MAX];
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	uint64_t id;

	if (text_format(path, sizeof(path), "%s/jobs", run_dir))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	ids.v = calloc(JOB_RECORDS_MAX, sizeof(*ids.v));
	if (!ids.v)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	for (errno = 0; dir && (entry = readdir(dir)); errno = 0) {
		if (text_u64(entry->d_name, 1, UINT32_MAX, &id))
			continue;
		if (ids.n == JOB_RECORDS_MAX)
			break;
		ids.v[ids.n++] = (uint32_t)id;
	}
	if (errno)
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	*ret_ids = ids;
	ids = (struct job_ids){0};
	return 0;
}

static bool has_step(const struct step_jobs *steps, uint32_t id)
{
	if (steps->unclear)
		return true;
	for (size_t i = 0; i < steps->ids.n; i++) {
		if (steps->ids.v[i] == id)
			return true;
	}
	return false;
}

bool job_record_is_young(const struct job_record *record, const char *boot_id, uint64_t now_ms)
{
	return strcmp(record->boot_id, boot_id) == 0 && record->started_ms <= now_ms &&
	       now_ms - record->started_ms < JOB_START_MS;
}

bool job_record_counts(const struct job_record *record, const char *boot_id, uint64_t now_ms,
		       const struct step_jobs *steps)
{
	return job_record_is_young(record, boot_id, now_ms) ||
	       (strcmp(record->boot_id, boot_id) == 0 && has_step(steps, record->id));
}
