/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "node_json.h"
#include "policy_settings.h"
#include "policy_show.h"
#include "text.h"

#define LINE_TEXT 512

static void get(const struct policy *policy, const struct setting *setting,
		struct policy_value *ret_value)
{
	char name[sizeof(ret_value->name)];

	text_format(name, sizeof(name), "%s.%s", setting->group, setting->name);
	policy_value(policy, name, ret_value);
}

/* "partition debug|build, group admins" */
static const char *conditions(const struct job_rules *rules, const struct job_rule *rule, char *buf,
			      size_t size)
{
	size_t used;

	buf[0] = '\0';
	for (size_t fact = 0; fact < JOB_FACTS; fact++) {
		if (!rule->when[fact])
			continue;
		text_append(buf, size, "%s%s ", *buf ? ", " : "", job_fact_words[fact]);
		used = strlen(buf);
		text_append(buf, size, "%s", rules->text + rule->when[fact]);
		for (char *comma = strchr(buf + used, ','); comma; comma = strchr(comma, ','))
			*comma = '|';
	}
	return buf;
}

static void set_name(const struct job_rule *rule, size_t i, char *buf, size_t size)
{
	const struct setting *setting = &policy_settings[rule->set[i].setting];

	text_format(buf, size, "%s.%s", setting->group, setting->name);
}

static void show_jobs(const struct policy *policy)
{
	const struct job_rules *rules = &policy->jobs;
	char text[LINE_TEXT], name[64];

	for (size_t i = 0; i < rules->n; i++) {
		const struct job_rule *rule = &rules->v[i];

		printf("jobs[%zu] for %s (%s line %u)\n", i,
		       conditions(rules, rule, text, sizeof(text)), policy->origin.file[rule->file],
		       rule->line);
		for (size_t k = 0; k < rule->n_set; k++) {
			set_name(rule, k, name, sizeof(name));
			printf("  %s = %s (line %u)\n", name, rules->text + rule->set[k].value,
			       rule->set[k].line);
		}
	}
}

static void jobs_json(struct json_out *out, const struct policy *policy)
{
	const struct job_rules *rules = &policy->jobs;
	char name[64];

	json_out_open(out, "jobs", '[');
	for (size_t i = 0; i < rules->n; i++) {
		const struct job_rule *rule = &rules->v[i];

		json_out_open(out, NULL, '{');
		json_out_int(out, "line", rule->line);
		json_out_open(out, "when", '{');
		for (size_t fact = 0; fact < JOB_FACTS; fact++)
			if (rule->when[fact])
				json_out_string(out, job_fact_words[fact],
						rules->text + rule->when[fact]);
		json_out_close(out);
		json_out_open(out, "settings", '[');
		for (size_t k = 0; k < rule->n_set; k++) {
			set_name(rule, k, name, sizeof(name));
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

static int show_json(const struct policy *policy)
{
	struct json_out *out = json_out_new(true);
	struct policy_value value;

	json_out_open(out, NULL, '{');
	json_out_open(out, "settings", '[');
	for (size_t i = 0; i < policy_settings_n; i++) {
		get(policy, &policy_settings[i], &value);
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
		get(policy, &policy_settings[i], &value);
		policy_value_text(&value, text, sizeof(text));
		printf("%s\n", text);
		if (value.line)
			printf("  default %s\n", policy_settings[i].preset);
		printf("  %s\n", policy_settings[i].sentence);
	}
	show_jobs(policy);
	return EXIT_OK;
}
