/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFA function as a PCI device: BARs, doorbells, properties, life. */
#include "efa.h"
#include "qemu_guard.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "hw/qdev-properties.h"

#define VENDOR_AMAZON  0x1d0f
#define DEVICE_EFA     0xefa1
#define REGS_BAR       0
#define VECTORS_BAR    1
#define LLQ_BAR	       2
#define REGS_BAR_BYTES (16 * KiB)
#define MIN_MTU	       256

static QLIST_HEAD(, efa_dev) fabric = QLIST_HEAD_INITIALIZER(fabric);

struct efa_dev *efa_find(const uint8_t *gid)
{
	struct efa_dev *dev;

	QLIST_FOREACH(dev, &fabric, next)
	if (!memcmp(dev->gid, gid, EFA_GID_BYTES))
		return dev;
	return NULL;
}

void efa_for_each(void (*fn)(struct efa_dev *dev))
{
	struct efa_dev *dev;

	QLIST_FOREACH(dev, &fabric, next)
	fn(dev);
}

void efa_guest_error(struct efa_dev *dev, const char *what)
{
	qemu_log_mask(LOG_GUEST_ERROR, "efa %s: %s\n", DEVICE(dev)->id ? DEVICE(dev)->id : "",
		      what);
}

static void forget_all(void *opaque)
{
	struct efa_dev *dev = opaque;

	efa_wait_clear(dev);
	g_hash_table_remove_all(dev->mrs);
	memset(dev->pd_used, 0, sizeof(dev->pd_used));
	memset(dev->uar_used, 0, sizeof(dev->uar_used));
	memset(dev->qp, 0, sizeof(dev->qp));
	memset(dev->cq, 0, sizeof(dev->cq));
	memset(dev->eq, 0, sizeof(dev->eq));
	memset(dev->ah, 0, sizeof(dev->ah));
}

static const struct amzn_admin_ops admin_ops = {
	.version = 0x0001,
	.controller_version = 0x01000001,
	.driver_timeout_ms = 30000,
	.execute = efa_execute,
	.reset = forget_all,
};

static uint64_t regs_read(void *opaque, hwaddr addr, unsigned int size G_GNUC_UNUSED)
{
	struct efa_dev *dev = opaque;

	return amzn_admin_reg_read(&dev->admin, addr);
}

static void regs_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size G_GNUC_UNUSED)
{
	struct efa_dev *dev = opaque;

	if (addr == EFA_REG_EQ_DB)
		efa_eq_doorbell(dev, value);
	else
		amzn_admin_reg_write(&dev->admin, addr, value);
}

static uint64_t doorbell_read(void *opaque G_GNUC_UNUSED, hwaddr addr G_GNUC_UNUSED,
			      unsigned int size G_GNUC_UNUSED)
{
	return 0;
}

static void doorbell_write(void *opaque, hwaddr addr, uint64_t value,
			   unsigned int size G_GNUC_UNUSED)
{
	struct efa_dev *dev = opaque;
	unsigned int page = addr / EFA_PAGE;

	if (page < EFA_MAX_QP)
		efa_qp_doorbell(dev, page, addr % EFA_PAGE, value);
	else if (page < EFA_MAX_QP + EFA_MAX_CQ)
		efa_cq_doorbell(dev, page - EFA_MAX_QP, value);
}

static const MemoryRegionOps regs_ops = {
	.read = regs_read,
	.write = regs_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = {.min_access_size = 4, .max_access_size = 4},
};

static const MemoryRegionOps doorbell_ops = {
	.read = doorbell_read,
	.write = doorbell_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = {.min_access_size = 4, .max_access_size = 4},
};

static void keepalive(void *opaque)
{
	struct efa_dev *dev = opaque;

	if (!dev->faults.admin_hang && dev->faults.dev_ready)
		amzn_admin_event(&dev->admin, EFA_AENQ_KEEP_ALIVE, 0);
	timer_mod(dev->keepalive_timer, qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + dev->keepalive_ms);
}

/* The GID is link-local with the EUI-64 of the MAC, as the cloud gives it. */
static void set_addresses(struct efa_dev *dev)
{
	const uint8_t *mac = dev->mac.a;
	const uint8_t gid[EFA_GID_BYTES] = {
		0xfe,	      0x80,   0,      0,    0,	  0,	  0,	  0,
		mac[0] ^ 0x2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	};

	memcpy(dev->gid, gid, sizeof(gid));
	if (!dev->guid)
		memcpy(&dev->guid, gid + 8, sizeof(dev->guid));
}

static bool properties_ok(const struct efa_dev *dev, Error **errp)
{
	if (dev->mtu < MIN_MTU || dev->mtu > EFA_MAX_MTU) {
		error_setg(errp, "mtu %u is not in %u..%u", dev->mtu, MIN_MTU, EFA_MAX_MTU);
		return false;
	}
	if (dev->admin_timeout_100ms > AMZN_CAPS_ADMIN_TIMEOUT_MAX) {
		error_setg(errp,
			   "admin-timeout-100ms %u is more than %u, all that the register holds",
			   dev->admin_timeout_100ms, AMZN_CAPS_ADMIN_TIMEOUT_MAX);
		return false;
	}
	if (efa_find(dev->gid)) {
		error_setg(errp, "another efa function has the same mac");
		return false;
	}
	return true;
}

