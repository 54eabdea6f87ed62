/* SPDX-License-Identifier: Apache-2.0 */
/* Two endpoints that talk to each other, of one rail or of two, with all they need. */
#ifndef EFA_LAYOUT_PROBE_PAIR_H
#define EFA_LAYOUT_PROBE_PAIR_H

#include <stddef.h>

#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>

#define PAIR_QUEUE 32 /* depth of every queue: packet pools are sized by it */

/* Of one rail: fabric, eq, domain, cq and mr of both places are the same. */
struct pair {
	struct fid_fabric *fabric[2];
	struct fid_eq *eq[2]; /* NULL where the provider has none; without one, efa aborts the
				 process on an error that belongs to no operation */
	struct fid_domain *domain[2];
	struct fid_av *av[2]; /* one each: efa (1.17) binds no address vector twice */
	struct fid_cq *cq[2];
	struct fid_ep *ep[2];
	fi_addr_t peer[2];    /* in av[i]: the other endpoint */
	struct fid_mr *mr[2]; /* NULL when the provider asks for none */
	unsigned char *memory;
	size_t size;
	struct fi_context2 context[2]; /* of a send and a receive */
};

struct pair_options {
	size_t size;	 /* bytes of memory for both */
	uint64_t access; /* to the memory beside FI_SEND and FI_RECV; such as FI_REMOTE_READ */
};

/*
 * Open both endpoints, make each known to the other, and give them memory (registered if the
 * provider or the access wants that). other: what the second one's rail is, NULL: the same. 0, or a
 * negative libfabric error with *ret_what naming the call that failed. What was opened before the
 * failure stays so: pair_close closes it.
 */
int pair_open(struct pair *pair, struct fi_info *info, struct fi_info *other,
	      const struct pair_options *options, const char **ret_what);
void pair_close(struct pair *pair);

#endif
