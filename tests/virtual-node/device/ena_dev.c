/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ENA function as a PCI device: BAR, properties, netdev, life. */
#include "ena.h"
#include "qemu_guard.h"
#include "qapi/error.h"
#include "hw/qdev-properties.h"

#define VENDOR_AMAZON  0x1d0f
#define DEVICE_ENA     0xec20
#define REGS_BAR       0
#define VECTORS_BAR    1
#define REGS_BAR_BYTES (16 * KiB)
/* The driver resets a card that is silent for 6 s. */
#define KEEPALIVE_MS 1000

static void forget_all(void *opaque)
{
	struct ena_dev *dev = opaque;

	memset(dev->cq, 0, sizeof(dev->cq));
	memset(dev->sq, 0, sizeof(dev->sq));
	memset(dev->vector, 0, sizeof(dev->vector));
}

static void report_link(void *opaque)
{
	struct ena_dev *dev = opaque;

	amzn_admin_event(&dev->admin, ENA_AENQ_LINK_CHANGE, dev->link_up);
}

static const struct amzn_admin_ops admin_ops = {
	.version = 0x0200,
	.controller_version = 0x01000001,
	.driver_timeout_ms = 3000,
	.events_db_counts_depth = true,
	.execute = ena_execute,
	.reset = forget_all,
	/* The driver has no carrier until it is told. */
	.events_ready = report_link,
};

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned int size G_GNUC_UNUSED)
{
	struct ena_dev *dev = opaque;

	return amzn_admin_reg_read(&dev->admin, addr);
}

static void regs_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size G_GNUC_UNUSED)
{
	struct ena_dev *dev = opaque;

	if (addr >= ENA_SQ_DB_OFFSET && addr < ENA_SQ_DB_OFFSET + 4 * ARRAY_SIZE(dev->sq))
		ena_sq_doorbell(dev, (addr - ENA_SQ_DB_OFFSET) / 4, value);
	else if (addr >= ENA_UNMASK_OFFSET && addr < ENA_UNMASK_OFFSET + 4 * ARRAY_SIZE(dev->cq))
		ena_unmask(dev, (addr - ENA_UNMASK_OFFSET) / 4, value);
	else
		amzn_admin_reg_write(&dev->admin, addr, value);
}

static const MemoryRegionOps regs_ops = {
	.read = regs_read,
	.write = regs_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = {.min_access_size = 4, .max_access_size = 4},
};

static void keepalive(void *opaque)
{
	struct ena_dev *dev = opaque;

	if (!dev->hang)
		amzn_admin_event(&dev->admin, ENA_AENQ_KEEP_ALIVE, 0);
	timer_mod(dev->keepalive_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + KEEPALIVE_MS);
}

static void link_status_changed(NetClientState *nc)
{
	struct ena_dev *dev = qemu_get_nic_opaque(nc);

	dev->link_up = !nc->link_down;
	report_link(dev);
}

static NetClientInfo net_info = {
	.type = NET_CLIENT_DRIVER_NIC,
	.size = sizeof(NICState),
	.can_receive = ena_can_receive,
	.receive = ena_receive,
	.link_status_changed = link_status_changed,
};

static void realize(PCIDevice *pci, Error **errp)
{
	struct ena_dev *dev = ENA_DEV(pci);

	pci_set_word(pci->config + PCI_DEVICE_ID, dev->device_id);
	pci_set_word(pci->config + PCI_SUBSYSTEM_ID, dev->device_id);
	qemu_macaddr_default_if_unset(&dev->conf.macaddr);
	if (!pci_link_init(pci, &dev->pci_link, errp))
		return;
	memory_region_init_io(&dev->regs, OBJECT(dev), &regs_ops, dev, "ena-regs", REGS_BAR_BYTES);
	pci_register_bar(pci, REGS_BAR, PCI_BASE_ADDRESS_SPACE_MEMORY, &dev->regs);
	if (!pci_vectors_init(pci, ENA_VECTORS, VECTORS_BAR, errp)) {
		pci_link_done(pci);
		return;
	}
	amzn_admin_init(&dev->admin, pci, &admin_ops, dev);
	dev->link_up = true;
	if (dev->conf.peers.queues)
		dev->nic = qemu_new_nic(&net_info, &dev->conf, TYPE_ENA, DEVICE(dev)->id,
					&DEVICE(dev)->mem_reentrancy_guard, dev);
	dev->keepalive_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, keepalive, dev);
	timer_mod(dev->keepalive_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + KEEPALIVE_MS);
}

static void unrealize(PCIDevice *pci)
{
	struct ena_dev *dev = ENA_DEV(pci);

	timer_free(dev->keepalive_timer);
	if (dev->nic)
		qemu_del_nic(dev->nic);
	pci_vectors_done(pci);
	pci_link_done(pci);
}

static void config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len)
{
	pci_default_write_config(pci, addr, value, len);
	amzn_admin_config_written(&ENA_DEV(pci)->admin, addr, len);
}

static void reset(DeviceState *qdev)
{
	amzn_admin_reset(&ENA_DEV(qdev)->admin);
}

static bool get_hang(Object *obj, Error **errp G_GNUC_UNUSED)
{
	return ENA_DEV(obj)->hang;
}

static void set_hang(Object *obj, bool value, Error **errp G_GNUC_UNUSED)
{
	struct ena_dev *dev = ENA_DEV(obj);

	dev->hang = dev->admin.hang = value;
	if (!DEVICE(dev)->realized || value)
		return;
	amzn_admin_kick(&dev->admin);
	ena_tx_run_all(dev);
	if (dev->nic)
		qemu_flush_queued_packets(qemu_get_queue(dev->nic));
}

static Property properties[] = {
	DEFINE_NIC_PROPERTIES(struct ena_dev, conf),
	DEFINE_PROP_UINT16("device-id", struct ena_dev, device_id, DEVICE_ENA),
	DEFINE_PROP_UINT32("speed-mbps", struct ena_dev, speed_mbps, 100000),
	DEFINE_PROP_UINT16("link-gen", struct ena_dev, pci_link.gen, 4),
	DEFINE_PROP_UINT16("link-width", struct ena_dev, pci_link.width, 8),
	DEFINE_PROP_END_OF_LIST(),
};

static void class_init(ObjectClass *class, void *data G_GNUC_UNUSED)
{
	DeviceClass *device = DEVICE_CLASS(class);
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);

	pci->realize = realize;
	pci->exit = unrealize;
	pci->config_write = config_write;
	pci->vendor_id = pci->subsystem_vendor_id = VENDOR_AMAZON;
	pci->device_id = pci->subsystem_id = DEVICE_ENA;
	/* Revision 0 also tells the driver that registers are read through host memory. */
	pci->class_id = PCI_CLASS_NETWORK_ETHERNET;
	device->reset = reset;
	device->desc = "Elastic Network Adapter (emulated)";
	set_bit(DEVICE_CATEGORY_NETWORK, device->categories);
	device_class_set_props(device, properties);
	object_class_property_add_bool(class, "hang", get_hang, set_hang);
	object_class_property_set_description(class, "hang", "on: the card stands still");
}

static const TypeInfo ena_info = {
	.name = TYPE_ENA,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(struct ena_dev),
	.class_init = class_init,
	.interfaces = (InterfaceInfo[]){{INTERFACE_PCIE_DEVICE}, {}},
};

void ena_register_type(void)
{
	type_register_static(&ena_info);
}
