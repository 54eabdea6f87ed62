/* SPDX-License-Identifier: Apache-2.0 */
/* What scontrol and sinfo say about nodes. Pure calculation. */
#ifndef EFA_LAYOUT_CONTROLLER_CLI_DRAIN_H
#define EFA_LAYOUT_CONTROLLER_CLI_DRAIN_H

#include "drain_limit.h"
#include "err.h"

/* For whose reason a node is drained, down or failing. */
enum node_holder {
	NODE_FREE,
	NODE_OURS,	/* draining or drained */
	NODE_OURS_DOWN, /* down or failing, but not drained */
	NODE_OTHERS
};

/* description: what `scontrol --oneliner show node` says about one node. */
enum node_holder controller_cli_holder(const char *description);

struct node_tally {
	unsigned nodes;
	unsigned drained; /* of them: drained, down or failing for a reason of ours */
};

/*
 * Add up what sinfo says in groups of nodes: a line "NODES|STATE|REASON" each, or with a partition
 * "PARTITION|NODES|STATE|REASON", of which those of this partition count. 0; -EINVAL: no node.
 */
int controller_cli_tally(const char *groups, const char *partition, struct node_tally *ret_tally,
			 struct err *err);

#endif
