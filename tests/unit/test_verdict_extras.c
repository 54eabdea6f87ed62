/* SPDX-License-Identifier: Apache-2.0 */
/* Latency, bandwidth, RDMA read and pairs of rails, judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "verdict_scene.h"

#define MIB 1048576ull

/* Four rails that pass, and what the site asks for. */
static void begin(unsigned latency_us, unsigned bandwidth_mib_s, bool rdma_read, bool pairs)
{
	policy_defaults(&policy);
	policy.latency_us = latency_us;
	policy.bandwidth_mib_s = bandwidth_mib_s;
	policy.rdma_read = rdma_read;
	policy.pairs = pairs;
	load_node("p4d.24xlarge efa-only");
	set_report("");
}

static void set(size_t rail, enum probe_extra kind, enum extra_state state, uint64_t value)
{
	struct extra_result *test = &report.extras[rail][kind];

	test->state = state;
	test->value = value;
	text_format(test->text, sizeof(test->text), "%s", state == EXTRA_DONE ? "" : "why not");
}

static void set_all(enum probe_extra kind, enum extra_state state, uint64_t value)
{
	for (size_t i = 0; i < report.n; i++)
		set(i, kind, state, value);
}

static void judged(const char *what, enum outcome outcome, const char *list)
{
	reach(NULL, true);
	expect(what, outcome, list, verdict.sentence);
}

static void nothing_is_judged_that_nobody_asks_for(void **state)
{
	(void)state;
	begin(0, 0, false, false);
	judged("nothing", OUTCOME_HEALTHY, "");
	/* Not even what is there. */
	set_all(PROBE_LATENCY, EXTRA_DONE, 1000000000);
	set_all(PROBE_BANDWIDTH, EXTRA_DONE, 1);
	set_all(PROBE_RDMA_READ, EXTRA_NOT_TESTED, 0);
	judged("unasked", OUTCOME_HEALTHY, "");
}

static void latency(void **state)
{
	static const struct {
		uint64_t ns;
		const char *codes, *found;
	} cases[] = {
		{30001, "W203", "30.001 us"},
		{1234567, "W203", "1234.567 us"},
		{30000, "", ""},
		{1, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		bool slow = cases[i].codes[0];

		begin(30, 0, false, false);
		set_all(PROBE_LATENCY, EXTRA_DONE, 20000);
		set(1, PROBE_LATENCY, EXTRA_DONE, cases[i].ns);
		judged("latency", slow ? OUTCOME_DEGRADED : OUTCOME_HEALTHY, cases[i].codes);
		assert_int_equal(verdict.rails_pass, 4);
		if (!slow)
			continue;
		assert_string_equal(verdict.findings.v[0].subject, "rail rdmap32s27");
		assert_string_equal(verdict.findings.v[0].expected, "at most 30 us");
		assert_string_equal(verdict.findings.v[0].found, cases[i].found);
	}
	/* All alike are as slow as one: warnings of each, and nothing about the fabric. */
	set_all(PROBE_LATENCY, EXTRA_DONE, 31000);
	judged("all slow", OUTCOME_DEGRADED, "W203,W203,W203,W203");
	policy.on_degraded = ACTION_DRAIN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_DRAIN);
	/* The greatest bound there may be. */
	policy.latency_us = 1000000;
	set_all(PROBE_LATENCY, EXTRA_DONE, 1000000000);
	judged("greatest", OUTCOME_HEALTHY, "");
}

