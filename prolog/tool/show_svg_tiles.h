/* SPDX-License-Identifier: Apache-2.0 */
/* Private to show_svg*.c: what stands inside a block. */
#ifndef EFA_LAYOUT_SHOW_SVG_TILES_H
#define EFA_LAYOUT_SHOW_SVG_TILES_H

#include "show_svg.h"

/* Which halves of the row are in this group (-1: none)? False: the row has no column in it. */
bool tile_column(const struct view_row *row, int group, bool *ret_efa, bool *ret_net);
/* Texts for the pointer, of the EFA or ENA half of a row. text is empty before. */
void tile_title_efa(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size);
void tile_title_net(const struct canvas *canvas, const struct view_row *row, char *text,
		    size_t size);
/* Accelerators, interfaces and devices of others of a group. */
void draw_tiles(const struct canvas *canvas, const struct picture_block *block, int group);

#endif
