/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a test between jobs: a node at fault leaves the scheduler, and one that
 * efa-layout has drained itself comes back after so many good tests in a row.
 */
#ifndef EFA_LAYOUT_RECOVERY_H
#define EFA_LAYOUT_RECOVERY_H

#include <stdbool.h>

#include "gate.h"
#include "node_options.h"
#include "policy.h"

/* Pure. Nothing follows from what is not known. */
enum recovery_test { RECOVERY_GOOD, RECOVERY_BAD, RECOVERY_UNKNOWN };
enum recovery_test recovery_judge(const struct decision *decision);

struct recovery {
	const struct node_options *options;
	const struct policy *policy;
	const char *node;      /* Slurm's name of it */
	const char *conf_path; /* slurm.conf, NULL: Slurm's own default */
};

/* Act on it, and say in the log and note in the decision what was done. */
void recovery_act(const struct recovery *recovery, struct decision *decision);

#endif
