/* SPDX-License-Identifier: Apache-2.0 */
/* What a PCI function is to us, by its ids alone: every reader of an inventory uses these rules. */
#ifndef EFA_LAYOUT_PCI_KIND_H
#define EFA_LAYOUT_PCI_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "inventory.h"

enum pci_kind { PCI_KIND_OTHER, PCI_KIND_EFA, PCI_KIND_ENA, PCI_KIND_ACCEL };

/* Most functions of a node are of nobody's interest: false when the vendor alone says so. */
bool pci_kind_vendor(uint32_t vendor);
/* Does the kind of this vendor's functions depend on their PCI class? */
bool pci_kind_needs_class(uint32_t vendor);
/*
 * pci_class: 24 bits, as sysfs has it (0x030200); only looked at where pci_kind_needs_class.
 * *ret_accel is written for PCI_KIND_ACCEL alone.
 */
enum pci_kind pci_kind_of(uint32_t vendor, uint32_t device, uint32_t pci_class,
			  enum accel_kind *ret_accel);
/* A bridge from PCI to PCI: a root port, or a port of a switch. */
bool pci_kind_is_bridge(uint32_t pci_class);

#endif
