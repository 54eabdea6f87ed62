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

/*
 * May node be drained, too? list (written into here): a line "NODE|PARTITION|STATE|REASON" for each
 * node in each of its partitions, sorted by node. 0; -EDQUOT with the limit's sentence; -EINVAL:
 * the node is not in the list, or a line is none.
 */
int controller_cli_count(char *list, const char *node, const struct drain_limit *limit,
			 struct err *err);

#endif
