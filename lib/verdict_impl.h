/* SPDX-License-Identifier: Apache-2.0 */
/* Private to verdict*.c: the state that the steps of a verdict share. */
#ifndef EFA_LAYOUT_VERDICT_IMPL_H
#define EFA_LAYOUT_VERDICT_IMPL_H

#include "verdict.h"

struct judge {
	const struct verdict_input *in;
	struct verdict *out;
	const struct layout *nearest; /* NULL: the node has no layout at all */
	struct layout_diff diff;      /* to the layout that is looked at */
	unsigned rails_may; /* usable rails that nothing speaks against: passed or not tested */
};

/* Rails that are not usable, and what the probe says about the others. */
void verdict_rails(struct judge *judge);
/* The optional tests that the site asks for, of rails that passed the others. */
void verdict_extras(struct judge *judge);
/* Is there a rail i, and may it be tested? */
bool verdict_usable(const struct judge *judge, size_t i);
/* A finding about one rail, with its name and its place. */
struct finding *verdict_add_rail(struct judge *judge, const char *code, size_t i);
/* Which layouts the node has, and how it stands to the one that it is held against. */
void verdict_layout(struct judge *judge);
/* Functions without driver, netdev or GID, and slow links. */
void verdict_node(struct judge *judge);
/* Limits and rights that stand in the way of users' libfabric, though root's test passes. */
void verdict_setup(struct judge *judge);
/* The finding about one difference. */
void verdict_add_diff(struct judge *judge, const struct card_diff *diff);
/* The finding about a wrong device index, of all cards that have the same; first is the first. */
void verdict_add_shift(struct judge *judge, const struct card_diff *first);
/* False for a wrong device index that an entry before this one has, too. */
bool verdict_is_first_shift(const struct layout_diff *diff, const struct card_diff *entry);
/* Are the node's errors about rails alone, of which it has as many as the site asks for? Says so in
 * the verdict. After verdict_layout. */
void verdict_tolerate(struct judge *judge);
/* Node features in slurm.conf, against what the node has. After verdict_tolerate. */
void verdict_features(struct judge *judge);
/* What the job asks for, against what the node has. After verdict_tolerate. */
void verdict_request(struct judge *judge);

/* Does the node have this layout, exactly or but for what is tolerated? After verdict_tolerate. */
bool verdict_has_layout(const struct verdict *verdict, const char *name);
/* Is there an error, not tolerated, of the node's or its fabric's? After verdict_tolerate. */
bool verdict_node_at_fault(const struct verdict *verdict);

/* Write a finding's texts; fmt NULL leaves the text empty. */
void finding_subject(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void finding_found(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
