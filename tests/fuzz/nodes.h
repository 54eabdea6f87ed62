/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up nodes that inputs are held against, and the shipped data. */
#ifndef EFA_LAYOUT_FUZZ_NODES_H
#define EFA_LAYOUT_FUZZ_NODES_H

#include "inventory.h"
#include "layout.h"

#define NODES_N 6

/*
 * Joined inventories, made once: 32 cards (efa-only) with facts and without, 4 cards (all-efa) of
 * which one has no GID, 17 cards without EFA on the first, 64 cards (all-efa), a single card.
 */
const struct inventory *nodes_get(unsigned i);
/* The shipped layouts and instance types. */
const struct layout_set *nodes_layouts(void);
const struct type_set *nodes_types(void);

#endif
