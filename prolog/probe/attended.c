/* SPDX-License-Identifier: Apache-2.0 */
#include "attended.h"

#include <sys/param.h>

/* Some twenty times the usual distance of looks, and a scheduler's turn at most. */
#define BETWEEN_US 5000

void attended_begin(struct attended *attended, uint64_t now_us)
{
	attended->last_us = now_us;
	attended->sum_us = 0;
}

uint64_t attended_look(struct attended *attended, uint64_t now_us)
{
	attended->sum_us += MIN(now_us - attended->last_us, BETWEEN_US);
	attended->last_us = now_us;
	return attended->sum_us;
}
