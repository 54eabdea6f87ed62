/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "text.h"
#include "view_impl.h"

static void expect(struct view_row *row, const char *kind)
{
	text_format(row->expected, sizeof(row->expected), "%s", kind);
}

/* A half that was found is fine by the layout unless it is extra; one that is missing belongs. */
static bool belongs(enum shown half)
{
	return half != SHOWN_NONE && half != SHOWN_EXTRA;
}

/* The kind that the halves that belong here make up. */
static void expect_halves(struct view_row *row)
{
	if (belongs(row->efa) && belongs(row->net))
		expect(row, "efa");
	else if (belongs(row->efa))
		expect(row, "efa-only");
	else if (belongs(row->net))
		expect(row, "interface");
	else
		expect(row, "nothing");
}

/* What the card should have, where that is one interface. */
static void expect_wanted(struct view_row *row, const struct card_view *card)
{
	bool efa = card->want_efa == WANT_YES, net = card->want_ena == WANT_YES;

	if (efa && net && card->want_paired == WANT_YES)
		expect(row, "efa");
	else if (efa && card->want_ena == WANT_NO)
		expect(row, "efa-only");
	else if (net && card->want_efa == WANT_NO)
		expect(row, "interface");
}

static bool on_card(const struct view_row *row, unsigned at)
{
	return row->card_index == (int)at;
}

static bool may_pair(const struct card_view *card)
{
	return card->want_efa != WANT_NO && card->want_ena != WANT_NO &&
	       card->want_paired != WANT_NO;
}

/* Could this interface be the one that lacks its EFA half (efa), or its ENA half (!efa)? */
static bool may_lack(const struct view_row *row, const struct card_view *card, bool efa)
{
	enum shown own = efa ? row->efa : row->net, other = efa ? row->net : row->efa;

	if (own != SHOWN_NONE)
		return false;
	if (row->kind == KIND_INVISIBLE)
		return other == SHOWN_NONE || may_pair(card);
	/* The wrong kind is there in its place, or half of the right one. */
	return other == SHOWN_EXTRA || (other != SHOWN_NONE && may_pair(card));
}

/* An interface that the metadata lists explains best what a card lacks. */
static struct view_row *find_lacking(struct view *view, unsigned at, bool efa)
{
	const struct card_view *card = &view->verdict->cards[at];
	struct view_row *best = NULL;

	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (!on_card(row, at) || !may_lack(row, card, efa))
			continue;
		if (!best || (row->kind == KIND_INVISIBLE && best->kind != KIND_INVISIBLE))
			best = row;
	}
	return best ? best : view_add(view, KIND_ABSENT, (int)at);
}

/* Mark what the layout does not have here. Returns whether something was. */
static bool note_extra(struct view *view, unsigned at)
{
	const struct card_view *card = &view->verdict->cards[at];
	bool any = false;

	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (!on_card(row, at))
			continue;
		if (row->rail >= 0 && card->want_efa == WANT_NO) {
			any = true;
			if (row->efa != SHOWN_FAULTY)
				row->efa = SHOWN_EXTRA;
		}
		if (row->ena >= 0 && card->want_ena == WANT_NO) {
			any = true;
			if (row->net != SHOWN_FAULTY)
				row->net = SHOWN_EXTRA;
		}
	}
	return any;
}

/* Returns whether something is missing. */
static bool note_missing(struct view *view, unsigned at)
{
	const struct card_view *card = &view->verdict->cards[at];
	bool lacks_efa = card->want_efa == WANT_YES && !card->has_efa;
	bool lacks_net = card->want_ena == WANT_YES && !card->has_ena;

	if (lacks_efa)
		find_lacking(view, at, true)->efa = SHOWN_MISSING;
	if (lacks_net)
		find_lacking(view, at, false)->net = SHOWN_MISSING;
	return lacks_efa || lacks_net;
}

/* Something of unknown card fills the gap: half of an interface that is there may be it. */
static void note_wanted(struct view *view, unsigned at)
{
	const struct card_view *card = &view->verdict->cards[at];
	struct view_row *lacks_efa = NULL, *lacks_net = NULL;
	bool efa = false, net = false;

	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (!on_card(row, at) || row->kind == KIND_INVISIBLE)
			continue;
		efa |= row->efa != SHOWN_NONE;
		net |= row->net != SHOWN_NONE;
		if (may_lack(row, card, true))
			lacks_efa = row;
		if (may_lack(row, card, false))
			lacks_net = row;
	}
	if (card->want_efa == WANT_YES && !efa && lacks_efa)
		lacks_efa->efa = SHOWN_WANTED;
	if (card->want_ena == WANT_YES && !net && lacks_net)
		lacks_net->net = SHOWN_WANTED;
}

