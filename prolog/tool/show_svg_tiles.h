/* SPDX-License-Identifier: Apache-2.0 */
/* Private to show_svg*.c: what stands inside a block. */
#ifndef EFA_LAYOUT_SHOW_SVG_TILES_H
#define EFA_LAYOUT_SHOW_SVG_TILES_H

#include "show_svg.h"

/* What stands in one column: an EFA half above an ENA half, NULL none. */
struct tile_column {
	const struct view_row *efa, *net;
};

/*
 * The columns of a group (-1: of what is in none); returns their number. An interface has a column
 * of its own, except where cards are not known: then EFA and ENA functions of separate interfaces
 * share columns to save room, and nothing joins them.
 */
size_t tile_columns(const struct view *view, int group, struct tile_column columns[VIEW_ROWS_MAX]);
/* Texts for the pointer, of the EFA or ENA half of a row. text is empty before. */
void tile_title_efa(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size);
void tile_title_net(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size);
/* Accelerators, interfaces and devices of others of a group. */
void draw_tiles(const struct canvas *canvas, const struct picture_block *block, int group);

#endif
