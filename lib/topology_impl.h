/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that see hwloc: topology.c runs it, the others map what it has loaded. */
#ifndef EFA_LAYOUT_TOPOLOGY_IMPL_H
#define EFA_LAYOUT_TOPOLOGY_IMPL_H

#include <hwloc.h>
#include <stdbool.h>

#include "err.h"
#include "inventory.h"

/*
 * Map a loaded topology to an inventory that starts as zeros. origin: the file that it is from.
 * Errors do not name it.
 */
int topology_map(hwloc_topology_t topology, const char *origin, struct inventory *inv,
		 struct err *err);

/* What the two halves of topology_map share. */
struct topology_map {
	hwloc_topology_t topology;
	struct inventory *inv;
	hwloc_bitmap_t nodes;	    /* NUMA nodes that have CPUs */
	bool has_rdma, has_netdevs; /* has the export such OS devices at all? */
	struct err *err;
};

/* PCI functions, empty ports, RDMA devices and netdevs; after the NUMA nodes are known. */
int topology_map_devices(const struct topology_map *map);

/* An export is for everybody; serial numbers and UUIDs of the machine are for root: empty them. */
void topology_hide_serials(hwloc_topology_t topology);

#endif
