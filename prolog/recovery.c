/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "action.h"
#include "controller.h"
#include "drain_record.h"
#include "jobs.h"
#include "log.h"
#include "text.h"

#define CONTROLLER_MS 20000 /* nobody waits for it here */
#define HEALTHY_MAX   1000000

static bool wants_drain(const struct decision *decision)
{
	return decision->wanted == ACTION_DRAIN || decision->wanted == ACTION_DRAIN_AFTER;
}

enum recovery_test recovery_judge(const struct decision *decision)
{
	if (decision->outcome == OUTCOME_FAULTY || decision->outcome == OUTCOME_FABRIC)
		return RECOVERY_BAD;
	if (decision->outcome != OUTCOME_HEALTHY && decision->outcome != OUTCOME_DEGRADED)
		return RECOVERY_UNKNOWN;
	if (wants_drain(decision))
		return RECOVERY_BAD;
	/* Without a rail that passed, nobody knows whether what was wrong is mended. */
	return decision->source == SOURCE_TEST && decision->complete ? RECOVERY_GOOD
								     : RECOVERY_UNKNOWN;
}

static struct controller make_controller(const struct recovery *recovery)
{
	return (struct controller){
		.helper = recovery->options->slurm_helper,
		.slurm_bin = recovery->options->slurm_bin,
		.conf_path = recovery->conf_path,
		.run_dir = recovery->options->run_dir,
		.deadline = {clock_now_ms(), clock_now_ms() + CONTROLLER_MS},
	};
}

static void save(const struct recovery *recovery, const struct drain_record *record)
{
	struct err err = {""};

	if (drain_record_save(recovery->options->state_dir, record, &err))
		log_warning("drain record: %s, continuing", err.text);
}

static void forget(const struct recovery *recovery)
{
	struct err err = {""};

	if (drain_record_remove(recovery->options->state_dir, &err))
		log_warning("drain record: %s, continuing", err.text);
}

/* Is there a drain of ours of this node? A record in a copied image is of another one. */
static bool load(const struct recovery *recovery, struct drain_record *record)
{
	struct err err = {""};
	int rc = drain_record_load(recovery->options->state_dir, record, &err);

	if (rc && rc != -ENOENT)
		log_warning("drain record: %s; the node is not returned by itself", err.text);
	if (rc)
		return false;
	if (strcmp(record->node, recovery->node) == 0)
		return true;
	log_info("drain record: it is of node %s, this is %s; removing it", record->node,
		 recovery->node);
	forget(recovery);
	return false;
}

