/* SPDX-License-Identifier: Apache-2.0 */
/* What sits together: the functions below one PCIe switch, or on one host bridge. Pure calculation.
 */
#ifndef EFA_LAYOUT_LOCALITY_H
#define EFA_LAYOUT_LOCALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory.h"

#define LOCALITY_GROUPS_MAX (NODE_RAILS_MAX + NODE_ENAS_MAX + NODE_ACCELS_MAX + NODE_FOREIGN_MAX)

/* Members are bits: bit i is rails[i], enas[i], accels[i], foreign[i] of the inventory. */
struct locality_group {
	int numa_node; /* -1: the kernel does not say */
	uint32_t root_segment;
	uint8_t root_bus;
	bool is_switch;
	struct pci_addr at; /* the port that leads to the switch; unset for a host bridge */
	uint64_t rails, enas, accels, foreign;
	unsigned empty_ports; /* directly below the switch, or on the host bridge */
};

struct locality {
	size_t n;
	struct locality_group v[LOCALITY_GROUPS_MAX]; /* by NUMA node (-1 first), then address */
};

/*
 * Group an inventory's functions. A function belongs to the nearest bridge above it that has
 * another function (EFA, ENA, accelerator, foreign) below it too, and to its host bridge where
 * there is none. Functions of unknown path are one group each host bridge "0000:00".
 */
void locality_find(const struct inventory *inv, struct locality *ret_locality);

/* "0000:45:00.0" or "pci0000:10". buf: PCI_ADDR_TEXT bytes. Returns buf. */
const char *locality_name(const struct locality_group *group, char *buf);

#endif
