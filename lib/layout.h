/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts and instance types are data. A layout is a rule over network cards: which card has an EFA
 * function, which has an ENA function. Three generations of AWS's own recommendation are in the
 * field; interface type lists are never compared literally.
 */
#ifndef EFA_LAYOUT_LAYOUT_H
#define EFA_LAYOUT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "file.h"
#include "instance_type.h"
#include "inventory.h"

#define LAYOUTS_MAX	 64
#define LAYOUT_RULES_MAX 8
#define LAYOUT_CARDS_MAX NODE_RAILS_MAX

enum card_selector { CARDS_ALL, CARDS_PRIMARY, CARDS_OTHERS, CARDS_RANGE, CARDS_EVERY };
/* ANY: not part of the layout, either is right. */
enum function_want { WANT_NO, WANT_YES, WANT_ANY };

/* One rule; for a card that several rules select, the last one wins. Cards that none selects are
 * WANT_NO for both. */
struct layout_rule {
	enum card_selector cards;
	unsigned first,
		last;	/* CARDS_RANGE: inclusive; last is cut at the type's number of cards */
	unsigned every; /* CARDS_EVERY: cards first, first + every, ... */
	enum function_want efa, ena;
	/*
	 * Of a card that has both: YES when they are the two halves of one interface (type efa, one
	 * MAC), NO when they are two interfaces (interface and efa-only).
	 */
	enum function_want paired;
	int efa_device_index, ena_device_index; /* -1: any */
};

struct layout {
	char name[NAME_TEXT];
	char summary[128]; /* one line for --efa-layout=help */
	/*
	 * What nodes it is meant for; where two layouts come to the same on small nodes, this keeps
	 * recognition unambiguous. 0 and ANY: no bound.
	 */
	unsigned min_cards, max_cards;
	enum function_want primary_efa; /* can card 0 of the type carry EFA? */
	size_t n_rules;
	struct layout_rule rules[LAYOUT_RULES_MAX];
	char base[NAME_TEXT];	  /* the layout that it extends, "" none */
	char origin[ORIGIN_TEXT]; /* "/etc/efa-layout/layouts.json:12"; of a long path the end */
};

struct layout_set {
	size_t n;
	struct layout v[LAYOUTS_MAX];
};

/* What one card of one type should have under one layout. */
struct card_want {
	enum function_want efa, ena, paired;
	int efa_device_index, ena_device_index;
};

/*
 * Load layouts: {"layouts": [{"name", "extends", "summary", "for", "cards": [rule, ...]}, ...]};
 * efa-layout-layouts(5) describes every key. A rule is {"cards", "efa", "ena", "paired",
 * "efa_device_index", "ena_device_index"}. A name already in set is replaced (site files after
 * shipped ones); a name repeated inside one file is refused, and so are names that mean something
 * else in requests. "extends" starts from a layout that set has, or that this file has given
 * before: own rules come behind its rules, own "for" and "summary" take the place of its own. set
 * is unchanged on failure.
 */
int layout_set_load(struct layout_set *set, const char *path, enum file_trust trust,
		    struct err *err);
const struct layout *layout_find(const struct layout_set *set, const char *name);

/*
 * Expand a layout for a node with n_cards cards (1..LAYOUT_CARDS_MAX) into ret_cards[0..n_cards-1].
 * primary_efa false clears nothing: a layout that wants EFA on a card that cannot carry it simply
 * never matches (layout_fits says so).
 */
void layout_expand(const struct layout *layout, unsigned n_cards, struct card_want *ret_cards);

/*
 * Can a node of this type ever have this layout? 0, or -ENOTSUP with a sentence (too many EFA
 * devices, EFA on an ENA-only card, two interfaces where a card can have one, not one of the nodes
 * that the layout is meant for).
 */
int layout_fits(const struct layout *layout, const struct instance_type *type, struct err *err);

#endif
