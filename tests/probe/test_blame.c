/* SPDX-License-Identifier: Apache-2.0 */
/* Whose fault it is when rails do not reach each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "blame.h"

static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
static struct probe_report report;

/* A ring of n rails: "." reach each other, "f" do not, "-" not tested. */
static void ring(const char *how)
{
	size_t n = strlen(how);

	memset(&report, 0, sizeof(report));
	report.n = report.n_pairs = n;
	for (size_t i = 0; i < n; i++) {
		report.v[i].state = PROBE_PASS;
		report.v[i].step = PROBE_STEP_DONE;
		report.pairs[i].a = (uint8_t)i;
		report.pairs[i].b = (uint8_t)((i + 1) % n);
		report.pairs[i].test.state = how[i] == '.'   ? EXTRA_DONE
					     : how[i] == 'f' ? EXTRA_FAILED
							     : EXTRA_NOT_TESTED;
	}
	blame_rails(&report, names);
}

static void expect(const char *how, const char *blamed)
{
	ring(how);
	for (size_t i = 0; i < report.n; i++) {
		bool is = strchr(blamed, names[i][0]) != NULL;

		if (report.v[i].state != (is ? PROBE_FAIL : PROBE_PASS) ||
		    report.v[i].step != (is ? PROBE_STEP_PAIRS : PROBE_STEP_DONE))
			fail_msg("%s: rail %s is %s at %s", how, names[i],
				 probe_state_text(report.v[i].state),
				 probe_step_text(report.v[i].step));
	}
}

static void nobody_where_it_is_not_proven(void **state)
{
	(void)state;
	expect("....", "");
	expect("f...", "");
	expect("ffff", ""); /* nobody reaches anybody */
	expect("fff.", "");
	expect("f-..", ""); /* seen with one other only */
	expect("ff", "");
	expect("ff-.", ""); /* c is not known to reach anybody but d: it does */
}

static void the_one_that_reaches_nobody(void **state)
{
	(void)state;
	expect("ff..", "b");
	expect("f..f", "a");
	expect("ff.", "b");
	assert_string_equal(report.v[1].text, "reaches none of a, c, which reach others");
	/* Two apart from each other. */
	expect("ff.ff.", "be");
}

static void one_that_failed_before_is_left_as_it_was(void **state)
{
	(void)state;
	ring("....");
	report.v[1].state = PROBE_HUNG;
	report.v[1].step = PROBE_STEP_TRANSFER;
	report.pairs[0].test.state = report.pairs[1].test.state = EXTRA_FAILED;
	blame_rails(&report, names);
	assert_int_equal(report.v[1].state, PROBE_HUNG);
	assert_int_equal(report.v[1].step, PROBE_STEP_TRANSFER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_where_it_is_not_proven),
		cmocka_unit_test(the_one_that_reaches_nobody),
		cmocka_unit_test(one_that_failed_before_is_left_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
