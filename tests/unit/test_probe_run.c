/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"
#include "text.h"

#define HEAD	   "efa-layout-probe 1 libfabric 1.17\n"
#define PROVIDER   "provider efa efa\n"
#define PASS(name) "rail " name " pass done 0 0 139312 141000 141000 24 2 3 120 0 -\n"
#define FAIL(name) "rail " name " fail transfer 5 13 0 0 0 0 0 3 1050 1 no answer from the peer\n"
#define BUDGET_MS  2000

/* Two rails to test, one below usable between them. */
static struct inventory *inv;
static char dir[64], program[96];

static int setup(void **state)
{
	(void)state;
	inv = calloc(1, sizeof(*inv));
	inv->n_rails = 3;
	inv->rails[0].stage = RAIL_USABLE;
	inv->rails[1].stage = RAIL_NO_UVERBS;
	inv->rails[2].stage = RAIL_USABLE;
	text_format(inv->rails[0].rdma_name, NAME_TEXT, "rdmap79s0");
	text_format(inv->rails[1].rdma_name, NAME_TEXT, "rdmap80s0");
	text_format(inv->rails[2].rdma_name, NAME_TEXT, "rdmap81s0");
	text_format(dir, sizeof(dir), "/var/tmp/test_probe.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	return text_format(program, sizeof(program), "%s/program", dir);
}

static int teardown(void **state)
{
	(void)state;
	unlink(program);
	rmdir(dir);
	free(inv);
	return 0;
}

static void expect_refused(const char *text, const char *sentence)
{
	struct probe_report *report = malloc(sizeof(*report)), *before = malloc(sizeof(*before));
	struct err err = {""};

	memset(report, 0, sizeof(*report));
	report->outcome = PROBE_BROKEN;
	*before = *report;
	assert_int_equal(probe_parse(text, inv, report, &err), -EPROTO);
	assert_memory_equal(report, before, sizeof(*report));
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\" for:\n%s", sentence, err.text, text);
	free(report);
	free(before);
}

static void refuses_garbage(void **state)
{
	(void)state;
	expect_refused("", "stops after line 0");
	expect_refused("\n", "not the probe's first line");
	expect_refused("Hello\n", "not the probe's first line");
	expect_refused("efa-layout-probe\n", "no protocol version");
	expect_refused("efa-layout-probe 1\n", "no libfabric version");
	expect_refused("efa-layout-probe 1 libfabric\n", "no libfabric version");
	expect_refused("efa-layout-probe 1 libfabric 1.17 more\n", "no libfabric version");
	expect_refused("efa-layout-probe 1 libfabric 1.17.0.0.0.0.0.0\n", "no libfabric version");
	expect_refused("efa-layout-probe 2 libfabric 1.17\n", "version 2 of its protocol");
	expect_refused(HEAD "what 1\n", "unknown kind of line");
	expect_refused(HEAD "\n", "unknown kind of line");
	expect_refused(HEAD "rail\trdmap79s0\n", "not printable ASCII");
	expect_refused(HEAD "provider efa \xc3\xa4\n", "not printable ASCII");
	expect_refused(HEAD "provider efa\n", "malformed provider line");
	expect_refused(HEAD "provider efa efa efa\n", "malformed provider line");
	expect_refused(HEAD "provider efa 012345678901234567890123456789012\n",
		       "malformed provider line");
}

static void refuses_truncation(void **state)
{
	static const char whole[] = HEAD PROVIDER PASS("rdmap79s0") FAIL("rdmap81s0") "end 2\n";
	char *text = strdup(whole);
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(whole) - 1; n++) {
		struct probe_report *report = calloc(1, sizeof(*report));

		memcpy(text, whole, n);
		text[n] = '\0';
		if (probe_parse(text, inv, report, NULL) != -EPROTO)
			fail_msg("accepted after %zu bytes", n);
		free(report);
	}
	free(text);
}

