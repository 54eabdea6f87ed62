/* SPDX-License-Identifier: Apache-2.0 */
/* What is done about a decision. */
#ifndef EFA_LAYOUT_ACTION_H
#define EFA_LAYOUT_ACTION_H

#include "gate.h"
#include "job_env.h"
#include "node_options.h"

/* A refused job's exit code, as its user sees it in ExitCode=78:0 (EX_CONFIG of sysexits.h). */
#define REFUSED_EXIT_CODE 78

/* What slurmd has to be told. */
enum gate_result {
	GATE_PASS,	/* the prolog succeeded: the job starts here, or has ended by our request */
	GATE_NODE_FAULT /* the prolog failed: the job must not start here */
};

/* One line for the log: job, node, action, how and how long it was looked at, outcome, sentence. */
void action_log(const struct job *job, const struct decision *decision);

/*
 * Do it. A request that the controller does not take is logged, and the result stays what it is: a
 * faulty node is left with Slurm's own reason, and a refused job's tasks end in the plugin.
 */
enum gate_result action_do(const struct node_options *options, const struct job *job,
			   const struct decision *decision);

/* The same, but only printed. */
enum gate_result action_print(const struct job *job, const struct decision *decision);

#endif
