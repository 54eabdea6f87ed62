/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "topology_impl.h"
#include "topology_pieces.h"
#include "topology_text.h"

/* A switch with every kind of function, on the second NUMA node. */
#define SWITCH                                                                                  \
	BRIDGE("10:00.0", "11-1f")                                                              \
	BRIDGE("11:00.0", "12-1f")                                                              \
	BEHIND("12:00.0", "13",                                                                 \
	       ENA("13:00.0") NET("enp19s0") INFO("Address", "06:8f:94:25:36:13") END END)      \
	BEHIND("12:01.0", "15",                                                                 \
	       EFA("15:00.0") RDMA("rdmap21s0")                                                 \
		       INFO("Port1GID0", "fe80:0000:0000:0000:048f:94ff:fe25:3614") END END)    \
	BEHIND("12:01.1", "14",                                                                 \
	       EFA("14:00.0") RDMA("rdmap20s0")                                                 \
		       INFO("Port1GID0", "fe80:0000:0000:0000:048f:94ff:fe25:3613") END END)    \
	BEHIND("12:02.0", "16", GPU("16:00.0") END)                                             \
	BEHIND("12:02.1", "17", PCI("17:00.0", "0207", "15b3:1021") RDMA("ibp23s0") END END)    \
	BEHIND("12:03.0", "18", "")                                                             \
	BEHIND("12:03.1", "19", PCI("19:00.0", "0108", "1d0f:cd01") OS("0", "nvme1n1") END END) \
	END END

static const char with_switch[] = HEAD MACHINE INFO("DMIProductName", "p5.48xlarge")
	INFO("DMIBoardAssetTag", "i-0123456789abcdef0") INFO("OSRelease", "6.1.0-aws")
		PACKAGE_0 END PACKAGE_1 HOST("10-1f") SWITCH END END TAIL;

static void check_path(const struct pci_path *path, uint8_t bus, uint8_t slot, uint8_t func)
{
	assert_int_equal(path->root_segment, 0);
	assert_int_equal(path->root_bus, 0x10);
	assert_int_equal(path->n, 4);
	assert_int_equal(path->hop[0].bus, 0x10);
	assert_int_equal(path->hop[1].bus, 0x11);
	assert_int_equal(path->hop[2].bus, 0x12);
	assert_int_equal(path->hop[2].slot, slot);
	assert_int_equal(path->hop[2].func, func);
	assert_int_equal(path->hop[3].bus, bus);
}

static void maps_the_rails_of_a_switch(void **state)
{
	struct eni_facts none = {.known = false};

	(void)state;
	take(with_switch);
	assert_int_equal(inv.n_rails, 2); /* by address, not as in the file */
	for (unsigned i = 0; i < 2; i++) {
		const struct rail *rail = &inv.rails[i];

		assert_string_equal(rail->rdma_name, i ? "rdmap21s0" : "rdmap20s0");
		assert_int_equal(rail->pci.bus, 0x14 + i);
		check_path(&rail->path, (uint8_t)(0x14 + i), 1, !i);
		assert_int_equal(rail->numa_node, 1);
		assert_int_equal(rail->device_id, 0xefa1);
		assert_int_equal(rail->stage, RAIL_LISTED);
		assert_string_equal(rail->driver, "efa");
		assert_true(rail->has_gid && rail->has_mac);
		assert_int_equal(rail->mac.byte[5], 0x13 + i);
		assert_int_equal(rail->uverbs, -1);
		assert_int_equal(rail->uverbs_mode, -1);
		assert_int_equal(rail->gbps, 0);
		assert_int_equal(rail->ena, -1);
		assert_int_equal(rail->card_index, -1);
		assert_int_equal(rail->device_index, -1);
	}
	inventory_join(&inv, &none);
	assert_int_equal(inv.rails[0].ena, 0); /* the same MAC */
	assert_int_equal(inv.rails[0].place, PLACE_MAC);
	assert_int_equal(inv.rails[1].ena, -1);
}

