/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests all rails inside a budget. The coordinator touches no device and waits for no child: it
 * starts helpers, listens, and leaves behind what does not answer.
 *
 *   opening    one helper opens all rails, a thread each; what does not answer is left out
 *   groups     the rails that answered are shared out over workers, each with a view of its own
 *              rails alone and one fi_getinfo for them
 *   alone      what failed, hung or died in a group is tried once more by itself: that is believed
 *   extras     optional tests of what passed, if they are wanted: extras.h
 */
#ifndef EFA_LAYOUT_PROBE_COORDINATOR_H
#define EFA_LAYOUT_PROBE_COORDINATOR_H

#include <stddef.h>

#include "probe.h"

struct coordinator_options {
	const char *provider;
	bool is_verbs; /* the provider is efa: opening, counters, "<name>-rdm" domains */
	unsigned budget_ms, open_ms, rail_ms;
	unsigned workers;	   /* > 0 */
	bool open_only;		   /* the first stage alone; is_verbs */
	bool extras[PROBE_EXTRAS]; /* optional tests that are wanted; not with open_only */
};

/*
 * ret_report: n and v for names, in their order; outcome, text, provider and fabric. Returns inside
 * budget_ms whatever happens.
 */
void coordinator_run(const struct coordinator_options *options, const char *const *names, size_t n,
		     struct probe_report *ret_report);

#endif
