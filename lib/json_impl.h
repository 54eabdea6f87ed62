/* SPDX-License-Identifier: Apache-2.0 */
/* Between json.c (values, by json-c) and json_scan.c (where each value stands in the text). */
#ifndef EFA_LAYOUT_JSON_IMPL_H
#define EFA_LAYOUT_JSON_IMPL_H

#include <stddef.h>

#include "json.h"

#define JSON_DEPTH_MAX	 24
#define JSON_KEY_MAX	 64
#define JSON_MEMBERS_MAX 256 /* of one object: each is compared with all before it */

/*
 * One value of the text: json-c forgets lines, the order of repeated keys and how a number was
 * written, so the text is walked once more after json-c found it valid. A value's kind is its first
 * character in the text: { [ " - digit t f n.
 */
struct json {
	struct json_doc *doc;
	const struct json *parent;
	const char *at;		/* first character in the text */
	size_t length;		/* of a number or literal */
	char key[JSON_KEY_MAX]; /* in an object */
	size_t index;		/* in an array or object */
	struct json *child, *next;
	size_t n;	  /* children */
	const char *text; /* decoded string, owned by json-c's value */
};

struct json_doc {
	char *name;
	char *text;
	size_t size;
	struct json *root;
	void *values;	     /* json-c's root value */
	const char *line_at; /* where a line was last counted, and its number; 0: nowhere yet */
	unsigned line;
	json_collect_fn collect;
	void *collect_arg;
	size_t n_collected;
};

/* Build doc->root from doc->text, which is valid JSON. -EEXIST repeated key, -EINVAL, -E2BIG
 * (depth, members), -ENOMEM. */
int json_scan(struct json_doc *doc, struct err *err);
void json_scan_free(struct json *value);

/* In words why this text, ended by NUL, is no JSON; *at: where the parser stopped, moved to what is
 * to be changed. NULL: no usual mistake. */
const char *json_syntax_hint(const char *text, bool bad_utf8, const char **at);

#endif