static void bandwidth(void **state)
{
	static const struct {
		uint64_t bytes_s;
		const char *codes, *found;
	} cases[] = {
		{5000 * MIB - 1, "W204", "4999.999 MiB/s"},
		{1, "W204", "0.000 MiB/s"},
		{5000 * MIB, "", ""},
		{INT64_MAX, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		bool slow = cases[i].codes[0];

		begin(0, 5000, false, false);
		set_all(PROBE_BANDWIDTH, EXTRA_DONE, 6000 * MIB);
		set(3, PROBE_BANDWIDTH, EXTRA_DONE, cases[i].bytes_s);
		judged("bandwidth", slow ? OUTCOME_DEGRADED : OUTCOME_HEALTHY, cases[i].codes);
		if (!slow)
			continue;
		assert_string_equal(verdict.findings.v[0].expected, "at least 5000 MiB/s");
		assert_string_equal(verdict.findings.v[0].found, cases[i].found);
	}
	set_all(PROBE_BANDWIDTH, EXTRA_DONE, MIB);
	judged("all slow", OUTCOME_DEGRADED, "W204,W204,W204,W204");
}

/* What was not measured is said once, is the check's own, and drains nothing. */
static void what_was_not_done(void **state)
{
	(void)state;
	begin(30, 5000, true, true);
	judged("nothing said", OUTCOME_DEGRADED, "W205,W205,W205,W205");
	assert_string_equal(verdict.findings.v[0].subject, "4 rails");
	assert_string_equal(verdict.findings.v[0].found,
			    "latency: the test program said nothing about it");
	policy.on_degraded = ACTION_DRAIN;
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	begin(30, 0, false, false);
	set_all(PROBE_LATENCY, EXTRA_DONE, 1000);
	set(2, PROBE_LATENCY, EXTRA_NOT_TESTED, 0);
	judged("one", OUTCOME_DEGRADED, "W205");
	assert_string_equal(verdict.findings.v[0].subject, "1 rail");
	assert_string_equal(verdict.findings.v[0].found, "latency: why not");
	/* Of a rail that fails nothing more is expected. */
	set_report("2 fail transfer 113");
	memset(report.extras, 0, sizeof(report.extras));
	set_all(PROBE_LATENCY, EXTRA_DONE, 1000);
	set(2, PROBE_LATENCY, EXTRA_NONE, 0);
	judged("failed", OUTCOME_FAULTY, "E208");
}

static void rdma_read(void **state)
{
	(void)state;
	begin(0, 0, true, false);
	set_all(PROBE_RDMA_READ, EXTRA_DONE, 65536);
	judged("done", OUTCOME_HEALTHY, "");
	set(0, PROBE_RDMA_READ, EXTRA_UNABLE, 0);
	set(1, PROBE_RDMA_READ, EXTRA_UNABLE, 0);
	judged("unable", OUTCOME_HEALTHY, "I203");
	assert_string_equal(verdict.findings.v[0].subject, "2 rails");
	assert_string_equal(verdict.findings.v[0].found, "rdma-read: why not");
	for (size_t i = 0; i < 3; i++) {
		static const char *const hows[] = {"1 fail rdma-read 5", "1 hung rdma-read 110",
						   "1 crashed rdma-read 0"};

		begin(0, 0, true, false);
		set_report(hows[i]);
		set_all(PROBE_RDMA_READ, EXTRA_DONE, 65536);
		set(1, PROBE_RDMA_READ, EXTRA_NONE, 0);
		judged(hows[i], OUTCOME_FAULTY, i == 2 ? "E212" : "E213");
		assert_int_equal(verdict.rails_pass, 3);
	}
	/* Messages pass on all of them: that is no device. */
	set_report("* fail rdma-read 5");
	judged("all", OUTCOME_UNKNOWN, "E307");
	assert_string_equal(verdict.findings.v[0].found,
			    "messages pass, but no rail does an RDMA read");
}

/* A ring of four: "." done, "f" failed, "-" not tested. */
static void set_ring(const char *how)
{
	report.n_pairs = 4;
	for (size_t i = 0; i < 4; i++) {
		struct probe_pair *pair = &report.pairs[i];

		pair->a = (uint8_t)i;
		pair->b = (uint8_t)((i + 1) % 4);
		pair->test.state = how[i] == '.'   ? EXTRA_DONE
				   : how[i] == 'f' ? EXTRA_FAILED
						   : EXTRA_NOT_TESTED;
		pair->test.value = how[i] == '.' ? 69656 : 0;
		text_format(pair->test.text, sizeof(pair->test.text), "%s",
			    how[i] == '.' ? "" : "no way");
	}
}

static void pairs(void **state)
{
	static const struct {
		const char *rails, *ring;
		enum outcome outcome;
		const char *codes, *subject;
	} cases[] = {
		{"", ".f..", OUTCOME_FABRIC, "E251", "rails rdmap32s27 and rdmap144s27"},
		{"", ".ff.", OUTCOME_FABRIC, "E251,E251", "rails rdmap32s27 and rdmap144s27"},
		{"", "ffff", OUTCOME_FABRIC, "E251", "all 4 pairs of rails"},
		{"", "ff-f", OUTCOME_FABRIC, "E251,W205", "all 3 pairs of rails"},
		{"", "-f--", OUTCOME_FABRIC, "E251,W205", "rails rdmap32s27 and rdmap144s27"},
		{"", "-...", OUTCOME_DEGRADED, "W205", "1 pair"},
		{"", "----", OUTCOME_DEGRADED, "W205", "4 pairs"},
		{"", "....", OUTCOME_HEALTHY, "", ""},
		/* The rail in both is known: its pairs say nothing new. */
		{"1 fail pairs 0", "ff..", OUTCOME_FAULTY, "E214", "rail rdmap32s27"},
		{"1 fail pairs 0", "fff.", OUTCOME_FAULTY, "E214,E251", "rail rdmap32s27"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		begin(0, 0, false, true);
		set_report(cases[i].rails);
		set_ring(cases[i].ring);
		judged(cases[i].ring, cases[i].outcome, cases[i].codes);
		if (cases[i].codes[0])
			assert_string_equal(verdict.findings.v[0].subject, cases[i].subject);
	}
	/* One rail has nobody to talk to. */
	begin(0, 0, false, true);
	set_report("0 fail transfer 5;1 fail transfer 5;2 fail open 5");
	judged("one rail", OUTCOME_FAULTY, "E205,E208,E208");
	begin(0, 0, false, true);
	judged("nothing said", OUTCOME_DEGRADED, "W205");
	assert_string_equal(verdict.findings.v[0].subject, "4 rails");
}

/* A site that can do without the rail. */
static void a_rail_that_is_to_blame_may_be_tolerated(void **state)
{
	struct err err = {""};

	(void)state;
	begin(0, 0, true, true);
	must(rails_wish_parse("3", &policy.rails), &err);
	set_report("1 fail rdma-read 5");
	set_all(PROBE_RDMA_READ, EXTRA_DONE, 65536);
	set_ring("....");
	judged("three do", OUTCOME_DEGRADED, "E213");
	assert_true(verdict.tolerated);
	must(rails_wish_parse("4", &policy.rails), &err);
	judged("three are too few", OUTCOME_FAULTY, "E213");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_judged_that_nobody_asks_for),
		cmocka_unit_test(latency),
		cmocka_unit_test(bandwidth),
		cmocka_unit_test(what_was_not_done),
		cmocka_unit_test(rdma_read),
		cmocka_unit_test(pairs),
		cmocka_unit_test(a_rail_that_is_to_blame_may_be_tolerated),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
