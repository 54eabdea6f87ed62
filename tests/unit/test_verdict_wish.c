/* SPDX-License-Identifier: Apache-2.0 */
/* How many rails a job and a site want, and which layouts a site allows. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

static struct policy job_policy;

/* As a job with this request, of which job_policy holds. */
static void reach_job(const char *word, bool probed)
{
	struct verdict_input in = {
		.inv = &inv,
		.layouts = &layouts,
		.type = type_find(&types, inv.instance_type),
		.policy = &policy,
		.job_policy = &job_policy,
		.probe = probed ? &report : NULL,
	};
	struct request request;
	struct err err = {""};

	must(request_parse(word, &request, &err), &err);
	in.request = &request;
	memset(&verdict, 'x', sizeof(verdict));
	verdict_reach(&in, &verdict);
}

static void site_wants(const char *rails)
{
	policy_defaults(&policy);
	assert_int_equal(rails_wish_parse(rails, &policy.rails), 0);
	job_policy = policy;
}

static void job_wants(const char *rails)
{
	assert_int_equal(rails_wish_parse(rails, &job_policy.rails), 0);
}

struct ask {
	const char *site, *job, *word, *rails;
	enum outcome outcome;
	const char *codes, *sentence, *setting;
};

static void play_asks(const struct ask *asks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct ask *ask = &asks[i];
		const char *setting;

		site_wants(ask->site);
		job_wants(ask->job);
		set_report(ask->rails);
		reach_job(ask->word, true);
		if (ask->sentence)
			expect(ask->word, ask->outcome, ask->codes, ask->sentence);
		else if (verdict.outcome != ask->outcome || strcmp(codes(), ask->codes) != 0)
			fail_msg("%zu %s: %s [%s] \"%s\"", i, ask->word,
				 outcome_text(verdict.outcome), codes(), verdict.sentence);
		setting = verdict_setting(&verdict);
		if (!ask->setting || !setting)
			assert_true(setting == ask->setting);
		else
			assert_string_equal(setting, ask->setting);
	}
}

#define FEWER "; ask for fewer (--efa-rails), or submit it again for other nodes"

static void too_few_rails(void **state)
{
	static const struct ask asks[] = {
		{"all", "all", "v1;rails=5", "", OUTCOME_REFUSED, "E153",
		 "E153 --efa-rails=5: that is 5, and 4 of this node's 4 are healthy" FEWER, NULL},
		{"all", "all", "v1;layout=any;rails=32", "", OUTCOME_REFUSED, "E153", NULL, NULL},
		{"all", "all", "v1;layout=efa-only;rails=32", "", OUTCOME_REFUSED, "E153", NULL,
		 NULL},
		{"all", "all", "v1;rails=per-gpu:4", "", OUTCOME_REFUSED, "E153",
		 "E153 --efa-rails=per-gpu:4: that is 32, and 4 of this node's 4 are healthy" FEWER,
		 NULL},
		{"3", "3", "v1;rails=all", "1 fail endpoint 12", OUTCOME_REFUSED, "E207,E153",
		 "E153 --efa-rails=all: that is 4, and 3 of this node's 4 are healthy" FEWER, NULL},
		{"3", "3", "v1;rails=76%", "1 fail endpoint 12", OUTCOME_REFUSED, "E207,E153",
		 "E153 --efa-rails=76%: that is 4, and 3 of this node's 4 are healthy" FEWER, NULL},
		{"3", "all", "v1", "1 fail endpoint 12", OUTCOME_REFUSED, "E207,E153",
		 "E153 the site's layout.rails all: that is 4, and 3 of this node's 4 are "
		 "healthy" FEWER,
		 "layout.rails"},
		{"2", "2", "v1;rails=4", "1 fail endpoint 12;2 not-tested open", OUTCOME_REFUSED,
		 "E207,E153,W201",
		 "E153 --efa-rails=4: that is 4, and at most 3 of this node's 4 are healthy" FEWER,
		 NULL},
		{"all", "5", "v1", "", OUTCOME_REFUSED, "E153", NULL, "layout.rails"},
	};

	(void)state;
	load_node("p4d.24xlarge efa-only");
	play_asks(asks, N(asks));
	/* As many as there are devices of each, and none of one kind. */
	load_node("c5n.18xlarge single");
	site_wants("all");
	set_report("");
	reach_job("v1;rails=per-gpu:1", true);
	expect("per-gpu", OUTCOME_REFUSED, "E153",
	       "E153 --efa-rails=per-gpu:1: this node has no accelerator" FEWER);
	assert_string_equal(verdict.findings.v[0].expected, "1 for each accelerator");
}

/* Nothing is held against a job that is not known, or is the node's, the fabric's or the check's.
 */