static void did(struct decision *decision, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void did(struct decision *decision, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(decision->did, sizeof(decision->did), fmt, ap);
	va_end(ap);
}

static void lift(const struct recovery *recovery, struct drain_record *record,
		 struct decision *decision)
{
	struct controller controller = make_controller(recovery);
	struct err err = {""};
	int rc = controller_lift(&controller, recovery->node, &err);

	if (rc == 0) {
		log_info("node %s: returned to the scheduler after %u good tests in a row; it was "
			 "drained as \"%s\"",
			 recovery->node, record->healthy, record->reason);
		did(decision, "node returned to the scheduler after %u good tests in a row",
		    record->healthy);
		forget(recovery);
	} else if (rc == -EEXIST) {
		log_info("node %s: not returned: %s", recovery->node, err.text);
		did(decision, "node not returned: %s", err.text);
		forget(recovery);
	} else {
		did(decision, "node cannot be returned: %s", err.text);
		log_warning("node %s: cannot be returned: %s; trying again after the next good "
			    "test",
			    recovery->node, err.text);
		save(recovery, record);
	}
}

static void act_on_good(const struct recovery *recovery, struct drain_record *record,
			struct decision *decision)
{
	unsigned strikes = recovery->policy->strikes;

	if (!recovery->policy->lift)
		return;
	if (record->healthy < HEALTHY_MAX)
		record->healthy++;
	if (record->healthy >= strikes && decision->enforce) {
		lift(recovery, record, decision);
		return;
	}
	save(recovery, record);
	if (record->healthy >= strikes)
		did(decision, "would be returned to the scheduler if action.enforce were true");
	else
		did(decision, "good test %u of %u, then it is returned to the scheduler",
		    record->healthy, strikes);
	log_info("node %s: %s", recovery->node, decision->did);
}

/* An old drain of ours gets the new reason, and the count begins again. */
static void remember(const struct recovery *recovery, const struct drain_record *old,
		     const struct decision *decision, const char *reason)
{
	struct drain_record record = {.drained_at = old ? old->drained_at : time(NULL)};

	text_format(record.node, sizeof(record.node), "%s", recovery->node);
	text_format(record.reason, sizeof(record.reason), "%s", reason);
	text_format(record.boot_id, sizeof(record.boot_id), "%s",
		    old ? old->boot_id : decision->boot_id);
	save(recovery, &record);
}

/* What kept it from being drained goes where it goes for a job. */
static void note_undrained(struct decision *decision, int rc, const char *why)
{
	decision->done = ACTION_WARN;
	did(decision, "node not drained");
	if (rc == -EDQUOT)
		text_format(decision->limited, sizeof(decision->limited), "%s", why);
	else
		text_format(decision->trouble, sizeof(decision->trouble), "%s", why);
}

static void drain(const struct recovery *recovery, const struct drain_record *old,
		  struct decision *decision)
{
	struct controller controller = make_controller(recovery);
	char reason[DRAIN_REASON_TEXT];
	struct err err = {""};
	int rc;

	action_line(decision, reason, sizeof(reason));
	rc = controller_drain(&controller, recovery->node, 0, DRAIN_NOW, reason, &decision->limit,
			      &err);
	if (rc == 0) {
		log_error("node %s: drained as \"%s\"", recovery->node, reason);
		decision->done = ACTION_DRAIN;
		did(decision, "node drained");
		remember(recovery, old, decision, reason);
		return;
	}
	if (rc == -EEXIST && old)
		forget(recovery);
	note_undrained(decision, rc, err.text);
	log_write(rc == -EEXIST ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "node %s: not drained: %s",
		  recovery->node, err.text);
}

static void act_on_bad(const struct recovery *recovery, struct drain_record *old,
		       struct decision *decision)
{
	const struct node_options *options = recovery->options;
	char why[48];
	uint32_t job = 0;

	if (old && old->healthy) {
		old->healthy = 0;
		save(recovery, old);
	}
	if (!wants_drain(decision))
		return;
	/* With a job on it the test may have failed for the job's sake. */
	if (jobs_running(options->root, options->run_dir, decision->boot_id, &job)) {
		log_warning("node %s: not drained while job %u runs: %s", recovery->node, job,
			    decision->sentence);
		text_format(why, sizeof(why), "job %u runs on it", job);
		note_undrained(decision, -EBUSY, why);
	} else if (!decision->enforce) {
		log_warning("node %s: would be drained if action.enforce were true: %s",
			    recovery->node, decision->sentence);
		decision->done = ACTION_ALLOW;
		did(decision, "node would be drained if action.enforce were true");
	} else {
		drain(recovery, old, decision);
	}
}

void recovery_act(const struct recovery *recovery, struct decision *decision)
{
	struct drain_record record;
	bool ours = load(recovery, &record);

	/* There is no job to refuse. */
	if (decision->wanted == ACTION_REFUSE)
		decision->done = ACTION_WARN;
	switch (recovery_judge(decision)) {
	case RECOVERY_GOOD:
		if (ours)
			act_on_good(recovery, &record, decision);
		break;
	case RECOVERY_BAD:
		act_on_bad(recovery, ours ? &record : NULL, decision);
		break;
	case RECOVERY_UNKNOWN:
		break;
	}
}
