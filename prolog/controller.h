/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Slurm's controller, only made where a verdict needs them. A helper program built for
 * one Slurm release makes them (its library and signatures change with every release); where it is
 * absent or cannot start, scontrol, scancel and sinfo do. Always as a child with a deadline: a
 * controller that does not answer costs time, never the gate.
 */
#ifndef EFA_LAYOUT_CONTROLLER_H
#define EFA_LAYOUT_CONTROLLER_H

#include <stdint.h>

#include "deadline.h"
#include "drain_limit.h"
#include "err.h"

struct controller {
	const char *helper;    /* path of efa-layout-slurm */
	const char *slurm_bin; /* directory of scontrol, scancel, sinfo, squeue; NULL: the usual
				  ones */
	const char *conf_path; /* slurm.conf, NULL: Slurm's own default */
	const char *run_dir;   /* where requests about this node's drain wait for each other; NULL:
				  they do not */
	struct deadline deadline;
};

enum drain_kind {
	DRAIN_NOW,  /* and give the job back to the queue (one that cannot go back is told why)
		     */
	DRAIN_AFTER /* the job stays, and no other comes behind it */
};

/*
 * Drain the node. job: 0 for none. limit: NULL for no bound; nodes that others drain at the same
 * time never make it more than the limit. 0: the node has this reason (an old one of ours is
 * replaced whatever the limit); -EDQUOT with the limit's sentence: the node is as it was, and so is
 * the job; -EEXIST: it is drained or down for a reason of somebody else's, which stays. Nothing is
 * known of the drain with -ETIMEDOUT, -EIO (what the helper said) and -ENOENT (no way to ask). With
 * DRAIN_NOW the job was given back in all cases but -EDQUOT, if the controller took it.
 */
int controller_drain(const struct controller *controller, const char *node, uint32_t job,
		     enum drain_kind kind, const char *reason, const struct drain_limit *limit,
		     struct err *err);

/*
 * Take our drain back. 0; -EEXIST: the node is drained or down for a reason of somebody else's, or
 * not at all, and nothing was done; else as above.
 */
int controller_lift(const struct controller *controller, const char *node, struct err *err);

/*
 * End the job as failed with this exit code (1..255), tell its user text, and note text as the
 * job's AdminComment. With scancel the job ends as cancelled: there is no command for the other.
 */
int controller_refuse(const struct controller *controller, uint32_t job, unsigned code,
		      const char *text, struct err *err);

#endif
