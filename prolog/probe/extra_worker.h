/* SPDX-License-Identifier: Apache-2.0 */
/* Optional tests of one kind, one after another in one process. */
#ifndef EFA_LAYOUT_PROBE_EXTRA_WORKER_H
#define EFA_LAYOUT_PROBE_EXTRA_WORKER_H

#include "extra_wire.h"

/* One test to do: of rail a, or of rails a and b. */
struct extra_item {
	uint8_t a, b;
};

struct extra_worker {
	const char *provider;
	bool is_verbs;		  /* rails are EFA devices */
	const char *const *names; /* of all rails */
	enum probe_extra kind;	  /* PROBE_LATENCY stands for all that is measured */
	bool latency, bandwidth;  /* what is */
	const struct extra_item *items;
	const uint8_t *which; /* of the items, those to do */
	size_t n;
	unsigned rail_ms;
};

/* Body of a helper; arg is a struct extra_worker. Tells of the items in their order; ends early
 * when it keeps too much of what failed. */
void extra_worker_main(int fd, const void *arg);

#endif
