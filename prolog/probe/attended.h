/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long somebody has looked for something. A process that gets no CPU sees nothing of what came
 * meanwhile, so that the time in which it did not run says nothing about whom it waits for.
 */
#ifndef EFA_LAYOUT_PROBE_ATTENDED_H
#define EFA_LAYOUT_PROBE_ATTENDED_H

#include <stdint.h>

struct attended {
	uint64_t last_us; /* the last look */
	uint64_t sum_us;
};

void attended_begin(struct attended *attended, uint64_t now_us);

/* A look now: what was attended up to here. Between two looks at most 5 ms count. */
uint64_t attended_look(struct attended *attended, uint64_t now_us);

#endif
