/* SPDX-License-Identifier: Apache-2.0 */
#include "topology_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pci_kind.h"
#include "text.h"

static struct pci_addr addr_of(const struct hwloc_pcidev_attr_s *pci)
{
	return (struct pci_addr){pci->domain, pci->bus, pci->dev, pci->func};
}

/* From the function up to its host bridge; an export without bridges leaves the path unknown. */
static struct pci_path path_of(hwloc_obj_t obj)
{
	struct pci_path path = {0}, turned = {0};

	for (; obj; obj = obj->parent) {
		if (obj->type == HWLOC_OBJ_BRIDGE &&
		    obj->attr->bridge.upstream_type == HWLOC_OBJ_BRIDGE_HOST)
			break;
		if ((obj->type != HWLOC_OBJ_PCI_DEVICE && obj->type != HWLOC_OBJ_BRIDGE) ||
		    path.n == PCI_DEPTH_MAX)
			return turned;
		path.hop[path.n++] = addr_of(obj->type == HWLOC_OBJ_BRIDGE
						     ? &obj->attr->bridge.upstream.pci
						     : &obj->attr->pcidev);
	}
	if (!obj || obj->attr->bridge.downstream_type != HWLOC_OBJ_BRIDGE_PCI)
		return turned;
	turned.root_segment = obj->attr->bridge.downstream.pci.domain;
	turned.root_bus = obj->attr->bridge.downstream.pci.secondary_bus;
	for (turned.n = 0; turned.n < path.n; turned.n++)
		turned.hop[turned.n] = path.hop[path.n - 1 - turned.n];
	return turned;
}

/*
 * hwloc puts the devices of a host bridge below what the kernel calls near to them. Below something
 * that holds several NUMA nodes (the machine, when the kernel does not say) none of them is
 * nearest.
 */
static int numa_of(const struct topology_map *map, hwloc_obj_t obj)
{
	hwloc_obj_t place = hwloc_get_non_io_ancestor_obj(map->topology, obj);
	hwloc_bitmap_t common = hwloc_bitmap_alloc();
	int node = -1;

	if (common && place && place->nodeset) {
		hwloc_bitmap_and(common, place->nodeset, map->nodes);
		if (hwloc_bitmap_weight(common) == 1)
			node = hwloc_bitmap_first(common);
	}
	hwloc_bitmap_free(common);
	return node;
}

static int too_many(const struct topology_map *map, const char *what, unsigned max)
{
	return err_set(map->err, -EOVERFLOW, "more than %u %s", max, what);
}

static int add_rail(const struct topology_map *map, hwloc_obj_t obj)
{
	struct inventory *inv = map->inv;

	if (inv->n_rails == NODE_RAILS_MAX)
		return too_many(map, "EFA functions", NODE_RAILS_MAX);
	inv->rails[inv->n_rails++] = (struct rail){
		.pci = addr_of(&obj->attr->pcidev),
		.path = path_of(obj),
		.numa_node = numa_of(map, obj),
		.device_id = obj->attr->pcidev.device_id,
		.stage = map->has_rdma ? RAIL_NO_RDMA : RAIL_LISTED,
		.uverbs = -1,
		.uverbs_mode = -1,
		.card_index = -1,
		.device_index = -1,
		.ena = -1,
	};
	return 0;
}

static int add_ena(const struct topology_map *map, hwloc_obj_t obj)
{
	struct inventory *inv = map->inv;

	if (inv->n_enas == NODE_ENAS_MAX)
		return too_many(map, "ENA functions", NODE_ENAS_MAX);
	inv->enas[inv->n_enas++] = (struct ena){
		.pci = addr_of(&obj->attr->pcidev),
		.path = path_of(obj),
		.numa_node = numa_of(map, obj),
		.listed = true,
		.card_index = -1,
		.device_index = -1,
	};
	return 0;
}

static int add_accel(const struct topology_map *map, hwloc_obj_t obj, enum accel_kind kind)
{
	struct inventory *inv = map->inv;

	if (inv->n_accels == NODE_ACCELS_MAX)
		return too_many(map, "accelerators", NODE_ACCELS_MAX);
	inv->accels[inv->n_accels++] = (struct accel){
		.kind = kind,
		.pci = addr_of(&obj->attr->pcidev),
		.path = path_of(obj),
		.numa_node = numa_of(map, obj),
		.vendor_id = obj->attr->pcidev.vendor_id,
		.device_id = obj->attr->pcidev.device_id,
	};
	return 0;
}

