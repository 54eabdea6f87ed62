/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by a test program that is a shell script: alone, and behind a test of the rails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "counters_run.h"
#include "probe.h"
#include "text.h"

#define BUDGET_MS 700
#define HEAD	  "efa-layout-probe 1 counters\\n"
#define FIRST	  "rail rdmap79s0 read tx_bytes=5 rx_bytes=6\\n"
#define SECOND	  "rail rdmap81s0 silent no answer within 200 ms\\n"
#define REPORT                                                               \
	"efa-layout-probe 1 libfabric 1.17\\nprovider efa efa\\n"            \
	"rail rdmap79s0 pass done 0 0 139312 141000 141000 0 0 3 120 0 -\\n" \
	"rail rdmap81s0 hung transfer 110 0 0 0 0 0 0 3 1050 1 no answer\\nend 2\\n"

static const char *const names[] = {"rdmap79s0", "rdmap81s0"};
static struct counters *counters;
static struct inventory *inv;
static struct probe_report *report;
static char dir[64], program[96], said[96];

static int setup(void **state)
{
	(void)state;
	counters = calloc(1, sizeof(*counters));
	inv = calloc(1, sizeof(*inv));
	report = calloc(1, sizeof(*report));
	inv->n_rails = 3;
	inv->rails[0].stage = inv->rails[2].stage = RAIL_USABLE;
	text_format(inv->rails[0].rdma_name, NAME_TEXT, "%s", names[0]);
	text_format(inv->rails[1].rdma_name, NAME_TEXT, "rdmap80s0");
	text_format(inv->rails[2].rdma_name, NAME_TEXT, "%s", names[1]);
	text_format(dir, sizeof(dir), "/var/tmp/test_counters_run.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	text_format(program, sizeof(program), "%s/program", dir);
	return text_format(said, sizeof(said), "%s/said", dir);
}

static int teardown(void **state)
{
	(void)state;
	unlink(program);
	unlink(said);
	rmdir(dir);
	free(counters);
	free(inv);
	free(report);
	return 0;
}

static void write_program(const char *script)
{
	FILE *f = fopen(program, "we");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(program, 0755), 0);
}

/* Nothing of a program that did not do as it should is believed, and its rails say why. */
static void expect_nothing(const char *script, const char *why)
{
	write_program(script);
	counters_run(program, BUDGET_MS, names, 2, counters);
	assert_int_equal(counters->n, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(counters->rails[i].state, COUNTERS_NOT_READ);
		assert_string_equal(counters->rails[i].name, names[i]);
		if (!strstr(counters->rails[i].text, why))
			fail_msg("\"%s\" of: %s", counters->rails[i].text, script);
	}
}

static void tells_why_nothing_was_read(void **state)
{
	(void)state;
	expect_nothing("exit 0", "one release");
	expect_nothing("echo hello", "one release");
	expect_nothing("printf '" HEAD FIRST SECOND "end 2\\n'; exit 1", "status 1");
	expect_nothing("printf '" HEAD FIRST SECOND "end 2\\n'; kill -SEGV $$", "signal 11");
	expect_nothing("printf '" HEAD FIRST "end 1\\n'", "2 were asked for");
	expect_nothing("exit 127", "cannot be loaded");
	expect_nothing("printf '" HEAD FIRST SECOND "end 2\\n'; head -c 300000 /dev/zero; exit 0",
		       "wrote more than");
	assert_int_equal(unlink(program), 0);
	counters_run(program, BUDGET_MS, names, 2, counters);
	assert_int_equal(counters->rails[1].state, COUNTERS_NOT_READ);
	assert_non_null(strstr(counters->rails[1].text, "No such file"));
}

static void ends_inside_its_budget(void **state)
{
	struct timespec a, b;
	long ms;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	expect_nothing("trap '' TERM; sleep 60", "did not end in its time");
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	if (ms > BUDGET_MS + 500 + 300)
		fail_msg("took %ld ms", ms);
}

static void asks_as_promised(void **state)
{
	char line[256] = "";
	FILE *f;

	(void)state;
	write_program("echo \"$*\" >>${0%program}said; printf '" HEAD FIRST SECOND "end 2\\n'");
	counters_run(program, BUDGET_MS, names, 2, counters);
	assert_int_equal(counters->n, 2);
	assert_int_equal(counters->rails[0].state, COUNTERS_READ);
	assert_int_equal(counters->rails[0].v[COUNTER_TX_BYTES], 5);
	assert_int_equal(counters->rails[1].state, COUNTERS_SILENT);
	/* Without rails there is nothing to start. */
	counters_run(program, BUDGET_MS, names, 0, counters);
	assert_int_equal(counters->n, 0);
	f = fopen(said, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "--counters --budget-ms 700 -- rdmap79s0 rdmap81s0\n");
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
}

static void test_rails(const char *script)
{
	struct probe_options o = {.program = program,
				  .provider = "efa",
				  .budget_ms = BUDGET_MS,
				  .open_ms = 100,
				  .rail_ms = 200,
				  .counters = counters};
	struct err err = {""};

	write_program(script);
	assert_int_equal(probe_run(&o, inv, report, &err), 0);
	assert_int_equal(counters->n, 2);
	assert_string_equal(counters->rails[1].name, names[1]);
}

static void counters_behind_a_test(void **state)
{
	(void)state;
	/* Only with the option that asks for them. */
	test_rails(
		"case \"$*\" in *' --with-counters -- rdmap79s0 rdmap81s0') ;; *) exit 3 ;; esac\n"
		"printf '" REPORT HEAD FIRST SECOND "end 2\\n'");
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(report->v[0].state, PROBE_PASS);
	assert_int_equal(report->v[2].state, PROBE_HUNG);
	assert_int_equal(counters->rails[0].state, COUNTERS_READ);
	assert_int_equal(counters->rails[1].state, COUNTERS_SILENT);
}

/* What is wrong with the counters is no reason to throw the test away, and the other way round. */
static void each_stands_for_itself(void **state)
{
	(void)state;
	test_rails("printf '" REPORT "'");
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(counters->rails[0].state, COUNTERS_NOT_READ);
	assert_string_equal(counters->rails[0].text, "the test program said nothing about them");
	test_rails("printf '" REPORT HEAD FIRST FIRST "end 2\\n'");
	assert_int_equal(report->outcome, PROBE_RAN);
	assert_int_equal(report->v[0].state, PROBE_PASS);
	assert_int_equal(counters->rails[0].state, COUNTERS_NOT_READ);
	assert_non_null(strstr(counters->rails[0].text, "was there before"));
	test_rails("printf 'rubbish\\n" HEAD FIRST SECOND "end 2\\n'");
	assert_int_equal(report->outcome, PROBE_BROKEN);
	test_rails("exit 1");
	assert_int_equal(report->outcome, PROBE_BROKEN);
	assert_int_equal(counters->rails[0].state, COUNTERS_NOT_READ);
	assert_string_equal(counters->rails[0].text, "the test broke off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tells_why_nothing_was_read, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_inside_its_budget, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_as_promised, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_behind_a_test, setup, teardown),
		cmocka_unit_test_setup_teardown(each_stands_for_itself, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
