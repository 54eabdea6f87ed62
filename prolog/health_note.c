/* SPDX-License-Identifier: Apache-2.0 */
#include "health_note.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "text.h"

#define BOOT_ID_TEXT 40

struct note {
	const char *file, *key; /* what it is about, and the key of that */
};

static const struct note note_said = {"health.json", "said"};
static const struct note note_begun = {"refresh.json", "begun_ms"};

static int make_path(const char *run_dir, const struct note *note, char *path, struct err *err)
{
	if (text_format(path, PATH_MAX, "%s/%s", run_dir, note->file))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	return 0;
}

static int check_boot(const struct json *root, const char *path, const char *boot_id,
		      struct err *err)
{
	const struct json *value;
	char text[BOOT_ID_TEXT];
	int rc = json_need(root, "boot_id", &value, err);

	if (!rc)
		rc = json_string(value, 0, text, sizeof(text), err);
	if (!rc && strcmp(text, boot_id) != 0)
		rc = err_set(err, -ESTALE, "%s: of another boot", path);
	return rc;
}

/* *ret_value is the note's own, in the document. */
static int load(const char *run_dir, const struct note *note, const char *boot_id,
		struct json_doc **ret_doc, const struct json **ret_value, struct err *err)
{
	const char *const keys[] = {"boot_id", note->key};
	const struct json *root = NULL;
	char path[PATH_MAX];
	int rc = make_path(run_dir, note, path, err);

	if (!rc)
		rc = json_doc_load(path, FILE_TRUST_OWNER, ret_doc, err);
	if (!rc)
		rc = json_doc_root(*ret_doc, &root, err);
	if (!rc)
		rc = json_only_keys(root, keys, 2, err);
	if (!rc)
		rc = check_boot(root, path, boot_id, err);
	return rc ? rc : json_need(root, note->key, ret_value, err);
}

int health_said_load(const char *run_dir, const char *boot_id, char *buf, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *value;
	int rc = load(run_dir, &note_said, boot_id, &doc, &value, err);

	return rc ? rc : json_string(value, 0, buf, HEALTH_SAID_TEXT, err);
}

int health_begun_load(const char *run_dir, const char *boot_id, uint64_t *ret_ms, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *value;
	int64_t ms = 0;
	int rc = load(run_dir, &note_begun, boot_id, &doc, &value, err);

	if (!rc)
		rc = json_int(value, 0, INT64_MAX, &ms, err);
	if (!rc)
		*ret_ms = (uint64_t)ms;
	return rc;
}

/* said: NULL for ms. */
static int save(const char *run_dir, const struct note *note, const char *boot_id, const char *said,
		uint64_t ms, struct err *err)
{
	struct json_out *out;
	const char *text;
	char path[PATH_MAX];
	size_t size;
	int rc = make_path(run_dir, note, path, err);

	if (!rc)
		rc = file_ensure_dir(run_dir, 0755, err);
	if (rc)
		return rc;
	out = json_out_new(false);
	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	json_out_open(out, NULL, '{');
	json_out_string(out, "boot_id", boot_id);
	if (said)
		json_out_string(out, note->key, said);
	else
		json_out_int(out, note->key, (int64_t)ms);
	json_out_close(out);
	rc = json_out_done(out, &text, &size, err);
	if (!rc)
		rc = file_replace(path, text, size, 0644, err);
	json_out_free(out);
	return rc;
}

int health_said_save(const char *run_dir, const char *boot_id, const char *said, struct err *err)
{
	return save(run_dir, &note_said, boot_id, said, 0, err);
}

int health_begun_save(const char *run_dir, const char *boot_id, uint64_t ms, struct err *err)
{
	return save(run_dir, &note_begun, boot_id, NULL, ms, err);
}
