/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a job whose node is at fault, or whose prolog Slurm kills. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"
#include "text.h"

#define SPARE_MS 1000
#define NO_LIMIT 65534

/*
 * Only what kills the prolog matters. With PrologFlags=Alloc neither BatchStartTimeout nor
 * MessageTimeout nor SlurmdTimeout does: a prolog of 12 s was harmless with 2 s of the first and 10
 * of the last (22.05, over four reconfigurations).
 *
 * In force of two keys: 25.05 split one for both into one for each.
 */
static const struct slurm_pair *timeout_pair(const struct doctor *doctor)
{
	const struct slurm_pair *pair = NULL;

	if (!doctor->release || doctor->release >= RELEASE(25, 5))
		pair = slurm_conf_find(doctor->conf, "PrologTimeout");
	return pair ? pair : slurm_conf_find(doctor->conf, "PrologEpilogTimeout");
}

static void judge_timeout(struct doctor *doctor)
{
	const struct slurm_pair *pair = timeout_pair(doctor);
	unsigned long seconds = pair ? strtoul(pair->value, NULL, 10) : 0;
	unsigned budget = doctor->site ? doctor->site->policy.budget_ms : 10000;
	unsigned need = (budget + SPARE_MS + 999) / 1000;
	char place[SHOWN_PLACE];

	/* INFINITE and 0 set none, as Slurm's default does. */
	if (!pair || !seconds || seconds >= NO_LIMIT) {
		doctor_say(doctor, CHECK_PROLOG_TIMEOUT, DOCTOR_OK,
			   "Slurm sets no limit, check.budget_ms is %u", budget);
	} else if (seconds < need) {
		doctor_say(doctor, CHECK_PROLOG_TIMEOUT, DOCTOR_FAIL,
			   "%s=%s %s, check.budget_ms is %u: a slow test is killed, and the node "
			   "drained with \"Prolog error\"",
			   pair->key, pair->value, doctor_place(doctor, pair, place), budget);
		doctor_remedy(doctor, CHECK_PROLOG_TIMEOUT,
			      "write %s: %s=%u, or lower check.budget_ms in %s/policy.json",
			      doctor_place(doctor, pair, place), pair->key, need,
			      doctor->options->site_dir);
	} else {
		doctor_say(doctor, CHECK_PROLOG_TIMEOUT, DOCTOR_OK, "%s=%s, check.budget_ms is %u",
			   pair->key, pair->value, budget);
	}
}

static void judge_hold(struct doctor *doctor)
{
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, "SchedulerParameters");
	char place[SHOWN_PLACE];

	if (pair && slurm_conf_word(pair->value, "nohold_on_prolog_fail", NULL)) {
		doctor_say(doctor, CHECK_PROLOG_HOLD, DOCTOR_OK, "nohold_on_prolog_fail is set");
		return;
	}
	doctor_say(doctor, CHECK_PROLOG_HOLD, DOCTOR_WARN,
		   "SchedulerParameters has no nohold_on_prolog_fail: a batch job whose prolog was "
		   "killed or could not reach the controller is held until somebody releases it");
	doctor_remedy(doctor, CHECK_PROLOG_HOLD,
		      "write %s: SchedulerParameters=%s%snohold_on_prolog_fail",
		      doctor_place(doctor, pair, place), pair ? pair->value : "", pair ? "," : "");
}

static void judge_requeue(struct doctor *doctor)
{
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, "JobRequeue");
	char place[SHOWN_PLACE];

	if (!pair || strcmp(pair->value, "0") != 0) {
		doctor_say(doctor, CHECK_REQUEUE, DOCTOR_OK, "JobRequeue is 1");
		return;
	}
	doctor_say(doctor, CHECK_REQUEUE, DOCTOR_WARN,
		   "JobRequeue=0 %s: a batch job that meets a node at fault ends instead of going "
		   "elsewhere, unless it says --requeue",
		   doctor_place(doctor, pair, place));
	doctor_remedy(doctor, CHECK_REQUEUE, "write %s: JobRequeue=1", place);
}

static void judge_user(struct doctor *doctor)
{
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, "SlurmdUser");
	char place[SHOWN_PLACE];

	if (!pair || !strcmp(pair->value, "root") || !strcmp(pair->value, "0")) {
		doctor_say(doctor, CHECK_SLURMD_USER, DOCTOR_OK, "root");
		return;
	}
	doctor_say(doctor, CHECK_SLURMD_USER, DOCTOR_FAIL,
		   "SlurmdUser=%s %s: the gate runs as that user, who may neither drain a node nor "
		   "write %s",
		   pair->value, doctor_place(doctor, pair, place), doctor->options->run_dir);
	doctor_remedy(doctor, CHECK_SLURMD_USER, "write %s: SlurmdUser=root", place);
}

/* ALL is the default: tasks get the limit of the shell that submits, up to slurmd's hard one. */
static void judge_propagate(struct doctor *doctor)
{
	const struct slurm_pair *some = slurm_conf_find(doctor->conf, "PropagateResourceLimits");
	const struct slurm_pair *except = slurm_conf_find(doctor->conf,
							  "PropagateResourceLimitsExcept");
	bool handed = some ? slurm_conf_word(some->value, "ALL", NULL) ||
				      slurm_conf_word(some->value, "MEMLOCK", NULL)
			   : !except || !slurm_conf_word(except->value, "MEMLOCK", NULL);
	char place[SHOWN_PLACE];

	if (!handed) {
		doctor_say(doctor, CHECK_PROPAGATE, DOCTOR_OK, "tasks keep slurmd's limit");
		return;
	}
	doctor_say(doctor, CHECK_PROPAGATE, DOCTOR_WARN,
		   "%s%s: tasks get the limit of locked memory of the shell that submits, often "
		   "8 MiB or less, and libfabric then fails",
		   some ? "PropagateResourceLimits="
			: "PropagateResourceLimitsExcept does not have MEMLOCK",
		   some ? some->value : "");
	doctor_remedy(doctor, CHECK_PROPAGATE,
		      "write %s: PropagateResourceLimitsExcept=%s%sMEMLOCK",
		      doctor_place(doctor, some ? some : except, place),
		      except ? except->value : "", except ? "," : "");
}

void doctor_judge_requeue(struct doctor *doctor)
{
	static const enum doctor_check all[] = {CHECK_PROLOG_TIMEOUT, CHECK_PROLOG_HOLD,
						CHECK_REQUEUE, CHECK_SLURMD_USER, CHECK_PROPAGATE};

	if (!doctor->conf) {
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			doctor_has_conf(doctor, all[i]);
		return;
	}
	judge_timeout(doctor);
	judge_hold(doctor);
	judge_requeue(doctor);
	judge_user(doctor);
	judge_propagate(doctor);
}
