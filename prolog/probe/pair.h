/* SPDX-License-Identifier: Apache-2.0 */
/* The two endpoints of a loopback with all they need. */
#ifndef EFA_LAYOUT_PROBE_PAIR_H
#define EFA_LAYOUT_PROBE_PAIR_H

#include <stddef.h>

#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#define PAIR_QUEUE 32 /* depth of every queue: packet pools are sized by it */

struct pair {
	struct fid_fabric *fabric;
	struct fid_eq *eq; /* NULL where the provider has none; without one, efa aborts the process
			      on an error that belongs to no operation */
	struct fid_domain *domain;
	struct fid_av *av[2]; /* one each: efa (1.17) binds no address vector twice */
	struct fid_cq *cq;    /* one for both */
	struct fid_ep *ep[2];
	fi_addr_t peer[2]; /* in av[i]: the other endpoint */
	struct fid_mr *mr; /* NULL when the provider asks for none */
	unsigned char *memory;
	size_t size;
	struct fi_context2 context[2]; /* of a send and a receive */
};

/*
 * Open both endpoints, make each known to the other, and give size bytes of memory (registered if
 * the provider wants that). 0, or a negative libfabric error with *ret_what naming the call that
 * failed. What was opened before the failure stays so: pair_close closes it.
 */
int pair_open(struct pair *pair, struct fi_info *info, size_t size, const char **ret_what);
void pair_close(struct pair *pair);

#endif