static bool init_bars(struct efa_dev *dev, Error **errp)
{
	const uint8_t memory64 = PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64 |
				 PCI_BASE_ADDRESS_MEM_PREFETCH;
	PCIDevice *pci = &dev->parent_obj;
	Error *err = NULL;

	memory_region_init_ram_nomigrate(&dev->llq, OBJECT(dev), "efa-llq", EFA_LLQ_BAR_BYTES,
					 &err);
	if (err) {
		error_propagate(errp, err);
		return false;
	}
	dev->llq_ram = memory_region_get_ram_ptr(&dev->llq);
	memory_region_init_io(&dev->regs, OBJECT(dev), &regs_ops, dev, "efa-regs", REGS_BAR_BYTES);
	memory_region_init_io(&dev->doorbells, OBJECT(dev), &doorbell_ops, dev, "efa-doorbells",
			      EFA_DB_BAR_BYTES);
	pci_register_bar(pci, REGS_BAR, PCI_BASE_ADDRESS_SPACE_MEMORY, &dev->regs);
	pci_register_bar(pci, LLQ_BAR, memory64, &dev->llq);
	pci_register_bar(pci, EFA_DB_BAR, memory64, &dev->doorbells);
	return true;
}

static void realize(PCIDevice *pci, Error **errp)
{
	struct efa_dev *dev = EFA_DEV(pci);

	qemu_macaddr_default_if_unset(&dev->mac);
	set_addresses(dev);
	if (!properties_ok(dev, errp))
		return;
	pci_set_word(pci->config + PCI_DEVICE_ID, dev->device_id);
	/* ibv_devinfo shows the subsystem id as the hardware's version. */
	pci_set_word(pci->config + PCI_SUBSYSTEM_ID, dev->device_id);
	if (!pci_link_init(pci, &dev->pci_link, errp))
		return;
	if (!init_bars(dev, errp) || !pci_vectors_init(pci, EFA_VECTORS, VECTORS_BAR, errp)) {
		pci_link_done(pci);
		return;
	}
	dev->mrs = g_hash_table_new_full(NULL, NULL, NULL, efa_mr_free);
	efa_wait_init(dev);
	amzn_admin_init(&dev->admin, pci, &admin_ops, dev);
	dev->admin.timeout_100ms = dev->admin_timeout_100ms;
	efa_faults_apply(dev);
	dev->keepalive_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, keepalive, dev);
	if (dev->keepalive_ms)
		timer_mod(dev->keepalive_timer,
			  qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL) + dev->keepalive_ms);
	QLIST_INSERT_HEAD(&fabric, dev, next);
}

static void unrealize(PCIDevice *pci)
{
	struct efa_dev *dev = EFA_DEV(pci);

	QLIST_REMOVE(dev, next);
	amzn_admin_reset(&dev->admin);
	efa_wait_done(dev);
	timer_free(dev->keepalive_timer);
	g_hash_table_destroy(dev->mrs);
	pci_vectors_done(pci);
	pci_link_done(pci);
}

static void config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len)
{
	pci_default_write_config(pci, addr, value, len);
	amzn_admin_config_written(&EFA_DEV(pci)->admin, addr, len);
}

static void reset(DeviceState *qdev)
{
	amzn_admin_reset(&EFA_DEV(qdev)->admin);
}

static void instance_init(Object *obj)
{
	efa_faults_default(&EFA_DEV(obj)->faults);
}

static Property properties[] = {
	DEFINE_PROP_MACADDR("mac", struct efa_dev, mac),
	DEFINE_PROP_UINT16("device-id", struct efa_dev, device_id, DEVICE_EFA),
	DEFINE_PROP_UINT16("speed-gbps", struct efa_dev, speed_gbps, 100),
	DEFINE_PROP_UINT32("mtu", struct efa_dev, mtu, 8928),
	DEFINE_PROP_UINT16("link-gen", struct efa_dev, pci_link.gen, 5),
	DEFINE_PROP_UINT16("link-width", struct efa_dev, pci_link.width, 16),
	DEFINE_PROP_UINT16("max-link-gen", struct efa_dev, pci_link.max_gen, 0),
	DEFINE_PROP_UINT16("max-link-width", struct efa_dev, pci_link.max_width, 0),
	DEFINE_PROP_UINT32("keepalive-ms", struct efa_dev, keepalive_ms, 1000),
	DEFINE_PROP_UINT64("guid", struct efa_dev, guid, 0),
	DEFINE_PROP_UINT32("admin-timeout-100ms", struct efa_dev, admin_timeout_100ms, 0),
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
	pci->device_id = pci->subsystem_id = DEVICE_EFA;
	pci->class_id = PCI_CLASS_NETWORK_ETHERNET;
	device->reset = reset;
	device->desc = "Elastic Fabric Adapter (emulated)";
	set_bit(DEVICE_CATEGORY_NETWORK, device->categories);
	device_class_set_props(device, properties);
	efa_faults_register(class);
}

static const TypeInfo efa_info = {
	.name = TYPE_EFA,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(struct efa_dev),
	.instance_init = instance_init,
	.class_init = class_init,
	.interfaces = (InterfaceInfo[]){{INTERFACE_PCIE_DEVICE}, {}},
};

void efa_register_type(void)
{
	type_register_static(&efa_info);
}
