/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

#define READING_VERSION	  1
#define READING_BYTES_MAX (NODE_RAILS_MAX * (COUNTERS_VALUES_TEXT + 512))
#define COUNT(list)	  (sizeof(list) / sizeof((list)[0]))

static int need_text(const struct json *obj, const char *key, size_t min, char *buf, size_t size,
		     struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_string(value, min, buf, size, err);
}

static int need_count(const struct json *obj, const char *key, uint64_t *ret_count, struct err *err)
{
	const struct json *value;
	int64_t number = 0;
	int rc = json_need(obj, key, &value, err);

	if (!rc)
		rc = json_int(value, 0, INT64_MAX, &number, err);
	if (!rc)
		*ret_count = (uint64_t)number;
	return rc;
}

static int read_state(const struct json *obj, struct rail_counters *rail, struct err *err)
{
	char word[16] = "", values[COUNTERS_VALUES_TEXT] = "";
	struct err why = {""};
	int rc = need_text(obj, "state", 1, word, sizeof(word), err);

	if (!rc && !counters_state_parse(word, &rail->state))
		rc = json_complain(json_member(obj, "state"), -EINVAL, err, "no such state");
	if (!rc)
		rc = need_text(obj, "values", 0, values, sizeof(values), err);
	if (!rc && (rail->state == COUNTERS_READ) != (values[0] != '\0'))
		rc = json_complain(json_member(obj, "values"), -EINVAL, err,
				   "expected values where they were read, and there alone");
	if (!rc && values[0] && counters_parse_values(values, rail, &why))
		rc = json_complain(json_member(obj, "values"), -EINVAL, err, "%s", why.text);
	return rc;
}

static int read_rail(const struct json *obj, struct reading_rail *rail, struct err *err)
{
	static const char *const keys[] = {"name", "state", "text", "values", "own_tx", "own_rx"};
	int rc = json_only_keys(obj, keys, COUNT(keys), err);

	if (!rc)
		rc = need_text(obj, "name", 1, rail->now.name, sizeof(rail->now.name), err);
	if (!rc && !text_is_name(rail->now.name, sizeof(rail->now.name) - 1))
		rc = json_complain(json_member(obj, "name"), -EINVAL, err, "expected a name");
	if (!rc)
		rc = read_state(obj, &rail->now, err);
	if (!rc)
		rc = need_text(obj, "text", 0, rail->now.text, sizeof(rail->now.text), err);
	if (!rc)
		rc = need_count(obj, "own_tx", &rail->own_tx, err);
	return rc ? rc : need_count(obj, "own_rx", &rail->own_rx, err);
}

static int read_rails(const struct json *root, struct reading *reading, struct err *err)
{
	const struct json *list;
	size_t n = 0;
	int rc = json_need(root, "rails", &list, err);

	if (!rc)
		rc = json_array(list, NODE_RAILS_MAX, &n, err);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = read_rail(json_at(list, i), &reading->rails[i], err);
		if (!rc && reading_find(reading, reading->rails[i].now.name))
			rc = json_complain(json_at(list, i), -EINVAL, err,
					   "a rail that was there before");
		reading->n = i + 1;
	}
	return rc;
}

static int read_head(const struct json *root, struct reading *reading, struct err *err)
{
	static const char *const keys[] = {"version", "boot_id",    "at_ms",
					   "tests",   "jobs_ended", "rails"};
	uint64_t version = 0;
	int rc = json_only_keys(root, keys, COUNT(keys), err);

	if (!rc)
		rc = need_count(root, "version", &version, err);
	if (!rc && version != READING_VERSION)
		rc = json_complain(json_member(root, "version"), -EINVAL, err, "expected %d",
				   READING_VERSION);
	if (!rc)
		rc = need_text(root, "boot_id", 0, reading->boot_id, sizeof(reading->boot_id), err);
	if (!rc)
		rc = need_count(root, "at_ms", &reading->at_ms, err);
	if (!rc)
		rc = need_count(root, "tests", &reading->tests, err);
	return rc ? rc : need_count(root, "jobs_ended", &reading->jobs_ended, err);
}

int reading_load(const char *path, enum file_trust trust, const char *boot_id,
		 struct reading *ret_reading, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	cleanup_free struct reading *reading = calloc(1, sizeof(*reading));
	cleanup_free char *text = NULL;
	const struct json *root;
	size_t size;
	int rc;

	if (!reading)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = file_read(path, READING_BYTES_MAX, trust, &text, &size, err);
	if (!rc)
		rc = json_doc_parse(path, text, size, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_head(root, reading, err);
	if (!rc)
		rc = read_rails(root, reading, err);
	if (rc)
		return rc;
	if (*boot_id && strcmp(reading->boot_id, boot_id) != 0)
		return err_set(err, -ESTALE, "%s: of another boot", path);
	*ret_reading = *reading;
	return 0;
}

static int64_t shown(uint64_t count)
{
	return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static int write_rail(struct json_out *out, const struct reading_rail *rail)
{
	char values[COUNTERS_VALUES_TEXT] = "";
	int rc = 0;

	if (rail->now.state == COUNTERS_READ)
		rc = counters_format_values(&rail->now, values, sizeof(values));
	json_out_open(out, NULL, '{');
	json_out_string(out, "name", rail->now.name);
	json_out_string(out, "state", counters_state_text(rail->now.state));
	json_out_string(out, "text", rail->now.text);
	json_out_string(out, "values", values);
	json_out_int(out, "own_tx", shown(rail->own_tx));
	json_out_int(out, "own_rx", shown(rail->own_rx));
	json_out_close(out);
	return rc;
}

int reading_save(const char *path, const struct reading *reading, struct err *err)
{
	struct json_out *out = json_out_new(false);
	const char *text;
	size_t size;
	int rc = 0;

	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	json_out_open(out, NULL, '{');
	json_out_int(out, "version", READING_VERSION);
	json_out_string(out, "boot_id", reading->boot_id);
	json_out_int(out, "at_ms", shown(reading->at_ms));
	json_out_int(out, "tests", shown(reading->tests));
	json_out_int(out, "jobs_ended", shown(reading->jobs_ended));
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < reading->n && !rc; i++)
		rc = write_rail(out, &reading->rails[i]);
	json_out_close(out);
	json_out_close(out);
	if (rc)
		err_set(err, rc, "%s: more counters than fit", path);
	else
		rc = json_out_done(out, &text, &size, err);
	if (!rc)
		rc = file_replace(path, text, size, 0644, err);
	json_out_free(out);
	return rc;
}
