/* SPDX-License-Identifier: Apache-2.0 */
#include "loopback.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <rdma/fi_eq.h>
#include <rdma/fi_errno.h>

#include "clock.h"
#include "counters.h"
#include "pair.h"
#include "text.h"

/*
 * Inline in the work request, one packet, several packets (efa's longest that is sent without
 * asking the receiver first). A provider whose messages are shorter gets the last in pieces.
 */
static const size_t sizes[] = {24, 4096, 65536};

#define SIZE_MAX_SENT 65536
#define GUARD	      64 /* behind what is received: must stay as it was */
#define SPINS	      256
#define PAUSE_US      100

struct loop {
	struct pair pair;
	const struct loopback_options *options;
	struct probe_result *result;
	uint64_t deadline_us;
	size_t message_max;
	uint32_t seed;
};

static bool fail(struct loop *l, enum probe_step step, int fi_error, const char *what)
{
	struct probe_result *r = l->result;

	r->state = PROBE_FAIL;
	r->step = step;
	r->fi_error = abs(fi_error);
	if (r->fi_error)
		text_format(r->text, sizeof(r->text), "%s: %s", what, fi_strerror(r->fi_error));
	else
		text_printable(r->text, sizeof(r->text), what);
	return false;
}

static bool hung(struct loop *l, const char *what)
{
	struct probe_result *r = l->result;

	r->state = PROBE_HUNG;
	r->step = PROBE_STEP_TRANSFER;
	r->fi_error = FI_ETIMEDOUT;
	text_format(r->text, sizeof(r->text), "no end of %s within %u ms", what,
		    l->options->deadline_ms);
	return false;
}

/* An error completion, with the provider's own words. */
static bool fail_completion(struct loop *l)
{
	struct fi_cq_err_entry entry;
	struct probe_result *r = l->result;
	char words[96] = "";
	const char *said;
	ssize_t n;

	memset(&entry, 0, sizeof(entry));
	n = fi_cq_readerr(l->pair.cq, &entry, 0);
	if (n < 1)
		return fail(l, PROBE_STEP_TRANSFER, n ? (int)n : FI_EIO, "fi_cq_readerr");
	said = fi_cq_strerror(l->pair.cq, entry.prov_errno, entry.err_data, words, sizeof(words));
	fail(l, PROBE_STEP_TRANSFER, entry.err ? entry.err : FI_EIO, "completion");
	r->prov_error = abs(entry.prov_errno);
	if (said && said[0]) {
		text_printable(words, sizeof(words), said);
		text_format(r->text, sizeof(r->text), "%s (%s)", words, fi_strerror(r->fi_error));
	}
	return false;
}

/* An error that belongs to no operation of ours, such as a handshake that failed. */
static bool event_error(struct loop *l)
{
	struct fi_eq_err_entry entry;
	uint32_t event;

	if (!l->pair.eq || fi_eq_read(l->pair.eq, &event, &entry, 0, 0) != -FI_EAVAIL)
		return false;
	memset(&entry, 0, sizeof(entry));
	if (fi_eq_readerr(l->pair.eq, &entry, 0) < 0)
		return false;
	fail(l, PROBE_STEP_TRANSFER, entry.err ? entry.err : FI_EIO, "endpoint");
	l->result->prov_error = abs(entry.prov_errno);
	return true;
}

struct progress {
	bool sent, received;
	size_t length;
	unsigned polls;
};

/* One look at the completion queue. False: failed. */
static bool progress(struct loop *l, struct progress *p, const char *what)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_US * 1000};
	struct fi_cq_msg_entry entry;
	ssize_t n;

	n = fi_cq_read(l->pair.cq, &entry, 1);
	if (n == 1) {
		if (entry.op_context == &l->pair.context[0])
			p->sent = true;
		else if (entry.op_context == &l->pair.context[1]) {
			p->received = true;
			p->length = entry.len;
		}
		return true;
	}
	if (n == -FI_EAVAIL)
		return fail_completion(l);
	if (n != -FI_EAGAIN)
		return fail(l, PROBE_STEP_TRANSFER, (int)n, "fi_cq_read");
	if (event_error(l))
		return false;
	if (clock_us() >= l->deadline_us)
		return hung(l, what);
	/* A dead rail must not take the CPU from the others. */
	if (p->polls++ < SPINS)
		sched_yield();
	else
		nanosleep(&pause, NULL);
	return true;
}

/* xorshift32: cheap, and no two positions of two messages look alike for long. */
static void fill(unsigned char *to, size_t size, uint32_t seed)
{
	uint32_t x = seed | 1;
	size_t i;

	for (i = 0; i < size; i++) {
		if (!(i % 4)) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
		}
		to[i] = (unsigned char)(x >> (i % 4 * 8));
	}
}

