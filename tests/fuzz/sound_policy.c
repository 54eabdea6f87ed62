/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every policy that was read: its values, what it means for jobs, and that it reads
 * the same when it is written as a file again. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kit.h"
#include "policy_settings.h"
#include "sound_policy.h"
#include "text.h"

static void sound_values(const struct policy *policy)
{
	CHECK(strlen(policy->hash) == 16);
	CHECK(text_is_name(policy->layout_declared, NAME_TEXT - 1));
	CHECK(text_is_name(policy->layout_default, NAME_TEXT - 1));
	CHECK(strcmp(policy->layout_declared, "any") && strcmp(policy->layout_declared, "none"));
	CHECK(strcmp(policy->layout_default, "auto") && strcmp(policy->layout_default, "help"));
	CHECK(text_is_name(policy->provider, NAME_TEXT - 1));
	CHECK(policy->open_ms <= policy->budget_ms && policy->rail_ms <= policy->budget_ms);
	CHECK(policy->late_ms < policy->budget_ms && policy->budget_ms <= 3600000);
	CHECK(policy->on_faulty < POLICY_ACTIONS && policy->on_degraded < POLICY_ACTIONS);
	CHECK(policy->on_fabric < POLICY_ACTIONS && policy->on_unknown < POLICY_ACTIONS);
	CHECK(policy->affinity_default <= AFFINITY_NONE);
}

static void write_names(struct json_out *out, const char *key, const char *names)
{
	json_out_open(out, key, '[');
	while (*names) {
		char name[POLICY_VALUE_TEXT];
		size_t n = strcspn(names, ",");

		CHECK(n < sizeof(name));
		memcpy(name, names, n);
		name[n] = '\0';
		json_out_string(out, NULL, name);
		names += n + (names[n] == ',');
	}
	json_out_close(out);
}

static void write_value(struct json_out *out, const struct setting *setting, const char *text)
{
	if (setting->type == SETTING_NAMES)
		write_names(out, setting->name, text);
	else if (setting->type == SETTING_BOOL)
		json_out_bool(out, setting->name, !strcmp(text, "true"));
	else if (setting->type == SETTING_UINT)
		json_out_int(out, setting->name, atoll(text));
	else
		json_out_string(out, setting->name, text);
}

/* The rule's value of a setting, NULL: it has none. */
static const char *value_in(const struct job_rules *rules, const struct job_rule *rule, size_t row)
{
	for (size_t i = 0; i < rule->n_set; i++)
		if (rule->set[i].setting == row)
			return rules->text + rule->set[i].value;
	return NULL;
}

/* The settings of the policy, or of a rule of it, as objects by their groups. */
static void write_settings(struct json_out *out, const struct policy *policy,
			   const struct job_rule *rule)
{
	const char *group = "";

	for (size_t row = 0; row < policy_settings_n; row++) {
		const struct setting *setting = &policy_settings[row];
		struct policy_value value;
		char name[64];
		const char *text;

		text_format(name, sizeof(name), "%s.%s", setting->group, setting->name);
		policy_value(policy, name, &value);
		text = rule ? value_in(&policy->jobs, rule, row) : value.value;
		if (!text)
			continue;
		if (strcmp(group, setting->group) != 0) {
			if (*group)
				json_out_close(out);
			group = setting->group;
			json_out_open(out, group, '{');
		}
		write_value(out, setting, text);
	}
	if (*group)
		json_out_close(out);
}

static void write_rule(struct json_out *out, const struct policy *policy,
		       const struct job_rule *rule)
{
	json_out_open(out, NULL, '{');
	json_out_open(out, "when", '{');
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (rule->when[fact])
			write_names(out, job_fact_words[fact],
				    policy->jobs.text + rule->when[fact]);
	json_out_close(out);
	write_settings(out, policy, rule);
	json_out_close(out);
}

static void write_policy(struct json_out *out, const struct policy *policy)
{
	json_out_open(out, NULL, '{');
	write_settings(out, policy, NULL);
	if (policy->jobs.n) {
		json_out_open(out, "jobs", '[');
		for (size_t i = 0; i < policy->jobs.n; i++)
			write_rule(out, policy, &policy->jobs.v[i]);
		json_out_close(out);
	}
	json_out_close(out);
}

/* What settings mean for each other. */
static void fits_together(const struct policy *policy)
{
	CHECK(policy->layout_allow_none || strcmp(policy->layout_default, "none"));
	CHECK(!strcmp(policy->layout_default, "none") ||
	      policy_allows_layout(policy, policy->layout_default));
	CHECK(policy->check_floor <= policy->check_ceiling);
}

