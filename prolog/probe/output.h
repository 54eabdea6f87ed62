/* SPDX-License-Identifier: Apache-2.0 */
/* What the program writes: the protocols of lib/probe.h and lib/counters_protocol.h. */
#ifndef EFA_LAYOUT_PROBE_OUTPUT_H
#define EFA_LAYOUT_PROBE_OUTPUT_H

#include "counters.h"
#include "probe.h"

/* names: of the report's rails. */
void output_report(const struct probe_report *report, const char *const *names);
void output_counters(const struct counters *counters);

#endif