static int add_function(const struct topology_map *map, hwloc_obj_t obj)
{
	const struct hwloc_pcidev_attr_s *pci = &obj->attr->pcidev;
	enum accel_kind accel = ACCEL_NVIDIA;

	switch (pci_kind_of(pci->vendor_id, pci->device_id, (uint32_t)pci->class_id << 8, &accel)) {
	case PCI_KIND_EFA:
		return add_rail(map, obj);
	case PCI_KIND_ENA:
		return add_ena(map, obj);
	case PCI_KIND_ACCEL:
		return add_accel(map, obj, accel);
	case PCI_KIND_OTHER:
		break;
	}
	return 0;
}

static int add_port(const struct topology_map *map, hwloc_obj_t obj)
{
	struct inventory *inv = map->inv;

	if (obj->io_first_child || obj->attr->bridge.upstream_type != HWLOC_OBJ_BRIDGE_PCI ||
	    obj->attr->bridge.downstream_type != HWLOC_OBJ_BRIDGE_PCI)
		return 0;
	if (inv->n_ports == NODE_PORTS_MAX)
		return too_many(map, "empty PCIe ports", NODE_PORTS_MAX);
	inv->ports[inv->n_ports++] = (struct pci_port){
		.pci = addr_of(&obj->attr->bridge.upstream.pci),
		.path = path_of(obj),
		.bus = obj->attr->bridge.downstream.pci.secondary_bus,
	};
	return 0;
}

static int add_functions(const struct topology_map *map)
{
	hwloc_obj_t obj = NULL;
	unsigned n = 0;
	int rc = 0;

	for (; !rc && (obj = hwloc_get_next_pcidev(map->topology, obj)); n++)
		rc = add_function(map, obj);
	if (!rc && !n)
		return err_set(map->err, -EINVAL,
			       "written without I/O devices; write it again with "
			       "\"lstopo --whole-io FILE.xml\"");
	for (obj = NULL; !rc && (obj = hwloc_get_next_bridge(map->topology, obj));)
		rc = add_port(map, obj);
	return rc;
}

/* The function that an OS device belongs to, if it is one's. */
static bool function_of(hwloc_obj_t device, struct pci_addr *ret_pci, hwloc_obj_t *ret_obj)
{
	hwloc_obj_t obj = device->parent;

	while (obj && obj->type == HWLOC_OBJ_OS_DEVICE)
		obj = obj->parent;
	if (!obj || obj->type != HWLOC_OBJ_PCI_DEVICE)
		return false;
	*ret_pci = addr_of(&obj->attr->pcidev);
	*ret_obj = obj;
	return true;
}

static int expected(const struct topology_map *map, const char *what, const char *found)
{
	char shown[64];

	text_printable(shown, sizeof(shown), found);
	return err_set(map->err, -EINVAL, "expected %s, found \"%s\"", what, shown);
}

/* Names go into variables, reasons and arguments. */
static int take_name(const struct topology_map *map, const char *what, const char *name, char *buf)
{
	if (!text_is_name(name, NAME_TEXT - 1))
		return expected(map, what, name);
	memcpy(buf, name, strlen(name) + 1);
	return 0;
}

static int take_gid(const struct topology_map *map, hwloc_obj_t device, struct rail *rail)
{
	static const uint8_t zero[16];
	const char *text = hwloc_obj_get_info_by_name(device, "Port1GID0");
	uint8_t gid[16];

	if (!text)
		return 0;
	if (gid_parse(text, gid))
		return expected(map, "a GID", text);
	if (!memcmp(gid, zero, sizeof(gid)))
		return 0;
	rail->has_gid = true;
	memcpy(rail->gid, gid, sizeof(gid));
	rail->has_mac = !mac_from_gid(gid, &rail->mac);
	return 0;
}

static struct rail *find_rail(const struct topology_map *map, const struct pci_addr *pci)
{
	for (size_t i = 0; i < map->inv->n_rails; i++) {
		if (!pci_addr_compare(&map->inv->rails[i].pci, pci))
			return &map->inv->rails[i];
	}
	return NULL;
}

