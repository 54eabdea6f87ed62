/* SPDX-License-Identifier: Apache-2.0 */
/* What files have that people write: a schema for their editors, and more than one mistake. */
#include <errno.h>
#include <string.h>

#include "json_impl.h"

#define SCHEMA	 "$schema"
#define KEYS_MAX 32

int json_file_keys(const struct json *root, const char *const *keys, size_t n, struct err *err)
{
	const struct json *schema = json_member(root, SCHEMA);
	const char *all[KEYS_MAX];

	if (n >= KEYS_MAX)
		return json_complain(root, -E2BIG, err, "more than %d keys to know", KEYS_MAX);
	memcpy(all, keys, n * sizeof(*keys));
	all[n] = SCHEMA;
	if (schema && !json_is_string(schema)) {
		int rc = json_complain(schema, -EINVAL, err,
				       "expected a string, the place of a JSON Schema");

		rc = json_go_on(schema, rc, err);
		if (rc)
			return rc;
	}
	return json_only_keys(root, all, schema ? n + 1 : n, err);
}

const char *json_key(const struct json *member)
{
	return member->key;
}

void json_collect(struct json_doc *doc, json_collect_fn collect, void *arg)
{
	doc->collect = collect;
	doc->collect_arg = arg;
}

int json_go_on(const struct json *value, int rc, const struct err *err)
{
	struct json_doc *doc = value->doc;

	if (!rc || rc == -ENOMEM || !doc->collect || !err)
		return rc;
	doc->n_collected++;
	doc->collect(err->text, doc->collect_arg);
	return 0;
}

size_t json_collected(const struct json *value)
{
	return value->doc->n_collected;
}
