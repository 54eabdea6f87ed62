/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordinator with helpers that do what a rail's name says: real processes, real pipes, real
 * signals, but no device. "a-pass" behaves as "pass", and so on.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "coordinator.h"
#include "extra_worker.h"
#include "opener.h"
#include "text.h"
#include "worker.h"

#define OPEN_MS 400
#define RAIL_MS 500

static bool does(const char *name, const char *what)
{
	return !strcmp(name + 2, what);
}

static bool any_does(const char *const *names, const uint8_t *rails, size_t n, const char *what)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (does(names[rails[i]], what))
			return true;
	return false;
}

static void hang_for_ever(void)
{
	for (;;)
		pause();
}

/* Not with raise alone: cmocka catches signals, and the helper inherits that. */
static void die(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static void send_result(int fd, size_t rail, enum probe_state state, enum probe_step step)
{
	struct wire wire;

	wire_init(&wire, WIRE_RESULT, rail);
	wire.result.state = state;
	wire.result.step = step;
	wire.result.bytes = state == PROBE_PASS;
	wire.result.fi_error = state == PROBE_PASS ? 0 : 5;
	wire.result.prov_error = state == PROBE_PASS ? 0 : 13;
	wire_send(fd, &wire);
}

void opener_main(int fd, const void *arg)
{
	const struct opener *o = arg;
	size_t i;

	if (any_does(o->names, o->rails, o->n, "open-crash"))
		die(SIGSEGV);
	for (i = 0; i < o->n; i++) {
		const char *name = o->names[o->rails[i]];

		if (does(name, "open-hang") || does(name, "open-late"))
			continue;
		if (does(name, "open-fail") || (does(name, "open-flaky") && o->n > 1))
			send_result(fd, o->rails[i], PROBE_FAIL, PROBE_STEP_OPEN);
		else
			send_result(fd, o->rails[i], PROBE_PASS, PROBE_STEP_DONE);
	}
	for (i = 0; i < o->n; i++) {
		if (!does(o->names[o->rails[i]], "open-late"))
			continue;
		usleep((OPEN_MS + 200) * 1000);
		send_result(fd, o->rails[i], PROBE_PASS, PROBE_STEP_DONE);
	}
	if (any_does(o->names, o->rails, o->n, "open-hang"))
		hang_for_ever();
}

static void send_step(int fd, size_t rail, enum probe_step step)
{
	struct wire wire;

	wire_init(&wire, WIRE_STEP, rail);
	wire.result.step = step;
	wire_send(fd, &wire);
}

static void stay_alive(int fd, size_t rail, unsigned ms)
{
	uint64_t until = clock_ms() + ms;
	struct wire wire;

	while (clock_ms() < until) {
		wire_init(&wire, WIRE_ALIVE, rail);
		wire_send(fd, &wire);
		usleep(50000);
	}
}

static void burn(clockid_t clock, long ms)
{
	struct timespec t, begin;

	clock_gettime(clock, &begin);
	do {
		clock_gettime(clock, &t);
	} while ((t.tv_sec - begin.tv_sec) * 1000 + (t.tv_nsec - begin.tv_nsec) / 1000000 < ms);
}

/* Needs some CPU, and gets next to none as long as another process takes it all. */
static void starve(void)
{
	struct sched_param idle = {0};
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	if (!fork()) {
		burn(CLOCK_MONOTONIC, 3 * RAIL_MS);
		_exit(0);
	}
	sched_setscheduler(0, SCHED_IDLE, &idle);
	burn(CLOCK_PROCESS_CPUTIME_ID, 100);
}

static void test_rail(const struct worker *w, int fd, size_t rail)
{
	const char *name = w->names[rail];
	struct wire wire;

	send_step(fd, rail, PROBE_STEP_ENDPOINT);
	send_step(fd, rail, PROBE_STEP_TRANSFER);
	if (does(name, "hang"))
		hang_for_ever();
	if (does(name, "slow"))
		stay_alive(fd, rail, 3 * RAIL_MS);
	if (does(name, "slow-for-ever"))
		stay_alive(fd, rail, 1000000);
	if (does(name, "starve"))
		starve();
	if (does(name, "spin"))
		burn(CLOCK_MONOTONIC, 1000000);
	if (does(name, "crash"))
		die(SIGSEGV);
	if (does(name, "leave"))
		_exit(0);
	if (does(name, "garbage")) {
		memset(&wire, 0xff, sizeof(wire));
		wire_send(fd, &wire);
		hang_for_ever();
	}
	if (does(name, "liar")) /* speaks for a rail that is not its own */
		send_result(fd, rail ? rail - 1 : rail + 1, PROBE_FAIL, PROBE_STEP_TRANSFER);
	if (does(name, "flood"))
		for (;;)
			send_step(fd, rail, PROBE_STEP_TRANSFER);
	if (does(name, "fail") || (does(name, "flaky") && !w->classic))
		send_result(fd, rail, PROBE_FAIL, PROBE_STEP_TRANSFER);
	else
		send_result(fd, rail, PROBE_PASS, PROBE_STEP_DONE);
}

static void send_no_info(int fd, size_t rail, bool exists)
{
	struct wire wire;

	wire_init(&wire, WIRE_NO_INFO, rail);
	wire.result.state = PROBE_FAIL;
	wire.result.step = PROBE_STEP_GETINFO;
	wire.result.fi_error = 61;
	wire.flag = exists;
	wire_send(fd, &wire);
}

/* The provider lists nothing: the device itself does not open any more; or a pass, of all things.
 */
static void send_dumb(int fd, size_t rail, bool pass)
{
	struct wire wire;

	wire_init(&wire, WIRE_NO_INFO, rail);
	wire.result.state = pass ? PROBE_PASS : PROBE_FAIL;
	wire.result.step = pass ? PROBE_STEP_DONE : PROBE_STEP_OPEN;
	wire.result.bytes = pass;
	wire.result.fi_error = pass ? 0 : 62;
	wire.flag = true;
	wire_send(fd, &wire);
}

void worker_main(int fd, const void *arg)
{
	const struct worker *w = arg;
	struct wire wire;
	size_t i;

	if (any_does(w->names, w->rails, w->n, "info-hang"))
		hang_for_ever();
	if (any_does(w->names, w->rails, w->n, "info-crash"))
		die(SIGABRT);
	if (any_does(w->names, w->rails, w->n, "no-info") ||
	    any_does(w->names, w->rails, w->n, "no-provider")) {
		send_no_info(fd, w->rails[0], any_does(w->names, w->rails, w->n, "no-info"));
		return;
	}
	if (any_does(w->names, w->rails, w->n, "dumb") ||
	    any_does(w->names, w->rails, w->n, "boast")) {
		send_dumb(fd, w->rails[0], any_does(w->names, w->rails, w->n, "boast"));
		return;
	}
	wire_init(&wire, WIRE_PROVIDER, 0);
	text_format(wire.provider, sizeof(wire.provider), "fake");
	text_format(wire.fabric, sizeof(wire.fabric), "fabric");
	wire_send(fd, &wire);
	for (i = 0; i < w->n; i++) {
		if (i && does(w->names[w->rails[i]], "elsewhere")) {
			wire_init(&wire, WIRE_LEAVE, w->rails[i]);
			wire_send(fd, &wire);
			return;
		}
		test_rail(w, fd, w->rails[i]);
	}
}

/* How many of these there were, by the value of the last. */
void extra_worker_main(int fd, const void *arg)
{
	const struct extra_worker *w = arg;
	struct extra_result tests[2] = {{.state = EXTRA_DONE, .value = w->n}};

	for (size_t i = 0; i < w->n; i++) {
		extra_wire_send(fd, EXTRA_WIRE_BEGIN, w->which[i], NULL);
		extra_wire_send(fd, EXTRA_WIRE_RESULT, w->which[i], tests);
	}
}

static struct probe_report report;
static unsigned took_ms;
static bool open_only, latency;

static void run_with(unsigned budget_ms, unsigned workers, const char *const *names, size_t n)
{
	struct coordinator_options o = {.provider = "fake",
					.is_verbs = true,
					.budget_ms = budget_ms,
					.open_ms = OPEN_MS,
					.rail_ms = RAIL_MS,
					.workers = workers,
					.open_only = open_only,
					.extras = {[PROBE_LATENCY] = latency}};
	uint64_t start = clock_ms();

	coordinator_run(&o, names, n, &report);
	took_ms = (unsigned)(clock_ms() - start);
	assert_true(took_ms <= budget_ms);
	assert_int_equal(report.n, n);
	/* Children that are left are killed; what is collected here was. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

#define RUN(budget_ms, workers, ...)                                                               \
	do {                                                                                       \
		static const char *const run_names[] = {__VA_ARGS__};                              \
		run_with(budget_ms, workers, run_names, sizeof(run_names) / sizeof(run_names[0])); \
	} while (0)

static void expect(size_t rail, enum probe_state state, enum probe_step step, bool retried)
{
	const struct probe_result *v = &report.v[rail];

	if (v->state != state || v->step != step || v->retried != retried)
		fail_msg("rail %zu: %s at %s, retried %d, \"%s\"", rail, probe_state_text(v->state),
			 probe_step_text(v->step), v->retried, v->text);
}

static void expect_pass(size_t rail)
{
	expect(rail, PROBE_PASS, PROBE_STEP_DONE, false);
}

static void one_that_fails_is_tried_alone(void **state)
{
	(void)state;
	RUN(20000, 2, "a-pass", "b-fail", "c-pass", "d-flaky", "e-pass");
	expect_pass(0);
	expect(1, PROBE_FAIL, PROBE_STEP_TRANSFER, true);
	assert_int_equal(report.v[1].fi_error, 5);
	assert_int_equal(report.v[1].prov_error, 13);
	expect_pass(2);
	expect(3, PROBE_PASS, PROBE_STEP_DONE, true);
	expect_pass(4);
	assert_string_equal(report.provider, "fake");
	assert_string_equal(report.fabric, "fabric");
	assert_int_equal(report.outcome, PROBE_RAN);
}

static void one_that_breaks_its_worker_spares_the_others(void **state)
{
	static const struct {
		const char *name;
		enum probe_state state;
		enum probe_step step;
	} kinds[] = {
		{"b-hang", PROBE_HUNG, PROBE_STEP_TRANSFER},
		{"b-crash", PROBE_CRASHED, PROBE_STEP_TRANSFER},
		{"b-leave", PROBE_CRASHED, PROBE_STEP_TRANSFER},
		{"b-garbage", PROBE_CRASHED, PROBE_STEP_TRANSFER},
		{"b-liar", PROBE_CRASHED, PROBE_STEP_TRANSFER},
		{"b-flood", PROBE_HUNG, PROBE_STEP_TRANSFER},
		{"b-slow-for-ever", PROBE_HUNG, PROBE_STEP_TRANSFER},
		{"b-spin", PROBE_HUNG, PROBE_STEP_TRANSFER},
		{"b-info-hang", PROBE_HUNG, PROBE_STEP_GETINFO},
		{"b-info-crash", PROBE_CRASHED, PROBE_STEP_GETINFO},
		{"b-no-info", PROBE_FAIL, PROBE_STEP_GETINFO},
		{"b-dumb", PROBE_FAIL, PROBE_STEP_OPEN},
		{"b-boast", PROBE_CRASHED, PROBE_STEP_GETINFO},
	};
	size_t i, rail;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *const names[] = {"a-pass", kinds[i].name, "c-pass", "d-pass",
					     "e-pass", "f-pass",      "g-pass", "h-pass"};

		run_with(20000, 1, names, 8);
		for (rail = 0; rail < 8; rail++)
			if (rail != 1)
				expect_pass(rail);
		expect(1, kinds[i].state, kinds[i].step, true);
		assert_int_equal(report.outcome, PROBE_RAN);
	}
}

/* Longer than a rail has, with a worker that looks after it, or that has had no CPU for it. */
static void want_of_cpu_is_no_fault_of_a_rail(void **state)
{
	(void)state;
	RUN(20000, 1, "a-pass", "b-slow", "c-pass", "d-starve", "e-pass");
	expect_pass(0);
	expect_pass(1);
	expect_pass(2);
	expect_pass(3);
	expect_pass(4);
	assert_true(took_ms > 6 * RAIL_MS);
	/* The budget ends before anything is known of it. */
	RUN(2 * RAIL_MS, 1, "a-slow-for-ever");
	assert_int_equal(report.v[0].state, PROBE_NOT_TESTED);
}

static void openings_are_apart_from_each_other(void **state)
{
	(void)state;
	RUN(20000, 2, "a-pass", "b-open-hang", "c-pass", "d-open-fail", "e-open-flaky");
	expect_pass(0);
	expect(1, PROBE_HUNG, PROBE_STEP_OPEN, false);
	expect_pass(2);
	expect(3, PROBE_FAIL, PROBE_STEP_OPEN, true);
	expect_pass(4);
	/* The hung one is not waited for any longer than its deadline. */
	assert_true(took_ms < OPEN_MS + 3000);
}

static void an_opener_that_dies_spares_the_others(void **state)
{
	(void)state;
	RUN(20000, 2, "a-pass", "b-open-crash", "c-pass");
	expect_pass(0);
	expect(1, PROBE_CRASHED, PROBE_STEP_OPEN, false);
	expect_pass(2);
}

/* What would crash, hang or fail in a test does not: there is none. And nothing passes. */
static void opening_alone(void **state)
{
	(void)state;
	open_only = true;
	RUN(20000, 2, "a-pass", "b-crash", "c-hang", "d-open-flaky", "e-open-fail", "f-open-hang");
	open_only = false;
	for (size_t i = 0; i < 4; i++) {
		expect(i, PROBE_NOT_TESTED, PROBE_STEP_GETINFO, false);
		assert_true(probe_opened(&report.v[i]));
		assert_int_equal(report.v[i].bytes, 0);
	}
	expect(4, PROBE_FAIL, PROBE_STEP_OPEN, true);
	expect(5, PROBE_HUNG, PROBE_STEP_OPEN, false);
	assert_false(probe_opened(&report.v[4]) || probe_opened(&report.v[5]));
	assert_int_equal(report.outcome, PROBE_RAN);
	assert_string_equal(report.provider, "");
	assert_true(took_ms < OPEN_MS + 1000);
}

static void opening_alone_inside_the_budget(void **state)
{
	(void)state;
	open_only = true;
	RUN(300, 2, "a-pass", "b-open-hang");
	open_only = false;
	assert_true(probe_opened(&report.v[0]));
	assert_false(probe_opened(&report.v[1]));
	expect(1, PROBE_NOT_TESTED, PROBE_STEP_OPEN, false);
}

static void a_late_opening_counts_while_others_are_tested(void **state)
{
	(void)state;
	RUN(20000, 1, "a-pass", "b-open-late", "c-hang");
	expect_pass(0);
	expect(1, PROBE_PASS, PROBE_STEP_DONE, true);
	expect(2, PROBE_HUNG, PROBE_STEP_TRANSFER, true);
	/* Alone, there is nothing to wait for. */
	RUN(20000, 1, "a-open-late");
	expect(0, PROBE_HUNG, PROBE_STEP_OPEN, false);
}

static void the_budget_ends_everything(void **state)
{
	size_t i;

	(void)state;
	RUN(1200, 1, "a-pass", "b-hang", "c-hang", "d-hang", "e-hang", "f-hang", "g-pass");
	expect_pass(0);
	/* What was not tested fairly is not called sick, and nothing is called sound unseen. */
	for (i = 1; i < 6; i++)
		assert_true(report.v[i].state == PROBE_HUNG ||
			    report.v[i].state == PROBE_NOT_TESTED);
	assert_int_equal(report.v[1].state, PROBE_HUNG);
	assert_int_equal(report.v[5].state, PROBE_NOT_TESTED);
	assert_string_not_equal(report.v[5].text, "");
	RUN(60, 1, "a-open-hang", "b-open-hang");
	assert_int_equal(report.v[0].state, PROBE_NOT_TESTED);
	assert_int_equal(report.v[1].state, PROBE_NOT_TESTED);
}

static void no_provider_is_no_fault_of_the_rails(void **state)
{
	(void)state;
	RUN(20000, 2, "a-no-provider", "b-no-provider", "c-open-fail");
	assert_int_equal(report.outcome, PROBE_NO_PROVIDER);
	assert_non_null(strstr(report.text, "no provider fake"));
	assert_int_equal(report.v[0].state, PROBE_NOT_TESTED);
	assert_int_equal(report.v[1].state, PROBE_NOT_TESTED);
	expect(2, PROBE_FAIL, PROBE_STEP_OPEN, true);
	/* A library that crashes is another matter than one that lacks the provider. */
	RUN(20000, 2, "a-no-provider", "b-info-crash");
	assert_int_equal(report.outcome, PROBE_RAN);
	expect(1, PROBE_CRASHED, PROBE_STEP_GETINFO, true);
	/* The provider is there as soon as one has seen it. */
	RUN(20000, 2, "a-no-provider", "b-pass");
	assert_int_equal(report.outcome, PROBE_RAN);
	expect(0, PROBE_FAIL, PROBE_STEP_GETINFO, true);
	RUN(20000, 2, "a-no-info", "b-no-info");
	assert_int_equal(report.outcome, PROBE_RAN);
	expect(0, PROBE_FAIL, PROBE_STEP_GETINFO, true);
}

static void a_worker_may_leave_rails_to_another(void **state)
{
	(void)state;
	RUN(20000, 1, "a-pass", "b-elsewhere", "c-fail", "d-elsewhere", "e-pass");
	expect_pass(0);
	expect_pass(1);
	expect(2, PROBE_FAIL, PROBE_STEP_TRANSFER, true);
	expect_pass(3);
	expect_pass(4);
}

static void all_rails_that_there_may_be(void **state)
{
	static char texts[NODE_RAILS_MAX][NAME_TEXT];
	const char *names[NODE_RAILS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < NODE_RAILS_MAX; i++) {
		text_format(texts[i], NAME_TEXT, "%c-%s", (int)('A' + i % 26),
			    i % 8 == 3 ? "crash" : "pass");
		names[i] = texts[i];
	}
	run_with(30000, 8, names, NODE_RAILS_MAX);
	for (i = 0; i < NODE_RAILS_MAX; i++)
		if (i % 8 == 3)
			expect(i, PROBE_CRASHED, PROBE_STEP_TRANSFER, true);
		else
			expect_pass(i);
}

/* Once all others are done, of what passed, and only when asked for. */
static void optional_tests_come_last(void **state)
{
	(void)state;
	RUN(20000, 2, "a-pass", "b-fail", "c-pass", "d-flaky");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(report.extras[i][PROBE_LATENCY].state, EXTRA_NONE);
	latency = true;
	RUN(20000, 2, "a-pass", "b-fail", "c-pass", "d-flaky");
	assert_int_equal(report.extras[0][PROBE_LATENCY].value, 3);
	assert_int_equal(report.extras[1][PROBE_LATENCY].state, EXTRA_NONE);
	assert_int_equal(report.extras[3][PROBE_LATENCY].value, 3);
	/* The budget is used up by what comes first. */
	RUN(1000, 1, "a-slow-for-ever", "b-pass");
	assert_int_equal(report.v[0].state, PROBE_NOT_TESTED);
	assert_int_equal(report.extras[0][PROBE_LATENCY].state, EXTRA_NONE);
	latency = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_fails_is_tried_alone),
		cmocka_unit_test(one_that_breaks_its_worker_spares_the_others),
		cmocka_unit_test(want_of_cpu_is_no_fault_of_a_rail),
		cmocka_unit_test(openings_are_apart_from_each_other),
		cmocka_unit_test(an_opener_that_dies_spares_the_others),
		cmocka_unit_test(opening_alone),
		cmocka_unit_test(opening_alone_inside_the_budget),
		cmocka_unit_test(a_late_opening_counts_while_others_are_tested),
		cmocka_unit_test(the_budget_ends_everything),
		cmocka_unit_test(no_provider_is_no_fault_of_the_rails),
		cmocka_unit_test(a_worker_may_leave_rails_to_another),
		cmocka_unit_test(all_rails_that_there_may_be),
		cmocka_unit_test(optional_tests_come_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
