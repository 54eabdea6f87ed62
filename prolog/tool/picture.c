/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "picture_impl.h"

#define WIDE	     1200
#define NARROW	     760
#define TITLE_H	     108
#define SECTION_GAP  18
#define STATUS_PAD   12
#define PANEL_PAD    16
#define PANEL_GAP    16
#define BLOCK_GAP    12
#define BLOCK_W_MIN  200
#define BLOCKS_A_ROW 6
#define HALVES_GAP   4
#define ROWS_GAP     8
#define CARD_LABEL_W 52
#define CARD_W_MAX   54
#define CARD_GAP     4
#define CARDS_A_ROW  32
#define CARD_HEAD    18
#define CARD_HALF_H  20
#define STRIP_HEAD   26
#define LEGEND_W     180
#define LEGEND_H     24

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

/* The panel's blocks in rows of equal height, from its place and width down to its height. */
static void fill_panel(struct picture *picture, struct picture_panel *panel)
{
	int room = panel->box.w - 2 * PANEL_PAD, least = BLOCK_W_MIN, natural = 0, width, y;
	unsigned columns;

	for (size_t i = 0; i < panel->n; i++) {
		least = grid_max(least, picture_block_least(&picture->blocks[panel->first + i]));
		natural = grid_max(natural,
				   picture_block_natural(&picture->blocks[panel->first + i]));
	}
	columns = grid_even((unsigned)panel->n,
			    grid_min_u(grid_fitting(room, least, BLOCK_GAP), BLOCKS_A_ROW));
	width = grid_share(room, columns, BLOCK_GAP);
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
			picture_block_fill(block);
			height = grid_max(height, block->box.h);
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
	int full = inner_width(picture), half = grid_share(full, 2, PANEL_GAP);

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
		natural = grid_max(natural, picture_block_natural(&picture->blocks[i]));
	picture->width = WIDE;
	if (picture->n_blocks <= 2 && natural <= NARROW / 2 && picture->n_cards <= 8)
		picture->width = NARROW;
}

static int fill_strip(struct picture *picture, int y)
{
	int room = inner_width(picture) - CARD_LABEL_W;
	unsigned columns = grid_even(picture->n_cards, CARDS_A_ROW);

	picture->strip = (struct box){PICTURE_MARGIN, y, inner_width(picture), 0};
	if (!picture->n_cards)
		return y;
	picture->strip_columns = columns;
	picture->card_w = grid_min(grid_share(room, columns, CARD_GAP), CARD_W_MAX);
	picture->strip.h = STRIP_HEAD + grid_stack(grid_rows(picture->n_cards, columns),
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
	picture->legend_columns = grid_fitting(inner_width(picture), LEGEND_W, 0);
	picture->legend = (struct box){PICTURE_MARGIN, y, inner_width(picture),
				       (int)grid_rows(picture->n_legend, picture->legend_columns) *
					       LEGEND_H};
	picture->height = y + picture->legend.h + PICTURE_MARGIN;
}

struct box picture_card(const struct picture *picture, unsigned card)
{
	return grid_at(picture->strip.x + CARD_LABEL_W, picture->strip.y + STRIP_HEAD, card,
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
	return grid_at(picture->legend.x, picture->legend.y, i, picture->legend_columns, LEGEND_W,
		       LEGEND_H, 0, 0);
}