static void sound_depths(const struct policy *policy)
{
	for (int asked = CHECK_AUTO; asked <= CHECK_FULL; asked++) {
		for (int young = 0; young < 2; young++) {
			enum check_depth depth = policy_check_depth(policy, (enum check_depth)asked,
								    young);
			const char *setting = policy_depth_setting(policy, (enum check_depth)asked,
								   young);

			CHECK(depth >= policy->check_floor && depth <= CHECK_FULL &&
			      depth != CHECK_AUTO);
			CHECK(asked == CHECK_AUTO || depth <= policy->check_ceiling ||
			      depth == policy->check_floor);
			CHECK(setting || depth == (enum check_depth)asked);
		}
	}
}

static void sound_request(const struct policy *policy)
{
	struct request asked, filled, again;
	char text[REQUEST_TEXT];
	struct err err = {""};

	request_init(&asked);
	policy_fill_request(policy, &asked, &filled);
	CHECK(filled.wish != WISH_DEFAULT && filled.rails.kind != RAILS_DEFAULT);
	CHECK(filled.has_affinity && filled.no_env == !policy->environment);
	/* It goes into the job's record. */
	CHECK(!request_format(&filled, text, sizeof(text)));
	CHECK_OK(request_parse(text, &again, &err), &err);
	policy_fill_request(policy, &filled, &again);
	CHECK(!memcmp(&again, &filled, sizeof(again)));
}

/* Rules set what rules may set, and nothing else. */
static void same_node(const struct policy *policy, const struct policy *job)
{
	const char *a = (const char *)policy, *b = (const char *)job;
	const size_t times = offsetof(struct policy, budget_ms);
	const size_t depths = offsetof(struct policy, check_default);
	const size_t actions = offsetof(struct policy, on_faulty);
	const size_t tasks = offsetof(struct policy, affinity_default);

	CHECK(!strcmp(policy->hash, job->hash));
	CHECK(!strcmp(policy->layout_declared, job->layout_declared));
	CHECK(!memcmp(a + times, b + times, depths - times));
	CHECK(!memcmp(a + actions, b + actions, tasks - actions));
	CHECK(!memcmp(&policy->jobs, &job->jobs, sizeof(job->jobs)));
}

/* Facts that one rule asks for, exactly; the job has nothing else. */
static void facts_of(const struct policy *policy, const struct job_rule *rule,
		     struct job_facts *facts)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		facts->v[fact] = rule->when[fact] ? policy->jobs.text + rule->when[fact] : "";
}

static void for_one_job(const struct policy *policy, const struct job_rule *rule)
{
	static struct policy job, again;
	struct job_facts facts;
	size_t held = 0;

	facts_of(policy, rule, &facts);
	CHECK(job_rule_match(&policy->jobs, rule, &facts) == RULE_YES);
	CHECK(policy_for_job(policy, &facts, &job) == 0);
	CHECK(policy_for_job(policy, &facts, &again) == 0);
	CHECK(!memcmp(&job, &again, sizeof(job)));
	for (size_t i = 0; i < policy->jobs.n; i++)
		held += job_rule_match(&policy->jobs, &policy->jobs.v[i], &facts) == RULE_YES;
	CHECK(held);
	same_node(policy, &job);
	sound_depths(&job);
	sound_request(&job);
	/* Several rules may contradict each other; one alone was checked when it was read. */
	if (held == 1)
		fits_together(&job);
}

static void for_jobs(const struct policy *policy)
{
	struct job_facts unknown = {{NULL}}, nothing;
	static struct policy job;

	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		nothing.v[fact] = "";
	CHECK(policy_for_job(policy, &nothing, &job) == 0);
	CHECK(!memcmp(&job, policy, sizeof(job)));
	CHECK(policy_for_job(policy, &unknown, &job) == job_rules_ask(&policy->jobs));
	CHECK(!memcmp(&job, policy, sizeof(job)));
	for (size_t i = 0; i < policy->jobs.n; i++)
		for_one_job(policy, &policy->jobs.v[i]);
}

/* The hash is over all settings: equal hashes are equal settings. */
static void reads_the_same(const struct policy *policy)
{
	struct json_out *out = json_out_new(true);
	static struct policy again;
	const char *text;
	size_t size;
	struct err err;

	CHECK(out);
	write_policy(out, policy);
	CHECK_OK(json_out_done(out, &text, &size, &err), &err);
	memset(&again, 0x5a, sizeof(again));
	CHECK_OK(policy_load(kit_file((const uint8_t *)text, size), FILE_TRUST_OWNER, &again, &err),
		 &err);
	CHECK(!strcmp(again.hash, policy->hash));
	json_out_free(out);
}

void sound_policy(const struct policy *policy)
{
	sound_values(policy);
	fits_together(policy);
	sound_depths(policy);
	sound_request(policy);
	reads_the_same(policy);
	for_jobs(policy);
}
