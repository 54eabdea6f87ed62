/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

struct ask {
	const char *node, *preset, *asked;
	enum outcome outcome;
	const char *codes, *sentence;
};

static void refused_requests(void **state)
{
	static const struct ask asks[] = {
		{"p4d.24xlarge efa-only", "any", "all-efa", OUTCOME_REFUSED, "E150",
		 "E150 --efa-layout=all-efa: this node has layout efa-only; ask for a layout that "
		 "these nodes have (--efa-layout=help lists them), or for any"},
		{"p4d.24xlarge efa-only", "all-efa", "", OUTCOME_REFUSED, "E150",
		 "E150 the site's default layout all-efa: this node has layout efa-only; ask for a "
		 "layout that these nodes have (--efa-layout=help lists them), or for any"},
		{"c5n.18xlarge all-efa", "any", "ena-primary", OUTCOME_REFUSED, "E150",
		 "E150 --efa-layout=ena-primary: this node has layout all-efa, efa-only, single; "
		 "ask for a layout that these nodes have (--efa-layout=help lists them), or for "
		 "any"},
		{"c6i.4xlarge none", "any", "efa-only", OUTCOME_REFUSED, "E150,I102",
		 "E150 --efa-layout=efa-only: this node has no EFA function; ask for a layout that "
		 "these nodes have (--efa-layout=help lists them), or for any"},
		{"p4d.24xlarge all-efa --detached 1 --detached 2", "any", "efa-only",
		 OUTCOME_REFUSED, "E150,W102",
		 "E150 --efa-layout=efa-only: this node has no known layout, the nearest is "
		 "efa-only; ask for a layout that these nodes have (--efa-layout=help lists them), "
		 "or for any"},
		{"p4d.24xlarge efa-only", "any", "efa-olny", OUTCOME_REFUSED, "E151",
		 "E151 --efa-layout=efa-olny: there is no such layout; did you mean efa-only?; ask "
		 "for one of --efa-layout=help, or for any"},
		{"p4d.24xlarge efa-only", "any", "xyz", OUTCOME_REFUSED, "E151",
		 "E151 --efa-layout=xyz: there is no such layout; ask for one of "
		 "--efa-layout=help, "
		 "or for any"},
	};

	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		load_node(asks[i].node);
		policy_defaults(&policy);
		text_format(policy.layout_default, NAME_TEXT, "%s", asks[i].preset);
		set_report("");
		reach(asks[i].asked, true);
		expect(asks[i].node, asks[i].outcome, asks[i].codes, asks[i].sentence);
		assert_int_equal(verdict_action(&verdict, &policy), ACTION_REFUSE);
	}
	/* A layout that this type never has. */
	load_node("p4d.24xlarge efa-only");
	reach("efa-every-4th", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_string_equal(codes(), "E151");
	/* none, where the site does not allow it. */
	policy_defaults(&policy);
	policy.layout_allow_none = false;
	reach("none", false);
	expect("none", OUTCOME_REFUSED, "E152,I202",
	       "E152 --efa-layout=none: this site checks every job; submit it without "
	       "--efa-layout=none");
}

static void expect_setting(const char *setting)
{
	const char *found = verdict_setting(&verdict);

	if (!setting || !found)
		assert_true(found == setting);
	else
		assert_string_equal(found, setting);
}

/* The one that somebody would change who wants another end. */
static void setting_that_decides(void **state)
{
	static const struct ask asks[] = {
		{"p4d.24xlarge efa-only", "any", "", OUTCOME_HEALTHY, NULL, NULL},
		{"p4d.24xlarge efa-only", "any", "all-efa", OUTCOME_REFUSED, NULL, NULL},
		{"p4d.24xlarge efa-only", "all-efa", "", OUTCOME_REFUSED, NULL, "layout.default"},
		{"p4d.24xlarge efa-only --extra-ena 1 --extra-ena 2", "any", "", OUTCOME_DEGRADED,
		 NULL, "action.degraded"},
		{"p4d.24xlarge efa-only --unbound 1", "any", "", OUTCOME_FAULTY, NULL,
		 "action.faulty"},
	};

	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		load_node(asks[i].node);
		policy_defaults(&policy);
		text_format(policy.layout_default, NAME_TEXT, "%s", asks[i].preset);
		set_report("");
		reach(asks[i].asked, true);
		assert_int_equal(verdict.outcome, asks[i].outcome);
		expect_setting(asks[i].sentence);
	}
	load_node("p4d.24xlarge efa-only");
	policy_defaults(&policy);
	policy.layout_allow_none = false;
	reach("none", false);
	expect_setting("layout.allow_none");
	set_report("* fail transfer 113");
	reach("", true);
	expect_setting("action.fabric");
	verdict_fail_check("E304", "why", &verdict);
	expect_setting("action.unknown");
}

static void node_fault_comes_before_refusal(void **state)
{
	(void)state;
	policy_defaults(&policy);
	/* The layout is what the node is at fault for: the job has nothing to do with it. */
	load_node("p4d.24xlarge all-efa --missing 2");
	set_report("");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(codes(), "E101");
	/* Dead rail and wrong layout: the node. */
	load_node("p4d.24xlarge all-efa");
	set_report("1 hung transfer");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(codes(), "E209,E150");
	set_report("* fail transfer 113");
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_FABRIC);
	assert_string_equal(codes(), "E250,E150");
	/* That rails could not be tested does not make the layout fit. */
	set_report("");
	report.outcome = PROBE_NO_LIBRARY;
	reach("efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_string_equal(codes(), "E150,E301");
}

