/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "layout_match.h"
#include "view_impl.h"

static int group_with(const struct view *view, uint64_t bit, bool rails)
{
	for (size_t i = 0; i < view->locality.n; i++) {
		const struct locality_group *group = &view->locality.v[i];

		if ((rails ? group->rails : group->enas) & bit)
			return (int)i;
	}
	return -1;
}

/*
 * The group that a function at this address would be in. Buses are numbered depth first, so it is
 * the one that begins last before the address.
 */
static int group_at(const struct view *view, const struct pci_addr *pci)
{
	int best = -1, best_bus = -1;

	for (size_t i = 0; i < view->locality.n; i++) {
		const struct locality_group *group = &view->locality.v[i];
		uint32_t segment = group->is_switch ? group->at.segment : group->root_segment;
		int bus = group->is_switch ? group->at.bus : group->root_bus;

		if (segment != pci->segment || bus > pci->bus || bus <= best_bus)
			continue;
		best = (int)i;
		best_bus = bus;
	}
	return best;
}

static bool lacks_rail(const struct view_row *row)
{
	return row->efa == SHOWN_MISSING && row->use == ROW_BOTH;
}

/*
 * Addresses of the type's table without a function, when there are as many as EFA functions are
 * missing: with one, or where cards are not known anyway, each has its own row. Otherwise which
 * card belongs to which place is not known.
 */
static void place_missing(struct view *view, const struct instance_type *type)
{
	struct pci_addr pci[TYPE_RAILS_MAX];
	size_t n = layout_missing_pci(type, view->inv, pci), n_rows = view->n_rows, missing = 0;
	bool of_cards = false;

	for (size_t i = 0; i < n_rows; i++) {
		missing += lacks_rail(&view->rows[i]);
		of_cards |= lacks_rail(&view->rows[i]) && view->rows[i].card_index >= 0;
	}
	if (!missing || n != missing)
		return;
	for (size_t i = 0, next = 0; i < n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (!lacks_rail(row))
			continue;
		if (of_cards && n > 1) {
			row->use = ROW_OF_CARD;
			row = view_add(view, KIND_ABSENT, -1);
			row->use = ROW_OF_PLACE;
			row->efa = SHOWN_MISSING;
			row->mark = MARK_DIFFERS;
		}
		row->has_hole = true;
		row->hole = pci[next++];
	}
}

static void add_numa(struct view *view, int node)
{
	for (size_t i = 0; i < view->n_numa; i++)
		if (view->numa[i] == node)
			return;
	view->numa[view->n_numa++] = node;
}

/* As unsigned numbers, so that -1 is last. */
static int compare_numa(const void *pa, const void *pb)
{
	unsigned a = (unsigned)*(const int *)pa, b = (unsigned)*(const int *)pb;

	return (a > b) - (a < b);
}

static void list_numa(struct view *view)
{
	for (size_t i = 0; i < view->inv->n_numa; i++)
		add_numa(view, view->inv->numa[i].node);
	for (size_t i = 0; i < view->locality.n; i++)
		add_numa(view, view->locality.v[i].numa_node);
	qsort(view->numa, view->n_numa, sizeof(view->numa[0]), compare_numa);
}

bool view_efa_in(const struct view_row *row, int group)
{
	if (group >= 0)
		return row->efa_group == group && row->use != ROW_OF_CARD;
	return row->efa == SHOWN_MISSING && row->efa_group < 0 && row->use != ROW_OF_CARD;
}

bool view_net_in(const struct view_row *row, int group)
{
	if (group >= 0)
		return row->net_group == group;
	return row->net == SHOWN_MISSING && row->net_group < 0;
}

bool view_is_riddle(const struct view_row *row)
{
	return row->kind == KIND_INVISIBLE && row->efa == SHOWN_NONE && row->net == SHOWN_NONE;
}

bool view_differs_otherwise(const struct view_row *row)
{
	return row->mark == MARK_DIFFERS && row->efa <= SHOWN_LISTED && row->net <= SHOWN_LISTED &&
	       row->kind != KIND_INVISIBLE;
}

void view_place(struct view *view, const struct instance_type *type)
{
	list_numa(view);
	place_missing(view, type);
	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (row->rail >= 0)
			row->efa_group = group_with(view, UINT64_C(1) << row->rail, true);
		else if (row->has_hole)
			row->efa_group = group_at(view, &row->hole);
		if (row->ena >= 0)
			row->net_group = group_with(view, UINT64_C(1) << row->ena, false);
		else if (row->net == SHOWN_MISSING)
			row->net_group = row->efa_group;
	}
}
