/* SPDX-License-Identifier: Apache-2.0 */
#include "loopback.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <rdma/fi_eq.h>
#include <rdma/fi_errno.h>

#include "attended.h"
#include "clock.h"
#include "contents.h"
#include "failure.h"
#include "traffic.h"
#include "pair.h"
#include "text.h"

/*
 * Inline in the work request, one packet, several packets (efa's longest that is sent without
 * asking the receiver first). A provider whose messages are shorter gets the last in pieces.
 */
static const size_t sizes[] = {24, 4096, 65536};

#define SIZE_MAX_SENT 65536
#define DIR_TEXT      96

/* The message under way. */
struct message {
	size_t i;    /* of sizes */
	int from;    /* endpoint that sends */
	size_t done; /* of that size, in earlier pieces */
	size_t size; /* of this piece */
	bool filled, recv_posted, send_posted, sent, received;
	size_t length; /* that arrived */
	unsigned char guard;
};

struct loopback {
	struct pair pair;
	struct loopback_options options;
	struct probe_result *result;
	char device_dir[DIR_TEXT];
	uint64_t start_us;
	struct attended attended; /* since the first message */
	size_t message_max;
	uint32_t seed;
	struct traffic traffic;
	struct traffic_values before;
	struct message message;
};

static bool fail(struct loopback *l, enum probe_step step, int fi_error, const char *what)
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

static bool hung(struct loopback *l)
{
	struct probe_result *r = l->result;

	r->state = PROBE_HUNG;
	r->step = PROBE_STEP_TRANSFER;
	r->fi_error = FI_ETIMEDOUT;
	text_format(r->text, sizeof(r->text), "no end of a message of %zu bytes within %u ms",
		    l->message.size, l->options.deadline_ms);
	return false;
}

static bool fail_completion(struct loopback *l)
{
	struct failure failure;
	struct probe_result *r = l->result;

	failure_of_completion(l->pair.cq[0], &failure);
	fail(l, PROBE_STEP_TRANSFER, failure.fi_error, "");
	r->prov_error = failure.prov_error;
	text_format(r->text, sizeof(r->text), "%s", failure.text);
	return false;
}

/* An error that belongs to no operation of ours, such as a handshake that failed. */
static bool event_error(struct loopback *l)
{
	struct failure failure;

	if (!failure_of_events(l->pair.eq[0], &failure))
		return false;
	fail(l, PROBE_STEP_TRANSFER, failure.fi_error, "endpoint");
	l->result->prov_error = failure.prov_error;
	return true;
}

/* One look at the completion queue. False: failed. */
static bool progress(struct loopback *l)
{
	struct message *m = &l->message;
	struct fi_cq_msg_entry entry;
	ssize_t n;

	n = fi_cq_read(l->pair.cq[0], &entry, 1);
	if (n == 1 && entry.op_context == &l->pair.context[0])
		m->sent = true;
	if (n == 1 && entry.op_context == &l->pair.context[1]) {
		m->received = true;
		m->length = entry.len;
	}
	if (n == 1)
		return true;
	if (n == -FI_EAVAIL)
		return fail_completion(l);
	if (n != -FI_EAGAIN)
		return fail(l, PROBE_STEP_TRANSFER, (int)n, "fi_cq_read");
	if (event_error(l))
		return false;
	return attended_look(&l->attended, clock_us()) < (uint64_t)l->options.deadline_ms * 1000 ||
	       hung(l);
}

static bool compare(struct loopback *l, const unsigned char *sent, const unsigned char *got)
{
	const struct message *m = &l->message;
	const struct contents contents = {.size = m->size, .length = m->length, .guard = m->guard};
	char text[sizeof(l->result->text)];

	return contents_same(&contents, sent, got, text, sizeof(text)) ||
	       fail(l, PROBE_STEP_CONTENTS, 0, text);
}

static unsigned char *tx_buffer(const struct loopback *l)
{
	return l->pair.memory;
}

static unsigned char *rx_buffer(const struct loopback *l)
{
	return l->pair.memory + SIZE_MAX_SENT;
}

static void message_fill(struct loopback *l)
{
	struct message *m = &l->message;

	m->size = MIN(sizes[m->i] - m->done, l->message_max);
	contents_fill(tx_buffer(l), m->size, ++l->seed * 2654435761u);
	/* Nothing that is already there may pass for what should arrive. */
	m->guard = (unsigned char)~tx_buffer(l)[0];
	memset(rx_buffer(l), m->guard, m->size + CONTENTS_GUARD);
	m->filled = true;
}

