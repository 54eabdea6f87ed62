/* SPDX-License-Identifier: Apache-2.0 */
/* Compare what a layout wants with what a node has, card by card. Pure calculation; nobody is
 * blamed here. */
#ifndef EFA_LAYOUT_LAYOUT_MATCH_H
#define EFA_LAYOUT_LAYOUT_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "inventory.h"
#include "layout.h"

enum card_diff_kind {
	DIFF_EFA_MISSING,  /* the card should have an EFA function and has none */
	DIFF_EFA_EXTRA,	   /* the card has an EFA function that the layout does not want */
	DIFF_ENA_MISSING,  /* the card should have an ENA function and has none */
	DIFF_ENA_EXTRA,	   /* the card has an ENA function that the layout does not want */
	DIFF_DEVICE_INDEX, /* right kind, wrong device index */
	DIFF_PAIRING,	   /* the card has both, but as two interfaces instead of one or the other
			      way round; without card numbers: fewer or more pairs on the node */
	DIFF_INVISIBLE,	   /* the metadata lists an interface here that is neither netdev nor EFA
			      device */
	DIFF_KIND, /* the card has ENA alone where EFA alone belongs, or the other way round */
	DIFF_PRIMARY_ENA, /* card 0, which general traffic uses, has no ENA function */
	DIFF_SWAPPED,	  /* card_index and other_card have each what the other should have */
	DIFF_EFA_COUNT, /* without card numbers: fewer or more EFA functions than the layout has */
	DIFF_ENA_COUNT, /* without card numbers: fewer or more ENA functions */
};

struct card_diff {
	enum card_diff_kind kind;
	int card_index;	     /* -1 for the counts */
	int other_card;	     /* DIFF_SWAPPED: the second card; else -1 */
	int rail, ena;	     /* index of what was found there, -1 */
	int expected, found; /* device indexes; numbers of functions for the counts; for PAIRING the
				number of pairs (0 or 1 on a card); else -1 */
	char eni_id[ENI_ID_TEXT]; /* of the interface concerned, "" unknown */
	/*
	 * A single EFA function is missing on the node (EFA_MISSING, KIND, INVISIBLE, EFA_COUNT):
	 * the address where it should be, as layout_missing_pci has it. With several missing
	 * nothing tells which address belongs to which card.
	 */
	bool has_pci;
	struct pci_addr pci;
};

/* What a difference is judged by, surest first. */
enum match_basis {
	BASIS_CARDS,	 /* which function is on which card is known: ENI facts, or a single card */
	BASIS_ADDRESSES, /* numbers of functions, and the type's table says where each EFA function
			    is */
	BASIS_NUMBERS,	 /* numbers of functions and pairs alone */
};

/* One card, as it should be and as it is; for showing. */
struct card_view {
	enum function_want want_efa, want_ena, want_paired;
	bool has_efa, has_ena, paired;
	bool differs; /* some difference is about this card */
};

#define LAYOUT_DIFFS_MAX (3 * LAYOUT_CARDS_MAX + NODE_ENIS_MAX)

struct layout_diff {
	char layout[NAME_TEXT];
	unsigned n_cards;    /* cards compared */
	unsigned rails_want; /* EFA functions that the layout has on this node */
	unsigned strain;     /* what speaks against this layout without being a difference: decides
				between layouts with equally many */
	enum match_basis basis;
	struct card_view cards[LAYOUT_CARDS_MAX]; /* of each card compared; only what is wanted
						     unless basis is BASIS_CARDS */
	size_t n;				  /* 0: matches */
	struct card_diff v[LAYOUT_DIFFS_MAX];
};

/*
 * Compare. type may be NULL (unknown): then the number of cards is the highest card index found
 * plus one, or, without facts, the number of rails; at least one. An EFA function without driver
 * still counts as present (the verdict treats it as a faulty rail), and so does an ENA function
 * without netdev: as their MAC is unknown, they account for as many cards that lack one. One cause
 * gives one entry: a card whose interface is invisible is not also reported as missing its EFA
 * function, and two cards that have each other's functions are one entry. Facts that put two EFA
 * functions on one card, which hardware never does, are not used: the numbers are compared instead.
 */
void layout_match(const struct layout *layout, const struct instance_type *type,
		  const struct inventory *inv, struct layout_diff *ret_diff);

/*
 * Which layout does this node have? Compares with every layout of the set that fits the type.
 * Writes the names of all exact matches to ret_names (at most max, in set order; borrowed from set)
 * and returns how many it wrote. *ret_nearest is the layout with the fewest differences, then the
 * least strain, then the first in set order. A node without any EFA function and without an
 * invisible interface has no layout: 0 matches, *ret_nearest NULL; so does an empty set.
 */
size_t layout_recognize(const struct layout_set *set, const struct instance_type *type,
			const struct inventory *inv, const char **ret_names, size_t max,
			const struct layout **ret_nearest);

/*
 * Addresses at which the node could have an EFA function and has none, in order; returns their
 * number. From the type's table (type may be NULL); where there is none, or the node has an EFA
 * function outside it, from the empty ports: a port at whose place other switches of the node have
 * an EFA function.
 */
size_t layout_missing_pci(const struct instance_type *type, const struct inventory *inv,
			  struct pci_addr ret_pci[NODE_RAILS_MAX]);

#endif
