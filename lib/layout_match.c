/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_match_impl.h"

#include <assert.h>
#include <string.h>

struct card_diff *match_add(struct match *m, enum card_diff_kind kind, int card)
{
	struct card_diff *entry = &m->diff->v[m->diff->n];

	assert(m->diff->n < LAYOUT_DIFFS_MAX);
	*entry = (struct card_diff){
		.kind = kind,
		.card_index = card,
		.other_card = -1,
		.rail = -1,
		.ena = -1,
		.expected = -1,
		.found = -1,
	};
	m->diff->n++;
	return entry;
}

void match_note_missing_efa(struct match *m, struct card_diff *entry, unsigned n)
{
	m->missing_efa += n;
	m->missing_entry = entry;
}

void match_add_count(struct match *m, enum card_diff_kind kind, unsigned expected, unsigned found)
{
	struct card_diff *entry;

	if (expected == found)
		return;
	entry = match_add(m, kind, -1);
	entry->expected = (int)expected;
	entry->found = (int)found;
	if (kind == DIFF_EFA_COUNT && found < expected)
		match_note_missing_efa(m, entry, expected - found);
}

/* A number that lies outside its bounds: the nearer bound; else itself. */
static unsigned nearest_in(unsigned value, unsigned min, unsigned max)
{
	return value < min ? min : value > max ? max : value;
}

static unsigned distance(unsigned a, unsigned b)
{
	return a > b ? a - b : b - a;
}

/* Without card numbers: how many EFA functions, ENA functions and pairs the node has. */
static void match_by_count(struct match *m)
{
	unsigned efa_any = 0, ena_min = 0, ena_any = 0, pairs_min = 0, pairs_max = 0;
	unsigned n_rails = (unsigned)m->inv->n_rails, n_enas = (unsigned)m->inv->n_enas;
	unsigned pairs = 0, unknown = 0, efa, ena, paired, explained;

	for (unsigned i = 0; i < m->diff->n_cards; i++) {
		const struct card_want *want = &m->want[i];
		bool both = want->efa != WANT_NO && want->ena != WANT_NO;

		efa_any += want->efa == WANT_ANY;
		ena_min += want->ena == WANT_YES;
		ena_any += want->ena == WANT_ANY;
		pairs_min += want->efa == WANT_YES && want->ena == WANT_YES &&
			     want->paired == WANT_YES;
		pairs_max += both && want->paired != WANT_NO;
	}
	for (size_t i = 0; i < m->inv->n_rails; i++) {
		pairs += m->inv->rails[i].ena >= 0 && m->inv->rails[i].has_mac;
		unknown += !m->inv->rails[i].has_mac;
	}
	for (size_t i = 0; i < m->inv->n_enas; i++)
		unknown += !m->inv->enas[i].has_mac;

	efa = nearest_in(n_rails, m->diff->rails_want, m->diff->rails_want + efa_any);
	ena = nearest_in(n_enas, ena_min, ena_min + ena_any);
	match_add_count(m, DIFF_EFA_COUNT, efa, n_rails);
	match_add_count(m, DIFF_ENA_COUNT, ena, n_enas);
	/* Missing or additional functions take pairs away or make some: one cause, one entry. */
	explained = distance(efa, n_rails) + distance(ena, n_enas);
	paired = nearest_in(pairs, pairs_min > unknown ? pairs_min - unknown : 0, pairs_max);
	if (distance(paired, pairs) > explained)
		match_add_count(m, DIFF_PAIRING, pairs < paired ? pairs_min : pairs_max, pairs);
	m->diff->strain = explained + distance(paired, pairs);
}

/* No hardware has two EFA functions on one card. Facts that say so are wrong about cards. */
static bool facts_believable(const struct inventory *inv)
{
	bool taken[LAYOUT_CARDS_MAX] = {false};

	for (size_t i = 0; i < inv->facts.n_enis; i++) {
		const struct eni *eni = &inv->facts.enis[i];

		if (eni->card_index < 0 || eni->card_index >= LAYOUT_CARDS_MAX)
			return false;
		if (eni->rail >= 0 && taken[eni->card_index])
			return false;
		taken[eni->card_index] |= eni->rail >= 0;
	}
	return true;
}

static unsigned count_cards(const struct instance_type *type, const struct inventory *inv,
			    bool by_facts)
{
	unsigned n = type ? type->cards : 1;

	if (!type && !by_facts && inv->n_rails > n)
		n = (unsigned)inv->n_rails;
	for (size_t i = 0; by_facts && i < inv->facts.n_enis; i++) {
		unsigned card = (unsigned)inv->facts.enis[i].card_index;

		if (card >= n)
			n = card + 1;
	}
	return n;
}

static void locate_missing(const struct match *m, const struct instance_type *type)
{
	struct pci_addr pci[NODE_RAILS_MAX];

	if (m->missing_efa != 1 || layout_missing_pci(type, m->inv, pci) != 1)
		return;
	m->missing_entry->has_pci = true;
	m->missing_entry->pci = pci[0];
}

static enum match_basis basis_of(const struct instance_type *type, const struct inventory *inv,
				 bool by_facts)
{
	struct pci_addr pci[NODE_RAILS_MAX];

	if (by_facts || (!inv->facts.known && type && type->cards == 1 && inv->n_rails <= 1))
		return BASIS_CARDS;
	if (type && type->n_rail_pci &&
	    layout_missing_pci(type, inv, pci) + inv->n_rails == type->n_rail_pci)
		return BASIS_ADDRESSES;
	return BASIS_NUMBERS;
}

static void fill_views(struct layout_diff *diff, const struct card_want *want)
{
	for (unsigned i = 0; i < diff->n_cards; i++) {
		diff->cards[i].want_efa = want[i].efa;
		diff->cards[i].want_ena = want[i].ena;
		diff->cards[i].want_paired = want[i].paired;
	}
}

void layout_match(const struct layout *layout, const struct instance_type *type,
		  const struct inventory *inv, struct layout_diff *ret_diff)
{
	bool by_facts = inv->facts.known && facts_believable(inv);
	struct match m = {.inv = inv, .diff = ret_diff};

	memset(ret_diff, 0, sizeof(*ret_diff));
	memcpy(ret_diff->layout, layout->name, sizeof(ret_diff->layout));
	ret_diff->n_cards = count_cards(type, inv, by_facts);
	ret_diff->basis = basis_of(type, inv, by_facts);
	layout_expand(layout, ret_diff->n_cards, m.want);
	fill_views(ret_diff, m.want);
	for (unsigned i = 0; i < ret_diff->n_cards; i++)
		ret_diff->rails_want += m.want[i].efa == WANT_YES;
	if (ret_diff->basis == BASIS_CARDS)
		match_by_card(&m);
	else
		match_by_count(&m);
	locate_missing(&m, type);
}
