/* SPDX-License-Identifier: Apache-2.0 */
/* Two endpoints on one domain, messages both ways, contents and counters compared. */
#ifndef EFA_LAYOUT_PROBE_LOOPBACK_H
#define EFA_LAYOUT_PROBE_LOOPBACK_H

#include <rdma/fabric.h>

#include "probe.h"

struct loopback_options {
	unsigned deadline_ms; /* for the messages; see attended.h */
	/* sysfs directory of the device whose counters must move; NULL: no such check */
	const char *device_dir;
	/* called when a step begins, so that whoever watches knows where it hangs */
	void (*on_step)(enum probe_step step, size_t rail, void *arg);
	size_t rail;
	void *arg;
};

struct loopback;

/*
 * Begin to test the domain that info describes (its queue sizes are made small). Only what
 * options->device_dir points to is copied. NULL: it has ended already.
 *
 * ret_result is borrowed until the end. Then all of it is filled but open_ms and retried. On
 * success everything is closed again; on failure it is left as it is, because closing waits for
 * what is outstanding (libfabric >= 1.15) and takes admin commands: the process is to end soon.
 */
struct loopback *loopback_start(struct fi_info *info, const struct loopback_options *options,
				struct probe_result *ret_result);

/* Go on without waiting. False: it has ended, and is gone. */
bool loopback_advance(struct loopback *loopback);

#endif
