/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what an inventory has. */
#ifndef EFA_LAYOUT_NODE_TEXT_H
#define EFA_LAYOUT_NODE_TEXT_H

#include "inventory.h"
#include "layout_match.h"
#include "probe.h"

/* What EC2 calls an interface's type, as far as its functions show. */
enum interface_kind {
	KIND_EFA,	/* EFA with ENA */
	KIND_EFA_ONLY,	/* EFA alone */
	KIND_EFA_OPEN,	/* EFA of unknown MAC: with or without ENA, nobody knows */
	KIND_INTERFACE, /* ENA alone */
	KIND_INVISIBLE, /* the metadata lists it, the node shows neither */
	KIND_ABSENT	/* not there at all, though a layout has it */
};

enum interface_kind rail_kind(const struct rail *rail);
const char *interface_kind_text(enum interface_kind kind);
const char *rail_stage_text(enum rail_stage stage);
const char *accel_kind_text(enum accel_kind kind);
const char *inventory_part_text(enum inventory_part part);
const char *place_source_text(enum place_source place); /* NULL: unknown */
const char *match_basis_text(enum match_basis basis);
/* The version of the efa driver, or what its absence means: a driver of the kernel's own has none,
 * and a saved topology does not say. Borrowed. */
const char *efa_driver_text(const struct inventory *inv);
/* The rail that shares its interface with this ENA function, -1 none. */
int ena_rail(const struct inventory *inv, int ena);

#endif
