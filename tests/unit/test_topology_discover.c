/* SPDX-License-Identifier: Apache-2.0 */
/* An export of this machine, made through hwloc. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "file.h"
#include "topology_impl.h"
#include "topology_pieces.h"

/* What hwloc's variables say about this process is nobody's business here, and stays as it is. */
static void leaves_the_environment_alone(void **state)
{
	(void)state;
	tree_file("other.xml", FLAT(GPU("00:01.0") END));
	setenv("HWLOC_XMLFILE", tree_path("other.xml"), 1);
	setenv("HWLOC_COMPONENTS", "synthetic,stop", 1);
	take(FLAT(EFA("00:02.0") RDMA("rdmap2s0") END END));
	assert_int_equal(inv.n_rails, 1);
	assert_int_equal(inv.n_accels, 0);
	assert_int_equal(topology_discover_save(tree_path("here.xml"), &err), 0);
	assert_string_equal(getenv("HWLOC_COMPONENTS"), "synthetic,stop");
	assert_non_null(getenv("HWLOC_XMLFILE"));
	assert_null(getenv("HWLOC_PLUGINS_BLACKLIST"));
	unsetenv("HWLOC_XMLFILE");
	unsetenv("HWLOC_COMPONENTS");
	assert_int_equal(topology_load(tree_path("here.xml"), &inv, NULL), 0);
	assert_int_not_equal(inv.kernel[0], '\0');
}

static bool has_pci(void)
{
	return access("/sys/bus/pci/devices/0000:00:00.0", F_OK) == 0;
}

/* This machine, through hwloc and through sysfs. */
static void finds_this_machine_as_sysfs_has_it(void **state)
{
	struct stat st;

	(void)state;
	if (!has_pci())
		skip();
	umask(077);
	assert_int_equal(topology_discover_save(tree_path("t.xml"), &err), 0);
	umask(022);
	assert_int_equal(stat(tree_path("t.xml"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	if (load_file())
		fail_msg("%s", err.text);
	memset(&other, 0, sizeof(other));
	assert_int_equal(inventory_scan("/", &other, NULL), 0);
	assert_string_equal(inv.kernel, other.kernel);
	assert_string_equal(inv.instance_type, other.instance_type);
	assert_int_equal(inv.n_rails, other.n_rails);
	assert_int_equal(inv.n_enas, other.n_enas);
	assert_int_equal(inv.n_accels, other.n_accels);
	assert_int_equal(inv.n_foreign, other.n_foreign);
	assert_int_equal(inv.n_ports, other.n_ports);
	for (size_t i = 0; i < inv.n_ports; i++)
		assert_memory_equal(&inv.ports[i], &other.ports[i], sizeof(inv.ports[i]));
	if (!other.n_numa) /* a kernel without NUMA: hwloc has one node all the same */
		other.n_numa = 1;
	assert_int_equal(inv.n_numa, other.n_numa);
	for (size_t i = 0; i < inv.n_numa && other.origin[PART_NUMA][0]; i++)
		assert_memory_equal(&inv.numa[i], &other.numa[i], sizeof(inv.numa[i]));
}

/* One plugin must not be loaded, one component not be used, and what a third finds is half for
 * root. */
static void asks_no_gpu_and_tells_no_serial_numbers(void **state)
{
	char *text = NULL;
	size_t size;

	(void)state;
	setenv("HWLOC_PLUGINS_PATH", PLUGIN_DIR "/here", 1);
	if (topology_discover_save(tree_path("t.xml"), &err))
		fail_msg("%s", err.text);
	unsetenv("HWLOC_PLUGINS_PATH");
	assert_int_equal(file_read(tree_path("t.xml"), TOPOLOGY_SIZE_MAX, FILE_TRUST_ANY, &text,
				   &size, &err),
			 0);
	assert_non_null(strstr(text, "x9.48xlarge"));
	assert_non_null(strstr(text, "DMIProductSerial"));
	assert_null(strstr(text, "secret"));
	free(text);
}

static void serial_numbers_are_for_root(void **state)
{
	hwloc_topology_t topology;
	hwloc_obj_t machine;

	(void)state;
	assert_int_equal(hwloc_topology_init(&topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(topology, "pu:2"), 0);
	assert_int_equal(hwloc_topology_load(topology), 0);
	machine = hwloc_get_root_obj(topology);
	hwloc_obj_add_info(machine, "DMIProductName", "p5.48xlarge");
	hwloc_obj_add_info(machine, "DMIProductSerial", "ec2-1");
	hwloc_obj_add_info(machine, "DMIProductUUID", "ec2-2");
	hwloc_obj_add_info(machine, "DMIBoardAssetTag", "i-0123456789abcdef0");
	hwloc_obj_add_info(machine, "DMIChassisSerial", "ec2-3");
	topology_hide_serials(topology);
	assert_string_equal(hwloc_obj_get_info_by_name(machine, "DMIProductName"), "p5.48xlarge");
	assert_string_equal(hwloc_obj_get_info_by_name(machine, "DMIBoardAssetTag"),
			    "i-0123456789abcdef0");
	assert_string_equal(hwloc_obj_get_info_by_name(machine, "DMIProductSerial"), "");
	assert_string_equal(hwloc_obj_get_info_by_name(machine, "DMIProductUUID"), "");
	assert_string_equal(hwloc_obj_get_info_by_name(machine, "DMIChassisSerial"), "");
	hwloc_topology_destroy(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		topology_test(leaves_the_environment_alone),
		topology_test(finds_this_machine_as_sysfs_has_it),
		topology_test(asks_no_gpu_and_tells_no_serial_numbers),
		cmocka_unit_test(serial_numbers_are_for_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
