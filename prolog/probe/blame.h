/* SPDX-License-Identifier: Apache-2.0 */
/* Which rail it is, when rails do not reach each other. Pure calculation. */
#ifndef EFA_LAYOUT_PROBE_BLAME_H
#define EFA_LAYOUT_PROBE_BLAME_H

#include "probe.h"

/*
 * A rail that reaches none of at least two others, each of which reaches some other rail, fails at
 * step PROBE_STEP_PAIRS. Of every other pair that fails it stays open which of its rails it is.
 */
void blame_rails(struct probe_report *report, const char *const *names);

#endif
