/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "inventory.h"

#define BUS	      "sys/bus/pci/devices/"
#define ROUTE_HEADING "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n"

static struct inventory inv;

static void scan(void)
{
	struct err err = {""};

	memset(&inv, 0x5a, sizeof(inv));
	if (inventory_scan(tree, &inv, &err))
		fail_msg("%s", err.text);
}

static void reads_an_empty_tree_as_an_empty_node(void **state)
{
	(void)state;
	scan();
	assert_int_equal(inv.n_rails + inv.n_enas + inv.n_accels + inv.n_foreign + inv.n_numa, 0);
	assert_string_equal(inv.instance_type, "");
	assert_string_equal(inv.boot_id, "");
}

static void keeps_the_facts(void **state)
{
	(void)state;
	memset(&inv, 0, sizeof(inv));
	inv.facts.known = true;
	inv.facts.n_enis = 7;
	assert_int_equal(inventory_scan(tree, &inv, NULL), 0);
	assert_true(inv.facts.known);
	assert_int_equal(inv.facts.n_enis, 7);
}

static const uint8_t p5_rail_bus[32] = {
	0x4f, 0x50, 0x51, 0x52, 0x60, 0x61, 0x62, 0x63, 0x71, 0x72, 0x73,
	0x74, 0x82, 0x83, 0x84, 0x85, 0x93, 0x94, 0x95, 0x96, 0xa4, 0xa5,
	0xa6, 0xa7, 0xb5, 0xb6, 0xb7, 0xb8, 0xc6, 0xc7, 0xc8, 0xc9,
};

static void check_p5_rail(const struct rail *rail, unsigned i)
{
	char name[NAME_TEXT];

	text_format(name, sizeof(name), "rdmap%us0", p5_rail_bus[i]);
	assert_string_equal(rail->rdma_name, name);
	assert_int_equal(rail->pci.segment, 0);
	assert_int_equal(rail->pci.bus, p5_rail_bus[i]);
	assert_int_equal(rail->pci.slot + rail->pci.func, 0);
	assert_int_equal(rail->device_id, 0xefa1);
	assert_int_equal(rail->numa_node, i / 16);
	assert_int_equal(rail->stage, RAIL_USABLE);
	assert_int_equal(rail->uverbs, i);
	assert_string_equal(rail->driver, "efa");
	assert_true(rail->has_gid && rail->has_mac);
	assert_int_equal(rail->card_index, -1);
	assert_int_equal(rail->device_index, -1);
	assert_int_equal(rail->ena, -1);
	assert_int_equal(rail->path.n, 4);
	assert_int_equal(rail->path.root_bus, 0x44 + 0x11 * (i / 4));
	assert_int_equal(rail->path.hop[1].bus, 0x45 + 0x11 * (i / 4));
	assert_int_equal(rail->path.hop[2].slot, 1);
	assert_int_equal(rail->path.hop[2].func, i % 4);
}

static void reads_a_p5(void **state)
{
	static const uint8_t gpu_bus[] = {0x53, 0x64, 0x75, 0x86, 0x97, 0xa8, 0xb9, 0xca};

	(void)state;
	tree_make("p5.48xlarge all-efa --efa-driver 3.1.0g");
	scan();
	assert_string_equal(inv.instance_type, "p5.48xlarge");
	assert_string_equal(inv.instance_id, "i-0a50000000000000a");
	assert_string_equal(inv.boot_id, "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e");
	assert_string_equal(inv.kernel, "6.1.0-ec2-fixture");
	assert_string_equal(inv.efa_driver, "3.1.0g");
	assert_int_equal(inv.n_rails, 32);
	for (unsigned i = 0; i < 32; i++)
		check_p5_rail(&inv.rails[i], i);
	assert_int_equal(inv.n_enas, 32);
	assert_string_equal(inv.enas[0].netdev, "enp71s0");
	assert_string_equal(inv.enas[31].netdev, "enp193s0");
	assert_string_equal(inv.enas[16].netdev, "enp140s0");
	for (unsigned i = 0; i < 32; i++) {
		assert_string_equal(inv.enas[i].driver, "ena");
		assert_string_equal(inv.enas[i].operstate, "up");
		assert_true(inv.enas[i].has_mac);
		assert_int_equal(inv.enas[i].default_route, i == 0);
	}
	assert_int_equal(inv.n_accels, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(inv.accels[i].kind, ACCEL_NVIDIA);
		assert_int_equal(inv.accels[i].pci.bus, gpu_bus[i]);
		assert_int_equal(inv.accels[i].vendor_id, 0x10de);
		assert_int_equal(inv.accels[i].device_id, 0x2330);
		assert_int_equal(inv.accels[i].numa_node, i / 4);
		/* The rails of its own switch, and no others, share three levels with a GPU. */
		for (unsigned j = 0; j < 32; j++)
			assert_int_equal(pci_path_common(&inv.accels[i].path, &inv.rails[j].path),
					 j / 4 == i ? 3 : 0);
	}
	assert_int_equal(inv.n_numa, 2);
	assert_int_equal(cpu_list_count(&inv.numa[1].cpus), 96);
	assert_true(cpu_list_has(&inv.numa[1].cpus, 48) && cpu_list_has(&inv.numa[1].cpus, 191));
	assert_false(cpu_list_has(&inv.numa[1].cpus, 96));
	assert_int_equal(inv.n_foreign, 0);
}