static void maps_the_rest_of_a_switch(void **state)
{
	(void)state;
	take(with_switch);
	assert_int_equal(inv.n_enas, 1);
	assert_string_equal(inv.enas[0].netdev, "enp19s0");
	assert_string_equal(inv.enas[0].driver, "ena");
	assert_string_equal(inv.enas[0].operstate, "");
	assert_true(inv.enas[0].has_mac);
	assert_int_equal(inv.enas[0].numa_node, 1);
	check_path(&inv.enas[0].path, 0x13, 0, 0);
	assert_int_equal(inv.enas[0].card_index, -1);
	assert_int_equal(inv.n_accels, 1);
	assert_int_equal(inv.accels[0].kind, ACCEL_NVIDIA);
	assert_int_equal(inv.accels[0].vendor_id, 0x10de);
	assert_int_equal(inv.accels[0].device_id, 0x2330);
	assert_int_equal(inv.accels[0].numa_node, 1);
	check_path(&inv.accels[0].path, 0x16, 2, 0);
	assert_int_equal(inv.n_foreign, 1);
	assert_string_equal(inv.foreign[0].rdma_name, "ibp23s0");
	assert_string_equal(inv.foreign[0].driver, "");
	assert_int_equal(inv.foreign[0].pci.bus, 0x17);
	assert_int_equal(inv.foreign[0].numa_node, 1);
	check_path(&inv.foreign[0].path, 0x17, 2, 1);
	assert_int_equal(inv.n_ports, 1);
	assert_int_equal(inv.ports[0].pci.bus, 0x12);
	assert_int_equal(inv.ports[0].pci.slot, 3);
	assert_int_equal(inv.ports[0].bus, 0x18);
	assert_int_equal(inv.ports[0].path.n, 3);
	assert_int_equal(inv.ports[0].path.root_bus, 0x10);
}

static void maps_the_machine(void **state)
{
	(void)state;
	take(with_switch);
	assert_string_equal(inv.instance_type, "p5.48xlarge");
	assert_string_equal(inv.instance_id, "i-0123456789abcdef0");
	assert_string_equal(inv.kernel, "6.1.0-aws");
	assert_string_equal(inv.boot_id, "");
	assert_string_equal(inv.efa_driver, "");
	assert_true(inv.memlock == LIMIT_UNKNOWN && inv.huge_pages == LIMIT_UNKNOWN &&
		    inv.huge_pages_free == LIMIT_UNKNOWN);
	assert_int_equal(inv.n_numa, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(inv.numa[i].node, i);
		assert_int_equal(cpu_list_count(&inv.numa[i].cpus), 2);
		assert_true(cpu_list_has(&inv.numa[i].cpus, (unsigned)(2 * i)) &&
			    cpu_list_has(&inv.numa[i].cpus, (unsigned)(2 * i + 1)));
	}
	for (int part = 0; part < INVENTORY_PARTS; part++) {
		bool has = part == PART_PCI || part == PART_RDMA || part == PART_NETDEVS ||
			   part == PART_NUMA || part == PART_INSTANCE || part == PART_BOOT;

		assert_int_equal(!strncmp(inv.origin[part], "hwloc export ", 13), has);
		assert_int_equal(inv.origin[part][0] != '\0', has);
	}
}

/* What EC2 did not write there. */
static void takes_no_other_product_names(void **state)
{
	(void)state;
	take(HEAD MACHINE INFO("DMIProductName", "Standard PC (Q35 + ICH9, 2009)")
		     INFO("DMIBoardAssetTag", "i-none") PACKAGE_0 END PACKAGE_1 END HOST("00-00")
			     EFA("00:05.0") END END TAIL);
	assert_string_equal(inv.instance_type, "");
	assert_string_equal(inv.instance_id, "");
	assert_string_equal(inv.kernel, "");
	assert_string_equal(inv.origin[PART_INSTANCE], "");
	assert_string_equal(inv.origin[PART_BOOT], "");
}

static void keeps_the_facts(void **state)
{
	(void)state;
	tree_file("t.xml", with_switch);
	memset(&inv, 0, sizeof(inv));
	inv.facts.known = true;
	inv.facts.n_enis = 7;
	memcpy(inv.origin[PART_FACTS], "facts", sizeof("facts"));
	assert_int_equal(topology_load(tree_path("t.xml"), &inv, NULL), 0);
	assert_true(inv.facts.known);
	assert_int_equal(inv.facts.n_enis, 7);
	assert_string_equal(inv.origin[PART_FACTS], "facts");
}

