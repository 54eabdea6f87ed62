/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receipt ("receipt" in the first line), or the readings of the counters before and after a job
 * ("readings"; a line "==" between them), from which a receipt is made. Both are saved and loaded
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "receipt.h"
#include "text.h"

static uint64_t bounded(uint64_t count)
{
	return count > INT64_MAX ? INT64_MAX : count;
}

static void same_rail(const struct receipt_rail *a, const struct receipt_rail *b)
{
	CHECK(!strcmp(a->name, b->name) && a->state == b->state && !strcmp(a->text, b->text));
	CHECK(a->delta.reset == b->delta.reset);
	for (size_t i = 0; i < COUNTERS_N; i++)
		CHECK(bounded(a->delta.v[i]) == b->delta.v[i]);
}

static void receipt_stays(const struct receipt *receipt)
{
	static struct receipt again;
	struct err err = {""};

	CHECK_OK(receipt_save(kit_path("receipt.json"), receipt, &err), &err);
	CHECK_OK(receipt_load(kit_path("receipt.json"), FILE_TRUST_OWNER, &again, &err), &err);
	CHECK(again.job == receipt->job && again.uid == receipt->uid);
	CHECK(!strcmp(again.node, receipt->node) && !strcmp(again.boot_id, receipt->boot_id));
	CHECK(again.started_at == receipt->started_at && again.ended_at == receipt->ended_at);
	CHECK(again.others == bounded(receipt->others) && again.tests == bounded(receipt->tests));
	CHECK(again.use == receipt->use && !strcmp(again.sentence, receipt->sentence));
	CHECK(again.tx_bytes == bounded(receipt->tx_bytes));
	CHECK(again.rx_bytes == bounded(receipt->rx_bytes));
	for (int kind = COUNTER_KIND_WORK; kind < COUNTER_KINDS; kind++)
		CHECK(again.sums[kind] == bounded(receipt->sums[kind]));
	CHECK(again.n == receipt->n);
	for (size_t i = 0; i < again.n; i++)
		same_rail(&receipt->rails[i], &again.rails[i]);
}

static void sound_receipt(const struct receipt *receipt)
{
	CHECK_TEXT(receipt->node);
	CHECK_TEXT(receipt->boot_id);
	CHECK_TEXT(receipt->sentence);
	CHECK(receipt->use <= RECEIPT_UNKNOWN && receipt->n <= NODE_RAILS_MAX);
	for (size_t i = 0; i < receipt->n; i++) {
		const struct receipt_rail *rail = &receipt->rails[i];

		CHECK(text_is_name(rail->name, NAME_TEXT - 1));
		CHECK(rail->state <= RECEIPT_UNREAD);
		CHECK(rail->state == RECEIPT_COUNTED || (!rail->delta.have && !rail->delta.reset));
		CHECK_TEXT(rail->text);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(rail->name, receipt->rails[j].name));
		for (size_t k = 0; k < COUNTERS_N; k++)
			CHECK(rail->delta.have >> k & 1 || !rail->delta.v[k]);
	}
	receipt_stays(receipt);
}

static bool receipt_loaded(const char *text)
{
	static struct receipt receipt, before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	receipt = before;
	rc = receipt_load(kit_file((const uint8_t *)text, strlen(text)), FILE_TRUST_OWNER, &receipt,
			  &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&receipt, &before, sizeof(receipt)));
		return false;
	}
	sound_receipt(&receipt);
	return true;
}

static bool reading_loaded(const char *text, struct reading *ret_reading)
{
	static struct reading before, again;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	*ret_reading = before;
	rc = reading_load(kit_file((const uint8_t *)text, strlen(text)), FILE_TRUST_OWNER, "",
			  ret_reading, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(ret_reading, &before, sizeof(before)));
		return false;
	}
	CHECK(ret_reading->n <= NODE_RAILS_MAX);
	for (size_t i = 0; i < ret_reading->n; i++) {
		const struct reading_rail *rail = &ret_reading->rails[i];

		CHECK(reading_find(ret_reading, rail->now.name) == rail);
		CHECK((rail->now.state == COUNTERS_READ) == (rail->now.have != 0));
	}
	CHECK_OK(reading_save(kit_path("reading.json"), ret_reading, &err), &err);
	CHECK_OK(reading_load(kit_path("reading.json"), FILE_TRUST_OWNER, ret_reading->boot_id,
			      &again, &err),
		 &err);
	CHECK(!memcmp(&again, ret_reading, sizeof(again)));
	return true;
}

