/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of inventory_scan, in the order in which they run. Each reads below root and fills its
 * own fields of inv, which starts as zeros; errors name the path.
 */
#ifndef EFA_LAYOUT_INVENTORY_SCAN_H
#define EFA_LAYOUT_INVENTORY_SCAN_H

#include "err.h"
#include "inventory.h"
#include "sysfs.h"

#define INVENTORY_PCI_DIR  "sys/bus/pci/devices"
#define INVENTORY_RDMA_DIR "sys/class/infiniband"

/* Rails (up to their driver), ENA functions with their netdev, accelerators, empty ports: one
 * walk over sys/bus/pci/devices. */
int inventory_scan_pci(const struct sysfs_dir *root, struct inventory *inv, struct err *err);
/* RDMA devices of the rails found, their uverbs device and GID; devices of others. */
int inventory_scan_rdma(const struct sysfs_dir *root, struct inventory *inv, struct err *err);
/* Which ENA function has the default route. */
int inventory_scan_route(const struct sysfs_dir *root, struct inventory *inv, struct err *err);
/* DMI, boot, kernel, driver version, NUMA nodes. */
int inventory_scan_host(const struct sysfs_dir *root, struct inventory *inv, struct err *err);
/* Locked memory of this process, huge pages. What is absent or malformed is unknown. */
void inventory_scan_limits(const struct sysfs_dir *root, struct inventory *inv);

/* IP addresses of ENA netdevs: of the running node from the kernel, else from
 * run/efa-layout/addresses, lines such as "ens5 10.0.0.5/20". */
int inventory_read_addresses(const struct sysfs_dir *root, struct inventory *inv, struct err *err);

/* Remember that a part of inv comes from the file or directory at this path below root. */
void inventory_set_origin(struct inventory *inv, enum inventory_part part,
			  const struct sysfs_dir *root, const char *path);

/*
 * Take a name that the kernel gave into buf; what says which, "a driver name". -EINVAL when it is
 * no text_is_name or does not fit: such names go into variables, reasons and arguments.
 */
int inventory_take_name(const struct sysfs_dir *dir, const char *what, const char *name, char *buf,
			size_t size, struct err *err);

#endif