static void refuses_oversized_lines(void **state)
{
	char *text = malloc(4096);

	(void)state;
	memset(text, 'x', 4000);
	memcpy(text, HEAD, strlen(HEAD));
	text[3999] = '\n';
	text[4000] = '\0';
	expect_refused(text, "longer than any line");
	free(text);
}

static void refuses_wrong_order(void **state)
{
	(void)state;
	expect_refused(PROVIDER HEAD, "not the probe's first line");
	expect_refused(HEAD PROVIDER PROVIDER, "provider line out of its place");
	expect_refused(HEAD PASS("rdmap79s0") PROVIDER, "provider line out of its place");
	expect_refused(HEAD PASS("rdmap79s0") "outcome no-provider x\n",
		       "outcome line out of its place");
	expect_refused(HEAD HEAD, "unknown kind of line");
	expect_refused(HEAD PROVIDER PASS("rdmap79s0") PASS("rdmap81s0") "end 2\nend 2\n",
		       "behind the end");
	expect_refused(HEAD PROVIDER PASS("rdmap79s0")
			       PASS("rdmap81s0") "end 2\n" PASS("rdmap81s0"),
		       "behind the end");
}

static void refuses_wrong_rails(void **state)
{
	(void)state;
	expect_refused(HEAD PASS("rdmap99s0"), "not asked for");
	expect_refused(HEAD PASS("rdmap80s0"), "not asked for"); /* there, but not usable */
	expect_refused(HEAD PASS(""), "not asked for");
	expect_refused(HEAD PASS("rdmap79s0") PASS("rdmap79s0"), "a second result");
	expect_refused(HEAD PASS("rdmap79s0") FAIL("rdmap79s0"), "a second result");
	expect_refused(HEAD PASS("rdmap79s0") "end 1\n", "said nothing about rdmap81s0");
	expect_refused(HEAD PASS("rdmap79s0") "end 2\n", "not the number announced");
	expect_refused(HEAD PASS("rdmap79s0") PASS("rdmap81s0") "end 1\n",
		       "not the number announced");
	expect_refused(HEAD PASS("rdmap79s0") PASS("rdmap81s0") "end\n", "malformed end line");
	expect_refused(HEAD PASS("rdmap79s0") PASS("rdmap81s0") "end 2 x\n", "malformed end line");
}

static void refuses_malformed_results(void **state)
{
	static const char *const lines[] = {
		"rail rdmap79s0",
		"rail rdmap79s0 pass",
		"rail rdmap79s0 good done 0 0 1 1 1 1 1 0 -",
		"rail rdmap79s0 pass ready 0 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0 1 1 1 0 0 1 1 0",
		"rail rdmap79s0 pass done 0 0 1 1 1 0 0 1 1 0 ",
		"rail rdmap79s0 pass done 0 0 1 1 1 0 0 1 1 2 -",
		"rail rdmap79s0 pass done -1 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done +0 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0  1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0 1x 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0 18446744073709551616 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0 1 1 1 0 0 99999999 1 0 -",
		"rail rdmap79s0 fail open 9999999 0 0 0 0 0 0 1 1 0 -",
	};
	static const char *const contradictions[] = {
		"rail rdmap79s0 pass transfer 0 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 fail done 0 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 5 0 1 1 1 0 0 1 1 0 -",
		"rail rdmap79s0 pass done 0 0 0 1 1 0 0 1 1 0 -",
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		text_format(text, sizeof(text), "%s%s\n", HEAD, lines[i]);
		expect_refused(text, "malformed result");
	}
	for (i = 0; i < sizeof(contradictions) / sizeof(contradictions[0]); i++) {
		text_format(text, sizeof(text), "%s%s\n", HEAD, contradictions[i]);
		expect_refused(text, "contradicts itself");
	}
	/* A text longer than its field. */
	text_format(text, sizeof(text), "%srail rdmap79s0 fail open 5 0 0 0 0 0 0 1 1 0 %0200d\n",
		    HEAD, 0);
	expect_refused(text, "malformed result");
	expect_refused(HEAD "outcome no-idea x\n", "unknown outcome");
	expect_refused(HEAD "outcome no-provider\n", "malformed outcome");
	expect_refused(HEAD "outcome no-provider none\n" PASS("rdmap79s0"), "contradicts itself");
}

