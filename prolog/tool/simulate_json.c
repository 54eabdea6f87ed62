/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "json_values.h"
#include "node_json.h"
#include "simulate.h"

static void put_job(struct json_out *out, const struct simulation *simulation)
{
	const struct job_facts *facts = &simulation->trial.facts;

	json_out_open(out, "job", '{');
	for (size_t i = 0; i < JOB_FACTS; i++)
		json_out_string(out, job_fact_words[i], facts->v[i]);
	json_out_close(out);
}

static void put_policy(struct json_out *out, const struct simulation *simulation)
{
	const struct report *report = &simulation->result.reports.job;

	json_out_open(out, "policy", '{');
	json_out_string(out, "tried", simulation->given.tried);
	json_write_text(out, "file", report->policy_file);
	json_write_text(out, "hash", report->policy_hash);
	json_write_text(out, "problem", simulation->result.settings_problem);
	json_out_close(out);
}

static void put_setting(struct json_out *out, const struct policy_value *value)
{
	if (!value->name[0]) {
		json_out_null(out, "setting");
		return;
	}
	json_out_open(out, "setting", '{');
	json_out_string(out, "name", value->name);
	json_out_string(out, "value", value->value);
	json_write_text(out, "file", value->file);
	json_write_index(out, "line", value->line ? (int64_t)value->line : -1);
	json_out_close(out);
}

static void put_asked(struct json_out *out, const struct simulation *simulation)
{
	char request[REQUEST_TEXT] = "";

	request_format(&simulation->result.decision.request, request, sizeof(request));
	json_out_string(out, "request", request);
	json_out_open(out, "asked", '[');
	for (size_t i = 0; i < REQUEST_OPTIONS; i++) {
		const struct simulate_asked *asked = &simulation->asked[i];

		json_out_open(out, NULL, '{');
		json_out_string(out, "option", asked->name);
		json_out_string(out, "value", asked->value);
		json_out_string(out, "from",
				asked->by_job	      ? "job"
				: asked->setting.line ? "setting"
						      : "default");
		put_setting(out, &asked->setting);
		json_out_close(out);
	}
	json_out_close(out);
}

static void put_submitted(struct json_out *out, const struct simulate_submitted *submitted)
{
	json_out_open(out, "submitted", '{');
	json_out_bool(out, "accepted", submitted->accepted);
	json_write_text(out, "sentence", submitted->sentence);
	json_write_text(out, "notice", submitted->notice);
	json_write_text(out, "unknown", submitted->unknown);
	json_out_close(out);
}

static void put_decided(struct json_out *out, const struct simulation *simulation)
{
	const struct decision *decision = &simulation->result.decision;

	json_out_open(out, "decided", '{');
	json_out_bool(out, "checked", decision->gated);
	json_out_string(out, "outcome", outcome_text(decision->outcome));
	json_out_string(out, "wanted", policy_action_text(decision->wanted));
	json_out_string(out, "done", policy_action_text(decision->done));
	json_write_text(out, "sentence", decision->sentence);
	json_write_text(out, "plan", simulation->plan);
	json_out_close(out);
}

static void put_change(struct json_out *out, const struct simulation *simulation,
		       const struct env_change *change)
{
	const struct env_rule *rule = change->rule < 0 ? NULL : simulation->rules[change->rule];
	char words[ENV_WHEN_TEXT];

	json_out_open(out, NULL, '{');
	json_out_string(out, "name", change->name);
	json_out_string(out, "value", change->unset ? NULL : change->value);
	if (rule) {
		json_out_open(out, "rule", '{');
		json_out_string(out, "mode", env_mode_text(rule->mode));
		json_out_string(out, "conditions", env_when_text(&rule->when, words));
		json_write_text(out, "source", rule->source);
		json_out_string(out, "file", simulation->result.env.files[rule->file]);
		json_out_int(out, "line", rule->line);
		json_out_close(out);
	} else {
		json_out_null(out, "rule");
	}
	json_out_close(out);
}

static void put_task(struct json_out *out, const struct simulation *simulation,
		     const struct simulate_task *task)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "local_id", task->place.local_id);
	json_out_string(out, "text", task->line);
	json_out_string(out, "affinity", affinity_text(task->choice.used));
	json_out_bool(out, "narrow", task->choice.narrow);
	json_out_open(out, "variables", '[');
	for (size_t i = 0; i < task->env.n; i++)
		put_change(out, simulation, &task->env.v[i]);
	json_out_close(out);
	json_out_open(out, "warnings", '[');
	for (size_t i = 0; i < task->env.n_warnings; i++)
		json_out_string(out, NULL, task->env.warnings[i]);
	json_out_close(out);
	json_out_close(out);
}

static void put_set(struct json_out *out, const struct simulation *simulation)
{
	json_out_open(out, "set", '{');
	json_write_text(out, "why_not", simulation->no_tasks);
	json_out_open(out, "tasks", '[');
	for (size_t i = 0; i < simulation->n_tasks; i++)
		put_task(out, simulation, &simulation->tasks[i]);
	json_out_close(out);
	json_out_close(out);
}

int simulate_print_json(const struct simulation *simulation)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_int(out, "exit_status", simulate_status(simulation));
	json_out_string(out, "node", simulation->given.from);
	put_job(out, simulation);
	put_policy(out, simulation);
	put_asked(out, simulation);
	put_submitted(out, &simulation->submitted);
	json_out_string(out, "tested", simulate_tested(simulation));
	json_out_open(out, "supposed", '[');
	for (size_t i = 0; i < simulation->trial.n_rails; i++)
		json_out_string(out, NULL, simulation->trial.rails[i].name);
	json_out_close(out);
	report_write(out, "verdict", &simulation->result.reports.job);
	put_decided(out, simulation);
	put_set(out, simulation);
	json_out_close(out);
	return node_json_print(out);
}
