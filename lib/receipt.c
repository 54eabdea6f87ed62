/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt.h"

#include <string.h>

#include "text.h"

/*
 * What a test of ours may leave in the counters besides what it says itself: acknowledgements that
 * come behind its last look.
 */
#define TEST_RESIDUE 4096

static const char *const state_words[] = {
	[RECEIPT_COUNTED] = "counted",
	[RECEIPT_NO_BASE] = "no-base",
	[RECEIPT_GONE] = "gone",
	[RECEIPT_UNREAD] = "unread",
};

static const char *const use_words[] = {
	[RECEIPT_USED] = "used",
	[RECEIPT_UNUSED] = "unused",
	[RECEIPT_UNKNOWN] = "unknown",
};

const char *receipt_state_text(enum receipt_state state)
{
	return (size_t)state <= RECEIPT_UNREAD ? state_words[state] : "?";
}

const char *receipt_use_text(enum receipt_use use)
{
	return (size_t)use <= RECEIPT_UNKNOWN ? use_words[use] : "?";
}

static struct receipt_rail *add_rail(struct receipt *receipt, const char *name,
				     enum receipt_state state, const char *why)
{
	struct receipt_rail *rail = &receipt->rails[receipt->n++];

	memset(rail, 0, sizeof(*rail));
	text_format(rail->name, sizeof(rail->name), "%s", name);
	rail->state = state;
	text_printable(rail->text, sizeof(rail->text), why);
	return rail;
}

/* What our own tests moved between two readings is not the job's. */
static void take_off(uint64_t *value, uint64_t before, uint64_t after)
{
	uint64_t own = after >= before ? after - before : after;

	*value = *value > own ? *value - own : 0;
}

static void count(struct receipt *receipt, const struct reading_rail *before,
		  const struct reading_rail *after)
{
	struct receipt_rail *rail = add_rail(receipt, before->now.name, RECEIPT_COUNTED, "");
	struct counters_delta *delta = &rail->delta;

	counters_subtract(&before->now, &after->now, delta);
	take_off(&delta->v[COUNTER_TX_BYTES], before->own_tx, after->own_tx);
	take_off(&delta->v[COUNTER_RX_BYTES], before->own_rx, after->own_rx);
}

