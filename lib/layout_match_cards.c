/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_match_impl.h"

#include <string.h>

static void add_about(struct match *m, enum card_diff_kind kind, int card, int rail, int ena,
		      int expected, int found)
{
	struct card_diff *entry = match_add(m, kind, card);
	const char *id = "";

	entry->rail = rail;
	entry->ena = ena;
	entry->expected = expected;
	entry->found = found;
	if (rail >= 0)
		id = m->inv->rails[rail].eni_id;
	else if (ena >= 0)
		id = m->inv->enas[ena].eni_id;
	memcpy(entry->eni_id, id, strlen(id) + 1);
}

/* Where functions sit: as the facts say, or on the only card. */
static int place(const struct match *m, int card_index)
{
	if (!m->inv->facts.known)
		return m->diff->n_cards == 1 ? 0 : -1;
	return card_index < (int)m->diff->n_cards ? card_index : -1;
}

static void fill_functions(struct match *m)
{
	for (size_t i = 0; i < m->inv->n_rails; i++) {
		const struct rail *rail = &m->inv->rails[i];
		int at = place(m, rail->card_index);

		if (at < 0) {
			m->loose_rails++;
			continue;
		}
		if (!m->cards[at].n_rails++)
			m->cards[at].rail = (int)i;
		m->cards[at].paired |= rail->ena >= 0;
	}
	for (size_t i = 0; i < m->inv->n_enas; i++) {
		int at = place(m, m->inv->enas[i].card_index);

		if (at < 0)
			m->loose_enas++;
		else if (!m->cards[at].n_enas++)
			m->cards[at].ena = (int)i;
	}
}

static void fill_interfaces(struct match *m)
{
	const struct eni_facts *facts = &m->inv->facts;

	for (size_t i = 0; facts->known && i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];
		struct card *card = &m->cards[eni->card_index];

		card->n_enis++;
		card->n_ips += eni->has_ip;
		if (eni->rail < 0 && eni->ena < 0 && card->invisible < 0)
			card->invisible = (int)i;
		/* EFA alone never has an address. */
		if (eni->rail >= 0 && eni->ena < 0 && eni->has_ip)
			card->hidden_ena = (int)i;
	}
}

static void fill_cards(struct match *m)
{
	for (unsigned i = 0; i < m->diff->n_cards; i++)
		m->cards[i] = (struct card){
			.rail = -1, .ena = -1, .invisible = -1, .hidden_ena = -1};
	fill_functions(m);
	fill_interfaces(m);
	for (unsigned i = 0; i < m->diff->n_cards; i++) {
		struct card *card = &m->cards[i];

		card->lacks_efa = m->want[i].efa == WANT_YES && !card->n_rails;
		card->lacks_ena = m->want[i].ena == WANT_YES && !card->n_enas;
	}
}

/*
 * Functions of unknown MAC fill the gaps: an EFA function without driver has no GID, so its card
 * and its interface look empty although it is there. With fewer of them than gaps nothing tells
 * which gap is real, and only their number is a difference.
 */
static void settle_loose_rails(struct match *m)
{
	unsigned want = m->diff->rails_want, gaps = 0, any = 0, spare;

	if (!m->loose_rails)
		return;
	for (unsigned i = 0; i < m->diff->n_cards; i++) {
		struct card *card = &m->cards[i];

		any += m->want[i].efa == WANT_ANY && !card->n_rails;
		if (!card->lacks_efa)
			continue;
		gaps++;
		card->lacks_efa = false;
		card->invisible = -1;
	}
	if (m->loose_rails < gaps) {
		match_add_count(m, DIFF_EFA_COUNT, want, want - (gaps - m->loose_rails));
		return;
	}
	spare = m->loose_rails - gaps;
	for (unsigned i = 0, left = spare; left && i < m->diff->n_cards; i++) {
		if (m->cards[i].invisible < 0 || m->cards[i].lacks_ena)
			continue;
		m->cards[i].invisible = -1;
		left--;
	}
	match_add_count(m, DIFF_EFA_COUNT, want, want + (spare > any ? spare - any : 0));
}