static bool is_wrong(enum shown half)
{
	return half == SHOWN_EXTRA || half == SHOWN_FAULTY || half == SHOWN_MISSING;
}

/* Both halves are here and should be, but as one interface instead of two or the other way round.
 */
static void expect_pairing(struct view_row *row, const struct card_view *card)
{
	if (!card->has_efa || !card->has_ena)
		return;
	if (card->want_paired == WANT_YES && !card->paired)
		expect(row, "efa");
	else if (card->want_paired == WANT_NO && card->paired)
		expect(row, "interface+efa-only");
}

/*
 * explained: one of the card's interfaces is wrong by itself. Otherwise the difference (device
 * index, pairing) is about all of them.
 */
static void mark_card(struct view *view, unsigned at, bool explained)
{
	const struct card_view *card = &view->verdict->cards[at];

	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];
		bool invisible = row->kind == KIND_INVISIBLE;

		if (!on_card(row, at))
			continue;
		if (invisible && !card->differs) {
			/* It belongs to a function whose MAC is unknown. */
			expect_wanted(row, card);
			continue;
		}
		expect_halves(row);
		if (card->differs && !explained)
			expect_pairing(row, card);
		if (is_wrong(row->efa) || is_wrong(row->net) || invisible ||
		    (card->differs && !explained))
			row->mark = MARK_DIFFERS;
		else if (row->efa != SHOWN_WANTED && row->net != SHOWN_WANTED)
			row->mark = MARK_FINE;
	}
}

static void compare_card(struct view *view, unsigned at)
{
	const struct card_view *card = &view->verdict->cards[at];
	bool explained = false;

	if (card->differs) {
		explained = note_extra(view, at);
		explained |= note_missing(view, at);
	}
	note_wanted(view, at);
	for (size_t i = 0; i < view->n_rows; i++)
		explained |= on_card(&view->rows[i], at) && view->rows[i].kind == KIND_INVISIBLE;
	mark_card(view, at, explained);
}

/* Cards are not known: as many rows as functions are missing, each of some card. */
static void compare_numbers(struct view *view)
{
	size_t efa = 0, net = 0;

	for (unsigned i = 0; i < view->n_cards; i++) {
		efa += view->verdict->cards[i].want_efa == WANT_YES;
		net += view->verdict->cards[i].want_ena == WANT_YES;
	}
	for (size_t n = view->inv->n_rails; n < efa; n++)
		view_add(view, KIND_ABSENT, -1)->efa = SHOWN_MISSING;
	for (size_t n = view->inv->n_enas; n < net; n++)
		view_add(view, KIND_ABSENT, -1)->net = SHOWN_MISSING;
}

/*
 * EFA functions of unknown MAC are on some card that seems to lack one; what they are too few for
 * is missing from cards that nobody can name.
 */
static void count_loose(struct view *view)
{
	bool placed[LAYOUT_CARDS_MAX] = {false};
	unsigned want = 0, found = 0;

	for (size_t i = 0; i < view->n_rows; i++) {
		const struct view_row *row = &view->rows[i];
		bool on_some = row->card_index >= 0 && (unsigned)row->card_index < view->n_cards;

		if (on_some && row->efa != SHOWN_NONE && row->efa != SHOWN_WANTED)
			placed[row->card_index] = true; /* or known to be missing */
		else if (row->rail >= 0)
			found++;
	}
	for (unsigned i = 0; i < view->n_cards; i++) {
		want += view->verdict->cards[i].want_efa == WANT_YES;
		found += view->verdict->cards[i].want_efa == WANT_YES && placed[i];
	}
	for (; found < want; found++)
		view_add(view, KIND_ABSENT, -1)->efa = SHOWN_MISSING;
}

void view_compare(struct view *view)
{
	if (view->basis == BASIS_CARDS) {
		for (unsigned i = 0; i < view->n_cards; i++)
			compare_card(view, i);
		count_loose(view);
	} else {
		compare_numbers(view);
	}
	/* What is broken or missing is so whatever its card. */
	for (size_t i = 0; i < view->n_rows; i++) {
		struct view_row *row = &view->rows[i];

		if (row->mark != MARK_NONE || !(is_wrong(row->efa) || is_wrong(row->net)))
			continue;
		row->mark = MARK_DIFFERS;
		if (row->kind == KIND_ABSENT)
			expect_halves(row);
	}
}