static void compare(struct receipt *receipt, const struct reading_rail *before,
		    const struct reading_rail *after)
{
	if (before->now.state != COUNTERS_READ)
		add_rail(receipt, before->now.name, RECEIPT_NO_BASE, before->now.text);
	else if (!after || after->now.state == COUNTERS_GONE)
		add_rail(receipt, before->now.name, RECEIPT_GONE,
			 "the device is not there any more");
	else if (after->now.state != COUNTERS_READ)
		add_rail(receipt, before->now.name, RECEIPT_UNREAD, after->now.text);
	else
		count(receipt, before, after);
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static void add_up(struct receipt *receipt, const struct counters_delta *delta)
{
	receipt->tx_bytes = plus(receipt->tx_bytes, delta->v[COUNTER_TX_BYTES]);
	receipt->rx_bytes = plus(receipt->rx_bytes, delta->v[COUNTER_RX_BYTES]);
	for (int kind = 0; kind < COUNTER_KINDS; kind++)
		receipt->sums[kind] = plus(receipt->sums[kind], counters_sum(delta, kind));
}

/* Did anything move on this rail that is not ours? */
static bool moved(const struct receipt *receipt, const struct receipt_rail *rail)
{
	static const enum counter rdma[] = {COUNTER_RDMA_READ_BYTES, COUNTER_RDMA_READ_RESP_BYTES,
					    COUNTER_RDMA_WRITE_BYTES,
					    COUNTER_RDMA_WRITE_RECV_BYTES};
	const uint64_t *v = rail->delta.v;
	uint64_t residue;

	if (__builtin_mul_overflow(receipt->tests, TEST_RESIDUE, &residue))
		residue = UINT64_MAX;
	if (v[COUNTER_TX_BYTES] > residue || v[COUNTER_RX_BYTES] > residue)
		return true;
	for (size_t i = 0; i < sizeof(rdma) / sizeof(rdma[0]); i++) {
		if (v[rdma[i]])
			return true;
	}
	return false;
}

struct tally {
	size_t counted, moved, anew;
};

static struct tally make_tally(const struct receipt *receipt)
{
	struct tally tally = {0};

	for (size_t i = 0; i < receipt->n; i++) {
		const struct receipt_rail *rail = &receipt->rails[i];

		if (rail->state != RECEIPT_COUNTED)
			continue;
		tally.counted++;
		tally.moved += moved(receipt, rail);
		tally.anew += rail->delta.reset;
	}
	return tally;
}

static void add_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	uint64_t unit = 1;
	size_t i = 0;

	for (; bytes / unit >= 1000 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		unit *= 1000;
	if (i)
		text_append(buf, size, "%llu.%llu %s", (unsigned long long)(bytes / unit),
			    (unsigned long long)(bytes % unit / (unit / 10)), units[i]);
	else
		text_append(buf, size, "%llu B", (unsigned long long)bytes);
}

static void add_number(char *buf, size_t size, uint64_t number, const char *one, const char *more)
{
	if (number)
		text_append(buf, size, "; %llu %s", (unsigned long long)number,
			    number == 1 ? one : more);
}

static void write_use(struct receipt *receipt, const struct tally *tally)
{
	char *buf = receipt->sentence;
	const size_t size = sizeof(receipt->sentence);

	buf[0] = '\0';
	if (receipt->use == RECEIPT_USED) {
		text_append(buf, size, "sent ");
		add_bytes(buf, size, receipt->tx_bytes);
		text_append(buf, size, " and received ");
		add_bytes(buf, size, receipt->rx_bytes);
		text_append(buf, size, " over %zu of %zu rails", tally->moved, receipt->n);
	} else if (receipt->use == RECEIPT_UNUSED) {
		text_append(buf, size, "did not use EFA%s", receipt->n ? "" : ", no rail is here");
	} else {
		text_append(buf, size, "whether it used EFA is not known");
	}
}

static void write_sentence(struct receipt *receipt, const struct tally *tally)
{
	char *buf = receipt->sentence;
	const size_t size = sizeof(receipt->sentence);

	write_use(receipt, tally);
	add_number(buf, size, receipt->sums[COUNTER_KIND_DROPS], "packet dropped",
		   "packets dropped");
	add_number(buf, size, receipt->sums[COUNTER_KIND_RETRANS], "packet sent again",
		   "packets sent again");
	add_number(buf, size, receipt->sums[COUNTER_KIND_ERRORS], "error", "errors");
	add_number(buf, size, receipt->n - tally->counted, "rail is not counted",
		   "rails are not counted");
	add_number(buf, size, tally->anew, "rail's counters began anew, so it is more",
		   "rails' counters began anew, so it is more");
	add_number(buf, size, receipt->others, "other job ran here meanwhile and is in it",
		   "other jobs ran here meanwhile and are in it");
}

void receipt_fill(struct receipt *receipt, const struct reading *before,
		  const struct reading *after)
{
	struct tally tally;

	receipt->n = 0;
	receipt->tx_bytes = receipt->rx_bytes = 0;
	memset(receipt->sums, 0, sizeof(receipt->sums));
	receipt->tests = before && after->tests >= before->tests ? after->tests - before->tests : 0;
	for (size_t i = 0; before && i < before->n; i++)
		compare(receipt, &before->rails[i], reading_find(after, before->rails[i].now.name));
	for (size_t i = 0; i < after->n && receipt->n < NODE_RAILS_MAX; i++) {
		const char *name = after->rails[i].now.name;

		if (!before || !reading_find(before, name))
			add_rail(receipt, name, RECEIPT_NO_BASE,
				 before ? "it was not there before the job"
					: "no reading from before the job");
	}
	for (size_t i = 0; i < receipt->n; i++)
		add_up(receipt, &receipt->rails[i].delta);
	tally = make_tally(receipt);
	receipt->use = tally.moved		     ? RECEIPT_USED
		       : tally.counted == receipt->n ? RECEIPT_UNUSED
						     : RECEIPT_UNKNOWN;
	write_sentence(receipt, &tally);
}
