/* SPDX-License-Identifier: Apache-2.0 */
/* json-c has a type of the same name as a getter of ours. */
#define json_bool jsonc_bool
#include <json-c/json.h>
#undef json_bool

#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json_impl.h"
#include "text.h"

#define FILE_MAX (4u << 20)

/* Lines are asked for in the order of the text, mostly: counted on from the last one, a file's
 * origins cost one way through it, not one each. */
static unsigned line_of(struct json_doc *doc, const char *at)
{
	const char *p;

	if (!doc->line || at < doc->line_at) {
		doc->line = 1;
		doc->line_at = doc->text;
	}
	for (p = doc->line_at; (p = memchr(p, '\n', (size_t)(at - p))); p++)
		doc->line++;
	doc->line_at = at;
	return doc->line;
}

/* Tie each string of the walked text to json-c's decoded value. A NUL inside a string is refused.
 */
static int attach(struct json *value, json_object *from, struct err *err)
{
	if (*value->at == '"') {
		value->text = json_object_get_string(from);
		if (!value->text || strlen(value->text) != (size_t)json_object_get_string_len(from))
			return json_complain(value, -EINVAL, err, "a string with a NUL character");
	}
	for (struct json *child = value->child; child; child = child->next) {
		json_object *of;
		int rc;

		if (*value->at == '[')
			of = json_object_array_get_idx(from, child->index);
		else
			json_object_object_get_ex(from, child->key, &of);
		rc = attach(child, of, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int parse_values(struct json_doc *doc, struct err *err)
{
	json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 2);
	enum json_tokener_error why;
	int rc = 0;

	if (!tok)
		return err_set(err, -ENOMEM, "%s: out of memory", doc->name);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	doc->values = json_tokener_parse_ex(tok, doc->text, (int)doc->size);
	why = json_tokener_get_error(tok);
	if (why != json_tokener_success) {
		const char *at = doc->text + json_tokener_get_parse_end(tok);
		const char *hint = json_syntax_hint(
			doc->text, why == json_tokener_error_parse_utf8_string, &at);

		if (hint)
			rc = err_set(err, -EINVAL, "%s:%u: not valid JSON: %s", doc->name,
				     line_of(doc, at), hint);
		else
			rc = err_set(err, -EINVAL, "%s:%u: not valid JSON: %s, at \"%.*s\"",
				     doc->name, line_of(doc, at), json_tokener_error_desc(why),
				     (int)strcspn(at, "\r\n") > 16 ? 16 : (int)strcspn(at, "\r\n"),
				     at);
	}
	json_tokener_free(tok);
	return rc;
}

int json_doc_parse(const char *name, const char *text, size_t size, struct json_doc **ret_doc,
		   struct err *err)
{
	cleanup_json_doc struct json_doc *doc = calloc(1, sizeof(*doc));
	int rc;

	if (size > FILE_MAX)
		return err_set(err, -EFBIG, "%s: larger than %u bytes", name, FILE_MAX);
	if (!doc || !(doc->name = strdup(name)) || !(doc->text = malloc(size + 1)))
		return err_set(err, -ENOMEM, "%s: out of memory", name);
	memcpy(doc->text, text, size);
	doc->text[size] = '\0';
	doc->size = size;
	if (strlen(doc->text) != size)
		return err_set(err, -EINVAL, "%s: contains a NUL byte", name);
	rc = parse_values(doc, err);
	if (!rc)
		rc = json_scan(doc, err);
	if (!rc)
		rc = attach(doc->root, doc->values, err);
	if (rc)
		return rc;
	*ret_doc = doc;
	doc = NULL;
	return 0;
}

int json_doc_load(const char *path, enum file_trust trust, struct json_doc **ret_doc,
		  struct err *err)
{
	cleanup_free char *text = NULL;
	size_t size;
	int rc = file_read(path, FILE_MAX, trust, &text, &size, err);

	return rc ? rc : json_doc_parse(path, text, size, ret_doc, err);
}

void json_doc_free(struct json_doc *doc)
{
	if (!doc)
		return;
	json_scan_free(doc->root);
	json_object_put(doc->values);
	free(doc->text);
	free(doc->name);
	free(doc);
}

static int complain_kind(const struct json *value, const char *kind, struct err *err)
{
	char found[JSON_SHOWN_TEXT];

	return json_complain(value, -EINVAL, err, "expected %s, found %s", kind,
			     json_shown(value, found));
}

int json_doc_root(struct json_doc *doc, const struct json **ret_root, struct err *err)
{
	if (!json_is_object(doc->root))
		return complain_kind(doc->root, "an object", err);
	*ret_root = doc->root;
	return 0;
}

unsigned json_line(const struct json *value)
{
	return line_of(value->doc, value->at);
}

/* "check.budget_ms", "layouts[2].name"; empty for the outermost value. */
static void path_of(const struct json *value, char *buf, size_t size)
{
	if (!value->parent) {
		buf[0] = '\0';
		return;
	}
	path_of(value->parent, buf, size);
	if (*value->parent->at == '[')
		text_append(buf, size, "[%zu]", value->index);
	else
		text_append(buf, size, "%s%s", buf[0] ? "." : "", value->key);
}

int json_complain(const struct json *value, int code, struct err *err, const char *fmt, ...)
{
	char path[256], sentence[384];
	va_list ap;

	path_of(value, path, sizeof(path));
	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s:%u: %s%s%s", value->doc->name, json_line(value), path,
		       path[0] ? ": " : "", sentence);
}

void json_origin(const struct json *value, char *buf, size_t size)
{
	const char *name = value->doc->name;
	char line[16];
	size_t room, length = strlen(name);

	text_format(line, sizeof(line), ":%u", json_line(value));
	room = size - strlen(line) - 1;
	text_format(buf, size, "%s%s", length > room ? name + length - room : name, line);
}

const char *json_shown(const struct json *value, char *buf)
{
	if (json_is_object(value))
		return "an object";
	if (json_is_array(value))
		return "a list";
	if (json_is_string(value)) {
		char text[64];

		text_printable(text, sizeof(text), value->text);
		text_format(buf, JSON_SHOWN_TEXT, "\"%s\"", text);
	} else {
		text_format(buf, JSON_SHOWN_TEXT, "%.*s",
			    (int)(value->length > 40 ? 40 : value->length), value->at);
	}
	return buf;
}

/* "; there are a, b, c", or "" where that is too long. */
static const char *known_keys(const char *const *keys, size_t n, char *buf, size_t size)
{
	int rc = text_format(buf, size, n ? "; there are " : "");

	for (size_t i = 0; !rc && i < n; i++)
		rc = text_append(buf, size, "%s%s", i ? ", " : "", keys[i]);
	return rc ? "" : buf;
}

int json_only_keys(const struct json *obj, const char *const *keys, size_t n, struct err *err)
{
	if (!json_is_object(obj))
		return complain_kind(obj, "an object", err);
	for (const struct json *member = obj->child; member; member = member->next) {
		char known[160];
		const char *near;
		size_t i = 0;
		int rc;

		while (i < n && strcmp(keys[i], member->key) != 0)
			i++;
		if (i < n)
			continue;
		near = text_nearest(member->key, keys, n);
		if (near)
			rc = json_complain(member, -EINVAL, err,
					   "unknown key; did you mean \"%s\"?", near);
		else
			rc = json_complain(member, -EINVAL, err, "unknown key%s",
					   known_keys(keys, n, known, sizeof(known)));
		rc = json_go_on(member, rc, err);
		if (rc)
			return rc;
	}
	return 0;
}

const struct json *json_member(const struct json *obj, const char *key)
{
	if (!json_is_object(obj))
		return NULL;
	for (const struct json *member = obj->child; member; member = member->next)
		if (!strcmp(member->key, key))
			return member;
	return NULL;
}

int json_need(const struct json *obj, const char *key, const struct json **ret_value,
	      struct err *err)
{
	const struct json *value = json_member(obj, key);

	if (!json_is_object(obj))
		return complain_kind(obj, "an object", err);
	if (!value)
		return json_complain(obj, -EINVAL, err, "the key \"%s\" is missing", key);
	*ret_value = value;
	return 0;
}

bool json_is_object(const struct json *value)
{
	return value && *value->at == '{';
}

bool json_is_array(const struct json *value)
{
	return value && *value->at == '[';
}

bool json_is_string(const struct json *value)
{
	return value && *value->at == '"';
}

bool json_is_number(const struct json *value)
{
	return value && strchr("-0123456789", *value->at);
}

bool json_is_bool(const struct json *value)
{
	return value && (*value->at == 't' || *value->at == 'f');
}

bool json_is_null(const struct json *value)
{
	return value && *value->at == 'n';
}

int json_array(const struct json *value, size_t max, size_t *ret_n, struct err *err)
{
	if (!json_is_array(value))
		return complain_kind(value, "a list", err);
	if (value->n > max)
		return json_complain(value, -E2BIG, err, "%zu entries, at most %zu are allowed",
				     value->n, max);
	*ret_n = value->n;
	return 0;
}

const struct json *json_at(const struct json *array, size_t i)
{
	const struct json *child = array->child;

	while (child && i--)
		child = child->next;
	return child;
}

int json_bool(const struct json *value, bool *ret_bool, struct err *err)
{
	if (!json_is_bool(value))
		return complain_kind(value, "true or false", err);
	*ret_bool = *value->at == 't';
	return 0;
}

int json_int(const struct json *value, int64_t min, int64_t max, int64_t *ret_int, struct err *err)
{
	long long number = 0;
	char found[JSON_SHOWN_TEXT];
	char *end = NULL;

	errno = 0;
	if (json_is_number(value))
		number = strtoll(value->at, &end, 10);
	if (!end || end != value->at + value->length || errno || number < min || number > max)
		return json_complain(value, end && errno != ERANGE ? -ERANGE : -EINVAL, err,
				     "expected an integer from %lld to %lld, found %s",
				     (long long)min, (long long)max, json_shown(value, found));
	*ret_int = number;
	return 0;
}

/* In valid UTF-8: U+0000 to U+001F and U+007F to U+009F, all of which terminals may act upon. */
static bool is_control(const char *at)
{
	unsigned char c = (unsigned char)at[0];

	return c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)at[1] < 0xa0);
}