static void not_refused_for_rails(void **state)
{
	static const struct ask asks[] = {
		{"all", "all", "v1;rails=4", "", OUTCOME_HEALTHY, "", NULL, NULL},
		{"all", "all", "v1;rails=all", "", OUTCOME_HEALTHY, "", NULL, NULL},
		{"all", "all", "v1;rails=1%", "", OUTCOME_HEALTHY, "", NULL, NULL},
		{"all", "all", "v1;layout=none;rails=32", "", OUTCOME_HEALTHY, "", NULL, NULL},
		{"3", "3", "v1;rails=3", "1 fail endpoint 12", OUTCOME_DEGRADED, "E207", NULL,
		 "action.degraded"},
		{"3", "3", "v1", "1 fail endpoint 12", OUTCOME_DEGRADED, "E207", NULL,
		 "action.degraded"},
		/* the rule is about what jobs ask, not about the node */
		{"all", "1", "v1", "1 fail endpoint 12", OUTCOME_FAULTY, "E207", NULL,
		 "action.faulty"},
		{"all", "all", "v1;rails=32", "1 fail endpoint 12", OUTCOME_FAULTY, "E207", NULL,
		 "action.faulty"},
		{"3", "3", "v1;rails=4", "* fail transfer 113", OUTCOME_FABRIC, "E250", NULL,
		 "action.fabric"},
		/* untested rails may be healthy */
		{"all", "all", "v1;rails=4", "* not-tested open", OUTCOME_UNKNOWN, "E305", NULL,
		 "action.unknown"},
		{"all", "all", "v1;rails=4", "1 not-tested open", OUTCOME_DEGRADED, "W201", NULL,
		 "action.degraded"},
		{"all", "all", "v1;rails=4", "* fail getinfo 61", OUTCOME_UNKNOWN, "E307", NULL,
		 "action.unknown"},
	};

	(void)state;
	load_node("p4d.24xlarge efa-only");
	play_asks(asks, N(asks));
	site_wants("all");
	set_report("");
	report.outcome = PROBE_NO_LIBRARY;
	reach_job("v1;rails=4", true);
	assert_int_equal(verdict.outcome, OUTCOME_UNKNOWN);
	reach_job("v1;rails=4", false);
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	/* What a site wants for each accelerator says nothing about a node without any. */
	load_node("c5n.18xlarge single");
	site_wants("per-gpu:4");
	set_report("");
	reach_job("v1", true);
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	set_report("0 hung open");
	reach_job("v1", true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
}

static void layouts_that_are_not_allowed(void **state)
{
	static const struct {
		const char *allow, *word, *codes, *sentence;
	} asks[] = {
		{"any", "v1;layout=efa-only", "E154",
		 "E154 --efa-layout=efa-only: this site allows any; ask for one that is allowed"},
		{"efa-only,all-efa", "v1;layout=any", "E154",
		 "E154 --efa-layout=any: this site allows efa-only,all-efa; ask for one that is "
		 "allowed"},
		{"efa-only", "v1", "E154",
		 "E154 the site's default layout any: this site allows efa-only; ask for one that "
		 "is allowed"},
		/* a word that is wrong is better told so */
		{"efa-only", "v1;layout=efa-olny", "E151", NULL},
		{"efa-only", "v1;layout=efa-only", "", NULL},
		{"any,efa-only", "v1;layout=any", "", NULL},
		{"efa-only,any", "v1", "", NULL},
		{"any", "v1;layout=none", "", NULL},
	};

	(void)state;
	load_node("p4d.24xlarge efa-only");
	site_wants("all");
	set_report("");
	for (size_t i = 0; i < N(asks); i++) {
		text_format(job_policy.layout_allow, sizeof(job_policy.layout_allow), "%s",
			    asks[i].allow);
		reach_job(asks[i].word, true);
		assert_string_equal(codes(), asks[i].codes);
		if (!asks[i].sentence)
			continue;
		assert_string_equal(verdict.sentence, asks[i].sentence);
		assert_string_equal(verdict_setting(&verdict), "layout.allow");
		assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	}
	/* The site's own settings do not hold for a job that has others. */
	site_wants("all");
	policy.layout_allow_none = false;
	text_format(policy.layout_default, NAME_TEXT, "all-efa");
	reach_job("v1", true);
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	reach_job("v1;layout=none", true);
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
}

struct tolerance {
	const char *node, *site, *rails;
	enum outcome outcome;
	const char *sentence;
};

static void rails_that_a_site_can_do_without(void **state)
{
	static const struct tolerance cases[] = {
		{"p5.48xlarge efa-only", "30", "1 hung open", OUTCOME_DEGRADED,
		 "E204 rail rdmap80s0: device does not answer; 31 of 32 rails pass, the site asks "
		 "for 30"},
		{"p5.48xlarge efa-only", "94%", "1 hung open;2 fail endpoint 12", OUTCOME_FAULTY,
		 NULL},
		{"p5.48xlarge efa-only", "93%", "1 hung open;2 fail endpoint 12", OUTCOME_DEGRADED,
		 NULL},
		{"p5.48xlarge efa-only", "per-gpu:4", "1 hung open", OUTCOME_FAULTY, NULL},
		{"p5.48xlarge efa-only", "per-gpu:3", "1 hung open", OUTCOME_DEGRADED, NULL},
		{"p5.48xlarge efa-only", "all", "1 hung open", OUTCOME_FAULTY, NULL},
		{"p5.48xlarge efa-only", "100%", "1 hung open", OUTCOME_FAULTY, NULL},
		{"p5.48xlarge efa-only", "1", "* fail transfer 113", OUTCOME_FABRIC, NULL},
		{"p5.48xlarge efa-only", "1", "* hung open", OUTCOME_FAULTY, NULL},
		{"p5.48xlarge efa-only", "30", "", OUTCOME_HEALTHY,
		 "healthy: layout efa-only, 32 of 32 rails pass"},
		{"p4d.24xlarge efa-only --unbound 1", "3", "", OUTCOME_DEGRADED, NULL},
		{"p4d.24xlarge efa-only --unbound 1", "3", "0 not-tested open", OUTCOME_DEGRADED,
		 NULL},
		{"p4d.24xlarge efa-only --unbound 1", "4", "", OUTCOME_FAULTY, NULL},
		/* never there; attached, but invisible */
		{"p4d.24xlarge efa-only --detached 2", "3", "", OUTCOME_FAULTY, NULL},
		{"p4d.24xlarge efa-only --missing 2", "3", "", OUTCOME_DEGRADED, NULL},
		{"p4d.24xlarge efa-only --missing 2", "4", "", OUTCOME_FAULTY, NULL},
		/* what is wrong besides is not about rails */
		{"p4d.24xlarge efa-only --unbound 1 --detached 2", "1", "", OUTCOME_FAULTY, NULL},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const struct tolerance *one = &cases[i];

		load_node(one->node);
		site_wants(one->site);
		set_report(one->rails);
		reach(NULL, true);
		if (verdict.outcome != one->outcome)
			fail_msg("%s, %s, %s: %s \"%s\"", one->node, one->site, one->rails,
				 outcome_text(verdict.outcome), verdict.sentence);
		assert_int_equal(verdict.tolerated, one->outcome == OUTCOME_DEGRADED);
		if (one->sentence &&
		    strncmp(verdict.sentence, one->sentence, strlen(one->sentence)) != 0)
			fail_msg("%s", verdict.sentence);
	}
}

/* A fault of the check does not become the node's: nobody knows how many rails there are. */
static void what_was_not_tested(void **state)
{
	(void)state;
	load_node("p4d.24xlarge efa-only --unbound 1");
	site_wants("3");
	set_report("");
	report.outcome = PROBE_BROKEN;
	reach(NULL, true);
	assert_int_equal(verdict.outcome, OUTCOME_UNKNOWN);
	assert_string_equal(codes(), "E201,E303");
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_ALLOW);
	assert_memory_equal(verdict.sentence, "E303 check", 10);
	site_wants("all");
	reach(NULL, true);
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	site_wants("3");
	reach(NULL, false);
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
	assert_true(verdict.tolerated);
}

