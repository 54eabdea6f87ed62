/* SPDX-License-Identifier: Apache-2.0 */
/* The optional tests of a rail that has passed the loopback, and of two of them. */
#ifndef EFA_LAYOUT_PROBE_EXTRA_TESTS_H
#define EFA_LAYOUT_PROBE_EXTRA_TESTS_H

#include <rdma/fabric.h>

#include "probe.h"

struct extra_options {
	unsigned rail_ms;	    /* for each rail or pair */
	bool latency, bandwidth;    /* what extra_measure measures */
	const char *device_dir[2];  /* sysfs directories of the devices whose counters must move;
				       NULL: no such check. The second one is of the other rail */
	void (*on_wait)(void *arg); /* called again and again */
	void *arg;
};

/*
 * Each fills what it did and why not; nothing else than a transfer or its contents makes
 * EXTRA_FAILED. On success everything is closed again; else it is left as it is, see loopback.h.
 * False: left so.
 */
bool extra_measure(struct fi_info *info, const struct extra_options *options,
		   struct extra_result *ret_latency, struct extra_result *ret_bandwidth);
/* info: with FI_RMA. */
bool extra_rdma_read(struct fi_info *info, const struct extra_options *options,
		     struct extra_result *ret_result);
bool extra_pair(struct fi_info *info, struct fi_info *other, const struct extra_options *options,
		struct extra_result *ret_result);

#endif
