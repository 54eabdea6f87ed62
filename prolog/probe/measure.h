/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a rail is, from one of its endpoints to the other. */
#ifndef EFA_LAYOUT_PROBE_MEASURE_H
#define EFA_LAYOUT_PROBE_MEASURE_H

#include "exchange.h"

/*
 * Median of up to 1,000 messages of 24 bytes, each by itself, from sending to arrival. Takes
 * about enough_ms, longer for fewer than 11 messages. False: nothing came of it, see x->failure.
 */
bool measure_latency(struct exchange *x, unsigned enough_ms, uint64_t *ret_ns);

/*
 * Median over rounds of 1 MiB, up to 256 of them, of messages of 64 KiB (or of message_max) in one
 * direction, several under way at any time. Takes about enough_ms, longer for fewer than 3 rounds.
 * Of a rail that takes longer than x->deadline_ms for a single round: what it did.
 */
bool measure_bandwidth(struct exchange *x, size_t message_max, unsigned enough_ms,
		       uint64_t *ret_bytes_s);

/* Of n > 0 numbers, which are sorted by it; of an even number the upper one of the middle. */
uint64_t measure_median(uint64_t *values, size_t n);

#endif
