/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The optional tests, behind all others: a helper at a time, so that nothing else of the probe runs
 * while something is measured. First what is measured, then RDMA reads, then pairs of rails, each
 * kind in one process; what failed, hung or died is tried once more in one of its own, and believed
 * then.
 */
#ifndef EFA_LAYOUT_PROBE_EXTRAS_H
#define EFA_LAYOUT_PROBE_EXTRAS_H

#include "coordinator.h"

/*
 * Those that options ask for, of the rails of report that passed. Ends at end_ms (clock_ms)
 * whatever happens; what there was no time for is EXTRA_NOT_TESTED. A rail whose RDMA read fails,
 * or that reaches no other rail (blame.h), passes no longer.
 */
void extras_run(const struct coordinator_options *options, const char *const *names,
		uint64_t end_ms, struct probe_report *report);

#endif