/* Post what is not posted yet. A full queue is no failure: the next look may empty it. */
static bool message_post(struct loopback *l)
{
	struct message *m = &l->message;
	struct pair *pair = &l->pair;
	void *desc = pair->mr[0] ? fi_mr_desc(pair->mr[0]) : NULL;
	int to = 1 - m->from;
	ssize_t rc;

	if (!m->recv_posted) {
		rc = fi_recv(pair->ep[to], rx_buffer(l), m->size, desc, pair->peer[to],
			     &pair->context[1]);
		if (rc)
			return rc == -FI_EAGAIN || fail(l, PROBE_STEP_TRANSFER, (int)rc, "fi_recv");
		m->recv_posted = true;
	}
	if (!m->send_posted) {
		rc = fi_send(pair->ep[m->from], tx_buffer(l), m->size, desc, pair->peer[m->from],
			     &pair->context[0]);
		if (rc)
			return rc == -FI_EAGAIN || fail(l, PROBE_STEP_TRANSFER, (int)rc, "fi_send");
		m->send_posted = true;
	}
	return true;
}

/* To the next piece, the next direction, the next size. False: that was the last one. */
static bool message_next(struct message *m)
{
	struct message next = {.i = m->i, .from = m->from, .done = m->done + m->size};

	if (next.done >= sizes[next.i]) {
		next.done = 0;
		next.i += (size_t)next.from;
		next.from = 1 - next.from;
	}
	*m = next;
	return m->i < sizeof(sizes) / sizeof(sizes[0]);
}

static void enter(const struct loopback *l, enum probe_step step)
{
	if (l->options.on_step)
		l->options.on_step(step, l->options.rail, l->options.arg);
}

static bool counters_begin(struct loopback *l)
{
	struct err err;

	if (!l->options.device_dir)
		return true;
	enter(l, PROBE_STEP_COUNTERS);
	return (!traffic_open(l->options.device_dir, &l->traffic, &err) &&
		!traffic_read(&l->traffic, &l->before, &err)) ||
	       fail(l, PROBE_STEP_COUNTERS, 0, err.text);
}

static bool counters_end(struct loopback *l)
{
	struct traffic_values moved = {0};
	struct err err;
	int rc;

	if (!l->options.device_dir)
		return true;
	enter(l, PROBE_STEP_COUNTERS);
	rc = traffic_wait_moved(&l->traffic, &l->before, l->result->bytes, &moved, &err);
	l->result->tx_bytes = moved.tx;
	l->result->rx_bytes = moved.rx;
	l->result->packets = moved.packets;
	l->result->lost = moved.lost;
	return !rc || fail(l, PROBE_STEP_COUNTERS, 0, err.text);
}

static bool begin(struct loopback *l, struct fi_info *info)
{
	static const struct pair_options options = {.size = 2 * (size_t)SIZE_MAX_SENT +
							    CONTENTS_GUARD};
	const char *what = "";
	int rc;

	enter(l, PROBE_STEP_ENDPOINT);
	rc = pair_open(&l->pair, info, NULL, &options, &what);
	if (rc)
		return fail(l, PROBE_STEP_ENDPOINT, rc, what);
	if (!counters_begin(l))
		return false;
	enter(l, PROBE_STEP_TRANSFER);
	attended_begin(&l->attended, clock_us());
	return true;
}

/* good false: the pair is left as it is, memory and all. */
static void end(struct loopback *l, bool good)
{
	if (good) {
		l->result->state = PROBE_PASS;
		l->result->step = PROBE_STEP_DONE;
		pair_close(&l->pair);
	}
	traffic_close(&l->traffic);
	l->result->total_ms = (unsigned)((clock_us() - l->start_us) / 1000);
	free(l);
}

struct loopback *loopback_start(struct fi_info *info, const struct loopback_options *options,
				struct probe_result *ret_result)
{
	struct loopback *l = calloc(1, sizeof(*l));

	memset(ret_result, 0, sizeof(*ret_result));
	if (!l) {
		ret_result->state = PROBE_FAIL;
		ret_result->step = PROBE_STEP_ENDPOINT;
		ret_result->fi_error = FI_ENOMEM;
		return NULL;
	}
	l->options = *options;
	l->result = ret_result;
	l->traffic.dir = -1;
	if (options->device_dir) {
		text_format(l->device_dir, sizeof(l->device_dir), "%s", options->device_dir);
		l->options.device_dir = l->device_dir;
	}
	l->start_us = clock_us();
	l->message_max = info->ep_attr->max_msg_size ? info->ep_attr->max_msg_size : SIZE_MAX_SENT;
	l->seed = (uint32_t)l->start_us;
	if (begin(l, info))
		return l;
	end(l, false);
	return NULL;
}

bool loopback_advance(struct loopback *loopback)
{
	struct loopback *l = loopback;
	struct message *m = &l->message;

	if (!m->filled)
		message_fill(l);
	if (!message_post(l) || !progress(l)) {
		end(l, false);
		return false;
	}
	if (!m->sent || !m->received)
		return true;
	if (!compare(l, tx_buffer(l), rx_buffer(l))) {
		end(l, false);
		return false;
	}
	l->result->bytes += m->size;
	if (message_next(m))
		return true;
	end(l, counters_end(l));
	return false;
}
