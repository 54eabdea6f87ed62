/* SPDX-License-Identifier: Apache-2.0 */
/* How the test program hands counters over. */
#ifndef EFA_LAYOUT_COUNTERS_PROTOCOL_H
#define EFA_LAYOUT_COUNTERS_PROTOCOL_H

#include "counters.h"

/*
 * What the test program writes with --counters: lines of printable ASCII, words separated by one
 * blank.
 *
 *   efa-layout-probe 1 counters
 *   rail NAME read tx_bytes=N tx_pkts=N ...   counters that the driver has, at least one
 *   rail NAME gone|failed|silent|not-read TEXT
 *   end COUNT                                 of the rail lines
 *
 * each rail that was asked for exactly once, in any order. TEXT is the rest of the line, "-" none.
 */
#define COUNTERS_PROTOCOL 1
#define COUNTERS_HEAD	  "efa-layout-probe 1 counters\n"
#define COUNTERS_LINE_MAX (COUNTERS_VALUES_TEXT + 128)

/*
 * Read it. names: the rails that were asked for, in the order that ret_counters gets. Strict:
 * anything that is not as above is -EPROTO with a sentence, and ret_counters is not changed.
 */
int counters_parse(const char *output, const char *const *names, size_t n,
		   struct counters *ret_counters, struct err *err);

#endif
