/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pci_common.h"
#include "qemu/atomic.h"
#include "qapi/error.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"

#define EXPRESS_CAP_OFFSET 0x70

static bool link_value_ok(const char *what, uint16_t gen, uint16_t width, Error **errp)
{
	if (gen < 1 || gen > 6) {
		error_setg(errp, "%s generation %u is not in 1..6", what, gen);
		return false;
	}
	if (width < 1 || width > 32 || (width & (width - 1))) {
		error_setg(errp, "%s width %u is not a power of two in 1..32", what, width);
		return false;
	}
	return true;
}

bool pci_link_init(PCIDevice *pci, const struct pci_link *link, Error **errp)
{
	uint16_t max_gen = link->max_gen ? link->max_gen : link->gen;
	uint16_t max_width = link->max_width ? link->max_width : link->width;
	uint32_t cap;
	uint8_t *express;

	if (!link_value_ok("link", link->gen, link->width, errp) ||
	    !link_value_ok("maximal link", max_gen, max_width, errp))
		return false;
	if (!pci_bus_is_express(pci_get_bus(pci)))
		return true;
	if (pcie_endpoint_cap_init(pci, EXPRESS_CAP_OFFSET) < 0) {
		error_setg(errp, "no room for the PCI Express capability");
		return false;
	}
	express = pci->config + pci->exp.exp_cap;
	cap = pci_get_long(express + PCI_EXP_LNKCAP) & ~(PCI_EXP_LNKCAP_SLS | PCI_EXP_LNKCAP_MLW);
	pci_set_long(express + PCI_EXP_LNKCAP, cap | max_gen | max_width << 4);
	/* Linux takes speeds above 5 GT/s from the vector of LNKCAP2: bit n is generation n. */
	pci_set_long(express + PCI_EXP_LNKCAP2, ((1u << max_gen) - 1) << 1);
	pci_set_word(express + PCI_EXP_LNKCTL2, max_gen);
	pci_set_word(express + PCI_EXP_LNKSTA, link->gen | link->width << 4);
	return true;
}

void pci_link_done(PCIDevice *pci)
{
	if (pci->exp.exp_cap)
		pcie_cap_exit(pci);
}

bool pci_vectors_init(PCIDevice *pci, unsigned int count, uint8_t bar, Error **errp)
{
	unsigned int i;

	if (msix_init_exclusive_bar(pci, count, bar, errp))
		return false;
	for (i = 0; i < count; i++)
		msix_vector_use(pci, i);
	return true;
}

void pci_vectors_done(PCIDevice *pci)
{
	msix_unuse_all_vectors(pci);
	msix_uninit_exclusive_bar(pci);
}

void pci_vectors_raise(PCIDevice *pci, unsigned int vector)
{
	if (msix_enabled(pci) && vector < (unsigned int)pci->msix_entries_nr)
		msix_notify(pci, vector);
}

static const MemTxAttrs ram_only = {.memory = 1};

bool pci_mem_read(PCIDevice *pci, uint64_t addr, void *buf, uint64_t len)
{
	return pci_dma_rw(pci, addr, buf, len, DMA_DIRECTION_TO_DEVICE, ram_only) == MEMTX_OK;
}

bool pci_mem_write(PCIDevice *pci, uint64_t addr, const void *buf, uint64_t len)
{
	return pci_dma_rw(pci, addr, (void *)buf, len, DMA_DIRECTION_FROM_DEVICE, ram_only) ==
	       MEMTX_OK;
}

void pci_mem_publish(PCIDevice *pci, uint64_t addr, const void *entry, unsigned int len,
		     unsigned int valid_at)
{
	const uint8_t *bytes = entry;
	unsigned int after = valid_at + 4;

	if (valid_at)
		pci_mem_write(pci, addr, bytes, valid_at);
	if (after < len)
		pci_mem_write(pci, addr + after, bytes + after, len - after);
	smp_wmb();
	pci_mem_write(pci, addr + valid_at, bytes + valid_at, 4);
}