static int add_foreign(const struct topology_map *map, hwloc_obj_t device,
		       const struct pci_addr *pci, hwloc_obj_t function)
{
	struct inventory *inv = map->inv;
	struct foreign *foreign;

	if (inv->n_foreign == NODE_FOREIGN_MAX)
		return too_many(map, "RDMA devices without EFA", NODE_FOREIGN_MAX);
	foreign = &inv->foreign[inv->n_foreign++];
	*foreign = (struct foreign){.numa_node = numa_of(map, device)};
	text_printable(foreign->rdma_name, sizeof(foreign->rdma_name), device->name);
	if (function) {
		foreign->pci = *pci;
		foreign->path = path_of(function);
	}
	return 0;
}

static int take_rdma(const struct topology_map *map, hwloc_obj_t device)
{
	struct rail *rail = NULL;
	struct pci_addr pci = {0};
	hwloc_obj_t function = NULL;
	int rc;

	if (function_of(device, &pci, &function))
		rail = find_rail(map, &pci);
	if (!rail)
		return add_foreign(map, device, &pci, function);
	if (rail->rdma_name[0])
		return err_set(map->err, -EINVAL, "a second RDMA device of the function of %s",
			       rail->rdma_name);
	rc = take_name(map, "an RDMA device name", device->name, rail->rdma_name);
	if (rc)
		return rc;
	memcpy(rail->driver, "efa", sizeof("efa"));
	rail->stage = RAIL_LISTED;
	return take_gid(map, device, rail);
}

static struct ena *find_ena(const struct topology_map *map, const struct pci_addr *pci)
{
	for (size_t i = 0; i < map->inv->n_enas; i++) {
		if (!pci_addr_compare(&map->inv->enas[i].pci, pci))
			return &map->inv->enas[i];
	}
	return NULL;
}

static int take_netdev(const struct topology_map *map, hwloc_obj_t device)
{
	static const struct mac none;
	const char *text = hwloc_obj_get_info_by_name(device, "Address");
	hwloc_obj_t function;
	struct pci_addr pci;
	struct ena *ena = function_of(device, &pci, &function) ? find_ena(map, &pci) : NULL;

	/* The first of several, as the kernel's directory has them. */
	if (!ena || (ena->netdev[0] && strcmp(ena->netdev, device->name) < 0))
		return 0;
	if (text && mac_parse(text, &ena->mac))
		return expected(map, "a MAC address", text);
	ena->has_mac = text && !mac_equal(&ena->mac, &none);
	memcpy(ena->driver, "ena", sizeof("ena"));
	return take_name(map, "a network interface name", device->name, ena->netdev);
}

static int take_devices(const struct topology_map *map)
{
	hwloc_obj_t device = NULL;
	int rc = 0;

	while (!rc && (device = hwloc_get_next_osdev(map->topology, device))) {
		if (!device->name)
			continue;
		if (device->attr->osdev.type == HWLOC_OBJ_OSDEV_OPENFABRICS)
			rc = take_rdma(map, device);
		else if (device->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK)
			rc = take_netdev(map, device);
	}
	return rc;
}

/* A kernel gives no address and no name twice; what counts them is used as an index. In order. */
static int check_unique(const struct topology_map *map)
{
	const struct inventory *inv = map->inv;
	char text[PCI_ADDR_TEXT];

	for (size_t i = 1; i < inv->n_rails; i++) {
		if (!pci_addr_compare(&inv->rails[i - 1].pci, &inv->rails[i].pci))
			return err_set(map->err, -EINVAL, "PCI function %s twice",
				       pci_addr_format(&inv->rails[i].pci, text));
		for (size_t j = 0; j < i && inv->rails[i].rdma_name[0]; j++) {
			if (!strcmp(inv->rails[i].rdma_name, inv->rails[j].rdma_name))
				return err_set(map->err, -EINVAL, "RDMA device %s twice",
					       inv->rails[i].rdma_name);
		}
	}
	for (size_t i = 1; i < inv->n_enas; i++) {
		if (!pci_addr_compare(&inv->enas[i - 1].pci, &inv->enas[i].pci))
			return err_set(map->err, -EINVAL, "PCI function %s twice",
				       pci_addr_format(&inv->enas[i].pci, text));
	}
	for (size_t i = 1; i < inv->n_accels; i++) {
		if (!pci_addr_compare(&inv->accels[i - 1].pci, &inv->accels[i].pci))
			return err_set(map->err, -EINVAL, "PCI function %s twice",
				       pci_addr_format(&inv->accels[i].pci, text));
	}
	return 0;
}

int topology_map_devices(const struct topology_map *map)
{
	int rc = add_functions(map);

	if (!rc)
		rc = take_devices(map);
	inventory_sort(map->inv);
	return rc ? rc : check_unique(map);
}
