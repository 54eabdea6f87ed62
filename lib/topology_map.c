/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "topology_impl.h"

static int add_cpus(const struct topology_map *map, hwloc_obj_t node, struct cpu_list *ret_cpus)
{
	int cpu = -1, last = hwloc_bitmap_last(node->cpuset);

	memset(ret_cpus, 0, sizeof(*ret_cpus));
	/* An infinite set has no last. */
	if (last < 0 || last >= CPU_LIST_MAX || node->os_index > INT16_MAX)
		return err_set(map->err, -EINVAL,
			       "NUMA node %u: expected a node number up to %d and CPUs below %d",
			       node->os_index, INT16_MAX, CPU_LIST_MAX);
	while ((cpu = hwloc_bitmap_next(node->cpuset, cpu)) >= 0)
		cpu_list_add(ret_cpus, (unsigned)cpu);
	return 0;
}

/*
 * The kernel lists each CPU in one node; memory that has none (an accelerator's) is said to be
 * near to CPUs of others by hwloc, and has a higher number than their own node.
 */
static int add_node(struct topology_map *map, hwloc_obj_t node, hwloc_bitmap_t seen)
{
	struct inventory *inv = map->inv;
	int rc;

	if (!node->cpuset || hwloc_bitmap_iszero(node->cpuset) ||
	    hwloc_bitmap_intersects(node->cpuset, seen))
		return 0;
	if (inv->n_numa == NODE_NUMA_MAX)
		return err_set(map->err, -EOVERFLOW, "more than %d NUMA nodes with CPUs",
			       NODE_NUMA_MAX);
	rc = add_cpus(map, node, &inv->numa[inv->n_numa].cpus);
	if (rc)
		return rc;
	inv->numa[inv->n_numa++].node = (int)node->os_index;
	if (hwloc_bitmap_or(seen, seen, node->cpuset) ||
	    hwloc_bitmap_set(map->nodes, node->os_index))
		return err_set(map->err, -ENOMEM, "out of memory");
	return 0;
}

/* In order of their numbers, whatever the order in the export. */
static int map_numa(struct topology_map *map, hwloc_bitmap_t seen)
{
	hwloc_const_nodeset_t all = hwloc_topology_get_topology_nodeset(map->topology);
	int rc = 0;

	if (hwloc_bitmap_last(all) < 0)
		return err_set(map->err, -EINVAL, "an infinite set of NUMA nodes");
	for (int i = -1; !rc && (i = hwloc_bitmap_next(all, i)) >= 0;) {
		hwloc_obj_t node = hwloc_get_numanode_obj_by_os_index(map->topology, (unsigned)i);

		if (node)
			rc = add_node(map, node, seen);
	}
	return rc;
}

/* As inventory_scan reads them from DMI. */
static void map_host(const struct topology_map *map)
{
	hwloc_obj_t machine = hwloc_get_root_obj(map->topology);
	const char *type = hwloc_obj_get_info_by_name(machine, "DMIProductName");
	const char *id = hwloc_obj_get_info_by_name(machine, "DMIBoardAssetTag");
	const char *kernel = hwloc_obj_get_info_by_name(machine, "OSRelease");
	struct inventory *inv = map->inv;

	if (type && inventory_type_valid(type))
		memcpy(inv->instance_type, type, strlen(type) + 1);
	if (id && inventory_id_valid(id, "i-"))
		memcpy(inv->instance_id, id, strlen(id) + 1);
	if (kernel)
		text_printable(inv->kernel, sizeof(inv->kernel), kernel);
}

static void look_for_devices(struct topology_map *map)
{
	hwloc_obj_t device = NULL;

	while ((device = hwloc_get_next_osdev(map->topology, device))) {
		if (device->attr->osdev.type == HWLOC_OBJ_OSDEV_OPENFABRICS)
			map->has_rdma = true;
		else if (device->attr->osdev.type == HWLOC_OBJ_OSDEV_NETWORK)
			map->has_netdevs = true;
	}
}

static void name_origins(const struct topology_map *map, const char *origin)
{
	const struct inventory *inv = map->inv;
	const bool has[INVENTORY_PARTS] = {
		[PART_PCI] = true,
		[PART_RDMA] = map->has_rdma,
		[PART_NETDEVS] = map->has_netdevs,
		[PART_NUMA] = inv->n_numa > 0,
		[PART_INSTANCE] = inv->instance_type[0] != '\0',
		[PART_BOOT] = inv->kernel[0] != '\0',
	};
	char text[ORIGIN_TEXT];

	text_format(text, sizeof(text), "hwloc export %s", origin);
	for (int part = 0; part < INVENTORY_PARTS; part++) {
		if (has[part])
			text_printable(map->inv->origin[part], ORIGIN_TEXT, text);
	}
}

int topology_map(hwloc_topology_t topology, const char *origin, struct inventory *inv,
		 struct err *err)
{
	struct topology_map map = {
		.topology = topology, .inv = inv, .nodes = hwloc_bitmap_alloc(), .err = err};
	hwloc_bitmap_t seen = hwloc_bitmap_alloc();
	int rc = map.nodes && seen ? 0 : err_set(err, -ENOMEM, "out of memory");

	inv->memlock = inv->slurmd_memlock = LIMIT_UNKNOWN;
	inv->huge_pages = inv->huge_pages_free = LIMIT_UNKNOWN;
	if (!rc)
		rc = map_numa(&map, seen);
	if (!rc) {
		look_for_devices(&map);
		rc = topology_map_devices(&map);
	}
	if (!rc) {
		map_host(&map);
		name_origins(&map, origin);
	}
	hwloc_bitmap_free(map.nodes);
	hwloc_bitmap_free(seen);
	return rc;
}
