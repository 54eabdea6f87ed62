/* SPDX-License-Identifier: Apache-2.0 */
/* Settings for some jobs: the list "jobs" of the policy, and what it means for one job. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "policy_file.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static void refuses_with_line_and_key(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"{\"jobs\": {}}", ":1: jobs: expected a list"},
		{"{\"jobs\":\n[7]}", ":2: jobs[0]: expected an object"},
		{"{\"jobs\": [{}]}", "jobs[0]: the key \"when\" is missing"},
		{"{\"jobs\": [{\"when\": {\"partition\": \"a\"}}]}",
		 "jobs[0]: the rule sets nothing"},
		{"{\"jobs\": [{\"when\": {\"partition\": \"a\"}, \"check\": {}}]}",
		 "the rule sets nothing"},
		{"{\"jobs\": [{\"when\": {}, \"layout\": {\"default\": \"any\"}}]}",
		 "jobs[0].when: no condition; what holds for every job stands outside of \"jobs\""},
		{"{\"jobs\": [{\"when\": {\"partitions\": \"a\"}, \"layout\": {\"default\": "
		 "\"any\"}}]}",
		 "jobs[0].when.partitions: unknown key; did you mean \"partition\"?"},
		{"{\"jobs\": [{\"when\": {\"user\": 7}, \"layout\": {\"default\": \"any\"}}]}",
		 "jobs[0].when.user: expected"},
		{"{\"jobs\": [{\"when\": {\"user\": []}, \"layout\": {\"default\": \"any\"}}]}",
		 "jobs[0].when.user: an empty list holds for no job"},
		{"{\"jobs\": [{\"when\": {\"user\": [\"a,b\"]}, \"layout\": {\"default\": "
		 "\"any\"}}]}",
		 "jobs[0].when.user[0]: a name with a comma"},
		{"{\"jobs\": [{\"when\": {\"user\": \"\"}, \"layout\": {\"default\": \"any\"}}]}",
		 "jobs[0].when.user: expected"},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\\nb\"}, \"layout\": {\"default\": "
		 "\"any\"}}]}",
		 "jobs[0].when.user: "},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\"},\n\"action\": {\"faulty\": "
		 "\"allow\"}}]}",
		 ":2: jobs[0].action: unknown key"},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\"}, \"layout\": {\"declared\": \"x\"}}]}",
		 "jobs[0].layout.declared: unknown key"},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\"}, \"check\": {\"budget_ms\": 900}}]}",
		 "jobs[0].check.budget_ms: unknown key"},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\"}, \"check\": {\"floor\": \"auto\"}}]}",
		 "jobs[0].check.floor: expected one of cached, quick, full, found \"auto\""},
		{"{\"layout\": {\"allow_none\": false}, \"jobs\": [\n{\"when\": {\"user\": \"a\"}, "
		 "\"layout\": {\"default\": \"none\"}}]}",
		 "policy.json:2: layout.default: none contradicts"},
		{"{\"jobs\": [{\"when\": {\"user\": \"a\"}, \"layout\": {\"default\": \"x\", "
		 "\"allow\": [\"any\"]}}]}",
		 "layout.default: x is not among layout.allow, which is any"},
		{"{\"check\": {\"ceiling\": \"quick\"}, \"jobs\": [{\"when\": {\"user\": \"a\"}, "
		 "\"check\": {\"floor\": \"full\"}}]}",
		 "check.floor: full is more than check.ceiling, which is quick"},
		{"{\"layout\": {\"allow\": []}}", "layout.allow: an empty list allows nothing"},
		{"{\"layout\": {\"allow\": [\"any\", \"none\"]}}",
		 "layout.allow[1]: none is layout.allow_none's to allow"},
		{"{\"layout\": {\"allow\": \"none\"}}",
		 "layout.allow: none is layout.allow_none's to allow"},
		{"{\"layout\": {\"allow\": [\"a b\"]}}", "layout.allow[0]: expected a name"},
		{"{\"layout\": {\"rails\": 0}}",
		 "layout.rails: expected an integer from 1 to 64, found 0"},
		{"{\"layout\": {\"rails\": \"half\"}}",
		 "layout.rails: expected all, a number of rails"},
		{"{\"layout\": {\"rails\": true}}", "layout.rails: expected"},
		{"{\"check\": {\"default\": \"deep\"}}",
		 "check.default: expected one of auto, cached, quick, full"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct policy policy = {.budget_ms = 1};
		struct err err = {""};

		assert_true(load(cases[i].text, &policy, &err) < 0);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(policy.budget_ms, 1);
	}
}

/* A list of so many rules, the i-th for user u<i>. */
static char *many_rules(unsigned n)
{
	size_t size = 128 + n * 96;
	char *text = calloc(1, size);

	assert_non_null(text);
	text_format(text, size, "{\"jobs\": [");
	for (unsigned i = 0; i < n; i++)
		text_append(
			text, size,
			"%s\n{\"when\": {\"user\": \"u%u\"}, \"check\": {\"default\": \"full\"}}",
			i ? "," : "", i);
	text_append(text, size, "]}");
	return text;
}

