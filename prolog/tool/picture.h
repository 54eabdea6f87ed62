/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things go in the picture of a node: panels (NUMA nodes) with blocks (switches, host
 * bridges) with tiles (accelerators, the halves of interfaces, devices of others), and a strip of
 * network cards above them. Pure calculation on numbers, in pixels.
 */
#ifndef EFA_LAYOUT_PICTURE_H
#define EFA_LAYOUT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "locality.h"
#include "svg.h"

#define PICTURE_BLOCKS_MAX (LOCALITY_GROUPS_MAX + 1)
#define PICTURE_MARGIN	   28
#define PICTURE_HEAD	   32 /* of a panel, above its blocks */
#define PICTURE_LINE	   20 /* of the status box */

struct picture_block {
	/* Given: an interface takes a column, its EFA half above its ENA half. */
	unsigned n_accels, n_columns, n_foreign;
	bool has_efa, has_net; /* in any column */
	/* Calculated. */
	struct box box;
	unsigned accel_columns, columns, foreign_columns; /* of each row of tiles */
	int accel_w, column_w, foreign_w;
	int accel_y, column_y, foreign_y;
};

struct picture_panel {
	size_t first, n; /* its blocks; at least one */
	struct box box;
};

struct picture {
	/* Given; n_lines only after picture_measure. */
	unsigned n_cards, n_lines, n_legend;
	size_t n_panels, n_blocks;
	struct picture_panel panels[PICTURE_BLOCKS_MAX];
	struct picture_block blocks[PICTURE_BLOCKS_MAX];
	/* Calculated. */
	int width, height;
	struct box status, strip, legend; /* strip and legend without entries have no height */
	unsigned strip_columns, legend_columns;
	int card_w;
};

/* Start an empty picture, add a panel, add a block to the last panel. NULL: full. */
void picture_init(struct picture *picture);
struct picture_panel *picture_add_panel(struct picture *picture);
struct picture_block *picture_add_block(struct picture *picture);

/* First the width alone, which says how long the lines of the status box may be. */
void picture_measure(struct picture *picture);
void picture_arrange(struct picture *picture);

/* Places of tiles, after picture_arrange. */
struct box picture_accel(const struct picture_block *block, unsigned i);
struct box picture_efa(const struct picture_block *block, unsigned column);
struct box picture_net(const struct picture_block *block, unsigned column);
struct box picture_foreign(const struct picture_block *block, unsigned i);
/* A card's cell in the strip, and the halves in it; the number stands above them. */
struct box picture_card(const struct picture *picture, unsigned card);
struct box picture_card_efa(const struct picture *picture, unsigned card);
struct box picture_card_net(const struct picture *picture, unsigned card);
struct box picture_legend(const struct picture *picture, unsigned i);

#endif
