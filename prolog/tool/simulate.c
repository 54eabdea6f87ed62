/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "log.h"
#include "site.h"
#include "text.h"

void simulation_free(struct simulation *simulation)
{
	if (!simulation)
		return;
	policy_files_done(&simulation->files);
	free(simulation->tasks);
	free(simulation);
}

/* A folder stands for the whole site, a file for its policy alone. */
static int read_tried(struct simulation *simulation, struct err *err)
{
	struct simulate_given *given = &simulation->given;
	struct stat st;
	int rc;

	if (stat(given->tried, &st))
		return err_set(err, -errno, "%s: %s", given->tried, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		given->node.site_dir = given->tried;
		rc = policy_files_read(given->tried, FILE_TRUST_ANY, &simulation->files, err);
	} else {
		rc = policy_files_read_one(given->tried, FILE_TRUST_ANY, &simulation->files, err);
	}
	simulation->trial.policy = &simulation->files;
	return rc;
}

static void note_unknown(struct simulation *simulation, const char *what, const char *why)
{
	char *text = simulation->submitted.unknown;

	text_append(text, sizeof(simulation->submitted.unknown), "%s%s: %s", *text ? "; " : "",
		    what, why);
}

/* A submit host knows user and groups. NULL: what holds for the job is not known there. */
static const struct policy *user_policy(struct simulation *simulation, const struct site *site,
					struct policy *policy)
{
	const struct job_facts *facts = &simulation->trial.facts;
	const struct job_facts known = {
		.v = {[JOB_USER] = facts->v[JOB_USER], [JOB_GROUP] = facts->v[JOB_GROUP]}};

	if (!policy_for_job(&site->policy, &known, policy))
		return policy;
	note_unknown(simulation, "the policy",
		     "its rules for jobs ask for more than is known there");
	return NULL;
}

/* Of a policy that is tried it must be possible to use it. Of the site's own whatever can be read
 * is known where jobs are submitted. */
static int need_known(struct simulation *simulation, struct site *site, struct policy *policy,
		      struct request_known *known, struct err *err)
{
	const struct node_options *node = &simulation->given.node;
	struct err why = {""};
	int rc;

	if (simulation->given.tried)
		rc = site_load_policy(site, &simulation->files, node->data_dir, node->site_dir,
				      FILE_TRUST_ANY, err);
	else
		rc = site_load(site, node->data_dir, node->site_dir, FILE_TRUST_OWNER, &why);
	if (!rc) {
		known->layouts = &site->layouts;
		known->types = &site->types;
		known->policy = user_policy(simulation, site, policy);
		return 0;
	}
	if (simulation->given.tried)
		return rc;
	note_unknown(simulation, "settings", why.text);
	if (!site_load_layouts(&site->layouts, node->data_dir, node->site_dir, FILE_TRUST_OWNER,
			       &why))
		known->layouts = &site->layouts;
	if (!site_load_types(&site->types, node->data_dir, node->site_dir, FILE_TRUST_OWNER, &why))
		known->types = &site->types;
	return 0;
}

/* As the plugin does it in srun, sbatch and salloc; a job that says nothing is not looked at. */
static int submit(struct simulation *simulation, struct err *err)
{
	struct simulate_submitted *submitted = &simulation->submitted;
	cleanup_free struct site *site = calloc(1, sizeof(*site));
	cleanup_free struct policy *policy = calloc(1, sizeof(*policy));
	struct request_known known = {.types = NULL};
	struct err why = {""};
	int rc;

	if (!site || !policy)
		return err_set(err, -ENOMEM, "out of memory");
	rc = need_known(simulation, site, policy, &known, err);
	if (!rc && simulation->job.refused)
		err_set(&why, -EINVAL, "%s", simulation->job.refusal);
	else if (!rc && request_any(&simulation->job.request))
		request_check(&simulation->job.request, &known, submitted->notice, &why);
	site_done(site);
	submitted->accepted = !why.text[0];
	text_printable(submitted->sentence, sizeof(submitted->sentence), why.text);
	return rc;
}

static void read_job(struct simulation *simulation)
{
	struct job *job = &simulation->job;
	struct err err = {""};

	request_init(&job->request);
	if (job_text_request(&simulation->text, &job->request, &err)) {
		request_init(&job->request);
		job->refused = true;
		text_printable(job->refusal, sizeof(job->refusal), err.text);
	}
	job_text_facts(&simulation->text, &simulation->trial.facts);
}

