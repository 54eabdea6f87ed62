/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node maps with the PCI trees, NUMA nodes and CPUs of real instance types, for tests. Functions
 * are inline because each test is one program of one file.
 */
#ifndef EFA_LAYOUT_TEST_MAPS_H
#define EFA_LAYOUT_TEST_MAPS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodemap.h"
#include "nodemap_impl.h"
#include "text.h"

/* Empty; free() it. */
static inline struct nodemap *map_new(void)
{
	struct nodemap *map = calloc(1, sizeof(*map));

	if (!map)
		abort();
	map->environment = true;
	return map;
}

static inline void map_path(const char *text, struct pci_path *path, struct pci_addr *pci)
{
	if (path_text_parse(text, path)) {
		fprintf(stderr, "not a path: %s\n", text);
		abort();
	}
	*pci = path->hop[path->n - 1];
}

/* The name is decimal bus and slot, as udev gives it: rdmap79s0 is 4f:00.0. */
static inline void map_add_rail(struct nodemap *map, const char *path, int numa_node)
{
	struct map_rail *rail = &map->rails[map->n_rails];

	map_path(path, &rail->path, &rail->pci);
	text_format(rail->rdma_name, sizeof(rail->rdma_name), "rdmap%us%u", rail->pci.bus,
		    rail->pci.slot);
	rail->numa_node = numa_node;
	rail->card_index = (int)map->n_rails++;
	rail->pass = true;
}

static inline void map_add_accel(struct nodemap *map, const char *path, int numa_node)
{
	struct map_accel *accel = &map->accels[map->n_accels++];

	map_path(path, &accel->path, &accel->pci);
	accel->numa_node = numa_node;
	accel->rail = -1;
}

static inline void map_add_numa(struct nodemap *map, const char *cpus)
{
	map->numa[map->n_numa].node = (int)map->n_numa;
	if (cpu_list_parse(cpus, &map->numa[map->n_numa].cpus))
		abort();
	map->n_numa++;
}

/* The two NUMA nodes of all types with 192 CPUs here. */
static inline void map_add_two_numa(struct nodemap *map)
{
	map_add_numa(map, "0-47,96-143");
	map_add_numa(map, "48-95,144-191");
}

/* A device behind a port of its own below the switch whose root port is on bus `root`. */
static inline const char *map_below(unsigned root, unsigned port, unsigned bus, char *buf)
{
	text_format(buf, PATH_TEXT, "0000:%02x/%02x:00.0/%02x:00.0/%02x:%02x.%u/%02x:00.0", root,
		    root, root + 1, root + 2, 1 + port / 8, port % 8, bus);
	return buf;
}

/* Switches of rails and GPUs: buses counted from the root port's. */
static inline void map_add_switch(struct nodemap *map, unsigned root, int numa_node,
				  unsigned first_rail, unsigned n_rails, unsigned first_gpu,
				  unsigned n_gpus)
{
	char path[PATH_TEXT];

	for (unsigned i = 0; i < n_rails; i++)
		map_add_rail(map, map_below(root, i, root + first_rail + i, path), numa_node);
	for (unsigned i = 0; i < n_gpus; i++)
		map_add_accel(map, map_below(root, n_rails + i, root + first_gpu + i, path),
			      numa_node);
}

/* p5.48xlarge: 8 switches, each one GPU and 4 rails. */
static inline struct nodemap *map_p5(void)
{
	struct nodemap *map = map_new();

	for (unsigned i = 0; i < 8; i++)
		map_add_switch(map, 0x44 + 0x11 * i, i / 4, 0xb, 4, 0xf, 1);
	map_add_two_numa(map);
	return map;
}

/* p5en.48xlarge: 4 switches, each 2 GPUs and 4 rails. */
static inline struct nodemap *map_p5en(void)
{
	struct nodemap *map = map_new();

	for (unsigned i = 0; i < 4; i++)
		map_add_switch(map, 0x44 + 0x19 * i, i / 2, 0x11, 4, 0x15, 2);
	map_add_two_numa(map);
	return map;
}

