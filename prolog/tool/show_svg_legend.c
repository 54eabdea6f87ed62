/* SPDX-License-Identifier: Apache-2.0 */
#include "show_svg.h"

#define SWATCH_W 28
#define SWATCH_H 14

enum entry {
	ENTRY_EFA,
	ENTRY_NET,
	ENTRY_JOINT,
	ENTRY_PRIMARY,
	ENTRY_MISSING,
	ENTRY_FAULTY,
	ENTRY_EXTRA,
	ENTRY_RING,
	ENTRY_WANTED,
	ENTRY_LISTED,
	ENTRY_ACCEL,
	ENTRY_OTHER,
	ENTRIES
};

static const char *const words[ENTRIES] = {
	[ENTRY_EFA] = "EFA function, usable",	  [ENTRY_NET] = "ENA function",
	[ENTRY_JOINT] = "both in one interface",  [ENTRY_PRIMARY] = "primary interface",
	[ENTRY_MISSING] = "expected, missing",	  [ENTRY_FAULTY] = "there, not usable",
	[ENTRY_EXTRA] = "there, not expected",	  [ENTRY_WANTED] = "expected, not known",
	[ENTRY_LISTED] = "listed, not looked at", [ENTRY_ACCEL] = "accelerator",
	[ENTRY_OTHER] = "other RDMA device",
};

static bool any_state(const struct view *view, enum shown state)
{
	for (size_t i = 0; i < view->n_rows; i++)
		if (view->rows[i].efa == state || view->rows[i].net == state)
			return true;
	for (unsigned i = 0; i < view->n_cards; i++)
		if (view->cards[i].efa == state || view->cards[i].net == state)
			return true;
	return false;
}

static bool any_ring(const struct view *view)
{
	for (size_t i = 0; i < view->n_rows; i++)
		if (view_differs_otherwise(&view->rows[i]))
			return true;
	return false;
}

/* The states are always explained; what this node has none of is not. */
static bool has_entry(const struct canvas *canvas, enum entry entry)
{
	switch (entry) {
	case ENTRY_RING:
		return any_ring(canvas->view);
	case ENTRY_WANTED:
		return any_state(canvas->view, SHOWN_WANTED);
	case ENTRY_LISTED:
		return any_state(canvas->view, SHOWN_LISTED);
	case ENTRY_ACCEL:
		return canvas->view->inv->n_accels > 0;
	case ENTRY_OTHER:
		return canvas->view->inv->n_foreign > 0;
	case ENTRY_PRIMARY:
		return inventory_primary_ena(canvas->view->inv) != NULL;
	case ENTRY_EFA:
	case ENTRY_NET:
	case ENTRY_JOINT:
	case ENTRY_MISSING:
	case ENTRY_FAULTY:
	case ENTRY_EXTRA:
	case ENTRIES:
		break;
	}
	return entry < ENTRIES;
}

unsigned count_legend(const struct canvas *canvas)
{
	unsigned n = 0;

	for (int i = 0; i < ENTRIES; i++)
		n += has_entry(canvas, (enum entry)i);
	return n;
}

static void draw_swatch(struct svg *svg, enum entry entry, struct box box)
{
	struct box upper = {box.x + 6, box.y - 1, 16, 7}, lower = {box.x + 6, box.y + 9, 16, 7};

	switch (entry) {
	case ENTRY_NET:
		draw_half(svg, box, false, SHOWN_FINE);
		break;
	case ENTRY_JOINT:
		draw_joint(svg, "joint", upper, lower);
		svg_rect(svg, "efa-usable", upper, 2);
		svg_rect(svg, "net-usable", lower, 2);
		break;
	case ENTRY_PRIMARY:
		draw_half(svg, box, false, SHOWN_FINE);
		svg_rect(svg, "primary", (struct box){box.x + 1, box.y + box.h - 4, box.w - 2, 3},
			 0);
		break;
	case ENTRY_MISSING:
		draw_half(svg, box, true, SHOWN_MISSING);
		break;
	case ENTRY_FAULTY:
		draw_half(svg, box, true, SHOWN_FAULTY);
		break;
	case ENTRY_EXTRA:
		draw_half(svg, box, true, SHOWN_EXTRA);
		break;
	case ENTRY_RING:
		draw_half(svg, box, true, SHOWN_FINE);
		svg_rect(svg, "ring", (struct box){box.x - 2, box.y - 2, box.w + 4, box.h + 4}, 6);
		break;
	case ENTRY_WANTED:
		draw_half(svg, box, true, SHOWN_WANTED);
		break;
	case ENTRY_LISTED:
		draw_half(svg, box, true, SHOWN_LISTED);
		break;
	case ENTRY_ACCEL:
		svg_rect(svg, "accel", box, 4);
		break;
	case ENTRY_OTHER:
		svg_rect(svg, "other", box, 4);
		break;
	case ENTRY_EFA:
	case ENTRIES:
		draw_half(svg, box, true, SHOWN_FINE);
		break;
	}
}

void draw_legend(const struct canvas *canvas)
{
	unsigned at = 0;

	svg_begin(canvas->svg, "g");
	svg_attr(canvas->svg, "id", "efa-legend");
	for (int i = 0; i < ENTRIES; i++) {
		struct box box;

		if (!has_entry(canvas, (enum entry)i))
			continue;
		box = picture_legend(&canvas->picture, at++);
		draw_swatch(canvas->svg, (enum entry)i,
			    (struct box){box.x, box.y + 2, SWATCH_W, SWATCH_H});
		svg_label(canvas->svg, "dim", box.x + SWATCH_W + 8, box.y + 13, "%s", words[i]);
	}
	svg_end(canvas->svg);
}
