/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many nodes may be drained by us at once. Pure calculation, shared by the helper program and
 * by what does its work with scontrol.
 */
#ifndef EFA_LAYOUT_DRAIN_LIMIT_H
#define EFA_LAYOUT_DRAIN_LIMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/* What our drain reasons begin with: only such a reason is ever replaced or lifted. */
#define DRAIN_PREFIX "efa-layout:"
/* A reason with its ending NUL: what sinfo -R shows on one line. */
#define DRAIN_REASON_TEXT 201

/* Of the cluster, and of each partition that the node is in. 0 nodes, 0 or 100 percent: no bound.
 */
struct drain_limit {
	unsigned cluster_nodes, cluster_percent, partition_nodes, partition_percent;
};

/* reason may be NULL. */
bool drain_is_ours(const char *reason);

/* What a user is told whose job ends because of a drain with this reason (one of ours). */
void drain_words(const char *node, const char *reason, char *buf, size_t size);

/* Is there anything to count? limit may be NULL: no. */
bool drain_limit_bounds(const struct drain_limit *limit);

/*
 * May one more node be drained where `drained` others of `nodes` are, by us? partition: NULL for
 * the cluster. A percentage allows one node at least. 0, or -EDQUOT with a sentence such as "5 of
 * 10 nodes of partition p are drained, limit.partition_percent is 50".
 */
int drain_limit_check(const struct drain_limit *limit, const char *partition, unsigned nodes,
		      unsigned drained, struct err *err);

#endif
