/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "inventory.h"

#define SWITCH "sys/devices/pci0000:44/0000:44:00.0/0000:45:00.0/"
#define PORT   SWITCH "0000:46:01.0/"
#define RAIL   PORT "0000:4f:00.0/"

static struct inventory inv;

static int read_detail(struct err *err)
{
	memset(&inv, 0, sizeof(inv));
	if (inventory_scan(tree, &inv, err))
		fail_msg("%s", err->text);
	return inventory_detail(tree, &inv, err);
}

static void detail(void)
{
	struct err err = {""};

	if (read_detail(&err))
		fail_msg("%s", err.text);
}

/* One EFA function behind a switch; the links as given, NULL leaves an attribute out. */
static void make_link(const char *speed, const char *max, const char *port_max, const char *width,
		      const char *max_width, const char *port_width)
{
	const char *const attributes[][2] = {
		{RAIL "current_link_speed", speed}, {RAIL "max_link_speed", max},
		{PORT "max_link_speed", port_max},  {RAIL "current_link_width", width},
		{RAIL "max_link_width", max_width}, {PORT "max_link_width", port_width},
	};

	tree_file(RAIL "vendor", "0x1d0f\n");
	tree_file(RAIL "device", "0xefa1\n");
	tree_link("sys/bus/pci/devices/0000:4f:00.0", "../../../../" RAIL);
	for (unsigned i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		unlink(tree_path(attributes[i][0]));
		if (attributes[i][1])
			tree_file(attributes[i][0], attributes[i][1]);
	}
	detail();
	assert_int_equal(inv.n_rails, 1);
}

static void links_that_say_nothing(void **state)
{
	static const char *const nothing[] = {
		"Unknown\n",
		"Unknown speed\n",
		"\n",
		"16.x GT/s PCIe\n",
		"-1 GT/s\n",
		"16.0 MT/s\n",
		"99999999999999999999 GT/s\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		make_link(nothing[i], "16.0 GT/s PCIe\n", NULL, "8\n", "8\n", NULL);
		assert_int_equal(inv.rails[0].link.speed, 0);
		assert_int_equal(inv.rails[0].link.max_width, 0);
	}
	make_link("16.0 GT/s PCIe\n", "16.0 GT/s PCIe\n", NULL, "255\n", "8\n", NULL);
	assert_int_equal(inv.rails[0].link.speed, 0);
	make_link("16.0 GT/s PCIe\n", "16.0 GT/s PCIe\n", NULL, "8\n", "0\n", NULL);
	assert_int_equal(inv.rails[0].link.speed, 0);
	make_link(NULL, NULL, "16.0 GT/s PCIe\n", NULL, NULL, "16\n");
	assert_int_equal(inv.rails[0].link.max_speed, 0);
}

static void a_link_can_do_what_both_ends_can(void **state)
{
	(void)state;
	make_link("8.0 GT/s PCIe\n", "32.0 GT/s PCIe\n", "16.0 GT/s PCIe\n", "4\n", "16\n", "8\n");
	assert_int_equal(inv.rails[0].link.speed, 8000);
	assert_int_equal(inv.rails[0].link.max_speed, 16000);
	assert_int_equal(inv.rails[0].link.width, 4);
	assert_int_equal(inv.rails[0].link.max_width, 8);
	make_link("2.5 GT/s\n", "5 GT/s\n", NULL, "1\n", "16\n", NULL);
	assert_int_equal(inv.rails[0].link.speed, 2500);
	assert_int_equal(inv.rails[0].link.max_speed, 5000);
	assert_int_equal(inv.rails[0].link.max_width, 16);
}

static void make_bridge(const char *name, const char *where, const char *bus)
{
	char path[256], link[64];

	text_format(path, sizeof(path), "%s%s/vendor", where, name);
	tree_file(path, "0x1d0f\n");
	text_format(path, sizeof(path), "%s%s/class", where, name);
	tree_file(path, "0x060400\n");
	text_format(path, sizeof(path), "%s%s/device", where, name);
	tree_file(path, "0x0200\n");
	if (bus) {
		text_format(path, sizeof(path), "%s%s/secondary_bus_number", where, name);
		tree_file(path, bus);
	}
	text_format(link, sizeof(link), "sys/bus/pci/devices/%s", name);
	text_format(path, sizeof(path), "../../../../%s%s", where, name);
	tree_link(link, path);
}

static void ports_with_nothing_behind_them(void **state)
{
	struct err err = {""};

	(void)state;
	make_link(NULL, NULL, NULL, NULL, NULL, NULL);
	make_bridge("0000:44:00.0", "sys/devices/pci0000:44/", "69\n");
	make_bridge("0000:45:00.0", "sys/devices/pci0000:44/0000:44:00.0/", "70\n");
	make_bridge("0000:46:01.0", SWITCH, "79\n");
	make_bridge("0000:46:01.2", SWITCH, "81\n");
	make_bridge("0000:46:01.1", SWITCH, NULL);
	detail();
	assert_int_equal(inv.n_rails, 1);
	assert_int_equal(inv.n_ports, 2);
	assert_int_equal(inv.ports[0].pci.func, 1);
	assert_int_equal(inv.ports[0].bus, -1);
	assert_int_equal(inv.ports[1].pci.func, 2);
	assert_int_equal(inv.ports[1].bus, 81);
	assert_int_equal(inv.ports[1].path.n, 3);
	/* A bridge that goes away leaves what is behind it, and is not what is behind another. */
	tree_remove("sys/bus/pci/devices/0000:45:00.0");
	detail();
	assert_int_equal(inv.n_ports, 2);
	tree_file(SWITCH "0000:46:01.2/secondary_bus_number", "256\n");
	assert_int_equal(inventory_scan(tree, &inv, &err), -EINVAL);
	assert_non_null(strstr(err.text, "0000:46:01.2/secondary_bus_number"));
}

