/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small writer of SVG documents: elements that nest, attributes and texts that are escaped. No
 * fonts, scripts or files of others. A failure (no memory) is remembered and reported by svg_done.
 */
#ifndef EFA_LAYOUT_SVG_H
#define EFA_LAYOUT_SVG_H

#include <stddef.h>

#include "err.h"

struct box {
	int x, y, w, h;
};

struct svg;

/* NULL: no memory. Writes nothing yet: the first element is svg_begin(svg, "svg"). */
struct svg *svg_new(void);
void svg_free(struct svg *svg);

/* Open an element; its attributes come before anything else in it. name is borrowed until its end.
 */
void svg_begin(struct svg *svg, const char *name);
void svg_end(struct svg *svg);
/*
 * An attribute of the element that was opened last, and text in it. Both are cut at 1023 bytes;
 * & < > and quotes are escaped, a newline is kept, and every other byte outside printable ASCII
 * becomes "?".
 */
void svg_attr(struct svg *svg, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void svg_text(struct svg *svg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text of ours as it is: a style sheet. */
void svg_raw(struct svg *svg, const char *text);

/* Whole elements. class: of the style sheet. */
void svg_title(struct svg *svg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void svg_rect(struct svg *svg, const char *class, struct box box, int radius);
void svg_line(struct svg *svg, const char *class, int x1, int y1, int x2, int y2);
void svg_path(struct svg *svg, const char *class, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Text whose line begins (or, with class "e" among others, ends) at x, and stands on y. */
void svg_label(struct svg *svg, const char *class, int x, int y, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * How wide a text is at most in pixels: in DejaVu Sans, wider than what browsers take first.
 * bold, mono: of the style sheet's classes.
 */
enum svg_face { SVG_PLAIN, SVG_BOLD, SVG_MONO };
int svg_width(const char *text, enum svg_face face, int size);
/* Cut text where it is wider than room, with "..." as its end. Returns text. */
char *svg_fit(char *text, enum svg_face face, int size, int room);
/* The length of the longest beginning of text that ends at a blank and fits (at least one word). */
size_t svg_break(const char *text, enum svg_face face, int size, int room);

/*
 * Close what is open. *ret_text is heap text to be freed, ended by NUL. 0, or -ENOMEM with a
 * sentence. Only svg_free may follow.
 */
int svg_done(struct svg *svg, char **ret_text, size_t *ret_size, struct err *err);

#endif