/* p6-b200.48xlarge: 4 switches, each 2 GPUs and 2 rails. */
static inline struct nodemap *map_p6_b200(void)
{
	static const unsigned root[] = {0x44, 0x55, 0x66, 0x79}, gpu[] = {0xd, 0xd, 0xf, 0xd};
	struct nodemap *map = map_new();

	for (unsigned i = 0; i < 4; i++)
		map_add_switch(map, root[i], i / 2, 0xb, 2, gpu[i], 2);
	map_add_two_numa(map);
	return map;
}

/* p4d.24xlarge: 4 host bridges without a switch, each 2 GPUs and one rail. */
static inline struct nodemap *map_p4d(void)
{
	static const unsigned root[] = {0x10, 0x20, 0x90, 0xa0};
	struct nodemap *map = map_new();
	char path[PATH_TEXT];

	for (unsigned i = 0; i < 4; i++) {
		text_format(path, sizeof(path), "0000:%02x/%02x:1b.0", root[i], root[i]);
		map_add_rail(map, path, i / 2);
		for (unsigned gpu = 0; gpu < 2; gpu++) {
			text_format(path, sizeof(path), "0000:%02x/%02x:%02x.0", root[i], root[i],
				    0x1c + gpu);
			map_add_accel(map, path, i / 2);
		}
	}
	map_add_numa(map, "0-23,48-71");
	map_add_numa(map, "24-47,72-95");
	return map;
}

/* p6-b300.48xlarge: 8 switches, each one GPU and 2 rails. */
static inline struct nodemap *map_p6_b300(void)
{
	struct nodemap *map = map_new();

	for (unsigned i = 0; i < 8; i++)
		map_add_switch(map, 0x4b + 0xf * i, i / 4, 0xb, 2, 0xd, 1);
	map_add_two_numa(map);
	return map;
}

/* trn1.32xlarge: 4 host bridges of two rails; two Neuron devices are wired to each rail. */
static inline struct nodemap *map_trn1(void)
{
	static const unsigned root[] = {0x10, 0x20, 0x90, 0xa0};
	static const int wired[] = {1, 7, 2, 4, 3, 5, 0, 6}; /* of devices 0 and 1, 2 and 3, ... */
	struct nodemap *map = map_new();
	char path[PATH_TEXT];

	for (unsigned i = 0; i < 8; i++) {
		text_format(path, sizeof(path), "0000:%02x/%02x:%02x.0", root[i / 2], root[i / 2],
			    0x19 + i % 2);
		map_add_rail(map, path, i / 4);
	}
	for (unsigned i = 0; i < 16; i++) {
		struct map_accel *accel = &map->accels[map->n_accels++];

		accel->rail = wired[i / 2];
		accel->numa_node = map->rails[accel->rail].numa_node;
	}
	map_add_numa(map, "0-31,64-95");
	map_add_numa(map, "32-63,96-127");
	return map;
}

/* g5.48xlarge: one root bus, 8 GPUs, one rail; the kernel does not know their NUMA node. */
static inline struct nodemap *map_g5(void)
{
	struct nodemap *map = map_new();
	char path[PATH_TEXT];

	map_add_rail(map, "0000:00/00:15.0", -1);
	for (unsigned i = 0; i < 8; i++) {
		text_format(path, sizeof(path), "0000:00/00:%02x.0", 0x16 + i);
		map_add_accel(map, path, -1);
	}
	map_add_two_numa(map);
	return map;
}

/* hpc7a.96xlarge: two sockets of two NUMA nodes, the first one of each has a rail. */
static inline struct nodemap *map_hpc7a(void)
{
	struct nodemap *map = map_new();

	map_add_rail(map, "0000:10/10:1b.0", 0);
	map_add_rail(map, "0000:80/80:1b.0", 2);
	map_add_numa(map, "0-47");
	map_add_numa(map, "48-95");
	map_add_numa(map, "96-143");
	map_add_numa(map, "144-191");
	return map;
}

/* No accelerator; n rails on each of two NUMA nodes. */
static inline struct nodemap *map_cpu_only(unsigned n)
{
	struct nodemap *map = map_new();
	char path[PATH_TEXT];

	for (unsigned i = 0; i < 2 * n; i++) {
		text_format(path, sizeof(path), "0000:%02x/%02x:00.0", 0x20 + i, 0x20 + i);
		map_add_rail(map, path, i / n);
	}
	map_add_two_numa(map);
	return map;
}

#endif
