/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict JSON: the only file that knows json-c is json.c. A document keeps its text, so that every
 * complaint names file, line and key. Repeated keys, NaN, trailing text, comments and numbers out
 * of range are refused.
 *
 * A struct json is one value of a document, borrowed from it and valid until json_doc_free. Getters
 * return 0, or a negative errno with a sentence such as "/etc/efa-layout/policy.json:7:
 * check.budget_ms: expected an integer from 100 to 600000, found "ten"".
 */
#ifndef EFA_LAYOUT_JSON_H
#define EFA_LAYOUT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "file.h"

#define JSON_SHOWN_TEXT 80

struct json_doc;
struct json;

/* Parse text (size bytes, kept as a copy). name is used in messages. */
int json_doc_parse(const char *name, const char *text, size_t size, struct json_doc **ret_doc,
		   struct err *err);
/* Read a file (at most 4 MiB) under file_read's rules, then parse it. */
int json_doc_load(const char *path, enum file_trust trust, struct json_doc **ret_doc,
		  struct err *err);
void json_doc_free(struct json_doc *doc);
/* The outermost value; must be an object. */
int json_doc_root(struct json_doc *doc, const struct json **ret_root, struct err *err);

static inline void cleanup_json_doc_fn(struct json_doc **doc)
{
	json_doc_free(*doc);
}
#define cleanup_json_doc __attribute__((cleanup(cleanup_json_doc_fn)))

/* Line of the value in its file, from 1. */
unsigned json_line(const struct json *value);
/* -code with "file:line: path: sentence" for a complaint that only the caller can make. */
int json_complain(const struct json *value, int code, struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Reading on after a complaint, for those who want all of a document. A reader hands the result of
 * one part to json_go_on(): where the document has a collector, that gets the sentence, and the
 * result is 0. Out of memory is never gone on from. Without a collector the first complaint ends
 * the reading, as everywhere.
 */
typedef void (*json_collect_fn)(const char *sentence, void *arg);
void json_collect(struct json_doc *doc, json_collect_fn collect, void *arg);
int json_go_on(const struct json *value, int rc, const struct err *err);
/* How many complaints of the value's document were collected. */
size_t json_collected(const struct json *value);

/* Where the value stands, "/etc/efa-layout/layouts.json:12"; of a long name only the end. */
void json_origin(const struct json *value, char *buf, size_t size);
/* The value as a complaint shows it: "a list", "\"ten\"", "12". buf: JSON_SHOWN_TEXT bytes. */
const char *json_shown(const struct json *value, char *buf);

/* obj must be an object, and every key of it in keys (n entries); else "did you mean". */
int json_only_keys(const struct json *obj, const char *const *keys, size_t n, struct err *err);
/* The same for the outermost object of a file that people write: it may have "$schema" too, a text
 * that tells editors where the file's JSON Schema is. */
int json_file_keys(const struct json *root, const char *const *keys, size_t n, struct err *err);
/* The key of a member; json_at() takes objects, too. */
const char *json_key(const struct json *member);
/* A member, or NULL when absent. obj must be an object (otherwise NULL). */
const struct json *json_member(const struct json *obj, const char *key);
/* A member that must be there; -EINVAL (-ENOENT would look like a missing file). */
int json_need(const struct json *obj, const char *key, const struct json **ret_value,
	      struct err *err);

bool json_is_object(const struct json *value);
bool json_is_array(const struct json *value);
bool json_is_string(const struct json *value);
bool json_is_number(const struct json *value);
bool json_is_bool(const struct json *value);
bool json_is_null(const struct json *value);

/* Array length (must be an array of at most max entries) and elements (borrowed). */
int json_array(const struct json *value, size_t max, size_t *ret_n, struct err *err);
const struct json *json_at(const struct json *array, size_t i);

int json_bool(const struct json *value, bool *ret_bool, struct err *err);
int json_int(const struct json *value, int64_t min, int64_t max, int64_t *ret_int, struct err *err);
/* A string of min..max bytes without control characters, copied into buf (size > max). */
int json_string(const struct json *value, size_t min, char *buf, size_t size, struct err *err);
/* A string out of a list of words; *ret_index is its place. The complaint lists them and says "did
 * you mean". */
int json_word(const struct json *value, const char *const *words, size_t n, size_t *ret_index,
	      struct err *err);

/*
 * Writing: a growing text. Every call keeps the first error; json_out_done reports it. Objects and
 * arrays are opened and closed by pairs; key is NULL inside arrays. Values are escaped. pretty:
 * indent by two spaces.
 */
struct json_out;
struct json_out *json_out_new(bool pretty);
void json_out_free(struct json_out *out);
void json_out_open(struct json_out *out, const char *key, char bracket); /* '{' or '[' */
void json_out_close(struct json_out *out);
void json_out_string(struct json_out *out, const char *key,
		     const char *value); /* NULL writes null */
void json_out_int(struct json_out *out, const char *key, int64_t value);
void json_out_bool(struct json_out *out, const char *key, bool value);
void json_out_null(struct json_out *out, const char *key);
/* The finished text, NUL-terminated and ended by a newline, borrowed until json_out_free. -ENOMEM,
 * -EINVAL (brackets do not match). */
int json_out_done(struct json_out *out, const char **ret_text, size_t *ret_size, struct err *err);

#endif