static void settle_loose_enas(struct match *m)
{
	unsigned want = 0, gaps = 0, any = 0, spare;

	if (!m->loose_enas)
		return;
	for (unsigned i = 0; i < m->diff->n_cards; i++) {
		struct card *card = &m->cards[i];

		want += m->want[i].ena == WANT_YES;
		any += m->want[i].ena != WANT_YES && !card->n_enas &&
		       (m->want[i].ena == WANT_ANY || card->hidden_ena >= 0);
		if (!card->lacks_ena)
			continue;
		gaps++;
		card->lacks_ena = false;
		if (!card->lacks_efa)
			card->invisible = -1;
	}
	if (m->loose_enas < gaps) {
		match_add_count(m, DIFF_ENA_COUNT, want, want - (gaps - m->loose_enas));
		return;
	}
	spare = m->loose_enas - gaps;
	match_add_count(m, DIFF_ENA_COUNT, want, want + (spare > any ? spare - any : 0));
}

/* An interface without any function explains what its card lacks. */
static void match_invisible(struct match *m, unsigned at)
{
	const struct eni_facts *facts = &m->inv->facts;
	struct card *card = &m->cards[at];

	if (card->invisible < 0)
		return;
	for (size_t i = (size_t)card->invisible; i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];
		struct card_diff *entry;

		if (eni->card_index != (int)at || eni->rail >= 0 || eni->ena >= 0)
			continue;
		/* Of the primary interface the ENA function is what matters. */
		entry = match_add(m,
				  !card->lacks_efa && mac_equal(&eni->mac, &facts->primary)
					  ? DIFF_PRIMARY_ENA
					  : DIFF_INVISIBLE,
				  (int)at);
		memcpy(entry->eni_id, eni->id, sizeof(entry->eni_id));
		if (card->lacks_efa)
			match_note_missing_efa(m, entry, 1);
		card->lacks_efa = card->lacks_ena = false;
	}
}

/* One kind of interface where the other belongs is one mistake, not two. */
static bool match_kind(struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	const struct card_want *want = &m->want[at];
	bool ena_for_efa = card->lacks_efa && card->n_enas && want->ena == WANT_NO;
	bool efa_for_ena = card->lacks_ena && card->n_rails && want->efa == WANT_NO;

	if (!ena_for_efa && !efa_for_ena)
		return false;
	add_about(m, DIFF_KIND, (int)at, card->rail, card->ena, -1, -1);
	if (ena_for_efa)
		match_note_missing_efa(m, &m->diff->v[m->diff->n - 1], 1);
	return true;
}

static void match_efa(struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	const struct card_want *want = &m->want[at];
	int found;

	if (card->lacks_efa) {
		add_about(m, DIFF_EFA_MISSING, (int)at, -1, card->ena, -1, -1);
		match_note_missing_efa(m, &m->diff->v[m->diff->n - 1], 1);
	}
	if (!card->n_rails)
		return;
	found = m->inv->rails[card->rail].device_index;
	if (want->efa == WANT_NO)
		add_about(m, DIFF_EFA_EXTRA, (int)at, card->rail, -1, -1, -1);
	else if (want->efa_device_index >= 0 && found >= 0 && found != want->efa_device_index)
		add_about(m, DIFF_DEVICE_INDEX, (int)at, card->rail, -1, want->efa_device_index,
			  found);
}

/* A card may have further plain ENA interfaces; one with the right device index is enough. */
static bool ena_index_found(const struct match *m, unsigned at, int wanted)
{
	for (size_t i = 0; i < m->inv->n_enas; i++) {
		const struct ena *ena = &m->inv->enas[i];

		if (place(m, ena->card_index) == (int)at &&
		    (ena->device_index == wanted || ena->device_index < 0))
			return true;
	}
	return false;
}

