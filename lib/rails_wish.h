/* SPDX-License-Identifier: Apache-2.0 */
/* How many healthy rails each node has to offer: what --efa-rails and layout.rails say. */
#ifndef EFA_LAYOUT_RAILS_WISH_H
#define EFA_LAYOUT_RAILS_WISH_H

#include <stdbool.h>

#include "instance_type.h"
#include "layout.h"

enum rails_kind { RAILS_DEFAULT, RAILS_ALL, RAILS_COUNT, RAILS_PERCENT, RAILS_PER_GPU };

struct rails_wish {
	enum rails_kind kind; /* RAILS_DEFAULT: not said */
	unsigned n;	      /* rails, percent of the layout's, or rails for each GPU; else 0 */
};

/* "all", "8", "50%", "per-gpu:4"; "" for RAILS_DEFAULT. buf: RAILS_WISH_TEXT bytes. */
#define RAILS_WISH_TEXT 16
const char *rails_wish_text(const struct rails_wish *wish, char *buf);
/* 0, or -EINVAL: another text, or a number out of range (1 to NODE_RAILS_MAX rails, 1 to 100 %). */
int rails_wish_parse(const char *text, struct rails_wish *ret_wish);

/*
 * Rails that a node has to offer. of_layout: rails that its layout has; n_accels: its accelerators
 * (a wish for each of none is one for no rail: the caller's question). A share is rounded up.
 */
unsigned rails_wish_count(const struct rails_wish *wish, unsigned of_layout, unsigned n_accels);

/*
 * Is there a type whose nodes can offer that much with the layout (NULL: any)? *ret_most: the most
 * rails that a node of any type can have with it, for RAILS_PER_GPU the most for each accelerator.
 */
bool rails_wish_possible(const struct rails_wish *wish, const struct layout *layout,
			 const struct type_set *types, unsigned *ret_most);

#endif
