/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of inventory_join: by MAC (inventory.c), and what is left (inventory_place.c). */
#ifndef EFA_LAYOUT_INVENTORY_JOIN_H
#define EFA_LAYOUT_INVENTORY_JOIN_H

#include "inventory.h"

/* Rail rail_index is the EFA device of the facts' interface eni_index. */
void inventory_give_eni(struct inventory *inv, size_t rail_index, size_t eni_index);
/* Place rails without MAC; after everything with one is joined. */
void inventory_place_lost(struct inventory *inv);

#endif
