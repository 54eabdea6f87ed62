/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "book.h"

static struct book book;

static struct probe_result result_of(enum probe_state state, enum probe_step step)
{
	return (struct probe_result){.state = state, .step = step, .open_ms = 7, .bytes = 1};
}

static void untested_rails_are_never_a_pass(void **state)
{
	size_t i;

	(void)state;
	book_init(&book, 3, true);
	for (i = 0; i < 3; i++) {
		assert_int_equal(book.rails[i].result.state, PROBE_NOT_TESTED);
		assert_string_not_equal(book.rails[i].result.text, "");
	}
	assert_int_equal(book_count(&book, BOOK_OPENING), 3);
	book_init(&book, 3, false);
	assert_int_equal(book_count(&book, BOOK_READY), 3);
}

static void an_opened_rail_is_ready_but_not_tested(void **state)
{
	struct probe_result opened = result_of(PROBE_PASS, PROBE_STEP_DONE);

	(void)state;
	book_init(&book, 1, true);
	book_opened(&book, 0, &opened, false);
	assert_int_equal(book.rails[0].stage, BOOK_READY);
	assert_int_equal(book.rails[0].result.state, PROBE_NOT_TESTED);
	assert_int_equal(book.rails[0].result.open_ms, 7);
	assert_int_equal(book.rails[0].result.bytes, 0);
}

/* What the opening said of the device outlives the tests that follow. */
static void abilities_are_kept(void **state)
{
	struct probe_result opened = result_of(PROBE_PASS, PROBE_STEP_DONE);
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_TRANSFER);

	(void)state;
	opened.rdma_read = PROBE_YES;
	book_init(&book, 1, true);
	book_opened(&book, 0, &opened, false);
	assert_int_equal(book.rails[0].result.rdma_read, PROBE_YES);
	book_take(&book, 0);
	book_tested(&book, 0, &failed);
	book_take(&book, 0);
	book_tested(&book, 0, &failed);
	assert_int_equal(book.rails[0].stage, BOOK_SETTLED);
	assert_int_equal(book.rails[0].result.state, PROBE_FAIL);
	assert_int_equal(book.rails[0].result.rdma_read, PROBE_YES);
}

static void a_failed_opening_settles_unless_tried_again(void **state)
{
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_OPEN);

	(void)state;
	book_init(&book, 1, true);
	book_opened(&book, 0, &failed, true);
	assert_int_equal(book.rails[0].stage, BOOK_OPENING);
	book_opened(&book, 0, &failed, false);
	assert_int_equal(book.rails[0].stage, BOOK_SETTLED);
	assert_int_equal(book.rails[0].result.state, PROBE_FAIL);
}

static void a_late_opening_is_hung_until_it_answers(void **state)
{
	struct probe_result hung = result_of(PROBE_HUNG, PROBE_STEP_OPEN);
	struct probe_result opened = result_of(PROBE_PASS, PROBE_STEP_DONE);

	(void)state;
	book_init(&book, 1, true);
	book_opened(&book, 0, &hung, false);
	assert_int_equal(book.rails[0].stage, BOOK_LATE);
	assert_int_equal(book.rails[0].result.state, PROBE_HUNG);
	book_opened(&book, 0, &opened, false);
	assert_int_equal(book.rails[0].stage, BOOK_SUSPECT); /* alone, not in a group */
	book_take(&book, 0);
	book_tested(&book, 0, &opened);
	assert_int_equal(book.rails[0].stage, BOOK_SETTLED);
	assert_int_equal(book.rails[0].result.state, PROBE_PASS);
}

static void a_failure_in_a_group_is_tried_alone(void **state)
{
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_TRANSFER);
	struct probe_result passed = result_of(PROBE_PASS, PROBE_STEP_DONE);

	(void)state;
	book_init(&book, 2, false);
	book_take(&book, 0);
	book_take(&book, 1);
	book_tested(&book, 0, &failed);
	book_tested(&book, 1, &passed);
	assert_int_equal(book.rails[0].stage, BOOK_SUSPECT);
	assert_int_equal(book.rails[1].stage, BOOK_SETTLED);
	assert_false(book.rails[1].result.retried);
	book_take(&book, 0);
	book_tested(&book, 0, &passed);
	assert_int_equal(book.rails[0].stage, BOOK_SETTLED);
	assert_int_equal(book.rails[0].result.state, PROBE_PASS);
	assert_true(book.rails[0].result.retried);
}

