/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's time: one end for everything, whatever happens on the way. */
#ifndef EFA_LAYOUT_DEADLINE_H
#define EFA_LAYOUT_DEADLINE_H

#include <stdint.h>

/* All times are CLOCK_BOOTTIME in milliseconds, the clock of the node map. */
struct deadline {
	uint64_t start, end;
};

uint64_t clock_now_ms(void);
/* Milliseconds that are left, 0 when it is over. */
unsigned deadline_left(const struct deadline *deadline);
unsigned deadline_used(const struct deadline *deadline);
void clock_sleep_ms(unsigned ms);

#endif