static void reads_a_report(void **state)
{
	static const char whole[] = HEAD PROVIDER FAIL("rdmap81s0") PASS("rdmap79s0") "end 2\n";
	struct probe_report *r = calloc(1, sizeof(*r));

	(void)state;
	r->elapsed_ms = 5;
	assert_int_equal(probe_parse(whole, inv, r, NULL), 0);
	assert_int_equal(r->outcome, PROBE_RAN);
	assert_int_equal(r->elapsed_ms, 5);
	assert_string_equal(r->libfabric, "1.17");
	assert_string_equal(r->provider, "efa");
	assert_string_equal(r->fabric, "efa");
	assert_int_equal(r->n, 3);
	assert_int_equal(r->v[0].state, PROBE_PASS);
	assert_int_equal(r->v[0].step, PROBE_STEP_DONE);
	assert_int_equal(r->v[0].bytes, 139312);
	assert_int_equal(r->v[0].tx_bytes, 141000);
	assert_int_equal(r->v[0].packets, 24);
	assert_int_equal(r->v[0].lost, 2);
	assert_int_equal(r->v[0].open_ms, 3);
	assert_int_equal(r->v[0].total_ms, 120);
	assert_string_equal(r->v[0].text, "");
	assert_false(r->v[0].retried);
	assert_int_equal(r->v[1].state, PROBE_NOT_TESTED);
	assert_int_equal(r->v[2].state, PROBE_FAIL);
	assert_int_equal(r->v[2].step, PROBE_STEP_TRANSFER);
	assert_int_equal(r->v[2].fi_error, 5);
	assert_int_equal(r->v[2].prov_error, 13);
	assert_string_equal(r->v[2].text, "no answer from the peer");
	assert_true(r->v[2].retried);
	free(r);
}

static void reads_that_there_is_no_provider(void **state)
{
	static const char whole[] = HEAD
		"outcome no-provider this libfabric has no provider efa\n"
		"rail rdmap79s0 not-tested getinfo 61 0 0 0 0 0 0 3 0 1 -\n"
		"rail rdmap81s0 fail open 5 0 0 0 0 0 0 3 0 1 opening the device\nend 2\n";
	struct probe_report *r = calloc(1, sizeof(*r));

	(void)state;
	assert_int_equal(probe_parse(whole, inv, r, NULL), 0);
	assert_int_equal(r->outcome, PROBE_NO_PROVIDER);
	assert_string_equal(r->text, "this libfabric has no provider efa");
	assert_int_equal(r->v[0].state, PROBE_NOT_TESTED);
	assert_int_equal(r->v[2].state, PROBE_FAIL);
	free(r);
}

static void words_go_there_and_back(void **state)
{
	enum probe_state s, s2;
	enum probe_step p, p2;

	(void)state;
	for (s = PROBE_NOT_TESTED; s <= PROBE_CRASHED; s++) {
		assert_true(probe_state_parse(probe_state_text(s), &s2));
		assert_int_equal(s, s2);
	}
	for (p = PROBE_STEP_OPEN; p <= PROBE_STEP_DONE; p++) {
		assert_true(probe_step_parse(probe_step_text(p), &p2));
		assert_int_equal(p, p2);
	}
	assert_false(probe_state_parse("unknown", &s2));
	assert_false(probe_step_parse("", &p2));
	assert_string_equal(probe_state_text((enum probe_state)99), "unknown");
}

static void write_program(const char *script)
{
	FILE *f = fopen(program, "we");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(program, 0755), 0);
}

