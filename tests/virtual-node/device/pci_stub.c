/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function with any ids and class and up to two BARs behind which there is nothing: what
 * lspci, sysfs and hwloc see of a GPU or a switch, without a driver.
 */
#include "pci_common.h"
#include "qemu_guard.h"
#include "qapi/error.h"
#include "qemu/units.h"
#include "hw/qdev-properties.h"
#include "qom/object.h"

#define TYPE_PCI_STUB "pci-stub"

#define VENDOR_NVIDIA  0x10de
#define DEVICE_H100    0x2330
#define SUBDEVICE_H100 0x16c1
#define CLASS_3D       0x0302
#define MIN_BAR	       16

struct pci_stub {
	PCIDevice parent_obj;
	MemoryRegion bar[2];
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class; /* 24 bits: class, subclass, programming interface */
	uint8_t revision;
	uint64_t bar0, bar2; /* bytes, 0: none */
	struct pci_link pci_link;
};

DECLARE_INSTANCE_CHECKER(struct pci_stub, PCI_STUB, TYPE_PCI_STUB)

static uint64_t nothing_read(void *opaque G_GNUC_UNUSED, hwaddr addr G_GNUC_UNUSED,
			     unsigned int size G_GNUC_UNUSED)
{
	return UINT64_MAX;
}

static void nothing_write(void *opaque G_GNUC_UNUSED, hwaddr addr G_GNUC_UNUSED,
			  uint64_t value G_GNUC_UNUSED, unsigned int size G_GNUC_UNUSED)
{
}

static const MemoryRegionOps nothing_ops = {
	.read = nothing_read,
	.write = nothing_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
};

static bool bar_ok(const char *name, uint64_t bytes, uint64_t max, Error **errp)
{
	if (!bytes || (bytes >= MIN_BAR && bytes <= max && !(bytes & (bytes - 1))))
		return true;
	error_setg(errp, "%s is neither 0 nor a power of two in %d..%" PRIu64, name, MIN_BAR, max);
	return false;
}

static void set_ids(struct pci_stub *stub)
{
	uint8_t *config = stub->parent_obj.config;

	pci_set_word(config + PCI_VENDOR_ID, stub->vendor);
	pci_set_word(config + PCI_DEVICE_ID, stub->device);
	pci_set_word(config + PCI_SUBSYSTEM_VENDOR_ID,
		     stub->subvendor ? stub->subvendor : stub->vendor);
	pci_set_word(config + PCI_SUBSYSTEM_ID, stub->subdevice);
	pci_set_byte(config + PCI_CLASS_PROG, stub->class & 0xff);
	pci_set_word(config + PCI_CLASS_DEVICE, stub->class >> 8);
	pci_set_byte(config + PCI_REVISION_ID, stub->revision);
}

static void realize(PCIDevice *pci, Error **errp)
{
	struct pci_stub *stub = PCI_STUB(pci);

	if (!bar_ok("bar0", stub->bar0, 2 * GiB, errp) ||
	    !bar_ok("bar2", stub->bar2, 1 * TiB, errp))
		return;
	if (stub->class > 0xffffff) {
		error_setg(errp, "class has more than 24 bits");
		return;
	}
	set_ids(stub);
	if (!pci_link_init(pci, &stub->pci_link, errp))
		return;
	if (stub->bar0) {
		memory_region_init_io(&stub->bar[0], OBJECT(stub), &nothing_ops, stub,
				      "pci-stub-bar0", stub->bar0);
		pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &stub->bar[0]);
	}
	if (stub->bar2) {
		memory_region_init_io(&stub->bar[1], OBJECT(stub), &nothing_ops, stub,
				      "pci-stub-bar2", stub->bar2);
		pci_register_bar(pci, 2,
				 PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
				 &stub->bar[1]);
	}
}

static void unrealize(PCIDevice *pci)
{
	pci_link_done(pci);
}

static Property properties[] = {
	DEFINE_PROP_UINT16("vendor", struct pci_stub, vendor, VENDOR_NVIDIA),
	DEFINE_PROP_UINT16("device", struct pci_stub, device, DEVICE_H100),
	DEFINE_PROP_UINT16("subvendor", struct pci_stub, subvendor, 0),
	DEFINE_PROP_UINT16("subdevice", struct pci_stub, subdevice, SUBDEVICE_H100),
	DEFINE_PROP_UINT32("class", struct pci_stub, class, CLASS_3D << 8),
	DEFINE_PROP_UINT8("rev", struct pci_stub, revision, 0xa1),
	DEFINE_PROP_UINT64("bar0", struct pci_stub, bar0, 64 * KiB),
	DEFINE_PROP_UINT64("bar2", struct pci_stub, bar2, 1 * MiB),
	DEFINE_PROP_UINT16("link-gen", struct pci_stub, pci_link.gen, 5),
	DEFINE_PROP_UINT16("link-width", struct pci_stub, pci_link.width, 16),
	DEFINE_PROP_END_OF_LIST(),
};

static void class_init(ObjectClass *class, void *data G_GNUC_UNUSED)
{
	DeviceClass *device = DEVICE_CLASS(class);
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

	pci->realize = realize;
	pci->exit = unrealize;
	pci->vendor_id = VENDOR_NVIDIA;
	pci->device_id = DEVICE_H100;
	pci->class_id = CLASS_3D;
	device->desc = "PCI function without a function (ids, class and empty BARs)";
	set_bit(DEVICE_CATEGORY_MISC, device->categories);
	device_class_set_props(device, properties);
}

static const TypeInfo pci_stub_info = {
	.name = TYPE_PCI_STUB,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(struct pci_stub),
	.class_init = class_init,
	.interfaces = (InterfaceInfo[]){{INTERFACE_PCIE_DEVICE}, {}},
};

void pci_stub_register_type(void)
{
	type_register_static(&pci_stub_info);
}
