/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "receipt.h"
#include "temp_dir.h"

static struct reading *before, *after;
static struct receipt *receipt, *back;
static struct err err;

static int setup(void **state)
{
	(void)state;
	before = calloc(1, sizeof(*before));
	after = calloc(1, sizeof(*after));
	receipt = calloc(1, sizeof(*receipt));
	back = calloc(1, sizeof(*back));
	return before && after && receipt && back ? temp_dir_make() : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(before);
	free(after);
	free(receipt);
	free(back);
	return temp_dir_remove();
}

static struct reading_rail *add(struct reading *reading, const char *name,
				enum counters_state state, uint64_t tx, uint64_t rx)
{
	struct reading_rail *rail = &reading->rails[reading->n++];

	text_format(rail->now.name, sizeof(rail->now.name), "%s", name);
	rail->now.state = state;
	if (state != COUNTERS_READ) {
		text_format(rail->now.text, sizeof(rail->now.text), "no answer within 7 ms");
		return rail;
	}
	for (int i = 0; i < COUNTERS_N; i++)
		rail->now.have |= UINT64_C(1) << i;
	rail->now.v[COUNTER_TX_BYTES] = tx;
	rail->now.v[COUNTER_RX_BYTES] = rx;
	return rail;
}

static void expect(enum receipt_use use, const char *sentence)
{
	if (receipt->use != use || strcmp(receipt->sentence, sentence) != 0)
		fail_msg("%s: \"%s\", expected \"%s\"", receipt_use_text(receipt->use),
			 receipt->sentence, sentence);
}

static void without_a_reading_from_before(void **state)
{
	(void)state;
	add(after, "a", COUNTERS_READ, 5, 5);
	receipt_fill(receipt, NULL, after);
	expect(RECEIPT_UNKNOWN, "whether it used EFA is not known; 1 rail is not counted");
	assert_int_equal(receipt->n, 1);
	assert_int_equal(receipt->rails[0].state, RECEIPT_NO_BASE);
	assert_string_equal(receipt->rails[0].text, "no reading from before the job");
	assert_int_equal(receipt->tx_bytes, 0);
}

static void one_job(void **state)
{
	struct reading_rail *rail;

	(void)state;
	add(before, "a", COUNTERS_READ, 1000, 2000);
	add(before, "b", COUNTERS_READ, 1000, 2000);
	rail = add(after, "b", COUNTERS_READ, 1000, 2000);
	rail = add(after, "a", COUNTERS_READ, 1501000, 4002000);
	rail->now.v[COUNTER_SEND_WRS] = 30;
	rail->now.v[COUNTER_RDMA_READ_WRS] = 3;
	rail->now.v[COUNTER_RX_DROPS] = 1;
	rail->now.v[COUNTER_RETRANS_PKTS] = 2;
	rail->now.v[COUNTER_NO_COMPLETION_CMDS] = 4;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_USED, "sent 1.5 MB and received 4.0 MB over 1 of 2 rails; 1 packet dropped; "
			     "2 packets sent again; 4 errors");
	assert_string_equal(receipt->rails[0].name, "a");
	assert_int_equal(receipt->rails[0].delta.v[COUNTER_TX_BYTES], 1500000);
	assert_int_equal(receipt->tx_bytes, 1500000);
	assert_int_equal(receipt->rx_bytes, 4000000);
	assert_int_equal(receipt->sums[COUNTER_KIND_WORK], 33);
	assert_int_equal(receipt->sums[COUNTER_KIND_ERRORS], 4);
	/* What was filled before is gone. */
	receipt_fill(receipt, before, before);
	expect(RECEIPT_UNUSED, "did not use EFA");
	assert_int_equal(receipt->tx_bytes, 0);
	assert_int_equal(receipt->sums[COUNTER_KIND_WORK], 0);
	assert_int_equal(receipt->n, 2);
}

static void a_node_without_rails(void **state)
{
	(void)state;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_UNUSED, "did not use EFA, no rail is here");
}

static void what_is_not_counted_says_why(void **state)
{
	(void)state;
	add(before, "gone", COUNTERS_READ, 1, 1);
	add(before, "gone-too", COUNTERS_READ, 1, 1);
	add(before, "silent", COUNTERS_READ, 1, 1);
	add(before, "was-silent", COUNTERS_SILENT, 0, 0);
	add(before, "good", COUNTERS_READ, 1, 1);
	add(after, "good", COUNTERS_READ, 1, 1);
	add(after, "gone-too", COUNTERS_GONE, 0, 0);
	add(after, "silent", COUNTERS_SILENT, 0, 0);
	add(after, "was-silent", COUNTERS_READ, 100, 100);
	add(after, "new", COUNTERS_READ, 100, 100);
	receipt_fill(receipt, before, after);
	expect(RECEIPT_UNKNOWN, "whether it used EFA is not known; 5 rails are not counted");
	assert_int_equal(receipt->n, 6);
	assert_int_equal(receipt->rails[0].state, RECEIPT_GONE);
	assert_int_equal(receipt->rails[1].state, RECEIPT_GONE);
	assert_int_equal(receipt->rails[2].state, RECEIPT_UNREAD);
	assert_string_equal(receipt->rails[2].text, "no answer within 7 ms");
	assert_int_equal(receipt->rails[3].state, RECEIPT_NO_BASE);
	assert_string_equal(receipt->rails[3].text, "no answer within 7 ms");
	assert_int_equal(receipt->rails[4].state, RECEIPT_COUNTED);
	assert_int_equal(receipt->rails[5].state, RECEIPT_NO_BASE);
	assert_string_equal(receipt->rails[5].text, "it was not there before the job");
	assert_int_equal(receipt->tx_bytes, 0);
	/* What did move is known all the same. */
	after->rails[0].now.v[COUNTER_RX_BYTES] = 501;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_USED, "sent 0 B and received 500 B over 1 of 6 rails; 5 rails are not "
			     "counted");
}

