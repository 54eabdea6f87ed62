/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "attended.h"

/* Looks at this distance, and what they come to. */
static uint64_t looks(uint64_t begin_us, unsigned n, uint64_t distance_us)
{
	struct attended attended;
	uint64_t now = begin_us, sum = 0;
	unsigned i;

	attended_begin(&attended, now);
	for (i = 0; i < n; i++) {
		now += distance_us;
		sum = attended_look(&attended, now);
	}
	return sum;
}

static void who_looks_all_the_time_sees_all_of_it(void **state)
{
	(void)state;
	assert_int_equal(looks(0, 10000, 260), 2600000);
	assert_int_equal(looks(UINT64_MAX / 2, 400, 5000), 2000000);
}

static void who_does_not_run_sees_nothing(void **state)
{
	(void)state;
	assert_int_equal(looks(7, 1, 2000000), 5000);
	assert_int_equal(looks(7, 50, 40000), 250000);
	assert_int_equal(looks(7, 0, 0), 0);
	assert_int_equal(looks(7, 1000, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_looks_all_the_time_sees_all_of_it),
		cmocka_unit_test(who_does_not_run_sees_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
