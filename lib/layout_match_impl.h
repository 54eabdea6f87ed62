/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways to compare a layout with a node share: card by card, or by numbers alone. */
#ifndef EFA_LAYOUT_LAYOUT_MATCH_IMPL_H
#define EFA_LAYOUT_LAYOUT_MATCH_IMPL_H

#include "layout_match.h"

/* What sits on one network card. */
struct card {
	unsigned n_rails, n_enas, n_enis, n_ips; /* n_ips: interfaces with an IP address */
	int rail, ena;				 /* the first of each, -1 none */
	int invisible;				 /* the first interface that is neither, -1 none */
	int hidden_ena; /* an interface with EFA and an IP address but no ENA function, -1 none */
	bool paired;	/* an EFA and an ENA function of one interface */
	bool settled;	/* a difference explains all of it */
	bool lacks_efa; /* wanted, not there, and not accounted for yet */
	bool lacks_ena;
};

struct match {
	const struct inventory *inv;
	struct layout_diff *diff;
	struct card_want want[LAYOUT_CARDS_MAX];
	struct card cards[LAYOUT_CARDS_MAX];
	/* Functions of unknown MAC: they sit on some card, nobody knows which. */
	unsigned loose_rails, loose_enas;
	/* EFA functions that are missing, and the entry about the last of them. */
	unsigned missing_efa;
	struct card_diff *missing_entry;
};

/* A new entry at the end, everything unknown; valid until the match is done. */
struct card_diff *match_add(struct match *m, enum card_diff_kind kind, int card);
/* An entry that says how many there should be and are; none when both are equal. */
void match_add_count(struct match *m, enum card_diff_kind kind, unsigned expected, unsigned found);
/* entry reports n missing EFA functions. */
void match_note_missing_efa(struct match *m, struct card_diff *entry, unsigned n);

/* Pairs of cards that have each other's functions: one entry each, both cards settled. */
void match_swaps(struct match *m);

/* Fills diff from want and inv; the cards are known. */
void match_by_card(struct match *m);

#endif
