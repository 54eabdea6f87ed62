/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `efa-layout show` shows, the same for table, tree and picture: each interface of a node with
 * what was expected of it, and what was expected and is not there. Pure calculation.
 */
#ifndef EFA_LAYOUT_VIEW_H
#define EFA_LAYOUT_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "inventory.h"
#include "layout.h"
#include "locality.h"
#include "node_text.h"
#include "verdict.h"

/* One half of an interface: its EFA function, or its ENA function. Of two the larger is worse. */
enum shown {
	SHOWN_NONE,    /* neither expected nor there */
	SHOWN_FINE,    /* there; expected, or nobody said what is expected */
	SHOWN_LISTED,  /* there, and whether it is usable is not known */
	SHOWN_WANTED,  /* expected; whether it is there is not known */
	SHOWN_EXTRA,   /* there, not expected */
	SHOWN_FAULTY,  /* there, but not usable */
	SHOWN_MISSING, /* expected, not there */
};

enum view_mark { MARK_NONE, MARK_FINE, MARK_DIFFERS };

enum view_use {
	ROW_BOTH,
	ROW_OF_CARD, /* a card lacks it, and which of several empty places is its own is not known
		      */
	ROW_OF_PLACE /* such an empty place */
};

/* One interface. Indexes are of the inventory (group: of the locality), -1 none or unknown. */
struct view_row {
	enum interface_kind kind;
	enum view_use use;
	int card_index, device_index;
	int rail, ena, eni;
	enum shown efa, net; /* net: the ENA half */
	int efa_group, net_group;
	enum view_mark mark; /* NONE: nothing to compare with */
	char expected[24];   /* the kind that belongs here, "nothing", "" not known */
	bool has_pci, has_hole;
	struct pci_addr pci;  /* of the EFA function, else of the ENA function */
	struct pci_addr hole; /* where the missing EFA function should be */
};

#define VIEW_ROWS_MAX (NODE_RAILS_MAX + NODE_ENAS_MAX + NODE_ENIS_MAX + 3 * LAYOUT_CARDS_MAX)

/* One network card. */
struct view_card {
	enum shown efa, net;
	bool paired;			       /* the two halves are one interface */
	enum function_want want_efa, want_net; /* where the view is compared */
	bool differs;
};

struct view {
	const struct inventory *inv;
	const struct verdict *verdict;
	bool compared; /* held against a layout: basis says how surely */
	enum match_basis basis;
	bool cards_known; /* which function is on which card */
	size_t n_rows;
	struct view_row rows[VIEW_ROWS_MAX]; /* by card and device; unknown ones last, by address */
	unsigned n_cards;		     /* 0: nothing says how many */
	struct view_card cards[LAYOUT_CARDS_MAX];
	struct locality locality;
	size_t n_numa;
	int numa[NODE_NUMA_MAX +
		 LOCALITY_GROUPS_MAX]; /* with CPUs or groups; -1, if any, is last */
	unsigned n_missing;	       /* EFA functions */
};

/*
 * inv is joined and verdict reached (or all zero: not compared); type may be NULL. All are borrowed
 * for as long as the view is used. view is large: on the heap.
 */
void view_build(const struct inventory *inv, const struct instance_type *type,
		const struct verdict *verdict, struct view *view);

/* Is this half of the row in the group? group -1: it is missing, and where it should be is not
 * known. */
bool view_efa_in(const struct view_row *row, int group);
bool view_net_in(const struct view_row *row, int group);
/* An interface of the metadata of which nothing says which halves it should have. */
bool view_is_riddle(const struct view_row *row);
/* Both halves are as they should be, and still the interface differs: device index, pairing. */
bool view_differs_otherwise(const struct view_row *row);
/* "usable", "missing", ...: how far a row's rail has come, or its network interface's state. */
const char *view_row_state(const struct view *view, const struct view_row *row);
/* "usable", "listed", "wanted", "extra", "faulty", "missing", "none". */
const char *shown_text(enum shown shown);
/* "card by card", "by numbers and known addresses", "by numbers only". */
const char *basis_words(enum match_basis basis);
/* Where it is, else where it should be; NULL unknown. */
const struct pci_addr *view_row_pci(const struct view_row *row);
/* MAC and ENI of a row; NULL and "" unknown. Borrowed from the inventory. */
const struct mac *view_row_mac(const struct view *view, const struct view_row *row);
const char *view_row_eni(const struct view *view, const struct view_row *row);

#endif
