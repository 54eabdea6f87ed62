/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's own traffic counters (sysfs hw_counters): the proof that data went through this
 * device and through no other and no shared memory. Reading them makes the driver send admin
 * commands, so a sick device can keep a reader in the kernel: only helpers do it.
 */
#ifndef EFA_LAYOUT_PROBE_COUNTERS_H
#define EFA_LAYOUT_PROBE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct counters {
	int dir;	      /* the hw_counters directory, -1 closed */
	unsigned lifespan_ms; /* how long the kernel gives the same answer again */
};

struct counter_values {
	uint64_t tx, rx;
};

/*
 * device_dir: such as /sys/class/infiniband/rdmap79s0. The counters are those of port 1; drivers
 * before r1.14 have them in the device's directory. Errors: -ENOENT without traffic counters there.
 */
int counters_open(const char *device_dir, struct counters *ret_counters, struct err *err);
void counters_close(struct counters *counters);

/* tx_bytes and rx_bytes. -EIO, -EINVAL for what is not a number, and what reading gives. */
int counters_read(const struct counters *counters, struct counter_values *ret_values,
		  struct err *err);

/*
 * Wait until both have moved by at least least bytes since before: the kernel caches its answer for
 * lifespan_ms, and completions may come before the device has counted, so this takes a few looks.
 * *ret_moved is what they moved by at the last one, also when this was not enough (-ENODATA).
 */
int counters_wait_moved(const struct counters *counters, const struct counter_values *before,
			uint64_t least, struct counter_values *ret_moved, struct err *err);

#endif
