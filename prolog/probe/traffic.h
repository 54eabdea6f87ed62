/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's own traffic counters (sysfs hw_counters): the proof that data went through this
 * device and through no other and no shared memory. Reading them makes the driver send admin
 * commands, so a sick device can keep a reader in the kernel: only helpers do it.
 */
#ifndef EFA_LAYOUT_PROBE_TRAFFIC_H
#define EFA_LAYOUT_PROBE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct traffic {
	int dir;	      /* the hw_counters directory, -1 closed */
	unsigned lifespan_ms; /* how long the kernel gives the same answer again */
};

struct traffic_values {
	uint64_t tx, rx;	/* bytes */
	uint64_t packets, lost; /* received; dropped, or sent again. 0 where the driver has no such
				   counter */
};

/*
 * device_dir: such as /sys/class/infiniband/rdmap79s0. The counters are those of port 1; drivers
 * before r1.14 have them in the device's directory. Errors: -ENOENT without traffic counters there.
 */
int traffic_open(const char *device_dir, struct traffic *ret_traffic, struct err *err);
void traffic_close(struct traffic *traffic);

/* All of them. -EIO, -EINVAL for what is not a number, and what reading gives. */
int traffic_read(const struct traffic *traffic, struct traffic_values *ret_values, struct err *err);

/*
 * Wait until bytes of both directions have moved by at least least since before: the kernel caches
 * its answer for lifespan_ms, and completions may come before the device has counted, so this takes
 * a few looks. *ret_moved is what all moved by at the last one, also when this was not enough
 * (-ENODATA).
 */
int traffic_wait_moved(const struct traffic *traffic, const struct traffic_values *before,
		       uint64_t least, struct traffic_values *ret_moved, struct err *err);

#endif
