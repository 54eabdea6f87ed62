/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the running node, by the test program: this process never waits for a device. */
#ifndef EFA_LAYOUT_COUNTERS_RUN_H
#define EFA_LAYOUT_COUNTERS_RUN_H

#include "counters.h"

/*
 * Read the counters of n rails (at most NODE_RAILS_MAX). Returns inside budget_ms + 500 ms,
 * whatever a device does. When the program itself fails, all rails are COUNTERS_NOT_READ and their
 * text says why.
 */
void counters_run(const char *program, unsigned budget_ms, const char *const *names, size_t n,
		  struct counters *ret_counters);

#endif