static void refuses_too_many(void **state)
{
	struct policy policy;
	struct err err = {""};
	char *text = many_rules(JOB_RULES_MAX);

	(void)state;
	assert_int_equal(load(text, &policy, &err), 0);
	assert_int_equal(policy.jobs.n, JOB_RULES_MAX);
	free(text);
	text = many_rules(JOB_RULES_MAX + 1);
	assert_true(load(text, &policy, &err) < 0);
	assert_non_null(strstr(err.text, "jobs: "));
	free(text);
}

static const char rules[] =
	"{\"layout\": {\"default\": \"efa-only\", \"allow_none\": false},\n"
	"\"jobs\": [\n"
	" {\"when\": {\"partition\": [\"debug\", \"build\"]},\n"
	"  \"layout\": {\"default\": \"any\", \"allow\": [\"any\", \"single\"]},\n"
	"  \"check\": {\"ceiling\": \"quick\"}},\n"
	" {\"when\": {\"group\": \"admins\"}, \"layout\": {\"allow_none\": true, \"allow\": "
	"\"all\"}},\n"
	" {\"when\": {\"account\": \"climate\", \"qos\": \"urgent\"},\n"
	"  \"layout\": {\"rails\": \"50%\"}, \"check\": {\"floor\": \"quick\"},\n"
	"  \"environment\": {\"affinity\": \"numa\", \"set\": false}}\n"
	"]}";

static struct policy for_job(const struct policy *policy, struct job_facts facts, unsigned unknown)
{
	struct policy out;

	assert_int_equal(policy_for_job(policy, &facts, &out), unknown);
	assert_string_equal(out.hash, policy->hash);
	return out;
}

#define FACTS(...) ((struct job_facts){.v = {__VA_ARGS__}})
#define NOBODY                                                                               \
	[JOB_PARTITION] = "cpu", [JOB_ACCOUNT] = "", [JOB_QOS] = "", [JOB_RESERVATION] = "", \
	[JOB_USER] = "ada", [JOB_GROUP] = "ada,staff"

