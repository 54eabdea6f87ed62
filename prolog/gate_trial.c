/* SPDX-License-Identifier: Apache-2.0 */
#include "gate_trial.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "gate_impl.h"
#include "gate_lock.h"
#include "log.h"
#include "report_store.h"
#include "text.h"

static enum step_result refuse(struct gate *gate, int rc)
{
	gate->refused = rc;
	return STEP_DONE;
}

/* For a node that is tested now late devices are waited for; others are as they are. */
static enum step_result step_late(struct gate *gate)
{
	struct err err = {""};

	if (gate->trial->test == TRIAL_NOW && check_wait_late(gate->check, &err))
		return gate_unknown(gate, "E306", err.text);
	gate_make_key(gate);
	gate->depth = policy_check_depth(&gate->job_policy, gate->job->request.check, false);
	return STEP_NEXT;
}

/* Not at the same time as a gate: rails that are tested twice at once take twice the time. An
 * ordinary user cannot take the lock, and needs none. */
static void take_lock(struct gate *gate)
{
	struct check *check = gate->check;
	struct err err = {""};

	if (geteuid() != 0 || !node_options_may_probe(gate->options))
		return;
	gate->lock = gate_lock_take(gate->options->run_dir, &check->deadline, &err);
	if (gate->lock < 0)
		log_warning("lock: %s, continuing without", err.text);
	check->deadline.end = clock_now_ms() + check->site.policy.budget_ms;
}

static int load_last(const struct gate *gate, struct err *err)
{
	return report_store_load(gate->options->run_dir, gate->check->inv.boot_id,
				 &gate->reports->node, err);
}

/* 0 also where the last verdict was reached without a test, or need not be there. */
static int recall(struct gate *gate, struct err *err)
{
	struct report *report = &gate->reports->node;
	struct check *check = gate->check;
	int rc = load_last(gate, err);

	if ((rc == -ENOENT || rc == -ESTALE) && !gate->trial->needs_last)
		return 0;
	if (rc)
		return rc;
	check->probed = report_recall(report, &check->inv, &check->report);
	/* Of another provider's results nothing follows. */
	if (check->probed && check->report.provider[0] &&
	    strcmp(check->report.provider, check->site.policy.provider) != 0) {
		log_warning("the last test was with provider %s, the settings have %s; its results "
			    "do not count",
			    check->report.provider, check->site.policy.provider);
		check->probed = false;
	}
	return 0;
}

static void start_report(struct check *check)
{
	struct probe_report *report = &check->report;

	if (check->probed && report->outcome == PROBE_RAN)
		return;
	memset(report, 0, sizeof(*report));
	report->outcome = PROBE_RAN;
	report->n = check->inv.n_rails;
	text_format(report->provider, sizeof(report->provider), "%s", check->site.policy.provider);
	text_format(report->libfabric, sizeof(report->libfabric), "%s", check->inv.libfabric);
	check->probed = true;
}

/* The version of libfabric is not supposed: it is the last test's, or what this node has. */
static void suppose_pass(struct gate *gate)
{
	struct check *check = gate->check;
	struct err err = {""};

	if (!load_last(gate, &err))
		text_format(check->inv.libfabric, sizeof(check->inv.libfabric), "%s",
			    gate->reports->node.libfabric);
	else if (check_detail(check, &err))
		log_debug("%s", err.text);
	start_report(check);
	for (size_t i = 0; i < check->inv.n_rails; i++)
		if (check->inv.rails[i].stage == RAIL_USABLE)
			check->report.v[i] = (struct probe_result){
				.state = PROBE_PASS,
				.step = PROBE_STEP_DONE,
			};
}

static int find_rail(const struct inventory *inv, const char *name, struct err *err)
{
	const char *names[NODE_RAILS_MAX], *near;
	char shown[64];

	for (size_t i = 0; i < inv->n_rails; i++) {
		names[i] = inv->rails[i].rdma_name;
		if (strcmp(names[i], name) != 0)
			continue;
		if (inv->rails[i].stage != RAIL_USABLE)
			return err_set(err, -EINVAL,
				       "rail %s is not usable, so that it comes to no test", name);
		return (int)i;
	}
	near = text_nearest(name, names, inv->n_rails);
	text_printable(shown, sizeof(shown), name);
	return err_set(err, -ENOENT, "there is no rail \"%s\"%s%s%s", shown,
		       near && *near ? "; did you mean \"" : "", near ? near : "",
		       near && *near ? "\"?" : "");
}

static int suppose_failures(struct gate *gate, struct err *err)
{
	const struct gate_trial *trial = gate->trial;
	struct check *check = gate->check;

	for (size_t i = 0; i < trial->n_rails; i++) {
		int rail = find_rail(&check->inv, trial->rails[i].name, err);

		if (rail < 0)
			return rail;
		start_report(check);
		check->report.v[rail] = (struct probe_result){
			.state = PROBE_FAIL,
			.step = trial->rails[i].step,
			.text = "supposed",
		};
	}
	return 0;
}

static enum step_result step_test(struct gate *gate)
{
	enum step_result result = STEP_NEXT;
	int rc = 0;

	if (gate->trial->test != TRIAL_NOW) /* which does it itself */
		check_claims(gate->check);
	switch (gate->trial->test) {
	case TRIAL_NOW:
		take_lock(gate);
		result = gate_probe(gate);
		break;
	case TRIAL_LAST:
		rc = recall(gate, gate->err);
		break;
	case TRIAL_PASS:
		suppose_pass(gate);
		break;
	case TRIAL_NONE:
		break;
	}
	if (!rc && result == STEP_NEXT)
		rc = suppose_failures(gate, gate->err);
	return rc ? refuse(gate, rc) : result;
}

static void take_result(const struct gate *gate, struct gate_trial_result *result)
{
	const struct check *check = gate->check;

	result->has_settings = gate->have_settings;
	result->looked = gate->key[0];
	result->tested = check->probed;
	result->depth = gate->depth;
	text_format(result->settings_problem, sizeof(result->settings_problem), "%s",
		    check->settings_problem);
	if (gate->trial->test == TRIAL_LAST && check->probed) {
		result->reports.job.tested_at = result->reports.node.tested_at;
		result->reports.job.tested_ms = result->reports.node.tested_ms;
	}
	if (!gate->have_settings)
		return;
	result->policy = gate->job_policy;
	result->env = check->site.env;
	result->judged = gate->map.sentence[0];
	result->map = gate->map;
}

int gate_trial(const struct node_options *options, const struct job *job,
	       const struct gate_trial *trial, uint64_t start, struct gate_trial_result *ret_result,
	       struct err *err)
{
	/* As in gate_decide, but for what earlier results are good for. */
	static const gate_step steps[] = {
		gate_settings, gate_policy, gate_request, gate_inventory,
		step_late,     step_test,   gate_map,	  gate_verdict,
	};
	struct gate *gate = gate_new(options, start, &ret_result->decision);
	int rc;

	if (!gate)
		return err_set(err, -ENOMEM, "out of memory");
	gate->job = job;
	ret_result->decision.request = job->request;
	gate->dry_run = true;
	gate->trial = trial;
	gate->check->tried_policy = trial->policy;
	gate->reports = &ret_result->reports;
	gate->err = err;
	gate_run(gate, steps, sizeof(steps) / sizeof(steps[0]));
	rc = gate->refused;
	take_result(gate, ret_result);
	gate_free(gate);
	return rc;
}