static void counters_that_began_anew(void **state)
{
	(void)state;
	add(before, "a", COUNTERS_READ, 1000, 1000);
	add(after, "a", COUNTERS_READ, 30, 40);
	receipt_fill(receipt, before, after);
	expect(RECEIPT_USED, "sent 30 B and received 40 B over 1 of 1 rails; 1 rail's counters "
			     "began anew, so it is more");
	assert_true(receipt->rails[0].delta.reset);
}

/* What the gate's own tests moved while the job ran is not the job's. */
static void tests_of_ours_are_taken_off(void **state)
{
	struct reading_rail *rail;

	(void)state;
	rail = add(before, "a", COUNTERS_READ, 1000, 1000);
	rail->own_tx = rail->own_rx = 700;
	before->tests = 4;
	rail = add(after, "a", COUNTERS_READ, 1000 + 140000 + 300, 1000 + 150000);
	rail->own_tx = 700 + 140000;
	rail->own_rx = 700 + 150000;
	after->tests = 5;
	receipt_fill(receipt, before, after);
	/* 300 bytes are what comes behind the test's last look. */
	expect(RECEIPT_UNUSED, "did not use EFA");
	assert_int_equal(receipt->tests, 1);
	assert_int_equal(receipt->rails[0].delta.v[COUNTER_TX_BYTES], 300);
	assert_int_equal(receipt->rails[0].delta.v[COUNTER_RX_BYTES], 0);
	rail->now.v[COUNTER_TX_BYTES] += 5000;
	receipt_fill(receipt, before, after);
	assert_int_equal(receipt->use, RECEIPT_USED);
	assert_int_equal(receipt->tx_bytes, 5300);
	/* Never less than nothing. */
	rail->now.v[COUNTER_TX_BYTES] = 1000;
	receipt_fill(receipt, before, after);
	assert_int_equal(receipt->tx_bytes, 0);
	/* RDMA alone counts, too: our tests do none. */
	rail->now.v[COUNTER_RDMA_WRITE_RECV_BYTES] = 1;
	receipt_fill(receipt, before, after);
	assert_int_equal(receipt->use, RECEIPT_USED);
}

static void others_are_named(void **state)
{
	(void)state;
	add(before, "a", COUNTERS_READ, 0, 0);
	add(after, "a", COUNTERS_READ, UINT64_MAX, 999);
	receipt->others = 1;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_USED, "sent 18.4 EB and received 999 B over 1 of 1 rails; 1 other job ran "
			     "here meanwhile and is in it");
	receipt->others = 12;
	receipt_fill(receipt, before, before);
	expect(RECEIPT_UNUSED, "did not use EFA; 12 other jobs ran here meanwhile and are in it");
}

/* What tests may have left is more than a number holds: nothing is the job's for sure. */
static void more_tests_than_can_be_reckoned(void **state)
{
	(void)state;
	add(before, "a", COUNTERS_READ, 1000, 2000);
	add(after, "a", COUNTERS_READ, 1001, 2001);
	after->tests = UINT64_C(1) << 52;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_UNUSED, "did not use EFA");
	after->tests = 0;
	receipt_fill(receipt, before, after);
	expect(RECEIPT_USED, "sent 1 B and received 1 B over 1 of 1 rails");
}