static void rules_hold_for_their_jobs(void **state)
{
	struct policy policy, out;
	struct policy_value value;
	struct err err = {""};

	(void)state;
	if (load(rules, &policy, &err))
		fail_msg("%s", err.text);
	assert_int_equal(job_rules_ask(&policy.jobs),
			 1u << JOB_PARTITION | 1u << JOB_GROUP | 1u << JOB_ACCOUNT | 1u << JOB_QOS);
	out = for_job(&policy, FACTS(NOBODY), 0);
	assert_memory_equal(&out, &policy, sizeof(out));
	out = for_job(&policy,
		      (struct job_facts){.v = {[JOB_PARTITION] = "build",
					       [JOB_GROUP] = "x",
					       [JOB_ACCOUNT] = "climate",
					       [JOB_QOS] = "normal"}},
		      0);
	assert_string_equal(out.layout_default, "any");
	assert_false(out.layout_allow_none);
	assert_true(policy_allows_layout(&out, "single"));
	assert_false(policy_allows_layout(&out, "sing"));
	assert_false(policy_allows_layout(&out, "efa-only"));
	assert_int_equal(out.check_ceiling, CHECK_QUICK);
	policy_value(&out, "layout.default", &value);
	assert_int_equal(value.line, 4);
	policy_value(&out, "layout.allow_none", &value);
	assert_int_equal(value.line, 1);
	/* A later rule stands over an earlier one. */
	out = for_job(&policy,
		      (struct job_facts){.v = {[JOB_PARTITION] = "debug",
					       [JOB_GROUP] = "staff,admins,x",
					       [JOB_ACCOUNT] = "",
					       [JOB_QOS] = ""}},
		      0);
	assert_string_equal(out.layout_default, "any");
	assert_true(out.layout_allow_none);
	assert_true(policy_allows_layout(&out, "efa-only"));
	policy_value(&out, "layout.allow", &value);
	assert_int_equal(value.line, 6);
	/* All conditions have to be met. */
	out = for_job(&policy,
		      (struct job_facts){.v = {[JOB_PARTITION] = "cpu",
					       [JOB_GROUP] = "",
					       [JOB_ACCOUNT] = "climate",
					       [JOB_QOS] = "urgent"}},
		      0);
	assert_int_equal(out.rails.kind, RAILS_PERCENT);
	assert_int_equal(out.affinity_default, AFFINITY_NUMA);
	assert_false(out.environment);
	assert_int_equal(out.check_floor, CHECK_QUICK);
}

static void what_is_not_known_holds_no_rule(void **state)
{
	struct policy policy, out;
	struct err err = {""};

	(void)state;
	assert_int_equal(load(rules, &policy, &err), 0);
	out = for_job(&policy, (struct job_facts){{NULL}},
		      1u << JOB_PARTITION | 1u << JOB_GROUP | 1u << JOB_ACCOUNT | 1u << JOB_QOS);
	assert_memory_equal(&out, &policy, sizeof(out));
	/* A condition that is not met settles it whatever the other would be. */
	out = for_job(
		&policy,
		(struct job_facts){
			.v = {[JOB_PARTITION] = "cpu", [JOB_GROUP] = "x", [JOB_ACCOUNT] = "x"}},
		0);
	out = for_job(&policy,
		      (struct job_facts){.v = {[JOB_PARTITION] = "cpu",
					       [JOB_GROUP] = "x",
					       [JOB_ACCOUNT] = "climate"}},
		      1u << JOB_QOS);
	assert_int_equal(out.check_floor, CHECK_CACHED);
}

static void rules_are_part_of_the_hash(void **state)
{
	struct policy a, b;
	struct err err = {""};

	(void)state;
	assert_int_equal(load("{\"jobs\": [{\"when\": {\"user\": \"ab\"}, \"check\": {\"default\": "
			      "\"full\"}}]}",
			      &a, &err),
			 0);
	assert_int_equal(load("{\"jobs\": [{\"when\": {\"user\": \"b\"}, \"check\": {\"default\": "
			      "\"full\"}}]}",
			      &b, &err),
			 0);
	assert_string_not_equal(a.hash, b.hash);
	assert_int_equal(load("{\"jobs\": [{\"when\": {\"user\": \"ab\"}, \"check\": {\"default\": "
			      "\"quick\"}}]}",
			      &b, &err),
			 0);
	assert_string_not_equal(a.hash, b.hash);
	assert_int_equal(load("{\n\"jobs\":\n\n[{\"check\": {\"default\": \"full\"}, \"when\": "
			      "{\"user\": [\"ab\"]}}]}",
			      &b, &err),
			 0);
	assert_string_equal(a.hash, b.hash);
}

