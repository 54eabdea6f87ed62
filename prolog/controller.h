/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to Slurm's controller, only made where a verdict needs them. A helper program built for
 * one Slurm release makes them (its library and signatures change with every release); where it is
 * absent or cannot start, scontrol and scancel do. Always as a child with a deadline: a controller
 * that does not answer costs time, never the gate.
 */
#ifndef EFA_LAYOUT_CONTROLLER_H
#define EFA_LAYOUT_CONTROLLER_H

#include <stdint.h>

#include "deadline.h"
#include "err.h"

/* What the node's drain reasons begin with: only such a reason is ever replaced. */
#define DRAIN_PREFIX "efa-layout:"

struct controller {
	const char *helper;    /* path of efa-layout-slurm */
	const char *slurm_bin; /* directory of scontrol and scancel; NULL: the usual ones */
	const char *conf_path; /* slurm.conf, NULL: Slurm's own default */
	struct deadline deadline;
};

/*
 * Drain the node with this reason, unless it is drained for somebody else's reason already, and
 * give the job back to the queue (a job that cannot go back ends; that is no error). Errors are
 * those of the drain: -ETIMEDOUT, -EIO with what the helper said, -ENOENT (no way to ask).
 */
int controller_node_fault(const struct controller *controller, const char *node, uint32_t job,
			  const char *reason, struct err *err);

/*
 * End the job as failed with this exit code (1..255), tell its user text, and note text as the
 * job's AdminComment. With scancel the job ends as cancelled: there is no command for the other.
 */
int controller_refuse(const struct controller *controller, uint32_t job, unsigned code,
		      const char *text, struct err *err);

#endif