static void there_and_back(void **state)
{
	char path[256];

	(void)state;
	one_job(state);
	receipt_fill(receipt, before, after);
	receipt->job = 4294967293U;
	receipt->uid = 1000;
	receipt->others = 2;
	receipt->started_at = 1700000000;
	receipt->ended_at = 1700000001;
	text_format(receipt->node, sizeof(receipt->node), "n1");
	text_format(receipt->boot_id, sizeof(receipt->boot_id), "b");
	temp_path("17.receipt.json", path);
	assert_int_equal(receipt_save(path, receipt, &err), 0);
	if (receipt_load(path, FILE_TRUST_OWNER, back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back->job, 4294967293U);
	assert_int_equal(back->uid, 1000);
	assert_int_equal(back->others, 2);
	assert_int_equal(back->started_at, 1700000000);
	assert_int_equal(back->ended_at, 1700000001);
	assert_string_equal(back->node, "n1");
	assert_int_equal(back->use, RECEIPT_USED);
	assert_string_equal(back->sentence, receipt->sentence);
	assert_int_equal(back->tx_bytes, 1500000);
	assert_int_equal(back->sums[COUNTER_KIND_WORK], 33);
	assert_int_equal(back->n, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(back->rails[i].name, receipt->rails[i].name);
		assert_memory_equal(back->rails[i].delta.v, receipt->rails[i].delta.v,
				    sizeof(back->rails[i].delta.v));
	}
	assert_int_equal(receipt_save("/nonexistent/x", receipt, &err), -ENOENT);
}

/* A full node's receipt fits into what is read back. */
static void as_much_as_there_may_be(void **state)
{
	char path[256], name[NAME_TEXT];

	(void)state;
	for (int i = 0; i < NODE_RAILS_MAX; i++) {
		text_format(name, sizeof(name), "a-name-as-long-as-they-get-%04d", i);
		add(before, name, COUNTERS_READ, 0, 0);
		add(after, name, COUNTERS_READ, 0, 0);
		for (int k = 0; k < COUNTERS_N; k++)
			after->rails[i].now.v[k] = UINT64_MAX;
	}
	receipt_fill(receipt, before, after);
	assert_true(receipt->tx_bytes == UINT64_MAX);
	temp_path("1.receipt.json", path);
	assert_int_equal(receipt_save(path, receipt, &err), 0);
	if (receipt_load(path, FILE_TRUST_OWNER, back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back->n, NODE_RAILS_MAX);
	assert_true(back->tx_bytes == INT64_MAX);
}

static char *slurp(const char *path)
{
	char *text;
	size_t size;

	assert_int_equal(file_read(path, 1 << 20, FILE_TRUST_ANY, &text, &size, &err), 0);
	return text;
}

/* Replace one text by another in what was written, and try to read it. */
static void expect_refusal(const char *whole, const char *from, const char *to,
			   const char *sentence)
{
	const char *at = strstr(whole, from);
	char *changed = malloc(strlen(whole) + strlen(to) + 1);
	char path[256];

	assert_non_null(at);
	memcpy(changed, whole, (size_t)(at - whole));
	text_format(changed + (at - whole), strlen(whole) + strlen(to) + 1 - (size_t)(at - whole),
		    "%s%s", to, at + strlen(from));
	temp_put("1.receipt.json", changed, -1);
	temp_path("1.receipt.json", path);
	memset(back, 0x5a, sizeof(*back));
	assert_int_not_equal(receipt_load(path, FILE_TRUST_OWNER, back, &err), 0);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
	assert_int_equal(back->job, 0x5a5a5a5a);
	free(changed);
}

static void refuses_what_is_no_receipt(void **state)
{
	char path[256], *whole;

	(void)state;
	temp_path("1.receipt.json", path);
	assert_int_equal(receipt_load(path, FILE_TRUST_OWNER, back, &err), -ENOENT);
	one_job(state);
	receipt_fill(receipt, before, after);
	assert_int_equal(receipt_save(path, receipt, &err), 0);
	whole = slurp(path);
	expect_refusal(whole, "{", "[", "json");
	expect_refusal(whole, "\"version\": 1", "\"version\": 2", "version");
	expect_refusal(whole, "\"job\"", "\"jobs\"", "did you mean");
	expect_refusal(whole, "\"uid\": 0", "\"uid\": -1", "uid");
	expect_refusal(whole, "\"efa\": \"used\"", "\"efa\": \"abused\"", "no such word");
	expect_refusal(whole, "\"counted\"", "\"recounted\"", "no such word");
	expect_refusal(whole, "\"began_anew\": false", "\"began_anew\": 0", "began_anew");
	expect_refusal(whole, "\"tx_bytes\": 1500000,\n    \"rx", "\"tx_bytes\": 1.5,\n    \"rx",
		       "tx_bytes");
	expect_refusal(whole, "\"drops\"", "\"drips\"", "drops");
	expect_refusal(whole, "\"send_wrs\"", "\"sent_wrs\"", "send_wrs");
	expect_refusal(whole, "\"name\": \"a\"", "\"name\": \"a b\"", "expected a name");
	expect_refusal(whole, "\"name\": \"b\"", "\"name\": \"a\"", "there before");
	expect_refusal(whole, "\"counted\"", "\"unread\"", "not counted");
	expect_refusal(whole, "\"rx_bytes\"", "\"rx_bites\": 0, \"rx_bytes\"", "did you mean");
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_reading_from_before, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_receipt, setup, teardown),
		cmocka_unit_test_setup_teardown(one_job, setup, teardown),
		cmocka_unit_test_setup_teardown(a_node_without_rails, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_counted_says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_that_began_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(tests_of_ours_are_taken_off, setup, teardown),
		cmocka_unit_test_setup_teardown(others_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(more_tests_than_can_be_reckoned, setup, teardown),
		cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(as_much_as_there_may_be, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