static void healthy_nodes(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge ena-primary", "ena-primary", "", OUTCOME_HEALTHY, "",
		 "healthy: layout ena-primary, 4 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-facts", "auto", "", OUTCOME_HEALTHY, "I101",
		 "healthy: layout all-efa, 4 of 4 rails pass"},
		{"p5.48xlarge efa-only", "efa-only", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 32 of 32 rails pass"},
		{"p6-b300.48xlarge ena-primary-only", "auto", "", OUTCOME_HEALTHY, "",
		 "healthy: layout ena-primary-only, 16 of 16 rails pass"},
		{"c5n.18xlarge all-efa --no-facts", "single", "", OUTCOME_HEALTHY, "",
		 "healthy: layout single, 1 of 1 rails pass"},
		{"c6i.4xlarge none", "auto", "", OUTCOME_HEALTHY, "I102",
		 "healthy: no EFA function"},
	};

	(void)state;
	play(scenes, N(scenes));
	load_node("p4d.24xlarge efa-only");
	policy_defaults(&policy);
	set_report("");
	report.v[2].retried = true;
	reach("", true);
	expect("retried", OUTCOME_HEALTHY, "I201", "healthy: layout efa-only, 4 of 4 rails pass");
	assert_string_equal(verdict.declared, "efa-only");
	assert_int_equal(verdict.n_layouts, 1);
	assert_string_equal(verdict.layouts[0], "efa-only");
	assert_int_equal(verdict.rails_want, 4);
	assert_int_equal(verdict.rails_pass, 4);
	reach("", false);
	expect("not probed", OUTCOME_HEALTHY, "I202", "healthy: layout efa-only, rails not tested");
}

static void granted_requests(void **state)
{
	static const struct ask asks[] = {
		{"p4d.24xlarge efa-only", "any", "efa-only", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "any", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "all-efa", "any", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "none", "", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "any", "none", OUTCOME_HEALTHY, "",
		 "healthy: layout efa-only, 4 of 4 rails pass"},
		/* One card: several layouts come to the same. */
		{"c5n.18xlarge all-efa", "any", "efa-only", OUTCOME_HEALTHY, "",
		 "healthy: layout all-efa, 1 of 1 rails pass"},
		{"c6i.4xlarge none", "any", "any", OUTCOME_HEALTHY, "I102",
		 "healthy: no EFA function"},
	};

	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		load_node(asks[i].node);
		policy_defaults(&policy);
		text_format(policy.layout_default, NAME_TEXT, "%s", asks[i].preset);
		set_report("");
		reach(asks[i].asked, true);
		expect(asks[i].node, asks[i].outcome, asks[i].codes, asks[i].sentence);
		assert_int_equal(verdict_action(&verdict, &policy), ACTION_ALLOW);
	}
}

static void actions_follow_the_policy(void **state)
{
	static const enum outcome plain[] = {OUTCOME_FAULTY, OUTCOME_FABRIC};

	(void)state;
	memset(&verdict, 0, sizeof(verdict));
	policy_defaults(&policy);
	verdict.outcome = OUTCOME_FAULTY;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
	verdict.outcome = OUTCOME_FABRIC;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
	verdict.outcome = OUTCOME_UNKNOWN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_ALLOW);
	verdict.outcome = OUTCOME_DEGRADED;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	policy.on_faulty = ACTION_WARN;
	policy.on_fabric = ACTION_REFUSE;
	verdict.outcome = plain[0];
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	verdict.outcome = plain[1];
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_REFUSE);
	/* Whatever the settings say, a fault of the check drains nobody. */
	policy.on_unknown = ACTION_DRAIN;
	verdict.outcome = OUTCOME_UNKNOWN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	policy.on_degraded = ACTION_DRAIN;
	verdict.outcome = OUTCOME_DEGRADED;
	findings_add(&verdict.findings, "W101");
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	findings_add(&verdict.findings, "W102");
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
}

static void check_that_cannot_begin(void **state)
{
	char why[600];

	(void)state;
	memset(&verdict, 'x', sizeof(verdict));
	verdict_fail_check("E304", "/etc/efa-layout/policy.json:3: bad\nvalue", &verdict);
	expect("settings", OUTCOME_UNKNOWN, "E304",
	       "E304 check: settings or data files cannot be used: /etc/efa-layout/policy.json:3: "
	       "bad?value");
	memset(why, 'a', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	verdict_fail_check("E306", why, &verdict);
	assert_int_equal(strlen(verdict.sentence), sizeof(verdict.sentence) - 1);
	assert_int_equal(verdict.rails_pass, 0);
}

static void words_of_outcomes(void **state)
{
	enum outcome outcome = OUTCOME_FABRIC;

	(void)state;
	assert_false(outcome_parse("", &outcome));
	assert_false(outcome_parse("Healthy", &outcome));
	assert_int_equal(outcome, OUTCOME_FABRIC);
	assert_string_equal(outcome_text((enum outcome)99), "?");
	for (int i = OUTCOME_HEALTHY; i <= OUTCOME_FAULTY; i++) {
		assert_true(outcome_parse(outcome_text((enum outcome)i), &outcome));
		assert_int_equal(outcome, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_requests),
		cmocka_unit_test(setting_that_decides),
		cmocka_unit_test(node_fault_comes_before_refusal),
		cmocka_unit_test(healthy_nodes),
		cmocka_unit_test(granted_requests),
		cmocka_unit_test(actions_follow_the_policy),
		cmocka_unit_test(check_that_cannot_begin),
		cmocka_unit_test(words_of_outcomes),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
