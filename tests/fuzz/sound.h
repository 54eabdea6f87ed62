/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of the program's own structures, whatever they were made from. */
#ifndef EFA_LAYOUT_FUZZ_SOUND_H
#define EFA_LAYOUT_FUZZ_SOUND_H

#include "inventory.h"
#include "layout.h"
#include "nodemap.h"
#include "verdict.h"

/* Indexes in range, texts ended and printable, lists in order. */
void sound_inventory(const struct inventory *inv);
void sound_facts(const struct eni_facts *facts, const struct inventory *inv);
void sound_want(const struct card_want *want);
void sound_verdict(const struct verdict *verdict, const struct inventory *inv);
/* What a saved node map becomes when it is loaded is the same map. */
void sound_nodemap(const struct nodemap *map);
/* Two rules are the same in every part. */
void sound_same_rule(const struct env_rule *a, const struct env_rule *b);

/* Hold a node against a layout, and look at the answer. type may be NULL. */
void sound_match(const struct layout *layout, const struct instance_type *type,
		 const struct inventory *inv);
/* Everything that is calculated from a joined inventory: groups, layouts, verdict, node map. */
void sound_judge(const struct inventory *inv, const struct layout_set *layouts,
		 const struct instance_type *type);

#endif