/* Totals are the sums of the rails, unless they are more than a number holds. */
static void adds_up(const struct receipt *receipt)
{
	uint64_t sums[COUNTER_KINDS] = {0}, tx = 0, rx = 0;

	for (size_t i = 0; i < receipt->n; i++) {
		const struct counters_delta *delta = &receipt->rails[i].delta;

		tx += delta->v[COUNTER_TX_BYTES];
		rx += delta->v[COUNTER_RX_BYTES];
		for (size_t k = 0; k < COUNTERS_N; k++)
			sums[counter_rows[k].kind] += delta->v[k];
	}
	CHECK(receipt->tx_bytes == tx || receipt->tx_bytes == UINT64_MAX);
	CHECK(receipt->rx_bytes == rx || receipt->rx_bytes == UINT64_MAX);
	for (int kind = 0; kind < COUNTER_KINDS; kind++)
		CHECK(receipt->sums[kind] == sums[kind] || receipt->sums[kind] == UINT64_MAX);
}

/* More than our own tests may have left in the counters, or what they never do. */
static bool used(const struct receipt_rail *rail, uint64_t tests)
{
	const uint64_t own = tests > UINT64_MAX / 4096 ? UINT64_MAX : tests * 4096;
	const uint64_t *v = rail->delta.v;

	return v[COUNTER_TX_BYTES] > own || v[COUNTER_RX_BYTES] > own ||
	       v[COUNTER_RDMA_READ_BYTES] || v[COUNTER_RDMA_READ_RESP_BYTES] ||
	       v[COUNTER_RDMA_WRITE_BYTES] || v[COUNTER_RDMA_WRITE_RECV_BYTES];
}

static bool has_rail(const struct receipt *receipt, const char *name)
{
	for (size_t i = 0; i < receipt->n; i++) {
		if (!strcmp(receipt->rails[i].name, name))
			return true;
	}
	return false;
}

static void filled(const struct reading *before, const struct reading *after)
{
	static struct receipt receipt;
	enum receipt_use use = RECEIPT_UNUSED;

	memset(&receipt, 0, sizeof(receipt));
	receipt.others = after->jobs_ended;
	receipt_fill(&receipt, before, after);
	for (size_t i = 0; i < receipt.n; i++) {
		const struct receipt_rail *rail = &receipt.rails[i];

		if (used(rail, receipt.tests))
			use = RECEIPT_USED;
		else if (rail->state != RECEIPT_COUNTED && use == RECEIPT_UNUSED)
			use = RECEIPT_UNKNOWN;
		CHECK((before && reading_find(before, rail->name)) ||
		      reading_find(after, rail->name));
	}
	CHECK(receipt.use == use);
	for (size_t i = 0; before && i < before->n; i++)
		CHECK(has_rail(&receipt, before->rails[i].now.name));
	for (size_t i = 0; i < after->n && receipt.n < NODE_RAILS_MAX; i++)
		CHECK(has_rail(&receipt, after->rails[i].now.name));
	adds_up(&receipt);
	sound_receipt(&receipt);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	kit_dir();
	CHECK(receipt_loaded(
		"{\"version\":1,\"job\":1,\"uid\":0,\"node\":\"n\",\"boot_id\":\"\","
		"\"started_at\":1,\"ended_at\":2,\"efa\":\"used\",\"sentence\":\"s\","
		"\"other_jobs\":0,\"tests\":0,\"totals\":{\"tx_bytes\":1,\"rx_bytes\":0,"
		"\"work_requests\":0,\"drops\":0,\"retransmits\":0,\"errors\":0},\"rails\":[]}"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading before, after;
	char *word = kit_input(data, size), *text = kit_rest(word, "\n"), *rest;

	if (text && !strcmp(word, "receipt")) {
		receipt_loaded(text);
	} else if (text && !strcmp(word, "readings")) {
		rest = kit_rest(text, "==\n");
		if (reading_loaded(text, &before)) {
			filled(NULL, &before);
			filled(&before, &before);
			if (rest && reading_loaded(rest, &after))
				filled(&before, &after);
		}
	}
	free(word);
	return 0;
}