static void the_kernel_does_not_say_on_a_flat_machine(void **state)
{
	(void)state;
	take(FLAT(EFA("00:15.0") RDMA("rdmap0s21") END END ENA("00:05.0") NET("ens5")
			  END END GPU("00:16.0") END));
	assert_int_equal(inv.rails[0].numa_node, -1);
	assert_int_equal(inv.enas[0].numa_node, -1);
	assert_int_equal(inv.accels[0].numa_node, -1);
	assert_int_equal(inv.rails[0].path.n, 1);
	assert_int_equal(inv.rails[0].path.root_bus, 0);
	assert_int_equal(inv.n_ports, 0);
	/* One NUMA node is no question. */
	take(HEAD "<object type=\"Machine\"" SETS("0x00000003",
						  "0x00000001") ">\n" PACKAGE_0 END HOST("00-00")
		     EFA("00:15.0") END END TAIL);
	assert_int_equal(inv.rails[0].numa_node, 0);
	assert_int_equal(inv.n_numa, 1);
}

static void memory_without_cpus_is_no_numa_node(void **state)
{
	(void)state;
	/* An accelerator's, which hwloc puts beside the memory of the CPUs near to it, and one of
	 * nobody's. In the file before them. */
	take(HEAD "<object type=\"Machine\"" SETS("0x0000000f", "0x00000107") ">\n" PACKAGE(
		"0", "0x00000003", "0x00000005") NODE("2", "0x00000003", "0x00000004")
		     NODE("0", "0x00000003", "0x00000001") HOST("10-10") EFA("10:00.0")
			     END END END PACKAGE_1 END NODE("8", "0x0", "0x00000100") TAIL);
	assert_int_equal(inv.n_numa, 2);
	assert_int_equal(inv.numa[0].node, 0);
	assert_int_equal(inv.numa[1].node, 1);
	assert_int_equal(inv.rails[0].numa_node, 0);
}

static void tells_a_missing_rdma_device_from_an_export_without_any(void **state)
{
	(void)state;
	take(FLAT(EFA("00:05.0") RDMA("rdmap0s5") END END EFA("00:06.0") END));
	assert_int_equal(inv.rails[0].stage, RAIL_LISTED);
	assert_int_equal(inv.rails[1].stage, RAIL_NO_RDMA);
	assert_string_equal(inv.rails[1].rdma_name, "");
	assert_string_equal(inv.rails[1].driver, "");
	/* Another's device says that devices were looked for, too. */
	take(FLAT(EFA("00:06.0") END PCI("00:07.0", "0207", "15b3:1021") RDMA("mlx5_0") END END));
	assert_int_equal(inv.rails[0].stage, RAIL_NO_RDMA);
	take(FLAT(EFA("00:05.0") END EFA("00:06.0") END ENA("00:07.0") NET("ens7") END END));
	assert_int_equal(inv.rails[0].stage, RAIL_LISTED);
	assert_string_equal(inv.rails[0].rdma_name, "");
	assert_string_equal(inv.origin[PART_RDMA], "");
	assert_true(inv.origin[PART_NETDEVS][0] != '\0');
	take(FLAT(EFA("00:05.0") END ENA("00:07.0") END));
	assert_string_equal(inv.origin[PART_NETDEVS], "");
	assert_string_equal(inv.enas[0].netdev, "");
	assert_string_equal(inv.enas[0].driver, "");
	assert_true(inv.enas[0].listed);
	/* And one without a netdev where another has one. */
	take(FLAT(ENA("00:07.0") NET("ens7") END END ENA("00:08.0") END));
	assert_true(inv.origin[PART_NETDEVS][0] != '\0');
	assert_string_equal(inv.enas[0].driver, "ena");
	assert_string_equal(inv.enas[1].driver, "");
}

static void knows_no_gid_and_no_mac_of_zeros(void **state)
{
	(void)state;
	take(FLAT(EFA("00:05.0") RDMA("rdmap0s5") INFO("Port1GID0",
						       "0000:0000:0000:0000:0000:0000:0000:0000")
			  END END EFA("00:06.0") RDMA("rdmap0s6")
				  INFO("Port1GID0", "2001:0db8:0000:0000:0000:0000:0000:0001")
					  END END ENA("00:07.0") NET("ens7")
						  INFO("Address", "00:00:00:00:00:00") END END));
	assert_false(inv.rails[0].has_gid || inv.rails[0].has_mac);
	assert_true(inv.rails[1].has_gid);
	assert_false(inv.rails[1].has_mac);
	assert_false(inv.enas[0].has_mac);
}

