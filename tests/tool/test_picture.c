/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing in the picture stands on anything else, whatever the node has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "picture.h"

#define BOXES_MAX 1024

static struct picture picture;
static struct box boxes[BOXES_MAX];
static size_t n_boxes;

static void add(struct box box)
{
	assert_true(n_boxes < BOXES_MAX);
	boxes[n_boxes++] = box;
}

static bool overlap(struct box a, struct box b)
{
	return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool inside(struct box inner, struct box outer)
{
	return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
	       inner.y + inner.h <= outer.y + outer.h;
}

/* All boxes that were added are large enough, inside the outer one and apart. */
static void check(struct box outer, int w, int h)
{
	for (size_t i = 0; i < n_boxes; i++) {
		if (!inside(boxes[i], outer))
			fail_msg("box %zu: %d,%d %dx%d is outside of %d,%d %dx%d", i, boxes[i].x,
				 boxes[i].y, boxes[i].w, boxes[i].h, outer.x, outer.y, outer.w,
				 outer.h);
		assert_true(boxes[i].w >= w && boxes[i].h >= h);
		for (size_t j = 0; j < i; j++)
			if (overlap(boxes[i], boxes[j]))
				fail_msg("boxes %zu and %zu overlap", j, i);
	}
	n_boxes = 0;
}

static void check_block(const struct picture_block *block)
{
	for (unsigned i = 0; i < block->n_accels; i++)
		add(picture_accel(block, i));
	for (unsigned i = 0; i < block->n_columns; i++) {
		if (block->has_efa)
			add(picture_efa(block, i));
		if (block->has_net)
			add(picture_net(block, i));
	}
	for (unsigned i = 0; i < block->n_foreign; i++)
		add(picture_foreign(block, i));
	/* Room for "4f:00.0" in all of them, below the block's name. */
	check((struct box){block->box.x + 8, block->box.y + 24, block->box.w - 16,
			   block->box.h - 32},
	      54, 28);
}

static void check_picture(void)
{
	struct box page;

	picture_measure(&picture);
	picture_arrange(&picture);
	page = (struct box){0, 0, picture.width, picture.height};
	add(picture.status);
	if (picture.n_cards)
		add(picture.strip);
	for (size_t i = 0; i < picture.n_panels; i++)
		add(picture.panels[i].box);
	if (picture.n_legend)
		add(picture.legend);
	check(page, 200, 24);
	for (size_t i = 0; i < picture.n_panels; i++) {
		const struct picture_panel *panel = &picture.panels[i];
		struct box room = panel->box;

		room.y += PICTURE_HEAD;
		room.h -= PICTURE_HEAD;
		for (size_t j = 0; j < panel->n; j++)
			add(picture.blocks[panel->first + j].box);
		check(room, 190, 30);
		for (size_t j = 0; j < panel->n; j++)
			check_block(&picture.blocks[panel->first + j]);
	}
	for (unsigned i = 0; i < picture.n_cards; i++)
		add(picture_card(&picture, i));
	check(picture.strip, 26, 50);
	for (unsigned i = 0; i < picture.n_cards; i++) {
		add(picture_card_efa(&picture, i));
		add(picture_card_net(&picture, i));
		check(picture_card(&picture, i), 26, 20);
	}
	for (unsigned i = 0; i < picture.n_legend; i++)
		add(picture_legend(&picture, i));
	check(picture.legend, 150, 20);
}

static void start(unsigned n_cards)
{
	picture_init(&picture);
	picture.n_cards = n_cards;
	picture.n_lines = 3;
	picture.n_legend = 9;
}

static void add_blocks(size_t n, struct picture_block block)
{
	for (size_t i = 0; i < n; i++) {
		struct picture_block *added = picture_add_block(&picture);

		assert_non_null(added);
		*added = block;
	}
}

static struct picture_block block_of(unsigned accels, unsigned columns, unsigned foreign)
{
	return (struct picture_block){.n_accels = accels,
				      .n_columns = columns,
				      .n_foreign = foreign,
				      .has_efa = columns > 0,
				      .has_net = columns % 2 == 0 && columns};
}

static void more_than_fits_is_refused(void **state)
{
	(void)state;
	start(0);
	assert_null(picture_add_block(&picture)); /* no panel */
	picture_add_panel(&picture);
	for (size_t i = 0; i < PICTURE_BLOCKS_MAX; i++)
		assert_non_null(picture_add_block(&picture));
	assert_null(picture_add_block(&picture));
	for (size_t i = 1; i < PICTURE_BLOCKS_MAX; i++)
		assert_non_null(picture_add_panel(&picture));
	assert_null(picture_add_panel(&picture));
}

static void a_node_without_anything(void **state)
{
	(void)state;
	start(0);
	check_picture();
	start(1);
	check_picture();
}

static void blocks_of_all_sizes(void **state)
{
	(void)state;
	for (unsigned accels = 0; accels <= 64; accels += accels < 17 ? 1 : 47)
		for (unsigned columns = 0; columns <= 64; columns += columns < 18 ? 1 : 46)
			for (unsigned foreign = 0; foreign < 6; foreign++) {
				start(columns);
				picture_add_panel(&picture);
				add_blocks(1, block_of(accels, columns, foreign));
				check_picture();
			}
}

static void panels_of_all_sizes(void **state)
{
	(void)state;
	for (unsigned panels = 1; panels <= 4; panels++)
		for (unsigned blocks = 1; blocks <= 17; blocks++)
			for (unsigned columns = 0; columns <= 9; columns++) {
				start(4 * panels * blocks <= 64 ? 4 * panels * blocks : 64);
				for (unsigned i = 0; i < panels; i++) {
					picture_add_panel(&picture);
					add_blocks(blocks, block_of(blocks % 4, columns, i));
					if (i % 2)
						add_blocks(1, block_of(8, 1, 2));
				}
				check_picture();
			}
}

static void halves_without_the_other(void **state)
{
	struct picture_block block = block_of(2, 4, 0);

	(void)state;
	for (int i = 0; i < 4; i++) {
		start(4);
		picture_add_panel(&picture);
		block.has_efa = i & 1;
		block.has_net = i & 2;
		add_blocks(3, block);
		check_picture();
	}
	/* The halves of one interface stand one above the other, near enough to be joined. */
	assert_int_equal(picture_efa(&picture.blocks[0], 2).x,
			 picture_net(&picture.blocks[0], 2).x);
	assert_int_equal(picture_net(&picture.blocks[0], 2).y -
				 picture_efa(&picture.blocks[0], 2).y,
			 picture_efa(&picture.blocks[0], 2).h + 4);
}

static void cards_of_all_numbers(void **state)
{
	(void)state;
	for (unsigned cards = 0; cards <= 64; cards++) {
		start(cards);
		check_picture();
		if (cards)
			assert_int_equal(picture.strip_columns,
					 cards <= 32 ? cards : (cards + 1) / 2);
	}
}

/* What people know these machines by. */
static void known_machines(void **state)
{
	(void)state;
	start(32); /* p5: two NUMA nodes above each other, four switches in a row, four rails */
	for (int i = 0; i < 2; i++) {
		picture_add_panel(&picture);
		add_blocks(4, block_of(1, 4, 0));
	}
	check_picture();
	assert_int_equal(picture.width, 1200);
	assert_int_equal(picture.blocks[3].box.y, picture.blocks[0].box.y);
	assert_true(picture.panels[1].box.y > picture.panels[0].box.y);
	assert_int_equal(picture.blocks[0].columns, 4);

	start(4); /* p4d: side by side, two host bridges each */
	for (int i = 0; i < 2; i++) {
		picture_add_panel(&picture);
		add_blocks(2, block_of(2, 1, 0));
	}
	check_picture();
	assert_int_equal(picture.panels[1].box.y, picture.panels[0].box.y);
	assert_int_equal(picture.panels[1].box.h, picture.panels[0].box.h);

	start(1); /* c5n: a small picture */
	picture_add_panel(&picture);
	add_blocks(1, block_of(0, 1, 0));
	check_picture();
	assert_int_equal(picture.width, 760);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_fits_is_refused),
		cmocka_unit_test(a_node_without_anything),
		cmocka_unit_test(blocks_of_all_sizes),
		cmocka_unit_test(panels_of_all_sizes),
		cmocka_unit_test(halves_without_the_other),
		cmocka_unit_test(cards_of_all_numbers),
		cmocka_unit_test(known_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
