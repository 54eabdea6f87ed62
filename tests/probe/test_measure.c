/* SPDX-License-Identifier: Apache-2.0 */
/* Latency and bandwidth out of exchanges that go as a test wants them to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "clock.h"
#include "measure.h"

#define WARM_UP 10
#define NEVER	1000000

/* How the exchange goes: what each message takes, and after how many it fails. */
static uint64_t first_ns, later_ns;
static size_t slow_ones, messages, good_messages;
static bool late; /* that is how it fails */
static unsigned poll_us;

void exchange_begin(struct exchange *x)
{
	x->sends = x->sent = x->receives = x->received = 0;
	x->overdue = false;
	x->attended.sum_us = 0;
	messages = 0;
}

static bool fails(struct exchange *x)
{
	if (messages < good_messages)
		return false;
	x->overdue = late;
	return true;
}

bool exchange_message(struct exchange *x, int from, size_t size, uint64_t *ret_ns)
{
	(void)from;
	assert_int_equal(size, 24);
	if (fails(x))
		return false;
	if (ret_ns)
		*ret_ns = messages < WARM_UP + slow_ones ? first_ns : later_ns;
	messages++;
	return true;
}

bool exchange_receive(struct exchange *x, int from, size_t size, bool *ret_done)
{
	(void)from;
	(void)size;
	assert_true(x->receives < x->received + EXCHANGE_WINDOW);
	x->receives++;
	*ret_done = true;
	return true;
}

/* Half of the window has room. */
bool exchange_send(struct exchange *x, int from, size_t size, bool *ret_done)
{
	(void)from;
	(void)size;
	assert_true(x->sends < x->receives);
	*ret_done = x->sends < x->sent + EXCHANGE_WINDOW / 2;
	x->sends += *ret_done;
	return true;
}

bool exchange_poll(struct exchange *x)
{
	if (fails(x))
		return false;
	for (uint64_t end = clock_us() + poll_us; clock_us() < end;)
		;
	x->attended.sum_us += poll_us;
	x->sent += x->sent < x->sends;
	x->received += x->received < x->sends;
	messages++;
	return true;
}

static void as(size_t good, bool how, uint64_t first, size_t n, uint64_t later)
{
	good_messages = good;
	late = how;
	first_ns = first;
	slow_ones = n;
	later_ns = later;
}

static void latency_of_what_fails_is_none(void **state)
{
	struct exchange x;
	uint64_t ns = 5;

	(void)state;
	as(0, true, 100, 0, 100);
	assert_false(measure_latency(&x, 10, &ns));
	as(WARM_UP, true, 100, 0, 100);
	assert_false(measure_latency(&x, 10, &ns));
	as(WARM_UP + 900, false, 100, 0, 100);
	assert_false(measure_latency(&x, 1000, &ns));
	assert_int_equal(ns, 5);
	/* Time is over: what there is counts. */
	as(WARM_UP + 1, true, 7000, 1, 100);
	assert_true(measure_latency(&x, 10, &ns));
	assert_int_equal(ns, 7000);
}

static void latency_is_a_median(void **state)
{
	struct exchange x;
	uint64_t ns;

	(void)state;
	as(NEVER, false, 9000000, 499, 200);
	assert_true(measure_latency(&x, 60000, &ns));
	assert_int_equal(messages, WARM_UP + 1000);
	assert_int_equal(ns, 200);
	as(NEVER, false, 9000000, 501, 200);
	assert_true(measure_latency(&x, 60000, &ns));
	assert_int_equal(ns, 9000000);
	/* Enough is enough, but not for fewer than eleven. */
	as(NEVER, false, 300, 0, 300);
	assert_true(measure_latency(&x, 0, &ns));
	assert_int_equal(messages, WARM_UP + 11);
	as(NEVER, false, 0, 0, 0);
	assert_true(measure_latency(&x, 0, &ns));
	assert_int_equal(ns, 1);
}

static void bandwidth(void **state)
{
	struct exchange x;
	uint64_t rate = 5;

	(void)state;
	poll_us = 100;
	as(0, true, 0, 0, 0);
	assert_false(measure_bandwidth(&x, 65536, 10, &rate));
	as(40, false, 0, 0, 0);
	assert_false(measure_bandwidth(&x, 65536, 10, &rate));
	assert_int_equal(rate, 5);
	/* Not a round of 1 MiB until its time was over: 10 messages in 10 x 100 us. */
	as(10, true, 0, 0, 0);
	assert_true(measure_bandwidth(&x, 65536, 10, &rate));
	assert_int_equal(rate, 655360000);
	/* A message each 100 us is as much at most; all that was begun has ended. */
	as(NEVER, false, 0, 0, 0);
	assert_true(measure_bandwidth(&x, 65536, 1, &rate));
	assert_in_range(rate, 1 << 20, 655360000);
	assert_int_equal(x.sends, x.receives);
	assert_int_equal(x.sent, x.sends);
	assert_int_equal(x.received, x.receives);
	assert_in_range(x.received, 3 * 16, 3 * 16 + EXCHANGE_WINDOW);
	/* Messages of a packet, as on efa-direct. */
	poll_us = 10;
	assert_true(measure_bandwidth(&x, 8192, 1, &rate));
	assert_in_range(x.received, 3 * 128, 3 * 128 + EXCHANGE_WINDOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latency_of_what_fails_is_none),
		cmocka_unit_test(latency_is_a_median),
		cmocka_unit_test(bandwidth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
