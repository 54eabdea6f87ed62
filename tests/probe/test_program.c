/* SPDX-License-Identifier: Apache-2.0 */
/* The real program, started as the prolog starts it, over the tcp provider of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "counters_run.h"
#include "probe.h"
#include "text.h"

static struct inventory *inv;
static struct probe_report *report;

static int setup(void **state)
{
	(void)state;
	inv = calloc(1, sizeof(*inv));
	report = calloc(1, sizeof(*report));
	return inv && report ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(inv);
	free(report);
	return 0;
}

static bool open_only, extras;

static void run(const char *program, const char *provider, const char *first, const char *second)
{
	struct probe_options o = {.program = program,
				  .provider = provider,
				  .budget_ms = 30000,
				  .open_ms = 5000,
				  .rail_ms = 10000,
				  .workers = 0,
				  .extras = {extras, extras, extras, extras},
				  .open_only = open_only};
	struct err err = {""};

	inv->n_rails = second ? 2 : 1;
	inv->rails[0].stage = inv->rails[1].stage = RAIL_USABLE;
	text_format(inv->rails[0].rdma_name, NAME_TEXT, "%s", first);
	text_format(inv->rails[1].rdma_name, NAME_TEXT, "%s", second ? second : "");
	assert_int_equal(probe_run(&o, inv, report, &err), 0);
}

static void an_interface_that_does_not_exist_fails(void **state)
{
	(void)state;
	run(PROBE_PROGRAM, "tcp", "lo", "nosuch0");
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(report->v[1].state, PROBE_FAIL);
	assert_int_equal(report->v[1].step, PROBE_STEP_GETINFO);
	assert_true(report->v[1].retried);
	assert_int_equal(report->v[0].state, PROBE_PASS);
	assert_true(report->v[0].bytes >= 2 * (24 + 4096 + 65536));
}

static void a_device_that_does_not_exist_fails(void **state)
{
	(void)state;
	run(PROBE_PROGRAM, "efa", "rdmap255s31", NULL);
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(report->v[0].state, PROBE_FAIL);
	assert_int_equal(report->v[0].step, PROBE_STEP_OPEN);
}

static void a_device_that_does_not_exist_does_not_open(void **state)
{
	(void)state;
	open_only = true;
	run(PROBE_PROGRAM, "efa", "rdmap255s31", NULL);
	open_only = false;
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(report->v[0].state, PROBE_FAIL);
	assert_int_equal(report->v[0].step, PROBE_STEP_OPEN);
}

static void a_provider_that_does_not_exist_is_no_fault(void **state)
{
	(void)state;
	run(PROBE_PROGRAM, "nosuch", "lo", NULL);
	assert_int_equal(report->outcome, PROBE_NO_PROVIDER);
	assert_int_equal(report->v[0].state, PROBE_NOT_TESTED);
}

static void a_library_that_is_missing_is_no_fault(void **state)
{
	(void)state;
	run(NEEDS_ABSENT, "efa", "rdmap79s0", NULL);
	assert_int_equal(report->outcome, PROBE_NO_LIBRARY);
	assert_int_equal(report->v[0].state, PROBE_NOT_TESTED);
}

static void hostile_environment_is_kept_out(void **state)
{
	static const char *const names[] = {"FI_PROVIDER", "FI_EFA_IFACE", "FI_LOG_LEVEL",
					    "LD_PRELOAD", "FI_PROVIDER_PATH"};
	static const char *const values[] = {"^tcp", "", "debug", "/nonexistent.so", "/tmp"};
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		setenv(names[i], values[i], 1);
	run(PROBE_PROGRAM, "tcp", "lo", NULL);
	for (i = 0; i < 5; i++)
		unsetenv(names[i]);
	assert_int_equal(report->v[0].state, PROBE_PASS);
}

/* By hand, too: the program trusts no environment. */
static void the_program_cleans_its_environment_itself(void **state)
{
	char *argv[] = {(char *)PROBE_PROGRAM, (char *)"--provider", (char *)"tcp", (char *)"lo",
			NULL};
	char *envp[] = {(char *)"FI_PROVIDER=^tcp", (char *)"FI_TCP_IFACE=nosuch0", NULL};
	struct child_result r;
	struct err err;
	char *output;

	(void)state;
	assert_int_equal(child_run(PROBE_PROGRAM, argv, envp, 30000, 4096, &output, &r, &err), 0);
	assert_int_equal(r.exit_status, 0);
	assert_non_null(strstr(output, "rail lo pass done"));
	free(output);
}

