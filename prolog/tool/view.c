/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "view_impl.h"

struct view_row *view_add(struct view *view, enum interface_kind kind, int card_index)
{
	struct view_row *row = &view->rows[view->n_rows];

	assert(view->n_rows < VIEW_ROWS_MAX);
	view->n_rows++;
	*row = (struct view_row){
		.kind = kind,
		.card_index = card_index,
		.device_index = -1,
		.rail = -1,
		.ena = -1,
		.eni = -1,
		.efa_group = -1,
		.net_group = -1,
	};
	return row;
}

static enum shown rail_shown(const struct rail *rail)
{
	if (rail->stage == RAIL_LISTED)
		return SHOWN_LISTED;
	return rail->stage == RAIL_USABLE ? SHOWN_FINE : SHOWN_FAULTY;
}

static enum shown ena_shown(const struct inventory *inv, int index)
{
	const struct ena *ena = &inv->enas[index];

	/* A saved topology knows no drivers, and one without OS devices no netdevs. */
	if (ena->listed && (ena->netdev[0] || !inv->origin[PART_NETDEVS][0]))
		return SHOWN_LISTED;
	return ena->driver[0] && ena->netdev[0] ? SHOWN_FINE : SHOWN_FAULTY;
}

static void add_rails(struct view *view)
{
	const struct inventory *inv = view->inv;

	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *rail = &inv->rails[i];
		struct view_row *row = view_add(view, rail_kind(rail), rail->card_index);

		row->device_index = rail->device_index;
		row->rail = (int)i;
		row->efa = rail_shown(rail);
		row->has_pci = true;
		row->pci = rail->pci;
		if (rail->ena >= 0) {
			row->ena = rail->ena;
			row->net = ena_shown(inv, rail->ena);
		}
	}
}

static void add_enas(struct view *view)
{
	const struct inventory *inv = view->inv;

	for (size_t i = 0; i < inv->n_enas; i++) {
		const struct ena *ena = &inv->enas[i];
		struct view_row *row;

		if (ena_rail(inv, (int)i) >= 0)
			continue;
		row = view_add(view, KIND_INTERFACE, ena->card_index);
		row->device_index = ena->device_index;
		row->ena = (int)i;
		row->net = ena_shown(inv, (int)i);
		row->has_pci = true;
		row->pci = ena->pci;
	}
}

static void add_invisible(struct view *view)
{
	const struct eni_facts *facts = &view->inv->facts;

	for (size_t i = 0; facts->known && i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];
		struct view_row *row;

		if (eni->rail >= 0 || eni->ena >= 0)
			continue;
		row = view_add(view, KIND_INVISIBLE, eni->card_index);
		row->device_index = eni->device_index;
		row->eni = (int)i;
	}
}

/* By card and device; what has no known card comes last, in order of PCI address. */
static int compare_rows(const void *pa, const void *pb)
{
	const struct view_row *a = pa, *b = pb;
	const struct pci_addr *at = view_row_pci(a), *bt = view_row_pci(b);

	if ((a->card_index < 0) != (b->card_index < 0))
		return a->card_index < 0 ? 1 : -1;
	if (a->card_index != b->card_index)
		return a->card_index - b->card_index;
	if ((a->device_index < 0) != (b->device_index < 0))
		return a->device_index < 0 ? 1 : -1;
	if (a->device_index != b->device_index)
		return a->device_index - b->device_index;
	if (!at || !bt)
		return (at == NULL) - (bt == NULL);
	return pci_addr_compare(at, bt);
}

/* How many network cards there are: as compared, as the type has, as the facts show. */
static void count_cards(struct view *view, const struct instance_type *type)
{
	view->n_cards = view->compared ? view->verdict->n_cards : type ? type->cards : 0;
	if (view->compared)
		return;
	for (size_t i = 0; i < view->n_rows; i++) {
		unsigned card = (unsigned)view->rows[i].card_index;

		if (view->rows[i].card_index >= 0 && card >= view->n_cards &&
		    card < LAYOUT_CARDS_MAX)
			view->n_cards = card + 1;
	}
}

/* A type with a single card needs no facts to say where its functions are. */
static void place_on_only_card(struct view *view)
{
	for (size_t i = 0; i < view->n_rows; i++)
		if (view->rows[i].card_index < 0)
			view->rows[i].card_index = 0;
}

static void fill_card(struct view *view, const struct view_row *row)
{
	struct view_card *card;

	if (row->card_index < 0 || (unsigned)row->card_index >= view->n_cards)
		return;
	card = &view->cards[row->card_index];
	if (row->efa > card->efa)
		card->efa = row->efa;
	if (row->net > card->net)
		card->net = row->net;
	card->paired |= row->rail >= 0 && row->ena >= 0;
	card->differs |= row->mark == MARK_DIFFERS;
}