static void layout_of_a_tolerated_node(void **state)
{
	(void)state;
	load_node("p4d.24xlarge efa-only --missing 2");
	site_wants("3");
	set_report("");
	reach(NULL, true);
	assert_int_equal(verdict.n_layouts, 1);
	assert_string_equal(verdict.layouts[0], "efa-only");
	reach_job("v1;layout=efa-only", true);
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
	reach_job("v1;layout=all-efa", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_memory_equal(verdict.sentence,
			    "E150 --efa-layout=all-efa: this node has layout efa-only", 55);
	assert_null(verdict_setting(&verdict));
	reach_job("v1;rails=all", true);
	assert_int_equal(verdict.outcome, OUTCOME_REFUSED);
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_REFUSE);
	/* Not tolerated: as ever. */
	site_wants("all");
	reach(NULL, true);
	assert_int_equal(verdict.n_layouts, 0);
}

/* They are the node's, so that a site that drains degraded nodes drains these. */
static void action_for_a_tolerated_node(void **state)
{
	static const enum policy_action actions[] = {ACTION_ALLOW, ACTION_WARN, ACTION_DRAIN,
						     ACTION_DRAIN_AFTER};

	(void)state;
	load_node("p4d.24xlarge efa-only");
	site_wants("3");
	set_report("1 fail endpoint 12");
	reach(NULL, true);
	for (size_t i = 0; i < N(actions); i++) {
		policy.on_degraded = actions[i];
		policy.on_faulty = ACTION_REFUSE;
		assert_int_equal(verdict_action(&verdict, &policy), actions[i]);
	}
	assert_string_equal(verdict_setting(&verdict), "action.degraded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_few_rails),
		cmocka_unit_test(not_refused_for_rails),
		cmocka_unit_test(layouts_that_are_not_allowed),
		cmocka_unit_test(rails_that_a_site_can_do_without),
		cmocka_unit_test(what_was_not_tested),
		cmocka_unit_test(layout_of_a_tolerated_node),
		cmocka_unit_test(action_for_a_tolerated_node),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
