/* SPDX-License-Identifier: Apache-2.0 */
#include "svg.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 16
#define TEXT_MAX  1024

struct svg {
	FILE *to;
	char *text;
	size_t size;
	unsigned depth;
	struct {
		const char *name;
		bool has_children;
	} open[DEPTH_MAX];
	bool in_tag; /* the last element's start tag is not closed yet */
};

struct svg *svg_new(void)
{
	struct svg *svg = calloc(1, sizeof(*svg));

	if (!svg)
		return NULL;
	svg->to = open_memstream(&svg->text, &svg->size);
	if (!svg->to) {
		free(svg);
		return NULL;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", svg->to);
	return svg;
}

void svg_free(struct svg *svg)
{
	if (!svg)
		return;
	if (svg->to)
		fclose(svg->to);
	free(svg->text);
	free(svg);
}

static void close_tag(struct svg *svg)
{
	if (svg->in_tag)
		fputc('>', svg->to);
	svg->in_tag = false;
}

static void new_line(struct svg *svg, unsigned depth)
{
	fputc('\n', svg->to);
	for (unsigned i = 0; i < depth; i++)
		fputc(' ', svg->to);
}

void svg_begin(struct svg *svg, const char *name)
{
	assert(svg->depth < DEPTH_MAX);
	close_tag(svg);
	if (svg->depth) {
		svg->open[svg->depth - 1].has_children = true;
		new_line(svg, svg->depth);
	}
	svg->open[svg->depth].name = name;
	svg->open[svg->depth].has_children = false;
	svg->depth++;
	fprintf(svg->to, "<%s", name);
	svg->in_tag = true;
}

void svg_end(struct svg *svg)
{
	assert(svg->depth);
	svg->depth--;
	if (svg->in_tag) {
		fputs("/>", svg->to);
		svg->in_tag = false;
		return;
	}
	if (svg->open[svg->depth].has_children)
		new_line(svg, svg->depth);
	fprintf(svg->to, "</%s>", svg->open[svg->depth].name);
}

static void put_escaped(struct svg *svg, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", svg->to);
			break;
		case '<':
			fputs("&lt;", svg->to);
			break;
		case '>':
			fputs("&gt;", svg->to);
			break;
		case '"':
			fputs("&quot;", svg->to);
			break;
		case '\'':
			fputs("&#39;", svg->to);
			break;
		case '\n':
			fputs("&#10;", svg->to);
			break;
		default:
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', svg->to);
		}
	}
}

__attribute__((format(printf, 2, 0))) static void put_format(struct svg *svg, const char *fmt,
							     va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	put_escaped(svg, text);
}

void svg_attr(struct svg *svg, const char *name, const char *fmt, ...)
{
	va_list ap;

	assert(svg->in_tag);
	fprintf(svg->to, " %s=\"", name);
	va_start(ap, fmt);
	put_format(svg, fmt, ap);
	va_end(ap);
	fputc('"', svg->to);
}

void svg_text(struct svg *svg, const char *fmt, ...)
{
	va_list ap;

	close_tag(svg);
	va_start(ap, fmt);
	put_format(svg, fmt, ap);
	va_end(ap);
}

void svg_raw(struct svg *svg, const char *text)
{
	close_tag(svg);
	fputs(text, svg->to);
}

int svg_done(struct svg *svg, char **ret_text, size_t *ret_size, struct err *err)
{
	bool failed;

	while (svg->depth)
		svg_end(svg);
	fputc('\n', svg->to);
	failed = ferror(svg->to);
	failed |= fclose(svg->to) != 0;
	svg->to = NULL;
	if (failed || !svg->text)
		return err_set(err, -ENOMEM, "picture: out of memory");
	*ret_text = svg->text;
	*ret_size = svg->size;
	svg->text = NULL;
	return 0;
}
