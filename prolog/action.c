/* SPDX-License-Identifier: Apache-2.0 */
#include "action.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "controller.h"
#include "drain_record.h"
#include "log.h"
#include "text.h"

/* The gate may end this much after its budget; a child that is killed needs 200 ms of the 1000. */
#define ACTION_GRACE_MS 750
#define LINE_TEXT	320

void action_line(const struct decision *decision, char *buf, size_t size)
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
		.run_dir = options->run_dir,
		.deadline = decision->deadline,
	};

	controller.deadline.end += ACTION_GRACE_MS;
	return controller;
}

/* For the health check, which may lift it. */
static void remember_drain(const struct node_options *options, const struct job *job,
			   const struct decision *decision, const char *reason)
{
	struct drain_record record = {.drained_at = time(NULL)};
	struct err err = {""};

	text_format(record.node, sizeof(record.node), "%s", job->node);
	text_format(record.reason, sizeof(record.reason), "%s", reason);
	text_format(record.boot_id, sizeof(record.boot_id), "%s", decision->boot_id);
	if (drain_record_save(options->state_dir, &record, &err))
		log_warning("drain of node %s will not be lifted: %s, continuing", job->node,
			    err.text);
}

/* wanted: ACTION_DRAIN or ACTION_DRAIN_AFTER. */
static enum gate_result drain(const struct node_options *options, const struct job *job,
			      struct decision *decision)
{
	struct controller controller = make_controller(options, job, decision);
	bool after = decision->wanted == ACTION_DRAIN_AFTER;
	char reason[DRAIN_REASON_TEXT];
	struct err err = {""};
	int rc;

	action_line(decision, reason, sizeof(reason));
	rc = controller_drain(&controller, job->node, job->id, after ? DRAIN_AFTER : DRAIN_NOW,
			      reason, &decision->limit, &err);
	if (rc == -EDQUOT) {
		text_format(decision->limited, sizeof(decision->limited), "%s", err.text);
		decision->done = ACTION_WARN;
		return GATE_PASS;
	}
	if (!rc)
		remember_drain(options, job, decision, reason);
	else if (rc == -EEXIST)
		text_format(decision->trouble, sizeof(decision->trouble), "%s", err.text);
	else
		text_format(decision->trouble, sizeof(decision->trouble),
			    "cannot drain node %s: %s", job->node, err.text);
	if (!after)
		return GATE_NODE_FAULT;
	if (rc && rc != -EEXIST)
		decision->done = ACTION_WARN;
	return GATE_PASS;
}

static void refuse(const struct node_options *options, const struct job *job,
		   struct decision *decision)
{
	struct controller controller = make_controller(options, job, decision);
	char line[LINE_TEXT];
	struct err err = {""};

	action_line(decision, line, sizeof(line));
	if (!controller_refuse(&controller, job->id, REFUSED_EXIT_CODE, line, &err))
		return;
	text_format(decision->trouble, sizeof(decision->trouble),
		    "cannot end it, its tasks will refuse: %s", err.text);
	decision->done = ACTION_WARN;
}

/* Does the action change anything for node or job? */
static bool interferes(enum policy_action action)
{
	return action != ACTION_ALLOW && action != ACTION_WARN;
}

/* What is not to be enforced is only said. Is there something to do? */
static bool is_to_act(struct decision *decision)
{
	decision->done = decision->wanted;
	if (!interferes(decision->wanted))
		return false;
	if (decision->enforce)
		return true;
	decision->done = ACTION_ALLOW;
	return false;
}

static enum gate_result act(const struct node_options *options, const struct job *job,
			    struct decision *decision)
{
	if (!is_to_act(decision))
		return GATE_PASS;
	if (decision->wanted != ACTION_REFUSE)
		return drain(options, job, decision);
	refuse(options, job, decision);
	return GATE_PASS;
}

/* In words, for log and report; what limited or troubled it is said behind it. */
static void note_did(struct decision *decision)
{
	static const char *const text[] = {
		[ACTION_ALLOW] = "job allowed",
		[ACTION_WARN] = "job allowed with a warning",
		[ACTION_DRAIN] = "node drained, job sent elsewhere",
		[ACTION_REFUSE] = "job refused",
		[ACTION_DRAIN_AFTER] = "job allowed, node drained behind it",
	};
	static const char *const would[] = {
		[ACTION_DRAIN] = "drain the node and send the job elsewhere",
		[ACTION_REFUSE] = "refuse the job",
		[ACTION_DRAIN_AFTER] = "drain the node behind the job",
	};
	char *did = decision->did;
	const size_t size = sizeof(decision->did);

	if (!decision->gated)
		text_format(did, size, "not checked");
	else if (interferes(decision->wanted) && !decision->enforce)
		text_format(did, size, "job allowed, would %s if action.enforce were true",
			    would[decision->wanted]);
	else if (decision->done == ACTION_DRAIN && decision->trouble[0])
		text_format(did, size, "job sent elsewhere");
	else if (decision->done == ACTION_DRAIN_AFTER && decision->trouble[0])
		text_format(did, size, "job allowed");
	else
		text_format(did, size, "%s", text[decision->done]);
}