static void depth_stays_between_floor_and_ceiling(void **state)
{
	static const struct {
		enum check_depth asked, preset, floor, ceiling;
		bool is_young;
		enum check_depth depth;
		const char *setting;
	} cases[] = {
		{CHECK_AUTO, CHECK_AUTO, CHECK_CACHED, CHECK_FULL, true, CHECK_CACHED,
		 "check.cache_ttl_s"},
		{CHECK_AUTO, CHECK_AUTO, CHECK_CACHED, CHECK_FULL, false, CHECK_FULL,
		 "check.cache_ttl_s"},
		{CHECK_AUTO, CHECK_AUTO, CHECK_QUICK, CHECK_FULL, true, CHECK_QUICK, "check.floor"},
		{CHECK_AUTO, CHECK_AUTO, CHECK_CACHED, CHECK_CACHED, false, CHECK_FULL,
		 "check.cache_ttl_s"},
		{CHECK_AUTO, CHECK_QUICK, CHECK_CACHED, CHECK_FULL, false, CHECK_QUICK,
		 "check.default"},
		{CHECK_FULL, CHECK_CACHED, CHECK_CACHED, CHECK_FULL, true, CHECK_FULL, NULL},
		{CHECK_FULL, CHECK_CACHED, CHECK_CACHED, CHECK_QUICK, true, CHECK_QUICK,
		 "check.ceiling"},
		{CHECK_CACHED, CHECK_FULL, CHECK_CACHED, CHECK_FULL, false, CHECK_CACHED, NULL},
		{CHECK_CACHED, CHECK_FULL, CHECK_QUICK, CHECK_FULL, false, CHECK_QUICK,
		 "check.floor"},
		{CHECK_CACHED, CHECK_AUTO, CHECK_FULL, CHECK_FULL, true, CHECK_FULL, "check.floor"},
		{CHECK_QUICK, CHECK_AUTO, CHECK_CACHED, CHECK_CACHED, true, CHECK_CACHED,
		 "check.ceiling"},
	};
	struct policy policy;
	const char *setting;

	(void)state;
	policy_defaults(&policy);
	for (size_t i = 0; i < N(cases); i++) {
		policy.check_default = cases[i].preset;
		policy.check_floor = cases[i].floor;
		policy.check_ceiling = cases[i].ceiling;
		if (policy_check_depth(&policy, cases[i].asked, cases[i].is_young) !=
		    cases[i].depth)
			fail_msg("case %zu", i);
		setting = policy_depth_setting(&policy, cases[i].asked, cases[i].is_young);
		if (!setting || !cases[i].setting)
			assert_true(setting == cases[i].setting);
		else
			assert_string_equal(setting, cases[i].setting);
	}
}

static void requests_are_filled_in(void **state)
{
	static const struct {
		const char *request, *filled;
	} cases[] = {
		{"v1", "v1;layout=efa-only;rails=8;affinity=numa;no-env"},
		{"v1;layout=any;check=full",
		 "v1;layout=any;rails=8;affinity=numa;check=full;no-env"},
		{"v1;rails=all;affinity=gpu;verbose",
		 "v1;layout=efa-only;rails=all;affinity=gpu;verbose;no-env"},
		{"v1;layout=none", "v1;layout=none;rails=8;affinity=numa;no-env"},
	};
	struct policy policy;
	struct err err = {""};

	(void)state;
	assert_int_equal(load("{\"layout\": {\"default\": \"efa-only\", \"rails\": 8}, "
			      "\"environment\": {\"affinity\": \"numa\", \"set\": false}}",
			      &policy, &err),
			 0);
	for (size_t i = 0; i < N(cases); i++) {
		struct request req;
		char text[REQUEST_TEXT];

		assert_int_equal(request_parse(cases[i].request, &req, &err), 0);
		policy_fill_request(&policy, &req, &req);
		assert_int_equal(request_format(&req, text, sizeof(text)), 0);
		assert_string_equal(text, cases[i].filled);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_with_line_and_key),
		cmocka_unit_test(refuses_too_many),
		cmocka_unit_test(rules_hold_for_their_jobs),
		cmocka_unit_test(what_is_not_known_holds_no_rule),
		cmocka_unit_test(rules_are_part_of_the_hash),
		cmocka_unit_test(depth_stays_between_floor_and_ceiling),
		cmocka_unit_test(requests_are_filled_in),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
