/* SPDX-License-Identifier: Apache-2.0 */
/* Loopback over a group of rails, one after another, in one process with one fi_getinfo. */
#ifndef EFA_LAYOUT_PROBE_WORKER_H
#define EFA_LAYOUT_PROBE_WORKER_H

#include "wire.h"

struct worker {
	const char *provider;
	bool is_verbs;		  /* rails are EFA devices: "<name>-rdm" domains, counters */
	const char *const *names; /* of all rails */
	const uint8_t *rails;	  /* the ones to test */
	size_t n;
	unsigned rail_ms;
	bool classic; /* fabric efa even where efa-direct is offered */
};

/*
 * Body of a helper; arg is a struct worker. Sends WIRE_PROVIDER once, then for each rail WIRE_STEP
 * as it goes and a WIRE_RESULT; or WIRE_NO_INFO alone.
 */
void worker_main(int fd, const void *arg);

#endif