static void what_came_of_it_alone_is_believed(void **state)
{
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_TRANSFER);
	struct probe_result crashed = result_of(PROBE_CRASHED, PROBE_STEP_ENDPOINT);

	(void)state;
	book_init(&book, 1, false);
	book_take(&book, 0);
	book_tested(&book, 0, &failed);
	book_take(&book, 0);
	book_tested(&book, 0, &crashed);
	assert_int_equal(book.rails[0].stage, BOOK_SETTLED);
	assert_int_equal(book.rails[0].result.state, PROBE_CRASHED);
	/* Nothing changes a settled rail. */
	failed.state = PROBE_PASS;
	book_tested(&book, 0, &failed);
	assert_int_equal(book.rails[0].result.state, PROBE_CRASHED);
}

static void a_returned_rail_keeps_its_place(void **state)
{
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_TRANSFER);

	(void)state;
	book_init(&book, 1, false);
	book_take(&book, 0);
	book_return(&book, 0);
	assert_int_equal(book.rails[0].stage, BOOK_READY);
	book_take(&book, 0);
	book_tested(&book, 0, &failed);
	book_take(&book, 0);
	book_return(&book, 0);
	assert_int_equal(book.rails[0].stage, BOOK_SUSPECT);
	assert_int_equal(book.rails[0].result.state, PROBE_FAIL);
}

/* n rails that failed in one way, of which the first alone_n did so again alone. */
static void fail_alike(size_t n, size_t alone_n)
{
	struct probe_result failed = result_of(PROBE_FAIL, PROBE_STEP_TRANSFER);
	size_t i;

	book_init(&book, n, false);
	for (i = 0; i < n; i++)
		book_take(&book, i);
	for (i = 0; i < n; i++)
		book_tested(&book, i, &failed);
	for (i = 0; i < alone_n; i++) {
		book_take(&book, i);
		book_tested(&book, i, &failed);
	}
}

static void rails_that_all_fail_alike_are_believed_in_the_end(void **state)
{
	(void)state;
	fail_alike(12, BOOK_CONFIRMED - 1);
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 12 - (BOOK_CONFIRMED - 1));
	fail_alike(12, BOOK_CONFIRMED);
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 0);
	assert_int_equal(book.rails[11].result.state, PROBE_FAIL);
	assert_false(book.rails[11].result.retried);
}

static void only_if_all_do(void **state)
{
	(void)state;
	fail_alike(12, BOOK_CONFIRMED);
	book.rails[3].result.prov_error = 13; /* one failed otherwise alone */
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 12 - BOOK_CONFIRMED);
	fail_alike(12, BOOK_CONFIRMED);
	book.rails[3].result.state = PROBE_PASS;
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 12 - BOOK_CONFIRMED);
	fail_alike(12, BOOK_CONFIRMED);
	book.rails[11].result.step = PROBE_STEP_ENDPOINT; /* this one failed otherwise */
	book_settle_alike(&book);
	assert_int_equal(book.rails[11].stage, BOOK_SUSPECT);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 1);
	fail_alike(12, BOOK_CONFIRMED);
	book.rails[11].stage = BOOK_READY; /* this one may pass yet */
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 11 - BOOK_CONFIRMED);
	fail_alike(12, BOOK_CONFIRMED);
	book.rails[11].stage = BOOK_TESTING;
	book.rails[11].alone = false;
	book_settle_alike(&book);
	assert_int_equal(book_count(&book, BOOK_SUSPECT), 11 - BOOK_CONFIRMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untested_rails_are_never_a_pass),
		cmocka_unit_test(an_opened_rail_is_ready_but_not_tested),
		cmocka_unit_test(abilities_are_kept),
		cmocka_unit_test(a_failed_opening_settles_unless_tried_again),
		cmocka_unit_test(a_late_opening_is_hung_until_it_answers),
		cmocka_unit_test(a_failure_in_a_group_is_tried_alone),
		cmocka_unit_test(what_came_of_it_alone_is_believed),
		cmocka_unit_test(a_returned_rail_keeps_its_place),
		cmocka_unit_test(rails_that_all_fail_alike_are_believed_in_the_end),
		cmocka_unit_test(only_if_all_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