static void match_ena(struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	const struct card_want *want = &m->want[at];

	if (card->lacks_ena)
		add_about(m, at ? DIFF_ENA_MISSING : DIFF_PRIMARY_ENA, (int)at, card->rail, -1, -1,
			  -1);
	/* Attached as an interface with ENA, whose ENA function is not there either. */
	if (want->ena == WANT_NO && !card->n_enas && card->hidden_ena >= 0)
		add_about(m, DIFF_ENA_EXTRA, (int)at, card->rail, -1, -1, -1);
	if (!card->n_enas)
		return;
	if (want->ena == WANT_NO)
		add_about(m, DIFF_ENA_EXTRA, (int)at, -1, card->ena, -1, -1);
	else if (want->ena_device_index >= 0 && !ena_index_found(m, at, want->ena_device_index))
		add_about(m, DIFF_DEVICE_INDEX, (int)at, -1, card->ena, want->ena_device_index,
			  m->inv->enas[card->ena].device_index);
}

/* Is it known whether the card's functions are one interface? MAC addresses tell, and facts. */
static bool pairing_known(const struct match *m, const struct card *card)
{
	const struct rail *rail = &m->inv->rails[card->rail];

	if (!m->inv->enas[card->ena].has_mac)
		return false;
	return rail->has_mac || (rail->place != PLACE_UNKNOWN && m->inv->facts.known);
}

static void match_pairing(struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	const struct card_want *want = &m->want[at];

	if (!card->n_rails || !card->n_enas || want->paired == WANT_ANY || want->efa == WANT_NO ||
	    want->ena == WANT_NO || card->paired == (want->paired == WANT_YES) ||
	    !pairing_known(m, card))
		return;
	add_about(m, DIFF_PAIRING, (int)at, card->rail, card->ena, want->paired == WANT_YES,
		  card->paired);
}

/*
 * How far the interfaces on a card are from what the layout would attach there: their number, and
 * whether one of them has an IP address, which EFA alone never has.
 */
static unsigned card_strain(const struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	const struct card_want *want = &m->want[at];
	unsigned expected, found, strain;

	if (want->efa == WANT_ANY || want->ena == WANT_ANY)
		return 0;
	expected = (want->efa == WANT_YES) + (want->ena == WANT_YES);
	if (expected == 2 && want->paired == WANT_YES)
		expected = 1;
	found = m->inv->facts.known ? card->n_enis : card->n_enas + card->n_rails - card->paired;
	strain = found > expected ? found - expected : expected - found;
	if (m->inv->facts.known && (card->n_ips > 0) != (want->ena == WANT_YES))
		strain++;
	return strain;
}

/* Functions of unknown MAC that fill a gap count as there. */
static void fill_view(struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];
	struct card_view *view = &m->diff->cards[at];

	view->has_efa = card->n_rails || (m->want[at].efa == WANT_YES && !card->lacks_efa);
	view->has_ena = card->n_enas || (m->want[at].ena == WANT_YES && !card->lacks_ena);
	view->paired = card->paired;
}

static void match_card(struct match *m, unsigned at)
{
	match_invisible(m, at);
	if (match_kind(m, at))
		return;
	match_efa(m, at);
	match_ena(m, at);
	match_pairing(m, at);
}

void match_by_card(struct match *m)
{
	struct layout_diff *diff = m->diff;

	fill_cards(m);
	for (unsigned i = 0; i < diff->n_cards; i++)
		diff->strain += card_strain(m, i);
	settle_loose_rails(m);
	settle_loose_enas(m);
	for (unsigned i = 0; i < diff->n_cards; i++)
		fill_view(m, i);
	match_swaps(m);
	for (unsigned i = 0; i < diff->n_cards; i++) {
		if (!m->cards[i].settled)
			match_card(m, i);
	}
	for (size_t i = 0; i < diff->n; i++) {
		if (diff->v[i].card_index >= 0)
			diff->cards[diff->v[i].card_index].differs = true;
		if (diff->v[i].other_card >= 0)
			diff->cards[diff->v[i].other_card].differs = true;
	}
}
