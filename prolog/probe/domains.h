/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the domains that libfabric lists is a rail's. */
#ifndef EFA_LAYOUT_PROBE_DOMAINS_H
#define EFA_LAYOUT_PROBE_DOMAINS_H

#include <stdbool.h>
#include <stdint.h>

#include <rdma/fabric.h>

/*
 * The interface version asked for. Below 1.18 efa leaves RDMA read out on the first two
 * generations unless told otherwise: plain sends, the same on all of them.
 */
#define DOMAINS_API FI_VERSION(1, 14)

/* What fi_getinfo is asked for; NULL: no memory. */
struct fi_info *domains_hints(const char *provider, uint64_t caps);

/* The first entry of the rail that is, or is not, efa-direct; NULL none. is_verbs: the domain is
 * called "<name>-rdm". */
struct fi_info *domains_find(struct fi_info *list, const char *name, bool is_verbs, bool direct);

/*
 * What one rail gave back serves the next: each takes some 10 MiB in large pieces, and fresh pages
 * cost more than all the rest.
 */
void domains_keep_memory(void);

#endif
