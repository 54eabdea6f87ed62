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

/*
 * Do it, and note in the decision what was done: what was wanted; or, where a limit forbids the
 * drain, the settings forbid to act, or the controller does not take the request, less. A drain is
 * remembered in the state directory.
 *
 * A node at fault whose drain the controller does not take (it is silent, most of all) still ends
 * in GATE_NODE_FAULT: the job must not start on it, and slurmd leaves it with Slurm's own reason. A
 * refused job that cannot be ended passes, and its tasks end in the plugin.
 */
enum gate_result action_do(const struct node_options *options, const struct job *job,
			   struct decision *decision);

/* The same, but only said: "would drain node n1 with reason ...". buf: ACTION_PLAN_TEXT bytes. */
#define ACTION_PLAN_TEXT 1024
enum gate_result action_suppose(const struct job *job, struct decision *decision, char *buf,
				size_t size);

/* The same, and printed. */
enum gate_result action_print(const struct job *job, struct decision *decision);

/*
 * The decision in one line for people, as a drain reason and as a message; without what scontrol's
 * own syntax would take for itself; cut at size.
 */
void action_line(const struct decision *decision, char *buf, size_t size);

/*
 * One line for the log, after it is done: job, node, action, how and how long it was looked at,
 * outcome, sentence.
 */
void action_log(const struct job *job, const struct decision *decision);

#endif
