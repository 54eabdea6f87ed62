/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "finding_text.h"
#include "report_text.h"
#include "simulate.h"
#include "text.h"

#define LINE_TEXT 1280

/* The name of a part stands before its first line alone. */
static void row(const char **name, const char *text)
{
	report_text_row(*name, text);
	*name = "";
}

static void print_given(const struct simulation *simulation)
{
	const struct report *report = &simulation->result.reports.job;
	char text[LINE_TEXT];

	if (simulation->given.job[0])
		text_printable(text, sizeof(text), simulation->given.job);
	else
		text_format(text, sizeof(text), "asks nothing");
	report_text_row("job", text);
	text_format(text, sizeof(text), "%s", simulation->given.from);
	if (report->instance_type[0])
		text_append(text, sizeof(text), ", %s", report->instance_type);
	if (report->n_layouts)
		text_append(text, sizeof(text), ", layout %s", report->layouts[0]);
	report_text_row("node", text);
	text_format(text, sizeof(text), "%s%s", simulation->given.tried ? "tried: " : "",
		    report->policy_file[0]	      ? report->policy_file
		    : simulation->result.has_settings ? "no file, all defaults"
						      : "cannot be used");
	if (report->policy_hash[0])
		text_append(text, sizeof(text), ", hash %s", report->policy_hash);
	report_text_row("settings", text);
}

static void print_asked(const struct simulation *simulation)
{
	char text[LINE_TEXT], value[512];
	const char *name = "asked";

	for (size_t i = 0; i < REQUEST_OPTIONS; i++) {
		const struct simulate_asked *asked = &simulation->asked[i];

		text_format(text, sizeof(text), "%-13s %s", asked->name, asked->value);
		if (asked->by_job) {
			text_append(text, sizeof(text), ", by the job");
		} else if (asked->setting.name[0]) {
			policy_value_text(&asked->setting, value, sizeof(value));
			text_append(text, sizeof(text), ", by %s", value);
		}
		row(&name, text);
	}
}

static void print_submitted(const struct simulation *simulation)
{
	const struct simulate_submitted *submitted = &simulation->submitted;
	const char *name = "submitted";
	char text[LINE_TEXT];

	if (submitted->accepted)
		row(&name, "accepted");
	else {
		text_format(text, sizeof(text), "refused: %s", submitted->sentence);
		row(&name, text);
		row(&name, "what follows is of a job that comes in another way (REST, no plugin)");
	}
	if (submitted->notice[0])
		row(&name, submitted->notice);
	if (submitted->unknown[0]) {
		text_format(text, sizeof(text), "not checked there: %s", submitted->unknown);
		row(&name, text);
	}
}

static void print_tested(const struct simulation *simulation)
{
	const struct report *report = &simulation->result.reports.job;
	const struct gate_trial *trial = &simulation->trial;
	const char *how = simulate_tested(simulation), *name = "tested";
	char text[LINE_TEXT], at[REPORT_TIME_TEXT];

	if (!strcmp(how, "none"))
		text_format(text, sizeof(text), "not tested");
	else if (!strcmp(how, "now"))
		text_format(text, sizeof(text), "now, in %u ms", report->test_ms);
	else if (!strcmp(how, "last") && report->tested_at)
		text_format(text, sizeof(text), "by the node's last test, which ended %s",
			    report_text_time(report->tested_at, at));
	else if (!strcmp(how, "last"))
		text_format(text, sizeof(text), "by the node's last test, which was not complete");
	else
		text_format(text, sizeof(text), "supposed: %s",
			    trial->test == TRIAL_PASS ? "all rails that can be used pass"
						      : "nothing of rails that are not named");
	if (strcmp(how, "none") != 0 && report->n_rails)
		text_append(text, sizeof(text), "; %u of %zu rails pass", report->rails_pass,
			    report->n_rails);
	row(&name, text);
	for (size_t i = 0; i < trial->n_rails; i++) {
		text_format(text, sizeof(text), "supposed: %s fails in step %s",
			    trial->rails[i].name, probe_step_text(trial->rails[i].step));
		row(&name, text);
	}
	if (report->test_problem[0])
		row(&name, report->test_problem);
}

static void print_decided(const struct simulation *simulation)
{
	const struct decision *decision = &simulation->result.decision;
	bool says_so = !decision->gated || decision->outcome == OUTCOME_HEALTHY;
	const char *name = "decided";
	char text[LINE_TEXT];

	text_format(text, sizeof(text), "%s%s%s", says_so ? "" : outcome_text(decision->outcome),
		    says_so ? "" : ": ", decision->sentence);
	row(&name, text);
	row(&name, simulation->plan);
	report_text_policy(&simulation->result.reports.job);
}

static void print_change(const struct simulation *simulation, const struct env_change *change)
{
	const struct env_rule *rule = change->rule < 0 ? NULL : simulation->rules[change->rule];
	char words[ENV_WHEN_TEXT];

	printf("%-12s%s%s%s%s\n", "", change->unset ? "unset " : "", change->name,
	       change->unset ? "" : "=", change->value);
	if (!rule)
		return;
	env_when_text(&rule->when, words);
	printf("%-14s%s:%u (%s)%s%s\n", "", simulation->result.env.files[rule->file], rule->line,
	       env_mode_text(rule->mode), *words ? ", because " : ", always", words);
}

static bool same_change(const struct simulate_task *task, size_t i, const struct simulate_task *as)
{
	return i < as->env.n && !strcmp(task->env.v[i].name, as->env.v[i].name) &&
	       !strcmp(task->env.v[i].value, as->env.v[i].value) &&
	       task->env.v[i].unset == as->env.v[i].unset &&
	       task->env.v[i].rule == as->env.v[i].rule;
}

/* Of other tasks than the first only what is another. */
static void print_task(const struct simulation *simulation, size_t number, const char **name)
{
	const struct simulate_task *task = &simulation->tasks[number];
	char text[4200];

	text_format(text, sizeof(text), "task %zu of %zu: %s", number, simulation->n_tasks,
		    task->line);
	row(name, text);
	for (size_t i = 0; i < task->env.n; i++)
		if (!number || !same_change(task, i, &simulation->tasks[0]))
			print_change(simulation, &task->env.v[i]);
	for (size_t i = 0; !number && i < task->env.n_warnings; i++)
		printf("%-12swarning: %s\n", "", task->env.warnings[i]);
}

static void print_set(const struct simulation *simulation)
{
	const char *name = "set";
	char text[LINE_TEXT];

	if (simulation->no_tasks[0]) {
		text_format(text, sizeof(text), "nothing: %s", simulation->no_tasks);
		row(&name, text);
	}
	for (size_t i = 0; i < simulation->n_tasks; i++)
		print_task(simulation, i, &name);
}

void simulate_print(const struct simulation *simulation)
{
	const struct report *report = &simulation->result.reports.job;

	print_given(simulation);
	print_asked(simulation);
	print_submitted(simulation);
	if (simulation->result.looked)
		print_tested(simulation);
	print_decided(simulation);
	report_text_rails(report);
	findings_print(&report->findings);
	print_set(simulation);
}
