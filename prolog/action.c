/* SPDX-License-Identifier: Apache-2.0 */
#include "action.h"

#include <stdio.h>

#include "controller.h"
#include "log.h"
#include "text.h"

/* The gate may end this much after its budget; a child that is killed needs 200 ms of the 1000. */
#define ACTION_GRACE_MS 750

static const char *action_text(const struct decision *decision)
{
	static const char *const text[] = {
		[ACTION_ALLOW] = "job allowed",
		[ACTION_WARN] = "job allowed with a warning",
		[ACTION_DRAIN] = "node drained, job sent elsewhere",
		[ACTION_REFUSE] = "job refused",
		[ACTION_DRAIN_AFTER] = "job allowed, node drained behind it",
	};

	return decision->gated ? text[decision->action] : "not checked";
}

static enum log_level level_of(const struct decision *decision)
{
	if (decision->action == ACTION_DRAIN)
		return LOG_LEVEL_ERROR;
	if (decision->outcome == OUTCOME_UNKNOWN && decision->source == SOURCE_NONE)
		return LOG_LEVEL_ERROR;
	if (decision->action == ACTION_WARN || decision->outcome > OUTCOME_REFUSED)
		return LOG_LEVEL_WARNING;
	return LOG_LEVEL_INFO;
}

void action_log(const struct job *job, const struct decision *decision)
{
	bool says_so = decision->outcome == OUTCOME_HEALTHY; /* the sentence itself does */
	char who[NODE_NAME_TEXT + 64] = "no job";

	if (job->known)
		text_format(who, sizeof(who), "job %u of uid %u on node %s", job->id,
			    (unsigned)job->uid, job->node);
	log_write(level_of(decision), "%s: %s (%s, %u ms): %s%s%s", who, action_text(decision),
		  decision_source_text(decision->source), deadline_used(&decision->deadline),
		  says_so ? "" : outcome_text(decision->outcome), says_so ? "" : ": ",
		  decision->sentence);
}

/* One line for people, without what scontrol's own syntax would take for itself. */
static void make_line(char *buf, size_t size, const struct decision *decision)
{
	text_format(buf, size, DRAIN_PREFIX " %s", decision->sentence);
	for (char *p = buf; *p; p++) {
		if (*p == '"')
			*p = '\'';
	}
}

static struct controller make_controller(const struct node_options *options, const struct job *job,
					 const struct decision *decision)
{
	struct controller controller = {
		.helper = options->slurm_helper,
		.slurm_bin = options->slurm_bin,
		.conf_path = job->conf_path,
		.deadline = decision->deadline,
	};

	controller.deadline.end += ACTION_GRACE_MS;
	return controller;
}

enum gate_result action_do(const struct node_options *options, const struct job *job,
			   const struct decision *decision)
{
	struct controller controller = make_controller(options, job, decision);
	struct err err = {""};
	char line[320];

	make_line(line, sizeof(line), decision);
	switch (decision->action) {
	case ACTION_ALLOW:
	case ACTION_WARN:
	case POLICY_ACTIONS:
		break;
	case ACTION_DRAIN_AFTER:
	case ACTION_DRAIN:
		if (controller_node_fault(&controller, job->node, job->id, line, &err))
			log_error("job %u: cannot drain node %s: %s, continuing", job->id,
				  job->node, err.text);
		return GATE_NODE_FAULT;
	case ACTION_REFUSE:
		if (controller_refuse(&controller, job->id, REFUSED_EXIT_CODE, line, &err))
			log_error("job %u: cannot end it: %s, continuing; its tasks will refuse",
				  job->id, err.text);
		break;
	}
	return GATE_PASS;
}

enum gate_result action_print(const struct job *job, const struct decision *decision)
{
	char line[320], name[32] = "the job";

	make_line(line, sizeof(line), decision);
	if (job->known)
		text_format(name, sizeof(name), "job %u", job->id);
	switch (decision->action) {
	case ACTION_ALLOW:
		printf("would let %s run\n", name);
		break;
	case ACTION_DRAIN_AFTER:
		printf("would let %s run and drain node %s behind it with reason \"%s\"\n", name,
		       job->known ? job->node : "of the job", line);
		break;
	case POLICY_ACTIONS:
		break;
	case ACTION_WARN:
		printf("would let %s run with a warning\n", name);
		break;
	case ACTION_DRAIN:
		printf("would drain node %s with reason \"%s\" and requeue %s\n",
		       job->known ? job->node : "of the job", line, name);
		return GATE_NODE_FAULT;
	case ACTION_REFUSE:
		printf("would end %s with exit code %d and tell its user \"%s\"\n", name,
		       REFUSED_EXIT_CODE, line);
		break;
	}
	return GATE_PASS;
}
