/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "node_json.h"
#include "policy_rows.h"
#include "policy_settings.h"
#include "policy_show.h"
#include "text.h"

#define LINE_TEXT 512

static void show_jobs(const struct policy *policy)
{
	const struct job_rules *rules = &policy->jobs;
	char text[POLICY_CONDITIONS_TEXT], name[POLICY_NAME_TEXT];

	for (size_t i = 0; i < rules->n; i++) {
		const struct job_rule *rule = &rules->v[i];

		printf("jobs[%zu] for %s (%s line %u)\n", i, policy_conditions(rules, rule, text),
		       policy->origin.file[rule->file], rule->line);
		for (size_t k = 0; k < rule->n_set; k++) {
			policy_row_name(rule->set[k].setting, name);
			printf("  %s = %s (line %u)\n", name, rules->text + rule->set[k].value,
			       rule->set[k].line);
		}
	}
}

static void jobs_json(struct json_out *out, const struct policy *policy)
{
	const struct job_rules *rules = &policy->jobs;
	char name[POLICY_NAME_TEXT];

	json_out_open(out, "jobs", '[');
	for (size_t i = 0; i < rules->n; i++) {
		const struct job_rule *rule = &rules->v[i];

		json_out_open(out, NULL, '{');
		json_out_string(out, "file", policy->origin.file[rule->file]);
		json_out_int(out, "line", rule->line);
		json_out_open(out, "when", '{');
		for (size_t fact = 0; fact < JOB_FACTS; fact++)
			if (rule->when[fact])
				json_out_string(out, job_fact_words[fact],
						rules->text + rule->when[fact]);
		json_out_close(out);
		json_out_open(out, "settings", '[');
		for (size_t k = 0; k < rule->n_set; k++) {
			policy_row_name(rule->set[k].setting, name);
			json_out_open(out, NULL, '{');
			json_out_string(out, "name", name);
			json_out_string(out, "value", rules->text + rule->set[k].value);
			json_out_int(out, "line", rule->set[k].line);
			json_out_close(out);
		}
		json_out_close(out);
		json_out_close(out);
	}
	json_out_close(out);
}

/* What a value may be: for schemas and other programs. */
static void type_json(struct json_out *out, const struct setting *setting)
{
	static const char *const types[] = {
		[SETTING_NAME] = "name",    [SETTING_NAMES] = "names", [SETTING_BOOL] = "boolean",
		[SETTING_UINT] = "integer", [SETTING_ACTION] = "word", [SETTING_AFFINITY] = "word",
		[SETTING_RAILS] = "rails",  [SETTING_DEPTH] = "word",
	};
	const char *words[POLICY_WORDS_MAX];
	size_t n = policy_setting_words(setting, words);

	json_out_string(out, "type", types[setting->type]);
	if (setting->type == SETTING_UINT) {
		json_out_int(out, "min", setting->min);
		json_out_int(out, "max", setting->max);
	}
	if (n) {
		json_out_open(out, "words", '[');
		for (size_t i = 0; i < n; i++)
			json_out_string(out, NULL, words[i]);
		json_out_close(out);
	}
	json_out_bool(out, "of_jobs", setting->of_job);
}

static int show_json(const struct policy *policy)
{
	struct json_out *out = json_out_new(true);
	struct policy_value value;

	json_out_open(out, NULL, '{');
	json_out_open(out, "settings", '[');
	for (size_t i = 0; i < policy_settings_n; i++) {
		policy_row(policy, i, &value);
		json_out_open(out, NULL, '{');
		json_out_string(out, "name", value.name);
		json_out_string(out, "value", value.value);
		json_out_string(out, "default", policy_settings[i].preset);
		json_out_string(out, "file", value.line ? value.file : NULL);
		if (value.line)
			json_out_int(out, "line", value.line);
		else
			json_out_null(out, "line");
		json_out_string(out, "text", policy_settings[i].sentence);
		type_json(out, &policy_settings[i]);
		json_out_close(out);
	}
	json_out_close(out);
	jobs_json(out, policy);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

int policy_settings_show(const struct policy *policy, bool json)
{
	struct policy_value value;
	char text[LINE_TEXT];

	if (json)
		return show_json(policy);
	for (size_t i = 0; i < policy_settings_n; i++) {
		policy_row(policy, i, &value);
		policy_value_text(&value, text, sizeof(text));
		printf("%s\n", text);
		if (value.line)
			printf("  default %s\n", policy_settings[i].preset);
		printf("  %s\n", policy_settings[i].sentence);
	}
	show_jobs(policy);
	return EXIT_OK;
}
