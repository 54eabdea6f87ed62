/* SPDX-License-Identifier: Apache-2.0 */
/* One look at the cluster's nodes: who holds one of them, and how many are drained by us. */
#ifndef EFA_LAYOUT_CENSUS_H
#define EFA_LAYOUT_CENSUS_H

#include "drain_limit.h"
#include "err.h"

/* For whose reason a node is drained, down or failing. */
enum holder { HOLDER_NONE, HOLDER_US, HOLDER_OTHERS };

struct census {
	enum holder holder;
	bool drained;	      /* draining or drained: more than down */
	char reason[256];     /* of the holder, "" none */
	int over;	      /* 0, or -EDQUOT: the node would be one too many */
	struct err over_text; /* the limit's sentence */
};

/*
 * Look at the node, and where limit bounds anything count the other nodes of the cluster and of
 * each of its partitions that are drained or down for a reason of ours. Nodes in no partition do
 * not count: no job gets there. 0, or -1 with libslurm's errno when the controller does not say.
 */
int census_take(const char *node, const struct drain_limit *limit, struct census *ret_census);

#endif
