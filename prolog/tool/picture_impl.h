/* SPDX-License-Identifier: Apache-2.0 */
/* Private to picture*.c: grids of equal boxes, and a block by itself. */
#ifndef EFA_LAYOUT_PICTURE_IMPL_H
#define EFA_LAYOUT_PICTURE_IMPL_H

#include "picture.h"

static inline unsigned grid_min_u(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static inline int grid_min(int a, int b)
{
	return a < b ? a : b;
}

static inline int grid_max(int a, int b)
{
	return a > b ? a : b;
}

static inline unsigned grid_rows(unsigned n, unsigned columns)
{
	return columns ? (n + columns - 1) / columns : 0;
}

/* As few rows as `most` columns allow, and these as even as can be: 5 at most 4 a row are 3 and 2.
 */
static inline unsigned grid_even(unsigned n, unsigned most)
{
	unsigned rows = grid_rows(n, most);

	return rows ? (n + rows - 1) / rows : 0;
}

/* How many of this width fit, at least one. */
static inline unsigned grid_fitting(int room, int width, int gap)
{
	int n = (room + gap) / (width + gap);

	return n < 1 ? 1 : (unsigned)n;
}

/* The share of one among n. */
static inline int grid_share(int room, unsigned n, int gap)
{
	return (room - ((int)n - 1) * gap) / (int)n;
}

static inline int grid_stack(unsigned rows, int height, int gap)
{
	return rows ? (int)rows * (height + gap) - gap : 0;
}

/* Tile number i of a grid. */
static inline struct box grid_at(int x, int y, unsigned i, unsigned columns, int w, int h,
				 int gap_x, int gap_y)
{
	return (struct box){x + (int)(i % columns) * (w + gap_x),
			    y + (int)(i / columns) * (h + gap_y), w, h};
}

/* The width that all of the block's tiles take in one row each. */
int picture_block_natural(const struct picture_block *block);
/* The width below which its tiles are too small to read. */
int picture_block_least(const struct picture_block *block);
/* Places inside the block, from its width down to its height. */
void picture_block_fill(struct picture_block *block);

#endif
