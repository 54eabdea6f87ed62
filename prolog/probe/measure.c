/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include <stdlib.h>
#include <sys/param.h>

#include "clock.h"

#define SMALL	      24
#define WARM_UP	      10 /* the first ones also do the handshake */
#define SAMPLES_LEAST 11
#define SAMPLES_MOST  1000
#define ROUND_BYTES   (1u << 20)
#define ROUNDS_LEAST  3
#define ROUNDS_MOST   256
#define NS_IN_S	      1000000000u

static int compare(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

uint64_t measure_median(uint64_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static bool is_enough(uint64_t begun_us, unsigned enough_ms)
{
	return clock_us() >= begun_us + (uint64_t)enough_ms * 1000;
}

bool measure_latency(struct exchange *x, unsigned enough_ms, uint64_t *ret_ns)
{
	static uint64_t samples[SAMPLES_MOST];
	uint64_t begun = clock_us();
	bool good = true;
	size_t i, n = 0;

	exchange_begin(x);
	for (i = 0; i < WARM_UP; i++)
		if (!exchange_message(x, (int)(i % 2), SMALL, NULL))
			return false;
	while (good && n < SAMPLES_MOST && (n < SAMPLES_LEAST || !is_enough(begun, enough_ms))) {
		good = exchange_message(x, (int)(n % 2), SMALL, &samples[n]);
		n += good;
	}
	/* One that fails has no latency; one that is slow has. */
	if (!good && (!x->overdue || !n))
		return false;
	*ret_ns = MAX(1, measure_median(samples, n));
	return true;
}

struct stream {
	size_t size;
	uint64_t messages; /* that have arrived when the round under way began */
	uint64_t round_ns; /* when that was */
	uint64_t rates[ROUNDS_MOST];
	size_t n;
};

static uint64_t rate(uint64_t bytes, uint64_t ns)
{
	return ns ? (uint64_t)((double)bytes * NS_IN_S / (double)ns) : 0;
}

/* Keep as many messages under way as the window has room for. */
static bool feed(struct exchange *x, size_t size, bool more)
{
	bool done = true;

	while (more && done && x->receives < x->received + EXCHANGE_WINDOW)
		if (!exchange_receive(x, 0, size, &done))
			return false;
	for (done = true; done && x->sends < x->receives;)
		if (!exchange_send(x, 0, size, &done))
			return false;
	return true;
}

static void note_round(struct stream *s, const struct exchange *x)
{
	uint64_t bytes = (x->received - s->messages) * s->size, now;

	if (bytes < ROUND_BYTES || s->n == ROUNDS_MOST)
		return;
	now = clock_ns();
	s->rates[s->n++] = rate(bytes, now - s->round_ns);
	s->messages = x->received;
	s->round_ns = now;
}

bool measure_bandwidth(struct exchange *x, size_t message_max, unsigned enough_ms,
		       uint64_t *ret_bytes_s)
{
	static struct stream s;
	uint64_t begun = clock_us();
	bool more = true, good = true;

	exchange_begin(x);
	s = (struct stream){.size = MIN(message_max, EXCHANGE_LONGEST), .round_ns = clock_ns()};
	while (good && (more || x->received < x->receives || x->sent < x->sends)) {
		more = more && s.n < ROUNDS_MOST &&
		       (s.n < ROUNDS_LEAST || !is_enough(begun, enough_ms));
		good = feed(x, s.size, more) && exchange_poll(x);
		note_round(&s, x);
	}
	if (!good && (!x->overdue || !x->received))
		return false;
	/* Its own time was over: looked after all the while, it did no more than this. */
	*ret_bytes_s = s.n ? measure_median(s.rates, s.n)
			   : rate(x->received * s.size, x->attended.sum_us * 1000);
	*ret_bytes_s = MAX(1, *ret_bytes_s);
	return true;
}
