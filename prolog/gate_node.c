/* SPDX-License-Identifier: Apache-2.0 */
/* The node without a job: what the health check looks at, and how it tests. */
#include <errno.h>
#include <string.h>

#include "gate_impl.h"
#include "gate_lock.h"
#include "health_note.h"
#include "jobs.h"
#include "log.h"
#include "text.h"

static enum step_result step_key(struct gate *gate)
{
	gate_make_key(gate);
	gate_load_map(gate);
	return STEP_DONE;
}

static void view_fill(struct gate *gate, struct gate_view *view)
{
	const struct decision *decision = gate->decision;
	const struct nodemap *map = &gate->map;

	view->policy = gate->check->site.policy;
	view->can_test = gate->key[0] && node_options_may_probe(gate->options);
	text_format(view->boot_id, sizeof(view->boot_id), "%s", gate->check->inv.boot_id);
	view->known = gate->have_map;
	view->outcome = gate->have_map ? map->outcome : decision->outcome;
	text_format(view->sentence, sizeof(view->sentence), "%s",
		    gate->have_map ? map->sentence : decision->sentence);
	view->current = gate->have_map && strcmp(map->key, gate->key) == 0;
	view->tested_ms = gate->have_map ? map->tested_ms : 0;
}

void gate_look(const struct node_options *options, uint64_t start, struct gate_view *ret_view)
{
	static const gate_step steps[] = {gate_settings, gate_inventory, step_key};
	struct decision decision;
	struct gate *gate = gate_new(options, start, &decision);

	memset(ret_view, 0, sizeof(*ret_view));
	policy_defaults(&ret_view->policy);
	ret_view->outcome = decision.outcome;
	text_format(ret_view->sentence, sizeof(ret_view->sentence), "%s", decision.sentence);
	if (!gate)
		return;
	text_format(decision.sentence, sizeof(decision.sentence), "not tested in this boot");
	gate_run(gate, steps, sizeof(steps) / sizeof(steps[0]));
	view_fill(gate, ret_view);
	gate_free(gate);
}

static enum step_result refuse(struct gate *gate, int rc)
{
	gate->refused = rc;
	return STEP_DONE;
}

/* Whoever tests does it for everybody; nobody waits for it in the background. */
static enum step_result step_lock(struct gate *gate)
{
	const struct deadline now = {clock_now_ms(), clock_now_ms()};

	gate->lock = gate_lock_take(gate->options->run_dir, &now, gate->err);
	if (gate->lock == -ETIMEDOUT)
		return refuse(gate,
			      err_set(gate->err, -EBUSY, "another check is testing the node"));
	if (gate->lock < 0)
		return refuse(gate, gate->lock);
	gate_load_map(gate);
	if (gate->have_map && strcmp(gate->map.key, gate->key) == 0 &&
	    gate->map.tested_ms >= gate->check->deadline.start)
		return refuse(gate, err_set(gate->err, -EBUSY, "another check has just tested it"));
	return STEP_NEXT;
}

static enum step_result step_idle(struct gate *gate)
{
	const struct node_options *options = gate->options;
	uint32_t job = 0;

	if (jobs_sweep(options->root, options->run_dir, gate->check->inv.boot_id, &job) == 0 ||
	    gate->check->site.policy.health_under_jobs)
		return STEP_NEXT;
	return refuse(gate, err_set(gate->err, -EAGAIN, "job %u runs on it", job));
}

static enum step_result step_begin(struct gate *gate)
{
	struct err err = {""};

	if (health_begun_save(gate->options->run_dir, gate->check->inv.boot_id, clock_now_ms(),
			      &err))
		log_warning("%s, continuing", err.text);
	return STEP_NEXT;
}

int gate_refresh(const struct node_options *options, uint64_t start, struct decision *ret_decision,
		 struct gate_reports *reports, struct err *err)
{
	static const gate_step steps[] = {
		gate_settings, gate_inventory, gate_late, step_lock,	step_idle,
		step_begin,    gate_probe,     gate_map,  gate_verdict,
	};
	struct gate *gate = gate_new(options, start, ret_decision);
	int rc;

	if (!gate)
		return err_set(err, -ENOMEM, "out of memory");
	gate->reports = reports;
	gate->err = err;
	gate_run(gate, steps, sizeof(steps) / sizeof(steps[0]));
	rc = gate->refused;
	gate_free(gate);
	return rc;
}