static bool compare(struct loop *l, const unsigned char *sent, const unsigned char *got,
		    size_t size, size_t length, unsigned char guard)
{
	char text[sizeof(l->result->text)];
	size_t i;

	if (length != size) {
		text_format(text, sizeof(text), "%zu bytes sent, %zu arrived", size, length);
		return fail(l, PROBE_STEP_CONTENTS, 0, text);
	}
	for (i = 0; i < size && sent[i] == got[i]; i++)
		;
	if (i < size) {
		text_format(text, sizeof(text),
			    "byte %zu of %zu was sent as 0x%02x and arrived as 0x%02x", i, size,
			    sent[i], got[i]);
		return fail(l, PROBE_STEP_CONTENTS, 0, text);
	}
	for (i = size; i < size + GUARD; i++)
		if (got[i] != guard)
			return fail(l, PROBE_STEP_CONTENTS, 0,
				    "bytes behind the end of the message were written");
	return true;
}

/* Post both sides; a full queue is emptied by looking at completions. */
static bool post(struct loop *l, int from, unsigned char *tx, unsigned char *rx, size_t size,
		 struct progress *p, const char *what)
{
	struct pair *pair = &l->pair;
	void *desc = pair->mr ? fi_mr_desc(pair->mr) : NULL;
	int to = 1 - from;
	ssize_t rc;

	while ((rc = fi_recv(pair->ep[to], rx, size, desc, pair->peer[to], &pair->context[1])) ==
	       -FI_EAGAIN)
		if (!progress(l, p, what))
			return false;
	if (rc)
		return fail(l, PROBE_STEP_TRANSFER, (int)rc, "fi_recv");
	while ((rc = fi_send(pair->ep[from], tx, size, desc, pair->peer[from],
			     &pair->context[0])) == -FI_EAGAIN)
		if (!progress(l, p, what))
			return false;
	return rc ? fail(l, PROBE_STEP_TRANSFER, (int)rc, "fi_send") : true;
}

/* One message from endpoint from to the other one. */
static bool message(struct loop *l, int from, size_t size)
{
	unsigned char *tx = l->pair.memory, *rx = tx + SIZE_MAX_SENT, guard;
	struct progress p = {.sent = false};
	char what[48];

	text_format(what, sizeof(what), "a message of %zu bytes", size);
	fill(tx, size, ++l->seed * 2654435761u);
	/* Nothing that is already there may pass for what should arrive. */
	guard = (unsigned char)~tx[0];
	memset(rx, guard, size + GUARD);
	if (!post(l, from, tx, rx, size, &p, what))
		return false;
	while (!p.sent || !p.received)
		if (!progress(l, &p, what))
			return false;
	if (!compare(l, tx, rx, size, p.length, guard))
		return false;
	l->result->bytes += size;
	return true;
}

static bool transfer(struct loop *l)
{
	size_t i, done, piece;
	int from;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (from = 0; from < 2; from++)
			for (done = 0; done < sizes[i]; done += piece) {
				piece = MIN(sizes[i] - done, l->message_max);
				if (!message(l, from, piece))
					return false;
			}
	return true;
}

static void enter(const struct loop *l, enum probe_step step)
{
	if (l->options->on_step)
		l->options->on_step(step, l->options->arg);
}

static bool run_counted(struct loop *l)
{
	struct counter_values before, moved = {0};
	struct counters counters;
	struct err err;
	bool good;

	enter(l, PROBE_STEP_COUNTERS);
	if (counters_open(l->options->device_dir, &counters, &err))
		return fail(l, PROBE_STEP_COUNTERS, 0, err.text);
	good = !counters_read(&counters, &before, &err);
	if (!good)
		fail(l, PROBE_STEP_COUNTERS, 0, err.text);
	if (good) {
		enter(l, PROBE_STEP_TRANSFER);
		good = transfer(l);
	}
	if (good) {
		enter(l, PROBE_STEP_COUNTERS);
		good = !counters_wait_moved(&counters, &before, l->result->bytes, &moved, &err);
		if (!good)
			fail(l, PROBE_STEP_COUNTERS, 0, err.text);
		l->result->tx_bytes = moved.tx;
		l->result->rx_bytes = moved.rx;
	}
	counters_close(&counters);
	return good;
}

static bool run(struct loop *l, struct fi_info *info)
{
	const char *what = "";
	int rc;

	enter(l, PROBE_STEP_ENDPOINT);
	rc = pair_open(&l->pair, info, 2 * (size_t)SIZE_MAX_SENT + GUARD, &what);
	if (rc)
		return fail(l, PROBE_STEP_ENDPOINT, rc, what);
	if (l->options->device_dir)
		return run_counted(l);
	enter(l, PROBE_STEP_TRANSFER);
	return transfer(l);
}

void loopback_run(struct fi_info *info, const struct loopback_options *options,
		  struct probe_result *ret_result)
{
	uint64_t start = clock_us();
	struct loop l = {.options = options, .result = ret_result};

	memset(ret_result, 0, sizeof(*ret_result));
	l.deadline_us = start + (uint64_t)options->deadline_ms * 1000;
	l.message_max = info->ep_attr->max_msg_size ? info->ep_attr->max_msg_size : SIZE_MAX_SENT;
	l.seed = (uint32_t)start;
	if (run(&l, info)) {
		ret_result->state = PROBE_PASS;
		ret_result->step = PROBE_STEP_DONE;
		pair_close(&l.pair);
	}
	ret_result->total_ms = (unsigned)((clock_us() - start) / 1000);
}
