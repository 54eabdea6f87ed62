/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every function of this object needs from PCI: link registers, vectors, memory access. */
#ifndef PCI_COMMON_H
#define PCI_COMMON_H

#include "qemu/osdep.h"
#include "hw/pci/pci.h"

/*
 * The link as configuration space reports it. Generation 1..6, width 1..32 lanes.
 * The maxima say what the card can do, 0 means "what the link does now".
 */
struct pci_link {
	uint16_t gen;
	uint16_t width;
	uint16_t max_gen;
	uint16_t max_width;
};

/* Adds the PCI Express capability with these link values; false with errp set when they are out of
 * range or do not fit. On a bus that is not PCI Express nothing is added. */
bool pci_link_init(PCIDevice *pci, const struct pci_link *link, Error **errp);
void pci_link_done(PCIDevice *pci);

/* MSI-X with count vectors in a BAR of its own, all usable. */
bool pci_vectors_init(PCIDevice *pci, unsigned int count, uint8_t bar, Error **errp);
void pci_vectors_done(PCIDevice *pci);
/* Raises a vector; one that the table does not have is ignored. */
void pci_vectors_raise(PCIDevice *pci, unsigned int vector);

/*
 * Access to guest memory. Only RAM is reached, never a device's registers: a guest that gives an
 * address inside some BAR gets an error instead of a call back into the model. False on error.
 */
bool pci_mem_read(PCIDevice *pci, uint64_t addr, void *buf, uint64_t len);
bool pci_mem_write(PCIDevice *pci, uint64_t addr, const void *buf, uint64_t len);

/*
 * Writes a ring entry whose dword at byte valid_at (a multiple of 4) makes it valid: that dword
 * goes last, as one access, because the guest polls for it from another CPU.
 */
void pci_mem_publish(PCIDevice *pci, uint64_t addr, const void *entry, unsigned int len,
		     unsigned int valid_at);

#endif