static struct probe_report *run(const char *path, int code)
{
	struct probe_options o = {.program = path,
				  .provider = "efa",
				  .budget_ms = BUDGET_MS,
				  .open_ms = 100,
				  .rail_ms = 200,
				  .workers = 3};
	struct probe_report *report = calloc(1, sizeof(*report));
	struct err err = {""};

	assert_int_equal(probe_run(&o, inv, report, &err), code);
	return report;
}

static void expect_outcome(const char *script, enum probe_outcome outcome, const char *sentence)
{
	struct probe_report *r;
	size_t i;

	write_program(script);
	r = run(program, 0);
	if (r->outcome != outcome || !strstr(r->text, sentence))
		fail_msg("outcome %d \"%s\" of: %s", r->outcome, r->text, script);
	assert_int_equal(r->n, 3);
	for (i = 0; i < r->n; i++)
		assert_int_equal(r->v[i].state, PROBE_NOT_TESTED);
	free(r);
}

static void refuses_wrong_options(void **state)
{
	struct probe_options good = {.program = "/bin/true",
				     .provider = "efa",
				     .budget_ms = 100,
				     .open_ms = 10,
				     .rail_ms = 10},
			     o;
	struct probe_report *r = calloc(1, sizeof(*r));
	struct err err;

	(void)state;
	o = good;
	o.program = NULL;
	assert_int_equal(probe_run(&o, inv, r, &err), -EINVAL);
	o = good;
	o.provider = "efa;tcp --workers";
	assert_int_equal(probe_run(&o, inv, r, &err), -EINVAL);
	o = good;
	o.budget_ms = 0;
	assert_int_equal(probe_run(&o, inv, r, &err), -EINVAL);
	o = good;
	o.rail_ms = 0;
	assert_int_equal(probe_run(&o, inv, r, &err), -EINVAL);
	free(r);
}

static void tells_why_nothing_was_tested(void **state)
{
	struct probe_report *r;

	(void)state;
	r = run("/nonexistent/probe", 0);
	assert_int_equal(r->outcome, PROBE_NO_PROGRAM);
	assert_non_null(strstr(r->text, "/nonexistent/probe"));
	free(r);
	expect_outcome("exit 127", PROBE_NO_LIBRARY, "cannot be loaded");
	expect_outcome("echo x; exit 127", PROBE_BROKEN, "status 127");
	expect_outcome("exit 1", PROBE_BROKEN, "status 1");
	expect_outcome("kill -SEGV $$", PROBE_BROKEN, "signal 11");
	expect_outcome(":", PROBE_BROKEN, "stops after line 0");
	expect_outcome("echo hello", PROBE_BROKEN, "not the probe's first line");
	expect_outcome("printf '" HEAD PASS("rdmap79s0") "'", PROBE_BROKEN, "stops after line 2");
	expect_outcome("exec cat /dev/zero | head -c 1000000", PROBE_BROKEN, "wrote more than");
}

static void a_good_report_of_a_failed_program_is_not_believed(void **state)
{
	(void)state;
	expect_outcome("printf '" HEAD PASS("rdmap79s0") PASS("rdmap81s0") "end 2\n'; exit 1",
		       PROBE_BROKEN, "status 1");
}

