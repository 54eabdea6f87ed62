/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the counters of rails. Each rail gets a helper of its own: the driver asks the device for
 * them, and a device that does not answer keeps the reader in the kernel for as long as 30 seconds.
 */
#ifndef EFA_LAYOUT_PROBE_READER_H
#define EFA_LAYOUT_PROBE_READER_H

#include <stddef.h>

#include "counters.h"

#define READER_CLASS_DIR "/sys/class/infiniband"

/*
 * All rails at the same time. class_dir: where the devices are, such as READER_CLASS_DIR. Returns
 * inside budget_ms (and a few milliseconds for each rail that does not answer); each of the names
 * has its place in ret_counters, in this order.
 */
void reader_run(const char *class_dir, const char *const *names, size_t n, unsigned budget_ms,
		struct counters *ret_counters);

/* One rail, in this process: what a helper does. */
void reader_read(const char *class_dir, const char *name, struct rail_counters *ret_rail);

#endif
