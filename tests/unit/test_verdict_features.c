/* SPDX-License-Identifier: Apache-2.0 */
/* Node features that slurm.conf gives a node, against what the node is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

static void claim(const char *words)
{
	char copy[256], *rest = copy, *word;

	memset(&inv.claims, 0, sizeof(inv.claims));
	if (!words)
		return;
	inv.claims.known = true;
	text_format(inv.claims.where, sizeof(inv.claims.where), "/etc/slurm/slurm.conf:12");
	text_format(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, ",")))
		if (*word)
			text_format(inv.claims.v[inv.claims.n++], FEATURE_TEXT, "%s", word);
}

static void start(const char *words, const char *claims)
{
	load_node(words);
	inv.slurmd_memlock = LIMIT_NONE;
	policy_defaults(&policy);
	set_report("");
	claim(claims);
}

static void what_is_right_or_not_said(void **state)
{
	static const char *const said[] = {NULL, "", "efa-layout-efa-only",
					   "efa-layout-efa-only,efa-rails-4",
					   "efa-rails-4,efa-layout-efa-only"};

	(void)state;
	for (size_t i = 0; i < N(said); i++) {
		start("p4d.24xlarge efa-only", said[i]);
		reach(NULL, true);
		assert_string_equal(codes(), "");
		assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	}
}

static void wrong_layouts(void **state)
{
	const struct finding *finding;

	(void)state;
	start("p4d.24xlarge efa-only", "efa-layout-all-efa,efa-rails-4");
	reach(NULL, true);
	assert_string_equal(codes(), "W105,I106");
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
	finding = &verdict.findings.v[0];
	assert_string_equal(finding->subject, "feature efa-layout-all-efa");
	assert_string_equal(finding->expected, "layout all-efa");
	assert_string_equal(finding->found, "the node has layout efa-only");
	assert_string_equal(finding->evidence, "/etc/slurm/slurm.conf:12");
	assert_non_null(strstr(finding->code->remedy, "efa-layout nodes"));
	finding = &verdict.findings.v[1];
	assert_string_equal(finding->expected, "efa-layout-efa-only");
	assert_string_equal(finding->evidence, "/etc/slurm/slurm.conf:12");
	claim("efa-layout-efa-only,efa-layout-no-such");
	reach(NULL, true);
	assert_string_equal(codes(), "W105");
	/* Slurm compares names byte by byte. */
	claim("efa-layout-EFA-only");
	reach(NULL, true);
	assert_string_equal(codes(), "W105,I106");
}

/* Whatever the settings do with a node that is less than healthy, this is no reason. */
static void never_drains(void **state)
{
	static const enum policy_action actions[] = {ACTION_ALLOW, ACTION_WARN, ACTION_DRAIN,
						     ACTION_DRAIN_AFTER};

	(void)state;
	for (size_t i = 0; i < N(actions); i++) {
		start("p4d.24xlarge efa-only", "efa-layout-all-efa,efa-rails-9");
		policy.on_degraded = policy.on_unknown = policy.on_faulty = actions[i];
		reach("efa-only", true);
		assert_string_equal(codes(), "W105,W105,I106");
		assert_true(verdict_action(&verdict, &policy) <= ACTION_WARN);
	}
}

static void wrong_numbers(void **state)
{
	static const struct {
		const char *feature, *expected;
	} cases[] = {
		{"efa-rails-3", "3 usable rails"},
		{"efa-rails-32", "32 usable rails"},
		{"efa-rails-04", "efa-rails-N with a number"},
		{"efa-rails-", "efa-rails-N with a number"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		start("p4d.24xlarge efa-only", "efa-layout-efa-only");
		text_format(inv.claims.v[inv.claims.n++], FEATURE_TEXT, "%s", cases[i].feature);
		reach(NULL, true);
		assert_string_equal(codes(), "W105");
		assert_string_equal(verdict.findings.v[0].expected, cases[i].expected);
		assert_string_equal(verdict.findings.v[0].found, "the node has 4");
	}
}

/* The features of a node at fault are right again when the node is. */
static void node_at_fault(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only", "efa-layout-efa-only,efa-rails-4");
	set_report("1 fail transfer 110");
	reach(NULL, true);
	assert_string_equal(codes(), "E208");
	start("p4d.24xlarge efa-only --missing 2", "efa-layout-efa-only,efa-rails-4");
	reach(NULL, true);
	assert_string_equal(codes(), "E106");
	start("p4d.24xlarge efa-only", "efa-layout-efa-only,efa-rails-4");
	set_report("* fail transfer 110");
	reach(NULL, true);
	assert_null(strstr(codes(), "W105"));
}

/* A rail of which the site can do without is still one less than is said. */
static void tolerated_rails(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only", "efa-layout-efa-only,efa-rails-4");
	policy.rails = (struct rails_wish){RAILS_COUNT, 3};
	set_report("1 fail transfer 110");
	reach(NULL, true);
	assert_string_equal(codes(), "E208,W105");
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
	claim("efa-layout-efa-only,efa-rails-3");
	reach(NULL, true);
	assert_string_equal(codes(), "E208");
}

/* Neither layout nor EFA, and features of both. */
static void nodes_without(void **state)
{
	(void)state;
	start("p4d.24xlarge none", "efa-layout-efa-only,efa-rails-4");
	reach(NULL, true);
	assert_string_equal(codes(), "W104,W105,W105");
	assert_string_equal(verdict.findings.v[1].found, "the node has no layout that is known");
	assert_string_equal(verdict.findings.v[2].found, "the node has 0");
}

/* More than fit into a text are cut, not written past it. */
static void many_and_long(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only", "");
	inv.claims.n = NODE_CLAIMS_MAX;
	for (size_t i = 0; i < NODE_CLAIMS_MAX; i++) {
		memset(inv.claims.v[i], 'x', FEATURE_TEXT - 1);
		memcpy(inv.claims.v[i], "efa-layout-", 11);
	}
	reach(NULL, true);
	assert_int_equal(verdict.findings.n, NODE_CLAIMS_MAX + 1);
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_or_not_said),
		cmocka_unit_test(wrong_layouts),
		cmocka_unit_test(never_drains),
		cmocka_unit_test(wrong_numbers),
		cmocka_unit_test(node_at_fault),
		cmocka_unit_test(tolerated_rails),
		cmocka_unit_test(nodes_without),
		cmocka_unit_test(many_and_long),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
