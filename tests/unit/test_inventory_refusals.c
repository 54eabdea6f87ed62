/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "inventory.h"

#define P4D_RAIL      "sys/devices/pci0000:10/0000:10:1b.0"
#define P4D_ENA	      "sys/devices/pci0000:10/0000:10:00.0"
#define P4D_GID	      P4D_RAIL "/infiniband/rdmap16s27/ports/1/gids/0"
#define BUS	      "sys/bus/pci/devices/"
#define ROUTE_HEADING "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n"

static struct inventory inv;

/* The value must be refused with this code, the sentence must name the path, and inv must stay as
 * it was. */
static void expect_refusal(int code, const char *path, const char *sentence)
{
	static struct inventory before;
	struct err err = {""};

	memset(&inv, 0x5a, sizeof(inv));
	before = inv;
	assert_int_equal(inventory_scan(tree, &inv, &err), code);
	assert_memory_equal(&before, &inv, sizeof(inv));
	if (!strstr(err.text, path) || !strstr(err.text, sentence))
		fail_msg("expected \"%s\" and \"%s\" in \"%s\"", path, sentence, err.text);
}

static void refuse_value(const char *path, const char *text, const char *sentence)
{
	tree_make("p4d.24xlarge efa-only");
	tree_file(path, text);
	expect_refusal(-EINVAL, strrchr(path, '/'), sentence);
}

static void refuses_malformed_values(void **state)
{
	(void)state;
	refuse_value(P4D_RAIL "/vendor", "1d0f\n", "expected a hexadecimal number, found \"1d0f\"");
	refuse_value(P4D_RAIL "/vendor", "", "expected a hexadecimal number, found \"\"");
	refuse_value(P4D_RAIL "/device", "0x\n", "expected a hexadecimal number");
	refuse_value(P4D_RAIL "/device", "0x123456789\n", "expected a hexadecimal number");
	refuse_value(P4D_RAIL "/numa_node", "one\n", "expected a number, found \"one\"");
	refuse_value(P4D_RAIL "/numa_node", "-2\n", "expected a number from -1 to");
	refuse_value(P4D_RAIL "/numa_node", "1024\n", "expected a number from -1 to 1023");
	refuse_value(P4D_RAIL "/numa_node", "--1\n", "expected a number");
	refuse_value(P4D_GID, "fe80:\x1b[2J\n", "expected a GID, found \"fe80:?[2J\"");
	refuse_value(P4D_ENA "/net/ens32/address", "06:4e\n", "expected a MAC address");
	refuse_value("proc/sys/kernel/random/boot_id", "abc\n", "expected a UUID");
	refuse_value("sys/devices/system/node/node1/cpulist", "3-1\n", "expected a list of CPUs");
	refuse_value("sys/devices/system/node/node1/cpulist", "5000\n", "below 4096");
	refuse_value("proc/net/route", ROUTE_HEADING "ens32 00000000\n", ":2: malformed line");
	refuse_value("proc/net/route", ROUTE_HEADING "ens32 0 0 x 0 0 0 0\n", ":2: malformed line");
}

static void refuses_values_that_fill_the_buffer(void **state)
{
	static char large[4096];

	(void)state;
	memset(large, '1', sizeof(large));
	tree_make("p4d.24xlarge efa-only");
	tree_bytes(P4D_RAIL "/vendor", large, sizeof(large));
	expect_refusal(-EFBIG, "0000:10:1b.0/vendor", "expected less than 128 bytes");
	tree_make("p4d.24xlarge efa-only");
	tree_bytes(P4D_ENA "/net/ens32/operstate", large, 17);
	expect_refusal(-EFBIG, "net/ens32/operstate", "expected less than 16 bytes");
}

static void refuses_nul_bytes(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_bytes("proc/sys/kernel/osrelease", "6.1\0evil", 8);
	expect_refusal(-EINVAL, "proc/sys/kernel/osrelease", "NUL byte");
}

static void refuses_names_that_could_do_harm(void **state)
{
	(void)state;
	tree_file(BUS "zzz/vendor", "0x1d0f\n");
	expect_refusal(-EINVAL, "sys/bus/pci/devices/zzz", "expected a PCI address");
	tree_make("p4d.24xlarge efa-only");
	tree_link("sys/class/infiniband/a,b",
		  "../../devices/pci0000:10/0000:10:1b.0/infiniband/rdmap16s27");
	tree_remove("sys/class/infiniband/rdmap16s27");
	expect_refusal(-EINVAL, "sys/class/infiniband/a,b", "expected an RDMA device name");
	tree_make("p4d.24xlarge efa-only");
	tree_link(P4D_RAIL "/driver", "../../../bus/pci/drivers/e fa");
	expect_refusal(-EINVAL, "0000:10:1b.0", "expected a driver name");
	tree_make("p4d.24xlarge efa-only");
	tree_link("sys/class/infiniband/second",
		  "../../devices/pci0000:10/0000:10:1b.0/infiniband/rdmap16s27");
	expect_refusal(-EINVAL, "sys/class/infiniband", "a second RDMA device");
	tree_make("p4d.24xlarge efa-only");
	tree_file(P4D_RAIL "/infiniband_verbs/uverbs-1/ibdev", "x\n");
	expect_refusal(-EINVAL, "infiniband_verbs", "expected one uverbs<number>");
}

static void refuses_more_than_its_bounds(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= NODE_RAILS_MAX; i++) {
		char path[96];

		text_format(path, sizeof(path), BUS "0000:%02x:00.0/vendor", i);
		tree_file(path, "0x1d0f\n");
		text_format(path, sizeof(path), BUS "0000:%02x:00.0/device", i);
		tree_file(path, "0xefa9\n");
	}
	expect_refusal(-EOVERFLOW, "sys/bus/pci/devices", "more than 64 EFA functions");
}

static void refuses_a_root_that_is_none(void **state)
{
	struct err err = {""};

	(void)state;
	assert_int_equal(inventory_scan("/nowhere/at/all", &inv, &err), -ENOENT);
	assert_non_null(strstr(err.text, "node tree /nowhere/at/all/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(refuses_malformed_values),
		T(refuses_values_that_fill_the_buffer),
		T(refuses_nul_bytes),
		T(refuses_names_that_could_do_harm),
		T(refuses_more_than_its_bounds),
		T(refuses_a_root_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