/* Cards are known by number of interfaces alone: what each should have is all there is to say. */
static void fill_wanted(struct view *view, unsigned at)
{
	const struct card_view *want = &view->verdict->cards[at];
	struct view_card *card = &view->cards[at];

	card->want_efa = want->want_efa;
	card->want_net = want->want_ena;
	if (card->efa == SHOWN_NONE && want->want_efa == WANT_YES)
		card->efa = SHOWN_WANTED;
	if (card->net == SHOWN_NONE && want->want_ena == WANT_YES)
		card->net = SHOWN_WANTED;
	if (!view->cards_known)
		card->paired = want->want_paired != WANT_NO && want->want_efa == WANT_YES &&
			       want->want_ena == WANT_YES;
	card->differs |= want->differs;
}

void view_build(const struct inventory *inv, const struct instance_type *type,
		const struct verdict *verdict, struct view *view)
{
	memset(view, 0, sizeof(*view));
	view->inv = inv;
	view->verdict = verdict;
	/* Without type and facts nothing says how many functions there should be. */
	view->compared = verdict->n_cards && (type || inv->facts.known || verdict->declared[0]);
	view->basis = verdict->basis;
	add_rails(view);
	add_enas(view);
	add_invisible(view);
	count_cards(view, type);
	view->cards_known = view->compared ? view->basis == BASIS_CARDS : inv->facts.known;
	if (!inv->facts.known && view->n_cards == 1) {
		view->cards_known = true;
		place_on_only_card(view);
	}
	if (view->compared)
		view_compare(view);
	locality_find(inv, &view->locality);
	view_place(view, type);
	qsort(view->rows, view->n_rows, sizeof(view->rows[0]), compare_rows);
	for (size_t i = 0; i < view->n_rows; i++) {
		if (view->cards_known)
			fill_card(view, &view->rows[i]);
		view->n_missing += view->rows[i].use != ROW_OF_PLACE &&
				   view->rows[i].efa == SHOWN_MISSING;
	}
	for (unsigned i = 0; view->compared && i < view->n_cards; i++)
		fill_wanted(view, i);
}

const char *view_row_state(const struct view *view, const struct view_row *row)
{
	if (row->rail >= 0)
		return rail_stage_text(view->inv->rails[row->rail].stage);
	if (row->ena >= 0) {
		const struct ena *ena = &view->inv->enas[row->ena];

		if (row->net == SHOWN_LISTED)
			return shown_text(row->net);
		return !ena->driver[0]	? "no-driver"
		       : ena->netdev[0] ? ena->operstate
					: "no-netdev";
	}
	return row->kind == KIND_INVISIBLE ? "absent" : "missing";
}

const char *shown_text(enum shown shown)
{
	static const char *const words[] = {
		[SHOWN_NONE] = "none",	     [SHOWN_FINE] = "usable", [SHOWN_LISTED] = "listed",
		[SHOWN_WANTED] = "wanted",   [SHOWN_EXTRA] = "extra", [SHOWN_FAULTY] = "faulty",
		[SHOWN_MISSING] = "missing",
	};

	return words[shown];
}

const char *basis_words(enum match_basis basis)
{
	static const char *const words[] = {
		[BASIS_CARDS] = "card by card",
		[BASIS_ADDRESSES] = "by numbers and known addresses",
		[BASIS_NUMBERS] = "by numbers only",
	};

	return words[basis];
}

const struct pci_addr *view_row_pci(const struct view_row *row)
{
	if (row->has_pci)
		return &row->pci;
	return row->has_hole ? &row->hole : NULL;
}

const struct mac *view_row_mac(const struct view *view, const struct view_row *row)
{
	const struct inventory *inv = view->inv;

	if (row->rail >= 0 && inv->rails[row->rail].has_mac)
		return &inv->rails[row->rail].mac;
	if (row->ena >= 0 && inv->enas[row->ena].has_mac)
		return &inv->enas[row->ena].mac;
	return row->eni >= 0 ? &inv->facts.enis[row->eni].mac : NULL;
}

const char *view_row_eni(const struct view *view, const struct view_row *row)
{
	const struct inventory *inv = view->inv;

	if (row->rail >= 0)
		return inv->rails[row->rail].eni_id;
	if (row->ena >= 0)
		return inv->enas[row->ena].eni_id;
	return row->eni >= 0 ? inv->facts.enis[row->eni].id : "";
}
