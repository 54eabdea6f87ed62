/* SPDX-License-Identifier: Apache-2.0 */
/* What libfabric's queues say of an operation that failed, or of an endpoint. */
#ifndef EFA_LAYOUT_PROBE_FAILURE_H
#define EFA_LAYOUT_PROBE_FAILURE_H

#include <stdbool.h>

#include <rdma/fabric.h>
#include <rdma/fi_eq.h>

struct failure {
	int fi_error;	/* libfabric's number, above 0 */
	int prov_error; /* the provider's own, 0 none */
	char text[128];
};

/* The error completion that is waiting, with the provider's own words. */
void failure_of_completion(struct fid_cq *cq, struct failure *ret_failure);
/* An error of an endpoint; eq may be NULL. False: there is none. */
bool failure_of_events(struct fid_eq *eq, struct failure *ret_failure);

#endif
