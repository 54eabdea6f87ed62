/* SPDX-License-Identifier: Apache-2.0 */
#include "json_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static int scan_value(struct json_doc *doc, const char **at, struct json *value, unsigned depth,
		      struct err *err);

static void skip_blank(const char **at)
{
	*at += strspn(*at, " \t\r\n");
}

/* Past the closing quote of the string at *at. */
static void skip_string(const char **at)
{
	for ((*at)++; **at && **at != '"'; (*at)++)
		if (**at == '\\' && (*at)[1])
			(*at)++;
	if (**at)
		(*at)++;
}

static int scan_key(const char **at, struct json *value, struct err *err)
{
	const char *start = *at + 1;
	size_t n;

	value->at = *at;
	/* json-c lets other quotes pass. */
	if (**at != '"')
		return json_complain(value, -EINVAL, err, "keys stand in double quotes");
	skip_string(at);
	n = (size_t)(*at - 1 - start);
	if (!n || n >= sizeof(value->key) || memchr(start, '\\', n))
		return json_complain(value, -EINVAL, err,
				     "a key must be plain text of 1 to %d characters",
				     JSON_KEY_MAX - 1);
	memcpy(value->key, start, n);
	value->key[n] = '\0';
	skip_blank(at);
	(*at)++; /* the colon */
	skip_blank(at);
	return 0;
}

static int check_new_key(const struct json *object, const struct json *member, struct err *err)
{
	if (object->n > JSON_MEMBERS_MAX)
		return json_complain(object, -E2BIG, err, "more than %d keys", JSON_MEMBERS_MAX);
	for (const struct json *other = object->child; other != member; other = other->next)
		if (!strcmp(other->key, member->key))
			return json_complain(member, -EEXIST, err,
					     "this key was given before, in line %u; remove one",
					     json_line(other));
	return 0;
}

static struct json *new_child(struct json *parent, struct json ***tail)
{
	struct json *child = calloc(1, sizeof(*child));

	if (!child)
		return NULL;
	child->doc = parent->doc;
	child->parent = parent;
	child->index = parent->n++;
	**tail = child;
	*tail = &child->next;
	return child;
}

/* Members or elements between brackets; the first character of value is the opening one. */
static int scan_children(struct json_doc *doc, const char **at, struct json *value, unsigned depth,
			 struct err *err)
{
	char close = *value->at == '{' ? '}' : ']';
	struct json **tail = &value->child;

	(*at)++;
	for (skip_blank(at); **at != close; skip_blank(at)) {
		struct json *child = new_child(value, &tail);
		int rc = child ? 0 : -ENOMEM;

		if (!rc && close == '}')
			rc = scan_key(at, child, err);
		if (!rc)
			rc = scan_value(doc, at, child, depth + 1, err);
		if (!rc && close == '}')
			rc = check_new_key(value, child, err);
		if (rc)
			return rc;
		skip_blank(at);
		if (**at == ',')
			(*at)++;
	}
	(*at)++;
	return 0;
}

static int scan_value(struct json_doc *doc, const char **at, struct json *value, unsigned depth,
		      struct err *err)
{
	skip_blank(at);
	value->at = *at;
	if (depth > JSON_DEPTH_MAX)
		return json_complain(value, -E2BIG, err, "nested deeper than %d levels",
				     JSON_DEPTH_MAX);
	if (**at == '{' || **at == '[')
		return scan_children(doc, at, value, depth, err);
	if (**at == '"') {
		skip_string(at);
		return 0;
	}
	if (**at == '\'')
		return json_complain(value, -EINVAL, err, "strings stand in double quotes");
	value->length = strcspn(*at, ",]} \t\r\n");
	*at += value->length;
	/* json-c lets NaN and Infinity pass. */
	if (!strchr("-0123456789tfn", *value->at) || !value->length || strchr("Ii", value->at[1]) ||
	    (*value->at == 'n' && strncmp(value->at, "null", value->length) != 0))
		return json_complain(value, -EINVAL, err, "not a JSON value");
	return 0;
}

int json_scan(struct json_doc *doc, struct err *err)
{
	const char *at = doc->text;

	doc->root = calloc(1, sizeof(*doc->root));
	if (!doc->root)
		return err_set(err, -ENOMEM, "%s: out of memory", doc->name);
	doc->root->doc = doc;
	return scan_value(doc, &at, doc->root, 0, err);
}

void json_scan_free(struct json *value)
{
	while (value) {
		struct json *next = value->next;

		json_scan_free(value->child);
		free(value);
		value = next;
	}
}
