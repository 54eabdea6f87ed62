/* SPDX-License-Identifier: Apache-2.0 */
/* Private to show_svg*.c: the parts of the picture. */
#ifndef EFA_LAYOUT_SHOW_SVG_H
#define EFA_LAYOUT_SHOW_SVG_H

#include "picture.h"
#include "show.h"
#include "svg.h"

#define STATUS_LINES_MAX 8
#define SIGN_W_MIN	 80 /* width from which a low tile has room for text and a sign */

struct canvas {
	const struct show *show;
	const struct view *view;
	struct svg *svg;
	struct picture picture;
	/* The status box: the verdict's sentence, wrapped, and what else was found. */
	unsigned n_strong; /* lines of the sentence */
	char lines[STATUS_LINES_MAX][256];
};

/* Colours and fonts, light and dark; patterns that stand in for colours. */
extern const char svg_style[];
void draw_patterns(struct svg *svg);

/* Fill in the status lines from the picture's width, and draw head and status box. */
void write_status(struct canvas *canvas);
void draw_head(const struct canvas *canvas);
/* The strip of network cards. */
void draw_strip(const struct canvas *canvas);
/* Blocks for the picture, one for each group and one for what has no known place; then draw them.
 */
void list_blocks(struct canvas *canvas);
void draw_panels(const struct canvas *canvas);
/* Number of entries, and the entries. */
unsigned count_legend(const struct canvas *canvas);
void draw_legend(const struct canvas *canvas);

/*
 * Half of an interface, EFA or ENA, in its state: colour, pattern or outline, and a mark in the
 * corner where the box has room for one.
 */
void draw_half(struct svg *svg, struct box box, bool efa, enum shown state);
/* What joins the two halves of one interface, between their boxes; class: of the style sheet. */
void draw_joint(struct svg *svg, const char *class, struct box efa, struct box net);
/* A sign of 12 by 12 pixels around a point; none for a state that has no sign. */
void draw_sign(struct svg *svg, enum shown state, int x, int y);
/* A text in the box's width; class as for svg_label. */
void draw_fitted(struct svg *svg, const char *class, enum svg_face face, int size, int x, int y,
		 int room, const char *text);

#endif