enum gate_result action_do(const struct node_options *options, const struct job *job,
			   struct decision *decision)
{
	enum gate_result result = act(options, job, decision);

	note_did(decision);
	return result;
}

/* What the policy wants, for a sentence with "would". */
static void plan_text(const struct job *job, const struct decision *decision, char *buf,
		      size_t size)
{
	const char *node = job->known ? job->node : "of the job";
	char line[LINE_TEXT], name[32] = "the job";
	bool drains = decision->wanted == ACTION_DRAIN || decision->wanted == ACTION_DRAIN_AFTER;

	action_line(decision, line, drains ? DRAIN_REASON_TEXT : sizeof(line));
	if (job->known)
		text_format(name, sizeof(name), "job %u", job->id);
	switch (decision->wanted) {
	case ACTION_ALLOW:
	case POLICY_ACTIONS:
		text_format(buf, size, "let %s run", name);
		break;
	case ACTION_WARN:
		text_format(buf, size, "let %s run with a warning", name);
		break;
	case ACTION_DRAIN:
		text_format(buf, size, "drain node %s with reason \"%s\" and requeue %s", node,
			    line, name);
		break;
	case ACTION_DRAIN_AFTER:
		text_format(buf, size, "let %s run and drain node %s behind it with reason \"%s\"",
			    name, node, line);
		break;
	case ACTION_REFUSE:
		text_format(buf, size, "end %s with exit code %d and tell its user \"%s\"", name,
			    REFUSED_EXIT_CODE, line);
		break;
	}
	if (drains && drain_limit_bounds(&decision->limit))
		text_append(buf, size, ", unless as many nodes are drained as limit allows");
}

enum gate_result action_suppose(const struct job *job, struct decision *decision, char *buf,
				size_t size)
{
	bool acts = is_to_act(decision);
	char plan[ACTION_PLAN_TEXT];

	note_did(decision);
	plan_text(job, decision, plan, sizeof(plan));
	text_format(buf, size, "would %s%s",
		    interferes(decision->wanted) && !acts
			    ? "let the job run, because action.enforce is false; else: "
			    : "",
		    plan);
	return decision->done == ACTION_DRAIN ? GATE_NODE_FAULT : GATE_PASS;
}

enum gate_result action_print(const struct job *job, struct decision *decision)
{
	char plan[ACTION_PLAN_TEXT];
	enum gate_result result = action_suppose(job, decision, plan, sizeof(plan));

	printf("%s\n", plan);
	return result;
}

static enum log_level level_of(const struct decision *decision)
{
	if (decision->done == ACTION_DRAIN)
		return LOG_LEVEL_ERROR;
	if (decision->outcome == OUTCOME_UNKNOWN && decision->source == SOURCE_NONE)
		return LOG_LEVEL_ERROR;
	if (decision->done == ACTION_WARN || decision->done != decision->wanted ||
	    decision->trouble[0] || decision->outcome > OUTCOME_REFUSED)
		return LOG_LEVEL_WARNING;
	return LOG_LEVEL_INFO;
}

/* "cached, tested 40 s ago" */
static void how_text(const struct decision *decision, char *buf, size_t size)
{
	static const struct {
		unsigned seconds;
		const char *name;
	} units[] = {{86400, "days"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t i = 0;

	text_format(buf, size, "%s", decision_source_text(decision->source));
	if (!decision->rests)
		return;
	while (units[i].seconds > 1 && decision->age_s < 2 * units[i].seconds)
		i++;
	text_append(buf, size, ", tested %u %s ago", decision->age_s / units[i].seconds,
		    units[i].name);
}

void action_log(const struct job *job, const struct decision *decision)
{
	bool says_so = decision->outcome == OUTCOME_HEALTHY; /* the sentence itself does */
	char who[NODE_NAME_TEXT + 64] = "no job", done[768], how[64];

	if (job->known)
		text_format(who, sizeof(who), "job %u of uid %u on node %s", job->id,
			    (unsigned)job->uid, job->node);
	text_format(done, sizeof(done), "%s", decision->did);
	if (decision->limited[0])
		text_append(done, sizeof(done), ", node not drained: %s", decision->limited);
	if (decision->trouble[0])
		text_append(done, sizeof(done), ", %s", decision->trouble);
	how_text(decision, how, sizeof(how));
	log_write(level_of(decision), "%s: %s (%s, %u ms%s%s): %s%s%s", who, done, how,
		  deadline_used(&decision->deadline), decision->settings[0] ? ", settings " : "",
		  decision->settings, says_so ? "" : outcome_text(decision->outcome),
		  says_so ? "" : ": ", decision->sentence);
}