int json_string(const struct json *value, size_t min, char *buf, size_t size, struct err *err)
{
	size_t n;

	if (!json_is_string(value))
		return complain_kind(value, "a string", err);
	n = strlen(value->text);
	for (size_t i = 0; i < n; i++)
		if (is_control(&value->text[i]))
			return json_complain(value, -EINVAL, err,
					     "a string with a control character");
	if (n < min || n >= size)
		return json_complain(value, -ERANGE, err,
				     "expected %zu to %zu characters, found %zu", min, size - 1, n);
	memcpy(buf, value->text, n + 1);
	return 0;
}

int json_word(const struct json *value, const char *const *words, size_t n, size_t *ret_index,
	      struct err *err)
{
	char list[200] = "", found[JSON_SHOWN_TEXT];
	const char *near = NULL;

	for (size_t i = 0; json_is_string(value) && i < n; i++) {
		if (!strcmp(value->text, words[i])) {
			*ret_index = i;
			return 0;
		}
	}
	for (size_t i = 0; i < n; i++)
		text_append(list, sizeof(list), "%s%s", i ? ", " : "", words[i]);
	if (json_is_string(value))
		near = text_nearest(value->text, words, n);
	return json_complain(value, -EINVAL, err, "expected one of %s, found %s%s%s%s", list,
			     json_shown(value, found), near ? "; did you mean \"" : "",
			     near ? near : "", near ? "\"?" : "");
}