static void reads_a_p4d(void **state)
{
	static const uint8_t bus[] = {0x10, 0x20, 0x90, 0xa0};
	static const char *const names[] = {"rdmap16s27", "rdmap32s27", "rdmap144s27",
					    "rdmap160s27"};
	static const char *const netdevs[] = {"ens32", "ens65", "ens129", "ens161"};

	(void)state;
	tree_make("p4d.24xlarge all-efa");
	scan();
	assert_string_equal(inv.instance_type, "p4d.24xlarge");
	assert_string_equal(inv.efa_driver, "");
	assert_int_equal(inv.n_rails, 4);
	assert_int_equal(inv.n_enas, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(inv.rails[i].rdma_name, names[i]);
		assert_int_equal(inv.rails[i].pci.bus, bus[i]);
		assert_int_equal(inv.rails[i].pci.slot, 0x1b);
		assert_int_equal(inv.rails[i].device_id, 0xefa0);
		assert_int_equal(inv.rails[i].numa_node, i / 2);
		assert_int_equal(inv.rails[i].path.n, 1);
		assert_int_equal(inv.rails[i].path.root_bus, bus[i]);
		assert_string_equal(inv.enas[i].netdev, netdevs[i]);
	}
	assert_int_equal(inv.n_accels, 8);
	assert_int_equal(inv.n_numa, 2);
}

static void tells_how_far_a_rail_has_come(void **state)
{
	static const enum rail_stage stages[] = {RAIL_UNBOUND, RAIL_NO_RDMA, RAIL_NO_UVERBS,
						 RAIL_NO_UVERBS};
	char name[PCI_ADDR_TEXT];

	(void)state;
	tree_make("p4d.24xlarge efa-only --unbound 0 --no-rdma 1 --no-uverbs 2 --no-devnode 3");
	scan();
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(inv.rails[i].stage, stages[i]);
	assert_string_equal(inv.rails[0].driver, "");
	assert_string_equal(rail_name(&inv.rails[0], name), "0000:10:1b.0");
	assert_string_equal(inv.rails[1].rdma_name, "");
	assert_false(inv.rails[1].has_gid);
	assert_string_equal(rail_name(&inv.rails[2], name), "rdmap144s27");
	assert_int_equal(inv.rails[2].uverbs, -1);
	assert_int_equal(inv.rails[3].uverbs, 0);
}

static void another_driver_is_not_efa(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only --unbound 2");
	tree_link("sys/devices/pci0000:90/0000:90:1b.0/driver",
		  "../../../bus/pci/drivers/vfio-pci");
	scan();
	assert_int_equal(inv.rails[2].stage, RAIL_UNBOUND);
	assert_string_equal(inv.rails[2].driver, "vfio-pci");
}

static void a_link_to_another_function_is_no_way(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_link(BUS "0000:10:1b.0", "../../../devices/pci0000:20/0000:20:1b.0");
	scan();
	assert_int_equal(inv.rails[0].pci.bus, 0x10);
	assert_int_equal(inv.rails[0].path.n, 0);
	assert_int_equal(inv.rails[1].path.n, 1);
}

static void a_state_is_made_printable(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_file("sys/devices/pci0000:10/0000:10:00.0/net/ens32/operstate", "u\x1bp\n");
	scan();
	assert_string_equal(inv.enas[0].operstate, "u?p");
}

