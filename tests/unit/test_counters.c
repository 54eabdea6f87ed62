/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "counters_protocol.h"
#include "text.h"

static const char *const names[] = {"rdmap32s27", "rdmap144s27"};
static struct counters *counters;
static struct err err;

static int setup(void **state)
{
	(void)state;
	counters = calloc(1, sizeof(*counters));
	return counters ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(counters);
	return 0;
}

#define HEAD  COUNTERS_HEAD
#define FIRST "rail rdmap32s27 read tx_bytes=1 rx_bytes=2\n"
#define OTHER "rail rdmap144s27 gone no RDMA device of this name\n"

static void expect_refusal(const char *output, const char *sentence)
{
	static struct counters before;

	memset(&before, 0x5a, sizeof(before));
	*counters = before;
	err.text[0] = '\0';
	assert_int_equal(counters_parse(output, names, 2, counters, &err), -EPROTO);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
	assert_memory_equal(counters, &before, sizeof(before));
}

static void refuses_what_is_not_the_protocol(void **state)
{
	static const struct {
		const char *output, *sentence;
	} cases[] = {
		{"", "one release"},
		{"efa-layout-probe 2 counters\nend 0\n", "one release"},
		{"efa-layout-probe 1 libfabric 1.17\nend 0\n", "one release"},
		{HEAD, "no end line"},
		{HEAD FIRST OTHER, "no end line"},
		{HEAD FIRST "end 1\n", "counters of 1 rails, 2"},
		{HEAD "end 2\n", "counters of 0 rails, 2"},
		{HEAD FIRST OTHER "end 1\n", "counters of 2 rails, 2"},
		{HEAD FIRST OTHER "end\n", "line 4 of the counters: malformed end"},
		{HEAD FIRST OTHER "end two\n", "malformed end"},
		{HEAD FIRST OTHER "end 2", "line 4 of the counters: not ended"},
		{HEAD FIRST OTHER "end 2\n\n", "behind the end"},
		{HEAD FIRST OTHER "end 2\nend 2\n", "behind the end"},
		{HEAD FIRST FIRST "end 2\n", "line 3 of the counters: a rail that was there"},
		{HEAD "rail rdmap9s9 read tx_bytes=1\n", "not asked for"},
		{HEAD "rail \n", "not asked for"},
		{HEAD "rail\n", "not asked for"},
		{HEAD "\n", "neither"},
		{HEAD " rail rdmap32s27 read tx_bytes=1\n", "neither"},
		{HEAD "RAIL rdmap32s27 read tx_bytes=1\n", "neither"},
		{HEAD "rail rdmap32s27\n", "unknown state"},
		{HEAD "rail rdmap32s27 well tx_bytes=1\n", "unknown state"},
		{HEAD "rail rdmap32s27  read tx_bytes=1\n", "unknown state"},
		{HEAD "rail rdmap32s27 read\n", "malformed rail"},
		{HEAD "rail rdmap32s27 read \n", "malformed rail"},
		{HEAD "rail rdmap32s27 silent\n", "malformed rail"},
		{HEAD "rail rdmap32s27 read tx_bytes\n", "not a counter"},
		{HEAD "rail rdmap32s27 read tx_bytes=1 \n", "not a counter"},
		{HEAD "rail rdmap32s27 read  tx_bytes=1\n", "not a counter"},
		{HEAD "rail rdmap32s27 read tx_bytes=\n", "tx_bytes is not a number"},
		{HEAD "rail rdmap32s27 read tx_bytes=-1\n", "tx_bytes is not a number"},
		{HEAD "rail rdmap32s27 read tx_bytes=0x1\n", "tx_bytes is not a number"},
		{HEAD "rail rdmap32s27 read tx_bytes=18446744073709551616\n", "is not a number"},
		{HEAD "rail rdmap32s27 read tx_bytes=1 tx_bytes=1\n", "tx_bytes comes twice"},
		{HEAD "rail rdmap32s27 read tx_byte=1\n", "no counter \"tx_byte"},
		{HEAD "rail rdmap32s27 failed \x1b[31m\n", "not printable"},
		{HEAD "rail rdmap32s27 failed a\tb\n", "not printable"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refusal(cases[i].output, cases[i].sentence);
}

static void refuses_lines_without_end(void **state)
{
	char *output = malloc(2 * COUNTERS_LINE_MAX);

	(void)state;
	assert_non_null(output);
	memset(output, 'x', 2 * COUNTERS_LINE_MAX);
	memcpy(output, HEAD "rail rdmap32s27 failed ", strlen(HEAD "rail rdmap32s27 failed "));
	output[2 * COUNTERS_LINE_MAX - 2] = '\n';
	output[2 * COUNTERS_LINE_MAX - 1] = '\0';
	expect_refusal(output, "too long");
	free(output);
}

static void reads_rails_in_any_order(void **state)
{
	const struct rail_counters *rail;

	(void)state;
	assert_int_equal(counters_parse(HEAD OTHER FIRST "end 2\n", names, 2, counters, &err), 0);
	assert_int_equal(counters->n, 2);
	rail = &counters->rails[0];
	assert_string_equal(rail->name, "rdmap32s27");
	assert_int_equal(rail->state, COUNTERS_READ);
	assert_true(rail->have == (1u << COUNTER_TX_BYTES | 1u << COUNTER_RX_BYTES));
	assert_int_equal(rail->v[COUNTER_TX_BYTES], 1);
	assert_int_equal(rail->v[COUNTER_RX_BYTES], 2);
	assert_string_equal(rail->text, "");
	rail = counters_find(counters, "rdmap144s27");
	assert_ptr_equal(rail, &counters->rails[1]);
	assert_int_equal(rail->state, COUNTERS_GONE);
	assert_int_equal(rail->have, 0);
	assert_string_equal(rail->text, "no RDMA device of this name");
	assert_null(counters_find(counters, "rdmap9s9"));
	assert_int_equal(counters_parse(HEAD "end 0\n", names, 0, counters, &err), 0);
	assert_int_equal(counters->n, 0);
	assert_int_equal(
		counters_parse(HEAD "rail rdmap32s27 silent -\nend 1\n", names, 1, counters, &err),
		0);
	assert_int_equal(counters->rails[0].state, COUNTERS_SILENT);
	assert_string_equal(counters->rails[0].text, "");
}

/* Every counter at its highest is written and read back, inside the bounds. */
static void values_there_and_back(void **state)
{
	struct rail_counters full = {.state = COUNTERS_READ}, back = {.have = 0};
	char text[COUNTERS_VALUES_TEXT], line[COUNTERS_LINE_MAX + 256];

	(void)state;
	for (int i = 0; i < COUNTERS_N; i++) {
		full.have |= UINT64_C(1) << i;
		full.v[i] = UINT64_MAX - (uint64_t)i;
	}
	assert_int_equal(counters_format_values(&full, text, sizeof(text)), 0);
	assert_int_equal(
		text_format(line, sizeof(line), HEAD "rail %s read %s\nend 1\n", names[0], text),
		0);
	assert_int_equal(counters_parse_values(text, &back, &err), 0);
	assert_true(back.have == full.have);
	assert_memory_equal(back.v, full.v, sizeof(full.v));
	assert_int_equal(counters_parse(line, names, 1, counters, &err), 0);
	assert_memory_equal(counters->rails[0].v, full.v, sizeof(full.v));
	assert_int_equal(counters_format_values(&full, text, 20), -ENOSPC);
	full.have = 0;
	assert_int_equal(counters_format_values(&full, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

static void unread_rails_say_why(void **state)
{
	(void)state;
	counters_not_read(names, 2, "the reader \x01 broke", counters);
	assert_int_equal(counters->n, 2);
	assert_int_equal(counters->rails[1].state, COUNTERS_NOT_READ);
	assert_string_equal(counters->rails[1].name, names[1]);
	assert_string_equal(counters->rails[1].text, "the reader ? broke");
	assert_int_equal(counters->rails[1].have, 0);
}

static void words_of_states(void **state)
{
	enum counters_state word = COUNTERS_GONE;

	(void)state;
	for (int i = 0; i <= COUNTERS_NOT_READ; i++) {
		assert_true(counters_state_parse(counters_state_text(i), &word));
		assert_int_equal(word, i);
	}
	assert_false(counters_state_parse("", &word));
	assert_false(counters_state_parse("unknown", &word));
	assert_int_equal(word, COUNTERS_NOT_READ);
	assert_string_equal(counters_state_text(COUNTERS_NOT_READ + 1), "unknown");
}

static struct rail_counters made(uint64_t tx, uint64_t drops, uint64_t commands)
{
	struct rail_counters rail = {.state = COUNTERS_READ};

	rail.have = UINT64_C(1) << COUNTER_TX_BYTES | UINT64_C(1) << COUNTER_RX_DROPS |
		    UINT64_C(1) << COUNTER_SUBMITTED_CMDS;
	rail.v[COUNTER_TX_BYTES] = tx;
	rail.v[COUNTER_RX_DROPS] = drops;
	rail.v[COUNTER_SUBMITTED_CMDS] = commands;
	return rail;
}

static void expect_delta(struct rail_counters before, struct rail_counters after, uint64_t tx,
			 uint64_t drops, uint64_t commands, bool reset)
{
	struct counters_delta delta;

	counters_subtract(&before, &after, &delta);
	assert_true(delta.v[COUNTER_TX_BYTES] == tx);
	assert_true(delta.v[COUNTER_RX_DROPS] == drops);
	assert_true(delta.v[COUNTER_SUBMITTED_CMDS] == commands);
	assert_int_equal(delta.reset, reset);
}

static void differences(void **state)
{
	(void)state;
	expect_delta(made(5, 6, 7), made(5, 6, 7), 0, 0, 0, false);
	expect_delta(made(5, 6, 7), made(50, 7, 9), 45, 1, 2, false);
	expect_delta(made(0, 0, 0), made(UINT64_MAX, 0, 0), UINT64_MAX, 0, 0, false);
	/* Over the end of 64 bits. */
	expect_delta(made(UINT64_MAX - 9, 0, 0), made(5, 1, 1), 15, 1, 1, false);
	/* Back without being near it: the port began anew, also what did not go backwards. */
	expect_delta(made(1000, 2, 7), made(30, 3, 9), 30, 3, 2, true);
	expect_delta(made(1000, 2, 7), made(2000, 1, 9), 2000, 1, 2, true);
	/* The driver's own began anew; the port's did not. */
	expect_delta(made(1000, 2, 7), made(1500, 2, 3), 500, 0, 3, true);
	expect_delta(made(1000, 2, 7), made(0, 0, 0), 0, 0, 0, true);
}

static void only_what_both_ends_have(void **state)
{
	struct rail_counters before = made(10, 10, 10), after = made(20, 5, 20);
	struct counters_delta delta;

	(void)state;
	before.have &= ~(UINT64_C(1) << COUNTER_RX_DROPS);
	counters_subtract(&before, &after, &delta);
	assert_false(delta.have >> COUNTER_RX_DROPS & 1);
	assert_int_equal(delta.v[COUNTER_RX_DROPS], 0);
	assert_false(delta.reset);
	assert_int_equal(delta.v[COUNTER_TX_BYTES], 10);
}

static void sums(void **state)
{
	struct counters_delta delta = {.have = 0};

	(void)state;
	delta.v[COUNTER_SEND_WRS] = 3; /* not had: not counted */
	assert_int_equal(counters_sum(&delta, COUNTER_KIND_WORK), 0);
	delta.have = UINT64_C(1) << COUNTER_SEND_WRS | UINT64_C(1) << COUNTER_RDMA_WRITE_WRS |
		     UINT64_C(1) << COUNTER_CMDS_ERR;
	delta.v[COUNTER_RDMA_WRITE_WRS] = 4;
	delta.v[COUNTER_CMDS_ERR] = 1;
	assert_int_equal(counters_sum(&delta, COUNTER_KIND_WORK), 7);
	assert_int_equal(counters_sum(&delta, COUNTER_KIND_ERRORS), 1);
	assert_int_equal(counters_sum(&delta, COUNTER_KIND_DROPS), 0);
	delta.v[COUNTER_SEND_WRS] = UINT64_MAX - 3;
	assert_true(counters_sum(&delta, COUNTER_KIND_WORK) == UINT64_MAX);
	delta.v[COUNTER_RDMA_WRITE_WRS] = 2;
	assert_true(counters_sum(&delta, COUNTER_KIND_WORK) == UINT64_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_the_protocol),
		cmocka_unit_test(refuses_lines_without_end),
		cmocka_unit_test(reads_rails_in_any_order),
		cmocka_unit_test(values_there_and_back),
		cmocka_unit_test(unread_rails_say_why),
		cmocka_unit_test(words_of_states),
		cmocka_unit_test(differences),
		cmocka_unit_test(only_what_both_ends_have),
		cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
