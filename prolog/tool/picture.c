/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <string.h>

#define WIDE	      1200
#define NARROW	      760
#define TITLE_H	      108
#define SECTION_GAP   18
#define STATUS_PAD    12
#define PANEL_PAD     16
#define PANEL_GAP     16
#define BLOCK_HEAD    28
#define BLOCK_PAD     13
#define BLOCK_GAP     12
#define BLOCK_W_MIN   200
#define BLOCK_W_ONE   269 /* of a block that needs no more */
#define BLOCKS_A_ROW  6
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
#define CARD_LABEL_W  52
#define CARD_W_MAX    54
#define CARD_GAP      4
#define CARDS_A_ROW   32
#define CARD_HEAD     18
#define CARD_HALF_H   20
#define STRIP_HEAD    26
#define LEGEND_W      180
#define LEGEND_H      24

static unsigned min_u(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int min_i(int a, int b)
{
	return a < b ? a : b;
}

static int max_i(int a, int b)
{
	return a > b ? a : b;
}

static unsigned rows_of(unsigned n, unsigned columns)
{
	return columns ? (n + columns - 1) / columns : 0;
}

/* As few rows as `most` columns allow, and these as even as can be: 5 at most 4 a row are 3 and 2.
 */
static unsigned even_columns(unsigned n, unsigned most)
{
	unsigned rows = rows_of(n, most);

	return rows ? (n + rows - 1) / rows : 0;
}

/* How many of this width fit, at least one. */
static unsigned fitting(int room, int width, int gap)
{
	int n = (room + gap) / (width + gap);

	return n < 1 ? 1 : (unsigned)n;
}

/* The share of one among n. */
static int share(int room, unsigned n, int gap)
{
	return (room - ((int)n - 1) * gap) / (int)n;
}

static int stack_height(unsigned rows, int height, int gap)
{
	return rows ? (int)rows * (height + gap) - gap : 0;
}

void picture_init(struct picture *picture)
{
	memset(picture, 0, sizeof(*picture));
}

struct picture_panel *picture_add_panel(struct picture *picture)
{
	struct picture_panel *panel;

	if (picture->n_panels == PICTURE_BLOCKS_MAX)
		return NULL;
	panel = &picture->panels[picture->n_panels++];
	panel->first = picture->n_blocks;
	return panel;
}

struct picture_block *picture_add_block(struct picture *picture)
{
	if (!picture->n_panels || picture->n_blocks == PICTURE_BLOCKS_MAX)
		return NULL;
	picture->panels[picture->n_panels - 1].n++;
	return &picture->blocks[picture->n_blocks++];
}

static int column_height(const struct picture_block *block)
{
	return (block->has_efa ? EFA_H : 0) +
	       (block->has_net ? NET_H + (block->has_efa ? HALVES_GAP : 0) : 0);
}

/* The width that all of the block's tiles take in one row each. */
static int natural_width(const struct picture_block *block)
{
	int accels = (int)block->n_accels * (TILE_W_GOOD + GAP);
	int columns = (int)block->n_columns * (TILE_W_GOOD + GAP);

	return max_i(max_i(accels, columns) - GAP + 2 * BLOCK_PAD, BLOCK_W_ONE);
}

/* The width below which its tiles are too small to read. */
static int least_width(const struct picture_block *block)
{
	int columns = stack_height(min_u(block->n_columns, 4), COLUMN_W_MIN, GAP);
	int accels = stack_height(min_u(block->n_accels, 2), ACCEL_W_MIN, GAP);

	return max_i(max_i(columns, accels) + 2 * BLOCK_PAD, BLOCK_W_MIN);
}

/* Places inside the block, from its width down to its height. */
static void fill_block(struct picture_block *block)
{
	int room = block->box.w - 2 * BLOCK_PAD, y = BLOCK_HEAD;

	block->accel_y = y;
	if (block->n_accels) {
		block->accel_columns = even_columns(block->n_accels,
						    fitting(room, ACCEL_W_MIN, GAP));
		block->accel_w = share(room, block->accel_columns, GAP);
		y += stack_height(rows_of(block->n_accels, block->accel_columns), ACCEL_H, GAP) +
		     ROWS_GAP;
	}
	block->column_y = y;
	if (block->n_columns) {
		block->columns = min_u(block->n_columns, fitting(room, COLUMN_W_MIN, GAP));
		block->column_w = min_i(share(room, block->columns, GAP), COLUMN_W_MAX);
		y += stack_height(rows_of(block->n_columns, block->columns), column_height(block),
				  ROWS_GAP) +
		     ROWS_GAP;
	}
	block->foreign_y = y;
	if (block->n_foreign) {
		block->foreign_columns = fitting(room, FOREIGN_W_MIN, GAP);
		block->foreign_w = min_i(share(room, block->foreign_columns, GAP), FOREIGN_W_MAX);
		y += stack_height(rows_of(block->n_foreign, block->foreign_columns), FOREIGN_H,
				  GAP) +
		     ROWS_GAP;
	}
	block->box.h = y - ROWS_GAP + BLOCK_PAD;
}

/* The panel's blocks in rows of equal height, from its place and width down to its height. */
static void fill_panel(struct picture *picture, struct picture_panel *panel)
{
	int room = panel->box.w - 2 * PANEL_PAD, least = BLOCK_W_MIN, natural = 0, width, y;
	unsigned columns;

	for (size_t i = 0; i < panel->n; i++) {
		least = max_i(least, least_width(&picture->blocks[panel->first + i]));
		natural = max_i(natural, natural_width(&picture->blocks[panel->first + i]));
	}
	columns = even_columns((unsigned)panel->n,
			       min_u(fitting(room, least, BLOCK_GAP), BLOCKS_A_ROW));
	width = share(room, columns, BLOCK_GAP);
	if (natural * 3 / 2 < width) /* more emptiness than tiles */
		width = natural;
	y = panel->box.y + PICTURE_HEAD;
	for (size_t row = 0; row < panel->n; row += columns) {
		int height = 0;

		for (size_t i = row; i < row + columns && i < panel->n; i++) {
			struct picture_block *block = &picture->blocks[panel->first + i];

			block->box.x = panel->box.x + PANEL_PAD +
				       (int)(i - row) * (width + BLOCK_GAP);
			block->box.y = y;
			block->box.w = width;
			fill_block(block);
			height = max_i(height, block->box.h);
		}
		for (size_t i = row; i < row + columns && i < panel->n; i++)
			picture->blocks[panel->first + i].box.h = height;
		y += height + BLOCK_GAP;
	}
	panel->box.h = y - BLOCK_GAP + PANEL_PAD - panel->box.y;
}

/* Make a panel as high as its neighbour, and the blocks of its last row with it. */
static void stretch(struct picture *picture, struct picture_panel *panel, int height)
{
	struct picture_block *blocks = &picture->blocks[panel->first];
	int more = height - panel->box.h, last = blocks[panel->n - 1].box.y;

	if (more <= 0)
		return;
	panel->box.h = height;
	for (size_t i = 0; i < panel->n; i++)
		if (blocks[i].box.y == last)
			blocks[i].box.h += more;
}

static int inner_width(const struct picture *picture)
{
	return picture->width - 2 * PICTURE_MARGIN;
}

/* Two neighbours with few blocks stand side by side. Returns the y below all of them. */
static int fill_panels(struct picture *picture, int y)
{
	int full = inner_width(picture), half = share(full, 2, PANEL_GAP);

	for (size_t i = 0; i < picture->n_panels; i++) {
		struct picture_panel *left = &picture->panels[i], *right = left + 1;
		bool two = picture->width == WIDE && i + 1 < picture->n_panels && left->n <= 2 &&
			   right->n <= 2;

		left->box = (struct box){PICTURE_MARGIN, y, two ? half : full, 0};
		fill_panel(picture, left);
		if (two) {
			right->box = (struct box){PICTURE_MARGIN + half + PANEL_GAP, y, half, 0};
			fill_panel(picture, right);
			stretch(picture, left, right->box.h);
			stretch(picture, right, left->box.h);
			i++;
		}
		y += left->box.h + PANEL_GAP;
	}
	return picture->n_panels ? y - PANEL_GAP + SECTION_GAP : y;
}

/* A node with little in it gets a smaller picture instead of an empty one. */
void picture_measure(struct picture *picture)
{
	int natural = 0;

	for (size_t i = 0; i < picture->n_blocks; i++)
		natural = max_i(natural, natural_width(&picture->blocks[i]));
	picture->width = WIDE;
	if (picture->n_blocks <= 2 && natural <= NARROW / 2 && picture->n_cards <= 8)
		picture->width = NARROW;
}

static int fill_strip(struct picture *picture, int y)
{
	int room = inner_width(picture) - CARD_LABEL_W;
	unsigned columns = even_columns(picture->n_cards, CARDS_A_ROW);

	picture->strip = (struct box){PICTURE_MARGIN, y, inner_width(picture), 0};
	if (!picture->n_cards)
		return y;
	picture->strip_columns = columns;
	picture->card_w = min_i(share(room, columns, CARD_GAP), CARD_W_MAX);
	picture->strip.h = STRIP_HEAD + stack_height(rows_of(picture->n_cards, columns),
						     CARD_HEAD + 2 * CARD_HALF_H + HALVES_GAP,
						     ROWS_GAP);
	return y + picture->strip.h + SECTION_GAP;
}

void picture_arrange(struct picture *picture)
{
	int y = TITLE_H;

	picture->status = (struct box){PICTURE_MARGIN, y, inner_width(picture),
				       (int)picture->n_lines * PICTURE_LINE + 2 * STATUS_PAD};
	y = fill_strip(picture, y + picture->status.h + SECTION_GAP);
	y = fill_panels(picture, y);
	picture->legend_columns = fitting(inner_width(picture), LEGEND_W, 0);
	picture->legend = (struct box){PICTURE_MARGIN, y, inner_width(picture),
				       (int)rows_of(picture->n_legend, picture->legend_columns) *
					       LEGEND_H};
	picture->height = y + picture->legend.h + PICTURE_MARGIN;
}

/* Tile number i of a grid. */
static struct box in_grid(int x, int y, unsigned i, unsigned columns, int w, int h, int gap_x,
			  int gap_y)
{
	return (struct box){x + (int)(i % columns) * (w + gap_x),
			    y + (int)(i / columns) * (h + gap_y), w, h};
}

struct box picture_accel(const struct picture_block *block, unsigned i)
{
	return in_grid(block->box.x + BLOCK_PAD, block->box.y + block->accel_y, i,
		       block->accel_columns, block->accel_w, ACCEL_H, GAP, GAP);
}

static struct box column(const struct picture_block *block, unsigned i)
{
	return in_grid(block->box.x + BLOCK_PAD, block->box.y + block->column_y, i, block->columns,
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
	return in_grid(block->box.x + BLOCK_PAD, block->box.y + block->foreign_y, i,
		       block->foreign_columns, block->foreign_w, FOREIGN_H, GAP, GAP);
}

struct box picture_card(const struct picture *picture, unsigned card)
{
	return in_grid(picture->strip.x + CARD_LABEL_W, picture->strip.y + STRIP_HEAD, card,
		       picture->strip_columns, picture->card_w,
		       CARD_HEAD + 2 * CARD_HALF_H + HALVES_GAP, CARD_GAP, ROWS_GAP);
}

struct box picture_card_efa(const struct picture *picture, unsigned card)
{
	struct box box = picture_card(picture, card);

	box.y += CARD_HEAD;
	box.h = CARD_HALF_H;
	return box;
}

struct box picture_card_net(const struct picture *picture, unsigned card)
{
	struct box box = picture_card(picture, card);

	box.y += box.h - CARD_HALF_H;
	box.h = CARD_HALF_H;
	return box;
}

struct box picture_legend(const struct picture *picture, unsigned i)
{
	return in_grid(picture->legend.x, picture->legend.y, i, picture->legend_columns, LEGEND_W,
		       LEGEND_H, 0, 0);
}
