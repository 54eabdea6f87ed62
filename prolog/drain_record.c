/* SPDX-License-Identifier: Apache-2.0 */
#include "drain_record.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "text.h"

#define STRIKES_MAX 1000000
#define TIME_MAX    253402300799 /* the last second of the year 9999 */

static int make_path(const char *state_dir, char *path, struct err *err)
{
	if (text_format(path, PATH_MAX, "%s/drain.json", state_dir))
		return err_set(err, -ENAMETOOLONG, "the state directory's name is too long");
	return 0;
}

static int read_text(const struct json *root, const char *key, size_t min, char *buf, size_t size,
		     struct err *err)
{
	const struct json *value;
	int rc = json_need(root, key, &value, err);

	return rc ? rc : json_string(value, min, buf, size, err);
}

static int read_number(const struct json *root, const char *key, int64_t max, int64_t *ret_number,
		       struct err *err)
{
	const struct json *value;
	int rc = json_need(root, key, &value, err);

	return rc ? rc : json_int(value, 0, max, ret_number, err);
}

static int check_record(const struct json *root, const struct drain_record *record, struct err *err)
{
	if (!text_is_name(record->node, sizeof(record->node) - 1))
		return json_complain(json_member(root, "node"), -EINVAL, err,
				     "expected the name of a node");
	if (!drain_is_ours(record->reason))
		return json_complain(json_member(root, "reason"), -EINVAL, err,
				     "expected a reason that begins with " DRAIN_PREFIX);
	return 0;
}

static int read_record(const struct json *root, struct drain_record *record, struct err *err)
{
	static const char *const keys[] = {"node", "reason", "boot_id", "drained_at", "healthy"};
	int64_t healthy = 0;
	int rc;

	rc = json_only_keys(root, keys, sizeof(keys) / sizeof(keys[0]), err);
	if (!rc)
		rc = read_text(root, "node", 1, record->node, sizeof(record->node), err);
	if (!rc)
		rc = read_text(root, "reason", 1, record->reason, sizeof(record->reason), err);
	if (!rc)
		rc = read_text(root, "boot_id", 0, record->boot_id, sizeof(record->boot_id), err);
	if (!rc)
		rc = read_number(root, "drained_at", TIME_MAX, &record->drained_at, err);
	if (!rc)
		rc = read_number(root, "healthy", STRIKES_MAX, &healthy, err);
	record->healthy = (unsigned)healthy;
	return rc ? rc : check_record(root, record, err);
}

int drain_record_load(const char *state_dir, struct drain_record *ret_record, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	struct drain_record record = {0};
	const struct json *root;
	char path[PATH_MAX];
	int rc;

	rc = make_path(state_dir, path, err);
	if (!rc)
		rc = json_doc_load(path, FILE_TRUST_OWNER, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_record(root, &record, err);
	if (!rc)
		*ret_record = record;
	return rc;
}

static int write_record(const struct drain_record *record, const char *path, struct json_out *out,
			struct err *err)
{
	const char *text;
	size_t size;
	int rc;

	json_out_open(out, NULL, '{');
	json_out_string(out, "node", record->node);
	json_out_string(out, "reason", record->reason);
	json_out_string(out, "boot_id", record->boot_id);
	json_out_int(out, "drained_at", record->drained_at);
	json_out_int(out, "healthy", record->healthy);
	json_out_close(out);
	rc = json_out_done(out, &text, &size, err);
	return rc ? rc : file_replace(path, text, size, 0644, err);
}

int drain_record_save(const char *state_dir, const struct drain_record *record, struct err *err)
{
	struct json_out *out;
	char path[PATH_MAX];
	int rc;

	rc = make_path(state_dir, path, err);
	if (!rc)
		rc = file_ensure_dir(state_dir, 0755, err);
	if (rc)
		return rc;
	out = json_out_new(true);
	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = write_record(record, path, out, err);
	json_out_free(out);
	return rc;
}

int drain_record_remove(const char *state_dir, struct err *err)
{
	char path[PATH_MAX];
	int rc = make_path(state_dir, path, err);

	if (!rc && unlink(path) < 0 && errno != ENOENT)
		rc = err_set(err, -errno, "%s: cannot be removed: %s", path, strerror(errno));
	return rc;
}