static void addresses_that_are_refused(void **state)
{
	static const char *const wrong[] = {
		"ens32\n",
		"ens32 10.0.0.5\n",
		"ens32 10.0.0.5/33\n",
		"ens32 10.0.0/8\n",
		"ens32 fd00::1/129\n",
		"../x 10.0.0.5/20\n",
		"ens32  10.0.0.5/20\n",
		"ens32 10.0.0.5/20 x\n",
		"ens32 10.0.0.5/-1\n",
	};

	(void)state;
	tree_make("p4d.24xlarge efa-only");
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = {""};

		tree_file("run/efa-layout/addresses", wrong[i]);
		assert_int_equal(read_detail(&err), -EINVAL);
		assert_non_null(strstr(err.text, "run/efa-layout/addresses:1: expected an "));
	}
}

static void nothing_changes_when_something_is_refused(void **state)
{
	static struct inventory before;
	struct err err = {""};

	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_file("run/efa-layout/addresses", "ens32 10.0.0.5/20\nens65 x\n");
	memset(&before, 0, sizeof(before));
	assert_int_equal(inventory_scan(tree, &before, &err), 0);
	assert_int_equal(read_detail(&err), -EINVAL);
	assert_memory_equal(&inv, &before, sizeof(inv));
}

static void addresses_of_a_replayed_node(void **state)
{
	(void)state;
	tree_make("p4d.24xlarge efa-only");
	tree_file("run/efa-layout/addresses", "ens32 10.0.0.5/20\nens32 fd00::5/128\n\n"
					      "docker0 172.17.0.1/16\n");
	detail();
	assert_int_equal(inv.enas[0].n_addresses, 2);
	assert_string_equal(inv.enas[0].addresses[0], "10.0.0.5/20");
	assert_string_equal(inv.enas[0].addresses[1], "fd00::5/128");
	assert_non_null(strstr(inv.origin[PART_ADDRESSES], "run/efa-layout/addresses"));
}

/* More than the bound are left out, not written over what follows. */
static void many_addresses(void **state)
{
	char text[64 * 24] = "";

	(void)state;
	tree_make("p4d.24xlarge efa-only");
	for (unsigned i = 0; i < 40; i++)
		text_append(text, sizeof(text), "ens32 10.0.0.%u/20\n", i);
	tree_file("run/efa-layout/addresses", text);
	detail();
	assert_int_equal(inv.enas[0].n_addresses, ENA_ADDRESSES_MAX);
}

static void rates(void **state)
{
	static const struct {
		const char *text;
		unsigned gbps;
	} cases[] = {
		{"100 Gb/sec (4X EDR)\n", 100},
		{"400 Gb/sec (8X HDR)\n", 400},
		{"2.5 Gb/sec (1X SDR)\n", 0},
		{"-1 Gb/sec\n", 0},
		{"fast\n", 0},
	};

	(void)state;
	tree_make("c5n.18xlarge all-efa");
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_file("sys/class/infiniband/rdmap0s31/ports/1/rate", cases[i].text);
		detail();
		assert_int_equal(inv.rails[0].gbps, cases[i].gbps);
	}
}

static void mode_of_the_uverbs_node(void **state)
{
	(void)state;
	tree_make("c5n.18xlarge all-efa");
	assert_int_equal(chmod(tree_path("dev/infiniband/uverbs0"), 0600), 0);
	detail();
	assert_int_equal(inv.rails[0].uverbs_mode, 0600);
	tree_make("c5n.18xlarge all-efa --no-devnode 0");
	detail();
	assert_int_equal(inv.rails[0].uverbs_mode, -1);
}

static void the_running_node(void **state)
{
	struct err err = {""};

	(void)state;
	memset(&inv, 0, sizeof(inv));
	assert_int_equal(inventory_scan("/", &inv, &err), 0);
	assert_int_equal(inventory_detail("/", &inv, &err), 0);
	assert_string_equal(inv.origin[PART_ADDRESSES], "kernel (rtnetlink)");
	assert_string_equal(inv.origin[PART_LIMITS], "/proc/self/limits");
	assert_true(inv.memlock != LIMIT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(links_that_say_nothing),
		T(a_link_can_do_what_both_ends_can),
		T(ports_with_nothing_behind_them),
		T(addresses_that_are_refused),
		T(nothing_changes_when_something_is_refused),
		T(addresses_of_a_replayed_node),
		T(many_addresses),
		T(rates),
		T(mode_of_the_uverbs_node),
		T(the_running_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
