/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked about a job, and which earlier results are good for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gate_cache.h"
#include "job_facts.h"
#include "text.h"

static void qos_that_is_none(void **state)
{
	static const char *const bad[] = {
		"",	 "high",    "high\nlow\n", "high\nhigher\n", "higher\nhigh\n", "high\nhigh",
		"a,b\n", " high\n", "high \n",	   "hi\tgh\n",	     "h\x7f\n",	       "\xc3\xa9\n",
	};
	char buf[JOB_FACT_TEXT], text[JOB_FACT_TEXT + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (job_facts_parse_qos(bad[i], buf, sizeof(buf)))
			fail_msg("\"%s\" was taken for \"%s\"", bad[i], buf);
	memset(text, 'x', sizeof(text));
	memcpy(text + JOB_FACT_TEXT, "\n", 2);
	assert_false(job_facts_parse_qos(text, buf, sizeof(buf)));
}

static void qos_that_is_one(void **state)
{
	static const char *const good[][2] = {
		{"high\n", "high"}, {"a b\na b\na b\n", "a b"},
		{"N/A\n", ""},	    {"(null)\n", ""},
		{"\n", ""},	    {"\n\n", ""},
	};
	char buf[JOB_FACT_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(job_facts_parse_qos(good[i][0], buf, sizeof(buf)));
		assert_string_equal(buf, good[i][1]);
	}
}

#define GROUPS(text, buf, size) job_facts_parse_groups(text, sizeof(text) - 1, buf, size)

/* One with a blank is one group, not two of others' names. */
static void groups(void **state)
{
	char buf[64];

	(void)state;
	assert_false(GROUPS("", buf, sizeof(buf)));
	assert_false(GROUPS("users", buf, sizeof(buf)));
	assert_false(GROUPS("a\0b", buf, sizeof(buf)));
	assert_false(GROUPS("users\0wheel\0", buf, 8));
	assert_true(GROUPS("users\0", buf, sizeof(buf)));
	assert_string_equal(buf, "users");
	assert_true(GROUPS("domain users\0wheel\0", buf, sizeof(buf)));
	assert_string_equal(buf, "domain users,wheel");
	assert_false(job_names_have(buf, "users"));
	assert_true(GROUPS("a,wheel\0x\ny\0\0z\0", buf, sizeof(buf)));
	assert_string_equal(buf, "z");
	assert_true(GROUPS("a,b\0", buf, sizeof(buf)));
	assert_string_equal(buf, "");
}

static struct nodemap map;
static struct policy policy;

static void results_that_are_good(void **state)
{
	static const struct {
		enum outcome outcome;
		const char *key;
		uint64_t tested_ms;
		bool good, young;
	} cases[] = {
		{OUTCOME_HEALTHY, "k", 100000, true, true},
		{OUTCOME_DEGRADED, "k", 99001, true, true},
		{OUTCOME_HEALTHY, "k", 90001, true, true},
		{OUTCOME_HEALTHY, "k", 90000, true, false},
		{OUTCOME_HEALTHY, "k", 1, true, false},
		/* what was left out is not known */
		{OUTCOME_DEGRADED, "k", 0, false, false},
		{OUTCOME_HEALTHY, "k", 100001, false, false},
		{OUTCOME_HEALTHY, "other", 99999, false, false},
		{OUTCOME_FAULTY, "k", 99999, false, false},
		{OUTCOME_FABRIC, "k", 99999, false, false},
		{OUTCOME_UNKNOWN, "k", 99999, false, false},
	};

	(void)state;
	policy_defaults(&policy);
	policy.cache_ttl_s = 10;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		map.outcome = cases[i].outcome;
		map.tested_ms = cases[i].tested_ms;
		text_format(map.key, sizeof(map.key), "%s", cases[i].key);
		assert_int_equal(cache_good(&map, "k", 100000), cases[i].good);
		assert_int_equal(cache_young(&map, "k", &policy, 100000), cases[i].young);
	}
	map.tested_ms = 100000;
	map.outcome = OUTCOME_HEALTHY;
	text_format(map.key, sizeof(map.key), "k");
	policy.cache_ttl_s = 0;
	assert_false(cache_young(&map, "k", &policy, 100000));
	/* A boot that is younger than the time does not make a test of one that was not complete.
	 */
	map.tested_ms = 0;
	policy.cache_ttl_s = 1000;
	assert_false(cache_young(&map, "k", &policy, 5));
}

static void results_of_others(void **state)
{
	(void)state;
	map.outcome = OUTCOME_FAULTY;
	map.tested_ms = 500;
	text_format(map.key, sizeof(map.key), "k");
	assert_true(cache_since(&map, "k", 500, 600));
	assert_false(cache_since(&map, "k", 501, 600));
	assert_false(cache_since(&map, "k", 400, 499));
	assert_false(cache_since(&map, "other", 500, 600));
}

static struct inventory inv;
static struct probe_report opening;

/* Two rails of which the first passed. */
static void devices_that_have_to_open(void **state)
{
	(void)state;
	inv.n_rails = map.n_rails = opening.n = 2;
	for (unsigned i = 0; i < 2; i++) {
		inv.rails[i].stage = RAIL_USABLE;
		inv.rails[i].pci.bus = map.rails[i].pci.bus = (unsigned char)i;
		opening.v[i].step = PROBE_STEP_GETINFO;
	}
	map.rails[0].pass = true;
	assert_true(cache_opened(&map, &inv, &opening));
	opening.v[1].state = PROBE_FAIL;
	opening.v[1].step = PROBE_STEP_OPEN;
	assert_true(cache_opened(&map, &inv, &opening));
	map.rails[1].pass = true;
	assert_false(cache_opened(&map, &inv, &opening));
	/* A test is not what was asked for, and an answer that is missing none. */
	opening.v[1].state = PROBE_PASS;
	opening.v[1].step = PROBE_STEP_DONE;
	assert_false(cache_opened(&map, &inv, &opening));
	opening.n = 1;
	assert_false(cache_opened(&map, &inv, &opening));
	map.rails[1].pass = false;
	assert_true(cache_opened(&map, &inv, &opening));
	opening.outcome = PROBE_NO_LIBRARY;
	assert_false(cache_opened(&map, &inv, &opening));
	opening.outcome = PROBE_RAN;
	opening.v[0].step = PROBE_STEP_OPEN;
	assert_false(cache_opened(&map, &inv, &opening));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qos_that_is_none),
		cmocka_unit_test(qos_that_is_one),
		cmocka_unit_test(groups),
		cmocka_unit_test(results_that_are_good),
		cmocka_unit_test(results_of_others),
		cmocka_unit_test(devices_that_have_to_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