static void a_gid_may_be_none(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only --no-gid 0");
	tree_remove("sys/devices/pci0000:20/0000:20:1b.0/infiniband/rdmap32s27/ports");
	/* Made from something else than a MAC: no ff:fe in the middle. */
	tree_file("sys/devices/pci0000:90/0000:90:1b.0/infiniband/rdmap144s27/ports/1/gids/0",
		  "fe80:0000:0000:0000:0000:0000:0000:0001\n");
	scan();
	assert_false(inv.rails[0].has_gid || inv.rails[0].has_mac);
	assert_false(inv.rails[1].has_gid || inv.rails[1].has_mac);
	assert_true(inv.rails[2].has_gid && !inv.rails[2].has_mac);
	assert_true(inv.rails[3].has_gid && inv.rails[3].has_mac);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(inv.rails[i].stage, RAIL_USABLE);
}

static void the_name_of_an_rdma_device_says_nothing(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_remove("sys/class/infiniband/rdmap160s27");
	tree_link("sys/class/infiniband/efa_0",
		  "../../devices/pci0000:a0/0000:a0:1b.0/infiniband/rdmap160s27");
	scan();
	assert_string_equal(inv.rails[3].rdma_name, "efa_0");
	assert_int_equal(inv.rails[3].pci.bus, 0xa0);
}

static void lists_rdma_devices_of_others(void **state)
{
	(void)state;
	tree_make("p6-b300.48xlarge ena-primary-only");
	tree_file("sys/class/infiniband/rxe0/node_type", "1: CA\n"); /* soft: no device link */
	tree_file("sys/devices/pci0000:00/0000:00:00.0/vendor", "0x8086\n");
	tree_link("sys/bus/pci/devices/0000:00:00.0", "../../../devices/pci0000:00/0000:00:00.0");
	scan();
	assert_int_equal(inv.n_rails, 16);
	assert_int_equal(inv.n_enas, 1);
	assert_int_equal(inv.n_foreign, 3);
	assert_string_equal(inv.foreign[0].rdma_name, "ibp198s0f0");
	assert_string_equal(inv.foreign[0].driver, "mlx5_core");
	assert_int_equal(inv.foreign[0].pci.bus, 0xc6);
	assert_string_equal(inv.foreign[2].rdma_name, "rxe0");
	assert_string_equal(inv.foreign[2].driver, "");
	assert_true(pci_addr_is_zero(&inv.foreign[2].pci));
	assert_int_equal(inv.foreign[2].path.n, 0);
	assert_int_equal(inv.foreign[2].numa_node, -1);
}

static void knows_accelerators_by_id_and_class(void **state)
{
	static const struct {
		const char *vendor, *device, *class;
		int kind; /* -1: none */
	} cases[] = {
		{"0x10de", "0x2330", "0x030200", ACCEL_NVIDIA},
		{"0x10de", "0x22a3", "0x068000", -1}, /* NVSwitch */
		{"0x10de", "0x1db5", "0x030000", -1}, /* a display */
		{"0x1d0f", "0x7064", "0x088000", ACCEL_NEURON},
		{"0x1d0f", "0x7164", "0x088000", ACCEL_NEURON},
		{"0x1d0f", "0x7264", "0x088000", ACCEL_NEURON},
		{"0x1d0f", "0x7364", "0x088000", ACCEL_NEURON},
		{"0x1d0f", "0xcd01", "0x010802", -1},
		{"0x1da3", "0x1000", "0x120000", ACCEL_HABANA},
		{"0x1002", "0x74a1", "0x120000", ACCEL_AMD},
		{"0x1002", "0x7362", "0x038000", ACCEL_AMD},
		{"0x1002", "0x1637", "0x040300", -1}, /* its audio function */
		{"0x8086", "0x0000", "0x030200", -1},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_file(BUS "0000:01:00.0/vendor", cases[i].vendor);
		tree_file(BUS "0000:01:00.0/device", cases[i].device);
		tree_file(BUS "0000:01:00.0/class", cases[i].class);
		scan();
		assert_int_equal(inv.n_accels, cases[i].kind >= 0);
		if (cases[i].kind >= 0)
			assert_int_equal(inv.accels[0].kind, cases[i].kind);
	}
}

