/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two liberties that a machine of this kind needs and the packaged QEMU does not give.
 *
 * Endpoints on extra root buses: QEMU lets only bridges sit directly on the root bus of a pxb-pcie
 * host bridge, while on some instance types (p4d) every EFA, ENA and GPU function sits there. The
 * test is made when a device is registered with its bus and looks at the bus's parent device, so
 * this is out of sight for as long as that takes.
 *
 * Memory views: each of the thousands of changes of address windows and BARs while firmware and
 * kernel walk the PCI tree makes QEMU build anew its view of the whole address space, once more for
 * each CPU because of system management memory. No guest here has use for that (machine option
 * smm=off), so it is taken out, and a start takes a third less time.
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qemu/notify.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "hw/pci/pci_bus.h"
#include "sysemu/sysemu.h"

#define SMRAM_OF_CPU "smram[0]"

/* The parent type's realize, the same for all three types, and each type's own. */
static DeviceRealize pci_qdev_realize;
static struct endpoint_type {
	const char *name;
	void (*realize)(PCIDevice *pci, Error **errp);
	PCIConfigWriteFunc *config_write; /* NULL: QEMU's usual one */
} endpoint_types[] = {{.name = "efa"}, {.name = "ena"}, {.name = "pci-stub"}};

/* The bus that a device is being registered with. Devices are realized one at a time. */
static PCIBus *hidden_bus;
static PCIDevice *hidden_parent;

static void parent_show(void)
{
	if (hidden_bus)
		hidden_bus->parent_dev = hidden_parent;
	hidden_bus = NULL;
}

static const struct endpoint_type *type_of(PCIDevice *pci)
{
	const char *name = object_get_typename(OBJECT(pci));
	size_t i = 0;

	while (strcmp(endpoint_types[i].name, name))
		i++;
	return &endpoint_types[i];
}

/* Called after registration: from here on everything is as usual. */
static void endpoint_realize(PCIDevice *pci, Error **errp)
{
	parent_show();
	type_of(pci)->realize(pci, errp);
}

static void endpoint_register(DeviceState *dev, Error **errp)
{
	PCIBus *bus = PCI_BUS(qdev_get_parent_bus(dev));

	if (pci_bus_is_root(bus) && bus->parent_dev) {
		hidden_bus = bus;
		hidden_parent = bus->parent_dev;
		bus->parent_dev = NULL;
	}
	pci_qdev_realize(dev, errp);
	parent_show();
}

/* Switching decoding on or off moves all BARs of a function. */
static void endpoint_config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len)
{
	PCIConfigWriteFunc *write = type_of(pci)->config_write;

	memory_region_transaction_begin();
	(write ? write : pci_default_write_config)(pci, addr, value, len);
	memory_region_transaction_commit();
}

static int smram_disable(Object *child, void *opaque G_GNUC_UNUSED)
{
	Object *region;

	if (!object_dynamic_cast(child, "cpu"))
		return 0;
	region = object_resolve_path_component(child, SMRAM_OF_CPU);
	if (region && object_dynamic_cast(region, TYPE_MEMORY_REGION))
		memory_region_set_enabled(MEMORY_REGION(region), false);
	return 0;
}

/* Notifiers run in reverse order of registration, so this one runs after the CPUs' own. */
static void machine_done(Notifier *notifier G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
	object_child_foreach_recursive(object_get_root(), smram_disable, NULL);
}

static Notifier machine_done_notifier = {.notify = machine_done};

/* A class of our own is initialized with all others, before any device is made. */
static void tune(ObjectClass *class G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
	for (size_t i = 0; i < ARRAY_SIZE(endpoint_types); i++) {
		ObjectClass *type = object_class_by_name(endpoint_types[i].name);
		DeviceClass *device = DEVICE_CLASS(type);

		pci_qdev_realize = device->realize;
		device->realize = endpoint_register;
		endpoint_types[i].realize = PCI_DEVICE_CLASS(type)->realize;
		PCI_DEVICE_CLASS(type)->realize = endpoint_realize;
		endpoint_types[i].config_write = PCI_DEVICE_CLASS(type)->config_write;
		PCI_DEVICE_CLASS(type)->config_write = endpoint_config_write;
	}
	qemu_add_machine_init_done_notifier(&machine_done_notifier);
}

static const TypeInfo tuning_info = {
	.name = "virtual-efa-machine-tuning",
	.parent = TYPE_OBJECT,
	.abstract = true,
	.class_init = tune,
};

static void register_types(void)
{
	type_register_static(&tuning_info);
}

type_init(register_types)