static void set_asked(struct simulation *simulation, enum request_option option, const char *value,
		      bool by_job, const char *setting)
{
	struct simulate_asked *asked = &simulation->asked[option];
	const struct gate_trial_result *result = &simulation->result;

	asked->name = request_options[option].name;
	asked->by_job = by_job;
	text_format(asked->value, sizeof(asked->value), "%s", value);
	if (!by_job && setting && result->has_settings)
		policy_value(&result->policy, setting, &asked->setting);
}

/* What the gate has made of it, and who said so. */
static void note_asked(struct simulation *simulation)
{
	const struct gate_trial_result *result = &simulation->result;
	const struct request *job = &simulation->job.request, *filled = &result->decision.request;
	enum check_depth depth = result->has_settings
					 ? policy_check_depth(&result->policy, job->check, false)
					 : job->check;
	const char *decided = result->has_settings
				      ? policy_depth_setting(&result->policy, job->check, false)
				      : NULL;
	const char *layout = request_wish_text(filled);
	char rails[RAILS_WISH_TEXT];

	rails_wish_text(&filled->rails, rails);
	set_asked(simulation, OPTION_LAYOUT, *layout ? layout : "not known",
		  job->wish != WISH_DEFAULT, "layout.default");
	set_asked(simulation, OPTION_RAILS, *rails ? rails : "not known",
		  job->rails.kind != RAILS_DEFAULT, "layout.rails");
	set_asked(simulation, OPTION_AFFINITY,
		  filled->has_affinity ? affinity_text(filled->affinity) : "not known",
		  job->has_affinity, "environment.affinity");
	set_asked(simulation, OPTION_CHECK,
		  depth == CHECK_AUTO ? "not known" : check_depth_text(depth),
		  job->check != CHECK_AUTO && !decided, decided);
	set_asked(simulation, OPTION_VERBOSE, filled->verbose ? "yes" : "no", job->verbose, NULL);
	set_asked(simulation, OPTION_NO_ENV, filled->no_env ? "yes" : "no", job->no_env,
		  "environment.set");
}

/* A snapshot that the gate could not read is no node with an unknown state, but no snapshot. */
static int check_snapshot(const struct simulation *simulation, struct err *err)
{
	const struct gate_trial_result *result = &simulation->result;
	bool is_live = !strcmp(simulation->given.from, "live");

	if (is_live || result->looked || !result->has_settings || simulation->job.refused ||
	    !result->decision.gated)
		return 0;
	return err_set(err, -EINVAL, "%s: %s", simulation->given.from, result->decision.sentence);
}

static int decide(struct simulation *simulation, uint64_t start, struct err *err)
{
	struct gate_trial_result *result = &simulation->result;
	struct report *report = &result->reports.job;
	int rc = gate_trial(&simulation->given.node, &simulation->job, &simulation->trial, start,
			    result, err);

	if (!rc)
		rc = check_snapshot(simulation, err);
	if (rc)
		return rc;
	action_suppose(&simulation->job, &result->decision, simulation->plan,
		       sizeof(simulation->plan));
	report->decision.done = result->decision.done;
	text_printable(report->decision.did, sizeof(report->decision.did), result->decision.did);
	return 0;
}

int simulate(struct simulation *simulation, uint64_t start, struct err *err)
{
	int rc = 0;

	read_job(simulation);
	if (simulation->given.tried)
		rc = read_tried(simulation, err);
	if (!rc)
		rc = submit(simulation, err);
	if (!rc)
		rc = decide(simulation, start, err);
	if (rc)
		return rc;
	note_asked(simulation);
	return simulate_tasks(simulation, err);
}

int simulate_status(const struct simulation *simulation)
{
	if (!simulation->submitted.accepted)
		return 1;
	switch (simulation->result.decision.done) {
	case ACTION_REFUSE:
		return 1;
	case ACTION_DRAIN:
		return 2;
	case ACTION_ALLOW:
	case ACTION_WARN:
	case ACTION_DRAIN_AFTER:
	case POLICY_ACTIONS:
		break;
	}
	return 0;
}

const char *simulate_tested(const struct simulation *simulation)
{
	static const char *const words[] = {
		[TRIAL_NOW] = "now",
		[TRIAL_LAST] = "last",
		[TRIAL_PASS] = "supposed",
		[TRIAL_NONE] = "none",
	};

	if (!simulation->result.tested)
		return "none";
	return simulation->trial.test == TRIAL_NONE ? "supposed" : words[simulation->trial.test];
}
