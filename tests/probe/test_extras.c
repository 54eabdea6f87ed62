/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Optional tests with helpers that do what a rail's name says: real processes and pipes, but no
 * device. "a-pass" behaves as "pass", and so on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "extra_worker.h"
#include "extras.h"
#include "text.h"

#define RAIL_MS 400

static bool does(const char *name, const char *what)
{
	return !strcmp(name + 2, what);
}

static void misbehave(int fd, const char *name, size_t item)
{
	struct extra_result wrong[2] = {{.state = EXTRA_DONE}};

	if (does(name, "hang"))
		for (;;)
			pause();
	if (does(name, "crash")) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (does(name, "leave"))
		_exit(0);
	if (does(name, "garbage"))
		(void)!write(fd, wrong, sizeof(wrong));
	if (does(name, "worthless")) /* done, with nothing to show */
		extra_wire_send(fd, EXTRA_WIRE_RESULT, item, wrong);
	if (does(name, "silent")) /* a result that says nothing */
		extra_wire_send(fd, EXTRA_WIRE_RESULT, item, NULL);
	if (does(name, "liar")) /* of another item */
		extra_wire_send(fd, EXTRA_WIRE_RESULT, item ? item - 1 : item + 1, wrong);
	if (does(name, "slow"))
		for (uint64_t end = clock_ms() + 3 * RAIL_MS; clock_ms() < end; usleep(50000))
			extra_wire_send(fd, EXTRA_WIRE_ALIVE, item, NULL);
}

static void answer(int fd, const struct extra_worker *w, size_t item)
{
	const char *a = w->names[w->items[item].a], *b = w->names[w->items[item].b];
	struct extra_result tests[2] = {{.state = EXTRA_DONE, .value = 7},
					{.state = EXTRA_DONE, .value = 8}};

	if (does(a, "fail") || does(b, "fail") || (does(a, "flaky") && w->n > 1)) {
		tests[0] = (struct extra_result){.state = EXTRA_FAILED};
		text_format(tests[0].text, sizeof(tests[0].text), "on purpose");
	}
	extra_wire_send(fd, EXTRA_WIRE_RESULT, item, tests);
}

void extra_worker_main(int fd, const void *arg)
{
	const struct extra_worker *w = arg;

	for (size_t i = 0; i < w->n; i++) {
		size_t item = w->which[i];

		if (does(w->names[w->items[item].a], "before"))
			_exit(0);
		/* A helper may leave the rest to another one. */
		if (i && does(w->names[w->items[item].a], "elsewhere"))
			return;
		extra_wire_send(fd, EXTRA_WIRE_BEGIN, item, NULL);
		misbehave(fd, w->names[w->items[item].a], item);
		answer(fd, w, item);
	}
}

static struct probe_report report;
static enum probe_ability ability = PROBE_YES;
static unsigned took_ms;