static void devices_of_others_come_by_name(void **state)
{
	(void)state;
	take(FLAT(PCI("00:07.0", "0207", "15b3:1021") RDMA("mlx5_1") END END PCI(
		"00:06.0", "0207", "15b3:1021") RDMA("mlx5_0") END END RDMA("rxe0") END));
	assert_int_equal(inv.n_foreign, 3);
	assert_string_equal(inv.foreign[0].rdma_name, "mlx5_0");
	assert_string_equal(inv.foreign[1].rdma_name, "mlx5_1");
	assert_string_equal(inv.foreign[2].rdma_name, "rxe0");
	assert_int_equal(inv.foreign[0].pci.slot, 6);
	/* In software, of no function. */
	assert_int_equal(inv.foreign[2].pci.slot, 0);
	assert_int_equal(inv.foreign[2].path.n, 0);
	assert_int_equal(inv.foreign[2].numa_node, -1);
	assert_int_equal(inv.n_rails, 0);
}

static void the_first_of_two_netdevs_counts(void **state)
{
	(void)state;
	take(FLAT(ENA("00:05.0") NET("ens6") INFO("Address", "06:8f:94:25:36:16") END NET("ens5")
			  INFO("Address", "06:8f:94:25:36:15") END NET("ens7") END END));
	assert_string_equal(inv.enas[0].netdev, "ens5");
	assert_int_equal(inv.enas[0].mac.byte[5], 0x15);
}

static void an_export_without_bridges_has_no_paths(void **state)
{
	(void)state;
	take(HEAD MACHINE PACKAGE_0 EFA("00:05.0") END END PACKAGE_1 END TAIL);
	assert_int_equal(inv.n_rails, 1);
	assert_int_equal(inv.rails[0].path.n, 0);
	assert_int_equal(inv.rails[0].numa_node, 0);
}

static void every_kind_of_accelerator(void **state)
{
	(void)state;
	take(FLAT(PCI("00:01.0", "0880", "1d0f:7364") END PCI("00:02.0", "1200", "1da3:1000")
			  END PCI("00:03.0", "0380", "1002:740f")
				  END PCI("00:04.0", "0302", "10de:20b0") END PCI("00:05.0", "0680",
										  "10de:1af1")
					  END PCI("00:06.0", "0403", "10de:228b")
						  END PCI("00:07.0", "0108", "1d0f:8061") END));
	assert_int_equal(inv.n_accels, 4);
	assert_int_equal(inv.accels[0].kind, ACCEL_NEURON);
	assert_int_equal(inv.accels[1].kind, ACCEL_HABANA);
	assert_int_equal(inv.accels[2].kind, ACCEL_AMD);
	assert_int_equal(inv.accels[3].kind, ACCEL_NVIDIA);
}

/* In this process, where the leak checker looks on: what topology_load does in a child. */
static void leaves_no_memory_behind(void **state)
{
	char *text = strdup(with_switch);
	size_t size = strlen(text);
	hwloc_topology_t topology;

	(void)state;
	assert_int_equal(topology_text_prepare(text, &size, &err), 0);
	for (int minimal = 0; minimal < 2; minimal++) {
		setenv("HWLOC_LIBXML", minimal ? "0" : "1", 1);
		memset(&inv, 0, sizeof(inv));
		assert_int_equal(hwloc_topology_init(&topology), 0);
		hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
		assert_int_equal(hwloc_topology_set_xmlbuffer(topology, text, (int)size + 1), 0);
		assert_int_equal(hwloc_topology_load(topology), 0);
		assert_int_equal(topology_map(topology, "here", &inv, &err), 0);
		hwloc_topology_destroy(topology);
		assert_int_equal(inv.n_rails, 2);
		assert_string_equal(inv.origin[PART_PCI], "hwloc export here");
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		topology_test(maps_the_rails_of_a_switch),
		topology_test(maps_the_rest_of_a_switch),
		topology_test(maps_the_machine),
		topology_test(takes_no_other_product_names),
		topology_test(keeps_the_facts),
		topology_test(the_kernel_does_not_say_on_a_flat_machine),
		topology_test(memory_without_cpus_is_no_numa_node),
		topology_test(tells_a_missing_rdma_device_from_an_export_without_any),
		topology_test(knows_no_gid_and_no_mac_of_zeros),
		topology_test(devices_of_others_come_by_name),
		topology_test(the_first_of_two_netdevs_counts),
		topology_test(an_export_without_bridges_has_no_paths),
		topology_test(every_kind_of_accelerator),
		cmocka_unit_test(leaves_no_memory_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
