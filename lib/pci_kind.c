/* SPDX-License-Identifier: Apache-2.0 */
#include "pci_kind.h"

#include <stddef.h>

#define VENDOR_AMAZON 0x1d0f
#define VENDOR_NVIDIA 0x10de
#define VENDOR_HABANA 0x1da3
#define VENDOR_AMD    0x1002
#define CLASS_BRIDGE  0x0604

static bool is_one_of(uint32_t id, const uint16_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (id == ids[i])
			return true;
	}
	return false;
}

static enum pci_kind kind_of_amazon(uint32_t device, enum accel_kind *ret_accel)
{
	/* The aliases of the ena driver; the accelerators of Inferentia 1 and 2, Trainium 1 and 2.
	 */
	static const uint16_t ena[] = {0xec20, 0xec21, 0x1ec2, 0x0ec2, 0x0051};
	static const uint16_t neuron[] = {0x7064, 0x7164, 0x7264, 0x7364};

	/* Every EFA generation so far is efa<digit>; libfabric reserves the range likewise. */
	if ((device & 0xfff0) == 0xefa0)
		return PCI_KIND_EFA;
	if (is_one_of(device, ena, sizeof(ena) / sizeof(ena[0])))
		return PCI_KIND_ENA;
	if (!is_one_of(device, neuron, sizeof(neuron) / sizeof(neuron[0])))
		return PCI_KIND_OTHER;
	*ret_accel = ACCEL_NEURON;
	return PCI_KIND_ACCEL;
}

/* GPUs share their vendor with switches, audio and USB functions: the PCI class tells them apart.
 */
static enum pci_kind kind_of_gpu(uint32_t vendor, uint32_t pci_class, enum accel_kind *ret_accel)
{
	uint32_t base = pci_class >> 8;

	if (vendor == VENDOR_NVIDIA && base == 0x0302) {
		*ret_accel = ACCEL_NVIDIA;
		return PCI_KIND_ACCEL;
	}
	if (vendor == VENDOR_AMD && (base == 0x1200 || base == 0x0302 || base == 0x0380)) {
		*ret_accel = ACCEL_AMD;
		return PCI_KIND_ACCEL;
	}
	return PCI_KIND_OTHER;
}

bool pci_kind_vendor(uint32_t vendor)
{
	return vendor == VENDOR_AMAZON || vendor == VENDOR_NVIDIA || vendor == VENDOR_HABANA ||
	       vendor == VENDOR_AMD;
}

bool pci_kind_needs_class(uint32_t vendor)
{
	return vendor == VENDOR_NVIDIA || vendor == VENDOR_AMD;
}

enum pci_kind pci_kind_of(uint32_t vendor, uint32_t device, uint32_t pci_class,
			  enum accel_kind *ret_accel)
{
	if (vendor == VENDOR_AMAZON)
		return kind_of_amazon(device, ret_accel);
	if (vendor == VENDOR_HABANA) {
		*ret_accel = ACCEL_HABANA;
		return PCI_KIND_ACCEL;
	}
	return kind_of_gpu(vendor, pci_class, ret_accel);
}

bool pci_kind_is_bridge(uint32_t pci_class)
{
	return pci_class >> 8 == CLASS_BRIDGE;
}
