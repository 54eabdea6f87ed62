/* SPDX-License-Identifier: Apache-2.0 */
/* PCI addresses and the way from the host bridge down to a function. */
#ifndef EFA_LAYOUT_PCI_ADDR_H
#define EFA_LAYOUT_PCI_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_addr {
	uint32_t segment; /* 16 bits on real hardware; virtual host bridges (Hyper-V, VMD) use more
			   */
	uint8_t bus, slot, func;
};

#define PCI_ADDR_TEXT	   20 /* "ffffffff:ff:1f.7" and NUL */
#define PCI_RDMA_NAME_TEXT 32
#define PCI_DEPTH_MAX	   12

/*
 * hop[0] is the first function below the host bridge, hop[n - 1] the function itself. The host
 * bridge is named by its segment and root bus ("pci0000:44"). n is 0 when the path is unknown.
 */
struct pci_path {
	uint32_t root_segment;
	uint8_t root_bus;
	unsigned n;
	struct pci_addr hop[PCI_DEPTH_MAX];
};

/* "0000:4f:00.0" exactly. 0 or -EINVAL. */
int pci_addr_parse(const char *text, struct pci_addr *ret_addr);
/* buf: at least PCI_ADDR_TEXT bytes. Returns buf. */
const char *pci_addr_format(const struct pci_addr *addr, char *buf);
/*
 * The RDMA device name that rdma-core's udev rule (60-rdma-persistent-naming, NAME_FALLBACK) gives
 * a function: "rdmap79s0" for 0000:4f:00.0. Says where a device belongs that has no name, or is not
 * there at all. buf: at least PCI_RDMA_NAME_TEXT bytes. Returns buf.
 */
const char *pci_addr_rdma_name(const struct pci_addr *addr, char *buf);
/* <0, 0, >0 in order of segment, bus, slot, func. */
int pci_addr_compare(const struct pci_addr *a, const struct pci_addr *b);
/* 0000:00:00.0, which is always a host bridge: stands for no function where there may be none. */
bool pci_addr_is_zero(const struct pci_addr *addr);

/*
 * The path from a sysfs link target such as
 * "../../../devices/pci0000:44/0000:44:00.0/0000:45:00.0/0000:46:01.0/0000:4f:00.0". 0 or -EINVAL.
 */
int pci_path_parse(const char *target, struct pci_path *ret_path);

/*
 * How many levels two functions share: 0 for different host bridges (or an unknown path), 1 for the
 * host bridge alone, 2 for the first function below it, and so on. Larger is nearer.
 */
unsigned pci_path_common(const struct pci_path *a, const struct pci_path *b);

#endif