static void run_with(enum probe_extra kind, unsigned budget_ms, const char *const *names, size_t n)
{
	struct coordinator_options o = {
		.provider = "fake", .is_verbs = true, .open_ms = 200, .rail_ms = RAIL_MS};
	uint64_t start = clock_ms();

	o.extras[kind] = true;
	memset(&report, 0, sizeof(report));
	report.n = n;
	for (size_t i = 0; i < n; i++) {
		report.v[i].state = does(names[i], "failed") ? PROBE_FAIL : PROBE_PASS;
		report.v[i].step = does(names[i], "failed") ? PROBE_STEP_TRANSFER : PROBE_STEP_DONE;
		report.v[i].rdma_read = does(names[i], "unable")    ? PROBE_NO
					: does(names[i], "unknown") ? PROBE_UNKNOWN
								    : ability;
	}
	extras_run(&o, names, start + budget_ms, &report);
	took_ms = (unsigned)(clock_ms() - start);
	assert_true(took_ms <= budget_ms + 50);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

#define RUN(kind, budget_ms, ...)                                                               \
	do {                                                                                    \
		static const char *const run_names[] = {__VA_ARGS__};                           \
		run_with(kind, budget_ms, run_names, sizeof(run_names) / sizeof(run_names[0])); \
	} while (0)

static void expect_extra(enum probe_extra kind, size_t rail, enum extra_state state)
{
	const struct extra_result *test = &report.extras[rail][kind];

	if (test->state != state)
		fail_msg("rail %zu: %s \"%s\"", rail, extra_state_text(test->state), test->text);
}

static void expect_rail(size_t rail, enum probe_state state, enum probe_step step)
{
	const struct probe_result *v = &report.v[rail];

	if (v->state != state || v->step != step)
		fail_msg("rail %zu: %s at %s \"%s\"", rail, probe_state_text(v->state),
			 probe_step_text(v->step), v->text);
}

/* Whatever a helper does, the others are measured, and no rail is worse for it. */
static void measuring_hurts_nobody(void **state)
{
	static const char *const bad[] = {"b-hang", "b-crash",	"b-leave",  "b-garbage",
					  "b-liar", "b-silent", "b-before", "b-worthless"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const names[] = {"a-pass", bad[i], "c-pass", "d-failed", "e-elsewhere"};

		run_with(PROBE_LATENCY, 10000, names, 5);
		expect_extra(PROBE_LATENCY, 0, EXTRA_DONE);
		assert_int_equal(report.extras[0][PROBE_LATENCY].value, 7);
		expect_extra(PROBE_LATENCY, 1, EXTRA_NOT_TESTED);
		expect_rail(1, PROBE_PASS, PROBE_STEP_DONE);
		expect_extra(PROBE_LATENCY, 2, EXTRA_DONE);
		expect_extra(PROBE_LATENCY, 3, EXTRA_NONE);
		expect_extra(PROBE_LATENCY, 4, EXTRA_DONE);
		expect_extra(PROBE_BANDWIDTH, 0, EXTRA_NONE);
	}
	RUN(PROBE_BANDWIDTH, 10000, "a-pass", "b-slow");
	assert_int_equal(report.extras[0][PROBE_BANDWIDTH].value, 8);
	expect_extra(PROBE_BANDWIDTH, 1, EXTRA_DONE);
	expect_extra(PROBE_LATENCY, 1, EXTRA_NONE);
}

static void a_read_that_fails_twice_fails_its_rail(void **state)
{
	(void)state;
	RUN(PROBE_RDMA_READ, 20000, "a-pass", "b-fail", "c-flaky", "d-crash", "e-hang", "f-unable",
	    "g-unknown", "h-failed");
	expect_extra(PROBE_RDMA_READ, 0, EXTRA_DONE);
	expect_rail(1, PROBE_FAIL, PROBE_STEP_READ);
	assert_string_equal(report.v[1].text, "on purpose");
	assert_true(report.v[1].retried);
	expect_extra(PROBE_RDMA_READ, 1, EXTRA_NONE);
	expect_extra(PROBE_RDMA_READ, 2, EXTRA_DONE);
	expect_rail(2, PROBE_PASS, PROBE_STEP_DONE);
	expect_rail(3, PROBE_CRASHED, PROBE_STEP_READ);
	expect_rail(4, PROBE_HUNG, PROBE_STEP_READ);
	expect_extra(PROBE_RDMA_READ, 5, EXTRA_UNABLE);
	expect_extra(PROBE_RDMA_READ, 6, EXTRA_NOT_TESTED);
	expect_rail(7, PROBE_FAIL, PROBE_STEP_TRANSFER);
}

static void pairs_are_a_ring_of_those_that_passed(void **state)
{
	(void)state;
	RUN(PROBE_PAIRS, 10000, "a-pass", "b-failed", "c-pass", "d-pass");
	assert_int_equal(report.n_pairs, 3);
	for (size_t i = 0; i < 3; i++) {
		static const uint8_t ring[][2] = {{0, 2}, {2, 3}, {3, 0}};

		assert_int_equal(report.pairs[i].a, ring[i][0]);
		assert_int_equal(report.pairs[i].b, ring[i][1]);
		assert_int_equal(report.pairs[i].test.state, EXTRA_DONE);
	}
	RUN(PROBE_PAIRS, 10000, "a-pass", "b-pass");
	assert_int_equal(report.n_pairs, 1);
	RUN(PROBE_PAIRS, 10000, "a-pass", "b-failed");
	assert_int_equal(report.n_pairs, 0);
	/* The rail in all that fail is the one. */
	RUN(PROBE_PAIRS, 10000, "a-pass", "b-fail", "c-pass", "d-pass");
	assert_int_equal(report.pairs[0].test.state, EXTRA_FAILED);
	assert_int_equal(report.pairs[1].test.state, EXTRA_FAILED);
	assert_int_equal(report.pairs[2].test.state, EXTRA_DONE);
	expect_rail(0, PROBE_PASS, PROBE_STEP_DONE);
	expect_rail(1, PROBE_FAIL, PROBE_STEP_PAIRS);
}

/* Nothing is a fault for want of time, not even what failed once. */
static void the_budget_ends_everything(void **state)
{
	(void)state;
	RUN(PROBE_RDMA_READ, 500, "a-pass", "b-hang", "c-pass");
	expect_extra(PROBE_RDMA_READ, 0, EXTRA_DONE);
	expect_rail(1, PROBE_PASS, PROBE_STEP_DONE);
	expect_extra(PROBE_RDMA_READ, 1, EXTRA_NOT_TESTED);
	expect_extra(PROBE_RDMA_READ, 2, EXTRA_NOT_TESTED);
	RUN(PROBE_RDMA_READ, 1100, "a-hang", "b-pass");
	expect_rail(0, PROBE_PASS, PROBE_STEP_DONE);
	expect_extra(PROBE_RDMA_READ, 0, EXTRA_NOT_TESTED);
	assert_non_null(strstr(report.extras[0][PROBE_RDMA_READ].text, "no time was left"));
	RUN(PROBE_LATENCY, 0, "a-pass");
	expect_extra(PROBE_LATENCY, 0, EXTRA_NOT_TESTED);
	assert_true(took_ms <= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measuring_hurts_nobody),
		cmocka_unit_test(a_read_that_fails_twice_fails_its_rail),
		cmocka_unit_test(pairs_are_a_ring_of_those_that_passed),
		cmocka_unit_test(the_budget_ends_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