static void knows_efa_and_ena_by_id(void **state)
{
	static const char *const ena[] = {"0xec20", "0xec21", "0x1ec2", "0x0ec2", "0x0051"};
	static const char *const efa[] = {"0xefa0", "0xefa1", "0xefa4", "0xefaf"};
	static const char *const neither[] = {"0xefb0", "0xef9f", "0xec22", "0x0200"};

	(void)state;
	tree_file(BUS "0000:01:00.0/vendor", "0x1d0f\n");
	for (unsigned i = 0; i < 5; i++) {
		tree_file(BUS "0000:01:00.0/device", ena[i]);
		scan();
		assert_int_equal(inv.n_enas, 1);
		assert_int_equal(inv.n_rails, 0);
		assert_string_equal(inv.enas[0].netdev, "");
		assert_int_equal(inv.enas[0].numa_node, -1);
	}
	for (unsigned i = 0; i < 4; i++) {
		tree_file(BUS "0000:01:00.0/device", efa[i]);
		scan();
		assert_int_equal(inv.n_rails, 1);
		/* A plain directory instead of the kernel's link: no path, no error. */
		assert_int_equal(inv.rails[0].path.n, 0);
		tree_file(BUS "0000:01:00.0/device", neither[i]);
		scan();
		assert_int_equal(inv.n_rails + inv.n_enas, 0);
	}
}

static void sorts_by_address_not_by_name(void **state)
{
	(void)state;
	tree_file(BUS "10000:01:00.0/vendor", "0x1d0f\n");
	tree_file(BUS "10000:01:00.0/device", "0xefa1\n");
	tree_file(BUS "0002:01:00.0/vendor", "0x1d0f\n");
	tree_file(BUS "0002:01:00.0/device", "0xefa1\n");
	scan();
	assert_int_equal(inv.rails[0].pci.segment, 2);
	assert_int_equal(inv.rails[1].pci.segment, 0x10000);
}

static void the_default_route_with_the_lowest_metric_counts(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge all-efa");
	tree_file("proc/net/route", ROUTE_HEADING "ens32 00000000 0100A8C0 0003 0 0 512 00000000\n"
						  "ens65 00000000 0100A8C0 0003 0 0 100 00000000\n"
						  "ens129 00000000 0 0003 0 0 100 00000000\n"
						  "ens161 00000000 0 0201 0 0 1 00000000\n"
						  "ens161 00000000 0 0001 0 0 1 000000FF\n");
	scan();
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(inv.enas[i].default_route, i == 1);
}

static void reads_numa_nodes_in_order_and_without_empty_ones(void **state)
{
	(void)state;
	tree_file("sys/devices/system/node/node10/cpulist", "8-15\n");
	tree_file("sys/devices/system/node/node2/cpulist", "0-7\n");
	tree_file("sys/devices/system/node/node3/cpulist", "\n");
	tree_file("sys/devices/system/node/online", "2-3,10\n");
	scan();
	assert_int_equal(inv.n_numa, 2);
	assert_int_equal(inv.numa[0].node, 2);
	assert_int_equal(inv.numa[1].node, 10);
	assert_true(cpu_list_has(&inv.numa[1].cpus, 15));
}

static void dmi_of_others_is_no_instance(void **state)
{
	(void)state;
	tree_file("sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");
	tree_file("sys/class/dmi/id/board_asset_tag", "Not Specified\n");
	scan();
	assert_string_equal(inv.instance_type, "");
	assert_string_equal(inv.instance_id, "");
}

static void what_went_away_is_not_there(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	/* The link of a function whose directory has gone. */
	tree_link(BUS "0000:20:1b.0", "../../../devices/pci0000:20/gone");
	tree_remove("sys/devices/pci0000:20/0000:20:1b.0");
	scan();
	assert_int_equal(inv.n_rails, 3);
	assert_int_equal(inv.rails[1].pci.bus, 0x90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(reads_an_empty_tree_as_an_empty_node),
		T(keeps_the_facts),
		T(reads_a_p5),
		T(reads_a_p4d),
		T(tells_how_far_a_rail_has_come),
		T(another_driver_is_not_efa),
		T(a_link_to_another_function_is_no_way),
		T(a_state_is_made_printable),
		T(a_gid_may_be_none),
		T(the_name_of_an_rdma_device_says_nothing),
		T(lists_rdma_devices_of_others),
		T(knows_accelerators_by_id_and_class),
		T(knows_efa_and_ena_by_id),
		T(sorts_by_address_not_by_name),
		T(the_default_route_with_the_lowest_metric_counts),
		T(reads_numa_nodes_in_order_and_without_empty_ones),
		T(dmi_of_others_is_no_instance),
		T(what_went_away_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
