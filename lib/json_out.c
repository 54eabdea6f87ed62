/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: a growing text with brackets that must match. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define OUT_DEPTH_MAX 32

struct json_out {
	bool pretty;
	int rc; /* the first error */
	char *text;
	size_t size, room;
	unsigned depth;
	char closing[OUT_DEPTH_MAX];
	bool filled[OUT_DEPTH_MAX]; /* something stands before, so a comma is due */
};

struct json_out *json_out_new(bool pretty)
{
	struct json_out *out = calloc(1, sizeof(*out));

	if (out)
		out->pretty = pretty;
	return out;
}

void json_out_free(struct json_out *out)
{
	if (!out)
		return;
	free(out->text);
	free(out);
}

static void put(struct json_out *out, const char *text, size_t n)
{
	if (out->rc)
		return;
	if (out->size + n + 1 > out->room) {
		size_t room = 2 * (out->size + n) + 256;
		char *more = realloc(out->text, room);

		if (!more) {
			out->rc = -ENOMEM;
			return;
		}
		out->text = more;
		out->room = room;
	}
	memcpy(out->text + out->size, text, n);
	out->size += n;
	out->text[out->size] = '\0';
}

static void put_text(struct json_out *out, const char *text)
{
	put(out, text, strlen(text));
}

static void put_line(struct json_out *out)
{
	if (!out->pretty)
		return;
	put_text(out, "\n");
	for (unsigned i = 0; i < out->depth; i++)
		put_text(out, "  ");
}

static void put_string(struct json_out *out, const char *text)
{
	put_text(out, "\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		char escaped[8];

		if (c == '"' || c == '\\') {
			put(out, "\\", 1);
			put(out, text, 1);
		} else if (c < ' ' || c == 0x7f) {
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
			put_text(out, escaped);
		} else {
			put(out, text, 1);
		}
	}
	put_text(out, "\"");
}

/* What stands before each value: comma, line, key. */
static void put_lead(struct json_out *out, const char *key)
{
	bool in_object = out->depth && out->closing[out->depth - 1] == '}';

	if (in_object != !!key || (!out->depth && out->size)) {
		out->rc = out->rc ? out->rc : -EINVAL;
		return;
	}
	if (!out->depth)
		return;
	if (out->filled[out->depth - 1])
		put_text(out, ",");
	out->filled[out->depth - 1] = true;
	put_line(out);
	if (key) {
		put_string(out, key);
		put_text(out, out->pretty ? ": " : ":");
	}
}

void json_out_open(struct json_out *out, const char *key, char bracket)
{
	put_lead(out, key);
	if (out->depth == OUT_DEPTH_MAX) {
		out->rc = out->rc ? out->rc : -EINVAL;
		return;
	}
	put(out, &bracket, 1);
	out->closing[out->depth] = bracket == '{' ? '}' : ']';
	out->filled[out->depth++] = false;
}

void json_out_close(struct json_out *out)
{
	bool filled;

	if (!out->depth) {
		out->rc = out->rc ? out->rc : -EINVAL;
		return;
	}
	filled = out->filled[--out->depth];
	if (filled)
		put_line(out);
	put(out, &out->closing[out->depth], 1);
}

void json_out_string(struct json_out *out, const char *key, const char *value)
{
	put_lead(out, key);
	if (value)
		put_string(out, value);
	else
		put_text(out, "null");
}

void json_out_int(struct json_out *out, const char *key, int64_t value)
{
	char text[24];

	put_lead(out, key);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	put_text(out, text);
}

void json_out_bool(struct json_out *out, const char *key, bool value)
{
	put_lead(out, key);
	put_text(out, value ? "true" : "false");
}

void json_out_null(struct json_out *out, const char *key)
{
	json_out_string(out, key, NULL);
}

int json_out_done(struct json_out *out, const char **ret_text, size_t *ret_size, struct err *err)
{
	if (!out->rc && (out->depth || !out->size))
		out->rc = -EINVAL;
	put_text(out, "\n");
	if (out->rc)
		return err_set(err, out->rc, "cannot write JSON: %s", strerror(-out->rc));
	*ret_text = out->text;
	*ret_size = out->size;
	return 0;
}
