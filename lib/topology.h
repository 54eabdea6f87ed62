/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hwloc's view of a machine: an inventory from a saved topology, and the topology of this machine
 * saved. hwloc runs in a child with a deadline: it may wait for a sick device for ever, give up on
 * an inconsistent file with an abort, print, and load plugins.
 */
#ifndef EFA_LAYOUT_TOPOLOGY_H
#define EFA_LAYOUT_TOPOLOGY_H

#include "err.h"
#include "inventory.h"

#define TOPOLOGY_SIZE_MAX    (16U << 20)
#define TOPOLOGY_DEADLINE_MS 20000

/*
 * The inventory that an XML export of hwloc 2 describes (lstopo, hwloc_topology_export_xml, or
 * topology_discover_save; comments are allowed), in order and bounds of inventory_scan. Rails get
 * as far as RAIL_LISTED; one that has no OpenFabrics device where others have is RAIL_NO_RDMA. A
 * netdev stands for the ena driver, an OpenFabrics device for efa. What an export does not know
 * stays unknown: boot id, driver versions, link states, uverbs nodes, addresses, limits, and the
 * OS devices where it was written without. The facts are not touched.
 *
 * -EINVAL when the file is no such export, or was written without I/O devices; -EFBIG; -EOVERFLOW
 * for more functions than an inventory holds; -ETIMEDOUT; what open and read give. Each with a
 * sentence that names the file. inv is only changed on success.
 */
int topology_load(const char *path, struct inventory *inv, struct err *err);

/*
 * Discover this machine, with all PCI functions and bridges but without asking GPUs, and replace
 * path by the export in one step, mode 0644. Serial numbers, which only root may read, are left
 * out.
 */
int topology_discover_save(const char *path, struct err *err);

#endif