static void ends_inside_its_budget(void **state)
{
	struct probe_report *r;
	struct timespec a, b;
	long ms;

	(void)state;
	write_program("trap '' TERM HUP; printf '" HEAD "'; while :; do sleep 9; done");
	clock_gettime(CLOCK_MONOTONIC, &a);
	r = run(program, 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	assert_int_equal(r->outcome, PROBE_BROKEN);
	assert_non_null(strstr(r->text, "within its budget"));
	assert_in_range(ms, BUDGET_MS, BUDGET_MS + 500);
	free(r);
}

/* On a node that has no CPU to spare, its end may take longer than its tests did. */
static void a_whole_report_is_believed_though_the_end_is_late(void **state)
{
	struct probe_report *r;

	(void)state;
	write_program("printf '" HEAD PROVIDER PASS("rdmap79s0") FAIL("rdmap81s0") "end 2\n'\n"
										   "exec sleep 9");
	r = run(program, 0);
	assert_int_equal(r->outcome, PROBE_RAN);
	assert_string_equal(r->text, "");
	assert_int_equal(r->v[0].state, PROBE_PASS);
	assert_int_equal(r->v[2].state, PROBE_FAIL);
	free(r);
	/* Half of one is none. */
	write_program("printf '" HEAD PROVIDER PASS("rdmap79s0")
			      FAIL("rdmap81s0") "'\nexec sleep 9");
	r = run(program, 0);
	assert_int_equal(r->outcome, PROBE_BROKEN);
	assert_non_null(strstr(r->text, "within its budget"));
	assert_int_equal(r->v[0].state, PROBE_NOT_TESTED);
	free(r);
}

/* The program gets the rails to be tested, the settings, and nothing of our environment. */
static void starts_the_program_as_promised(void **state)
{
	struct probe_report *r;

	(void)state;
	write_program("[ \"$*\" = \"--provider efa --budget-ms 2000 --open-ms 100 --rail-ms 200 "
		      "--workers 3 -- rdmap79s0 rdmap81s0\" ] || exit 1\n"
		      "[ -z \"$FI_EFA_IFACE$LD_LIBRARY_PATH$RDMAV_FORK_SAFE$HOME\" ] || exit 2\n"
		      "printf '" HEAD PROVIDER PASS("rdmap79s0") PASS("rdmap81s0") "end 2\n'");
	setenv("FI_EFA_IFACE", "", 1);
	setenv("RDMAV_FORK_SAFE", "1", 1);
	setenv("LD_LIBRARY_PATH", "/nonexistent", 1);
	r = run(program, 0);
	unsetenv("FI_EFA_IFACE");
	unsetenv("RDMAV_FORK_SAFE");
	unsetenv("LD_LIBRARY_PATH");
	assert_string_equal(r->text, "");
	assert_int_equal(r->outcome, PROBE_RAN);
	assert_int_equal(r->v[0].state, PROBE_PASS);
	assert_int_equal(r->v[1].state, PROBE_NOT_TESTED);
	assert_int_equal(r->v[2].state, PROBE_PASS);
	free(r);
}

static void without_usable_rails_nothing_is_started(void **state)
{
	struct probe_report *r;

	(void)state;
	inv->rails[0].stage = RAIL_UNBOUND;
	inv->rails[2].stage = RAIL_NO_RDMA;
	r = run("/nonexistent/probe", 0);
	inv->rails[0].stage = inv->rails[2].stage = RAIL_USABLE;
	assert_int_equal(r->outcome, PROBE_RAN);
	assert_int_equal(r->n, 3);
	assert_int_equal(r->v[0].state, PROBE_NOT_TESTED);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(refuses_truncation),
		cmocka_unit_test(refuses_oversized_lines),
		cmocka_unit_test(refuses_wrong_order),
		cmocka_unit_test(refuses_wrong_rails),
		cmocka_unit_test(refuses_malformed_results),
		cmocka_unit_test(reads_a_report),
		cmocka_unit_test(reads_that_there_is_no_provider),
		cmocka_unit_test(words_go_there_and_back),
		cmocka_unit_test(refuses_wrong_options),
		cmocka_unit_test(tells_why_nothing_was_tested),
		cmocka_unit_test(a_good_report_of_a_failed_program_is_not_believed),
		cmocka_unit_test(ends_inside_its_budget),
		cmocka_unit_test(a_whole_report_is_believed_though_the_end_is_late),
		cmocka_unit_test(starts_the_program_as_promised),
		cmocka_unit_test(without_usable_rails_nothing_is_started),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
