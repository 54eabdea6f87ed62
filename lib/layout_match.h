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
	DIFF_INVISIBLE,	   /* the metadata lists an interface here that is neither netdev nor EFA
			      device */
	DIFF_EFA_COUNT, /* without card numbers: fewer or more EFA functions than the layout has */
	DIFF_ENA_COUNT, /* without card numbers: fewer or more ENA functions */
};

struct card_diff {
	enum card_diff_kind kind;
	int card_index;		  /* -1 for the counts */
	int rail, ena;		  /* index of what was found there, -1 */
	int expected, found;	  /* device indexes, or numbers of functions for the counts */
	char eni_id[ENI_ID_TEXT]; /* of the interface concerned, "" unknown */
	bool has_pci; /* EFA missing: the address where it should be, from the type's table */
	struct pci_addr pci;
};

#define LAYOUT_DIFFS_MAX (2 * LAYOUT_CARDS_MAX + NODE_ENIS_MAX)

struct layout_diff {
	char layout[NAME_TEXT];
	unsigned n_cards;    /* cards compared */
	unsigned rails_want; /* EFA functions that the layout has on this node */
	bool by_card; /* cards are known (ENI facts); false: only numbers of functions were compared
		       */
	size_t n;     /* 0: matches */
	struct card_diff v[LAYOUT_DIFFS_MAX];
};

/*
 * Compare. type may be NULL (unknown): then the number of cards is the highest card index found
 * plus one, or, without facts, the number of rails. An EFA function without driver still counts as
 * present (the verdict treats it as a faulty rail). One cause gives one entry: a card whose
 * interface is invisible is not also reported as missing its EFA function.
 */
void layout_match(const struct layout *layout, const struct instance_type *type,
		  const struct inventory *inv, struct layout_diff *ret_diff);

/*
 * Which layout does this node have? Compares with every layout of the set that fits the type.
 * Writes the names of all exact matches to ret_names (at most max, in set order) and returns their
 * number; *ret_nearest is the layout with the fewest differences (first in set order among equals;
 * NULL for an empty set or a node without any EFA function and ENA).
 */
size_t layout_recognize(const struct layout_set *set, const struct instance_type *type,
			const struct inventory *inv, const char **ret_names, size_t max,
			const struct layout **ret_nearest);

#endif
