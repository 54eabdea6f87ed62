/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy means for one job. */
#include "policy_settings.h"

#include <string.h>

static void take_rule(struct policy *policy, const struct job_rule *rule)
{
	for (size_t i = 0; i < rule->n_set; i++) {
		size_t row = rule->set[i].setting;

		policy_assign(policy, &policy_settings[row],
			      policy->jobs.text + rule->set[i].value);
		policy->origin.line[row] = rule->set[i].line;
		policy->origin.from[row] = rule->file;
	}
}

void policy_take(const struct policy *policy, size_t rule, struct policy *ret_policy)
{
	*ret_policy = *policy;
	take_rule(ret_policy, &policy->jobs.v[rule]);
}

static unsigned unknown_facts(const struct job_rule *rule, const struct job_facts *facts)
{
	unsigned unknown = 0;

	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (rule->when[fact] && !facts->v[fact])
			unknown |= 1u << fact;
	return unknown;
}

unsigned policy_for_job(const struct policy *policy, const struct job_facts *facts,
			struct policy *ret_policy)
{
	unsigned unknown = 0;

	*ret_policy = *policy;
	for (size_t i = 0; i < policy->jobs.n; i++) {
		const struct job_rule *rule = &policy->jobs.v[i];

		switch (job_rule_match(&policy->jobs, rule, facts)) {
		case RULE_YES:
			take_rule(ret_policy, rule);
			break;
		case RULE_UNKNOWN:
			unknown |= unknown_facts(rule, facts);
			break;
		case RULE_NO:
			break;
		}
	}
	return unknown;
}

void policy_fill_request(const struct policy *policy, const struct request *req,
			 struct request *ret_req)
{
	struct request filled = *req;
	struct err err;

	/* A default is a name, "any" or "none": the policy has been checked. */
	if (filled.wish == WISH_DEFAULT)
		request_set(&filled, OPTION_LAYOUT, policy->layout_default, &err);
	if (filled.rails.kind == RAILS_DEFAULT)
		filled.rails = policy->rails;
	if (!filled.has_affinity) {
		filled.has_affinity = true;
		filled.affinity = policy->affinity_default;
	}
	filled.no_env |= !policy->environment;
	*ret_req = filled;
}

bool policy_allows_layout(const struct policy *policy, const char *name)
{
	return job_names_have(policy->layout_allow, "all") ||
	       job_names_have(policy->layout_allow, name);
}

/* What is asked or the default, before the floor; *ret_setting as below. */
static enum check_depth wanted_depth(const struct policy *policy, enum check_depth asked,
				     bool is_young, const char **ret_setting)
{
	enum check_depth depth = asked;

	*ret_setting = NULL;
	if (depth > policy->check_ceiling) {
		depth = policy->check_ceiling;
		*ret_setting = "check.ceiling";
	}
	if (depth != CHECK_AUTO)
		return depth;
	*ret_setting = "check.default";
	if (policy->check_default != CHECK_AUTO)
		return policy->check_default;
	*ret_setting = "check.cache_ttl_s";
	return is_young ? CHECK_CACHED : CHECK_FULL;
}

enum check_depth policy_check_depth(const struct policy *policy, enum check_depth asked,
				    bool is_young)
{
	const char *setting;
	enum check_depth depth = wanted_depth(policy, asked, is_young, &setting);

	return depth < policy->check_floor ? policy->check_floor : depth;
}

const char *policy_depth_setting(const struct policy *policy, enum check_depth asked, bool is_young)
{
	const char *setting;

	if (wanted_depth(policy, asked, is_young, &setting) < policy->check_floor)
		return "check.floor";
	return setting;
}