/* What is fast enough to be measured at all: of a real provider, which can do remote reads. */
static void optional_tests_of_a_real_provider(void **state)
{
	const struct extra_result *tests = report->extras[0];

	(void)state;
	run(PROBE_PROGRAM, "tcp", "lo", NULL);
	for (size_t i = 0; i < PROBE_PAIRS; i++)
		assert_int_equal(tests[i].state, EXTRA_NONE);
	extras = true;
	run(PROBE_PROGRAM, "tcp", "lo", "nosuch0");
	extras = false;
	assert_int_equal(report->outcome, PROBE_RAN);
	for (size_t i = 0; i < PROBE_PAIRS; i++)
		if (tests[i].state != EXTRA_DONE)
			fail_msg("%s: %s", probe_extra_text((enum probe_extra)i), tests[i].text);
	assert_in_range(tests[PROBE_LATENCY].value, 100, 1000000000);
	assert_in_range(tests[PROBE_BANDWIDTH].value, 1 << 20, 1ull << 40);
	assert_int_equal(tests[PROBE_RDMA_READ].value, 65536);
	assert_int_equal(report->extras[1][PROBE_LATENCY].state, EXTRA_NONE);
	assert_int_equal(report->n_pairs, 0);
}

static void expect_usage(const char *a, const char *b, const char *c)
{
	char *argv[] = {(char *)PROBE_PROGRAM, (char *)a, (char *)b, (char *)c, NULL};
	char *envp[] = {NULL};
	struct child_result r;
	struct err err;
	char *output;

	assert_int_equal(child_run(PROBE_PROGRAM, argv, envp, 30000, 4096, &output, &r, &err), 0);
	assert_int_equal(r.exit_status, 2);
	assert_string_equal(output, "");
	free(output);
}

/* No device is here: that each is told so, by the real program through the real parser. */
static void counters_of_devices_that_do_not_exist(void **state)
{
	static const char *const names[] = {"rdmap255s31", "lo"};
	static struct counters counters;

	(void)state;
	counters_run(PROBE_PROGRAM, 5000, names, 2, &counters);
	assert_int_equal(counters.n, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(counters.rails[i].state, COUNTERS_GONE);
		assert_string_equal(counters.rails[i].text, "no RDMA device of this name");
	}
}

static void refuses_wrong_command_lines(void **state)
{
	(void)state;
	expect_usage(NULL, NULL, NULL);
	expect_usage("--nosuch", "lo", NULL);
	expect_usage("--budget-ms", "0", "lo");
	expect_usage("--budget-ms", "10x", "lo");
	expect_usage("--rail-ms", "-5", "lo");
	expect_usage("--workers", "65", "lo");
	expect_usage("--provider", "tcp;ofi_rxm", "lo");
	expect_usage("lo", "eth0", "lo");
	expect_usage("--", "--help", NULL);
	expect_usage("../../etc", NULL, NULL);
	expect_usage("", NULL, NULL);
	expect_usage("--counters", NULL, NULL);
	expect_usage("--counters", "--budget-ms", "0");
	expect_usage("--counters", "lo", "lo");
	expect_usage("--counters=all", "lo", NULL);
	expect_usage("--open-only", "--provider=tcp", "lo");
	expect_usage("--open-only", "--latency", "lo");
	expect_usage("--pairs", "--open-only", "lo");
	expect_usage("--latency=5", "lo", NULL);
	expect_usage("a-name-that-is-longer-than-any-device", NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_wrong_command_lines),
		cmocka_unit_test(counters_of_devices_that_do_not_exist),
		cmocka_unit_test(an_interface_that_does_not_exist_fails),
		cmocka_unit_test(a_device_that_does_not_exist_fails),
		cmocka_unit_test(a_device_that_does_not_exist_does_not_open),
		cmocka_unit_test(a_provider_that_does_not_exist_is_no_fault),
		cmocka_unit_test(a_library_that_is_missing_is_no_fault),
		cmocka_unit_test(hostile_environment_is_kept_out),
		cmocka_unit_test(the_program_cleans_its_environment_itself),
		cmocka_unit_test(optional_tests_of_a_real_provider),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
