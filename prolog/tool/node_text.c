/* SPDX-License-Identifier: Apache-2.0 */
#include "node_text.h"

enum interface_kind rail_kind(const struct rail *rail)
{
	if (rail->ena >= 0)
		return KIND_EFA;
	return rail->place == PLACE_UNKNOWN ? KIND_EFA_OPEN : KIND_EFA_ONLY;
}

const char *interface_kind_text(enum interface_kind kind)
{
	static const char *const text[] = {
		[KIND_EFA] = "efa",
		[KIND_EFA_ONLY] = "efa-only",
		[KIND_EFA_OPEN] = "efa?",
		[KIND_INTERFACE] = "interface",
		[KIND_INVISIBLE] = "invisible",
		[KIND_ABSENT] = "-",
	};

	return text[kind];
}

const char *rail_stage_text(enum rail_stage stage)
{
	static const char *const text[] = {
		[RAIL_UNBOUND] = "no-driver",	[RAIL_NO_RDMA] = "no-rdma-device",
		[RAIL_NO_UVERBS] = "no-uverbs", [RAIL_USABLE] = "usable",
		[RAIL_LISTED] = "listed",
	};

	return text[stage];
}

const char *accel_kind_text(enum accel_kind kind)
{
	static const char *const text[] = {
		[ACCEL_NVIDIA] = "nvidia",
		[ACCEL_NEURON] = "neuron",
		[ACCEL_HABANA] = "habana",
		[ACCEL_AMD] = "amd",
	};

	return text[kind];
}

const char *inventory_part_text(enum inventory_part part)
{
	static const char *const text[] = {
		[PART_PCI] = "pci",	      [PART_RDMA] = "rdma",
		[PART_NETDEVS] = "netdevs",   [PART_ADDRESSES] = "addresses",
		[PART_ROUTE] = "route",	      [PART_NUMA] = "numa",
		[PART_INSTANCE] = "instance", [PART_BOOT] = "boot",
		[PART_DRIVER] = "driver",     [PART_LIBFABRIC] = "libfabric",
		[PART_LIMITS] = "limits",     [PART_FACTS] = "facts",
	};

	return text[part];
}

const char *place_source_text(enum place_source place)
{
	static const char *const text[] = {
		[PLACE_UNKNOWN] = NULL,
		[PLACE_MAC] = "mac",
		[PLACE_PCI] = "pci",
		[PLACE_ELIMINATION] = "elimination",
	};

	return text[place];
}

const char *match_basis_text(enum match_basis basis)
{
	static const char *const text[] = {
		[BASIS_CARDS] = "cards",
		[BASIS_ADDRESSES] = "addresses",
		[BASIS_NUMBERS] = "numbers",
	};

	return text[basis];
}

const char *efa_driver_text(const struct inventory *inv)
{
	if (inv->efa_driver[0])
		return inv->efa_driver;
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage == RAIL_LISTED)
			return "unknown";
	}
	return "in-tree or absent";
}

int ena_rail(const struct inventory *inv, int ena)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].ena == ena)
			return (int)i;
	}
	return -1;
}
