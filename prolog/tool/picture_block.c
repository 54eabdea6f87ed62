/* SPDX-License-Identifier: Apache-2.0 */
/* A switch or host bridge in the picture: its tiles. */
#include "picture_impl.h"

#define BLOCK_HEAD    28
#define BLOCK_PAD     13
#define BLOCK_W_MIN   200
#define BLOCK_W_ONE   269 /* of a block that needs no more */
#define GAP	      5
#define TILE_W_GOOD   119 /* room for all of its texts */
#define ACCEL_W_MIN   88
#define ACCEL_H	      36
#define COLUMN_W_MIN  54
#define COLUMN_W_MAX  243
#define EFA_H	      52
#define NET_H	      28
#define HALVES_GAP    4
#define ROWS_GAP      8
#define FOREIGN_W_MIN 88
#define FOREIGN_W_MAX 119
#define FOREIGN_H     28

static int column_height(const struct picture_block *block)
{
	return (block->has_efa ? EFA_H : 0) +
	       (block->has_net ? NET_H + (block->has_efa ? HALVES_GAP : 0) : 0);
}

int picture_block_natural(const struct picture_block *block)
{
	int accels = (int)block->n_accels * (TILE_W_GOOD + GAP);
	int columns = (int)block->n_columns * (TILE_W_GOOD + GAP);

	return grid_max(grid_max(accels, columns) - GAP + 2 * BLOCK_PAD, BLOCK_W_ONE);
}

int picture_block_least(const struct picture_block *block)
{
	int columns = grid_stack(grid_min_u(block->n_columns, 4), COLUMN_W_MIN, GAP);
	int accels = grid_stack(grid_min_u(block->n_accels, 2), ACCEL_W_MIN, GAP);

	return grid_max(grid_max(columns, accels) + 2 * BLOCK_PAD, BLOCK_W_MIN);
}

void picture_block_fill(struct picture_block *block)
{
	int room = block->box.w - 2 * BLOCK_PAD, y = BLOCK_HEAD;

	block->accel_y = y;
	if (block->n_accels) {
		block->accel_columns = grid_even(block->n_accels,
						 grid_fitting(room, ACCEL_W_MIN, GAP));
		block->accel_w = grid_share(room, block->accel_columns, GAP);
		y += grid_stack(grid_rows(block->n_accels, block->accel_columns), ACCEL_H, GAP) +
		     ROWS_GAP;
	}
	block->column_y = y;
	if (block->n_columns) {
		block->columns = grid_min_u(block->n_columns,
					    grid_fitting(room, COLUMN_W_MIN, GAP));
		block->column_w = grid_min(grid_share(room, block->columns, GAP), COLUMN_W_MAX);
		y += grid_stack(grid_rows(block->n_columns, block->columns), column_height(block),
				ROWS_GAP) +
		     ROWS_GAP;
	}
	block->foreign_y = y;
	if (block->n_foreign) {
		block->foreign_columns = grid_fitting(room, FOREIGN_W_MIN, GAP);
		block->foreign_w = grid_min(grid_share(room, block->foreign_columns, GAP),
					    FOREIGN_W_MAX);
		y += grid_stack(grid_rows(block->n_foreign, block->foreign_columns), FOREIGN_H,
				GAP) +
		     ROWS_GAP;
	}
	block->box.h = y - ROWS_GAP + BLOCK_PAD;
}

struct box picture_accel(const struct picture_block *block, unsigned i)
{
	return grid_at(block->box.x + BLOCK_PAD, block->box.y + block->accel_y, i,
		       block->accel_columns, block->accel_w, ACCEL_H, GAP, GAP);
}

static struct box column(const struct picture_block *block, unsigned i)
{
	return grid_at(block->box.x + BLOCK_PAD, block->box.y + block->column_y, i, block->columns,
		       block->column_w, column_height(block), GAP, ROWS_GAP);
}

struct box picture_efa(const struct picture_block *block, unsigned i)
{
	struct box box = column(block, i);

	box.h = EFA_H;
	return box;
}

struct box picture_net(const struct picture_block *block, unsigned i)
{
	struct box box = column(block, i);

	box.y += box.h - NET_H;
	box.h = NET_H;
	return box;
}

struct box picture_foreign(const struct picture_block *block, unsigned i)
{
	return grid_at(block->box.x + BLOCK_PAD, block->box.y + block->foreign_y, i,
		       block->foreign_columns, block->foreign_w, FOREIGN_H, GAP, GAP);
}
