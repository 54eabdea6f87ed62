/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "inventory.h"
#include "locality.h"

static struct inventory inv;
static struct locality locality;

static void load(const char *words)
{
	struct err err = {""};

	tree_make(words);
	memset(&inv, 0, sizeof(inv));
	if (inventory_scan(tree, &inv, &err))
		fail_msg("%s", err.text);
	locality_find(&inv, &locality);
}

static void an_empty_node_has_no_groups(void **state)
{
	(void)state;
	memset(&inv, 0, sizeof(inv));
	locality_find(&inv, &locality);
	assert_int_equal(locality.n, 0);
}

static void switches_are_groups(void **state)
{
	static const char *const at[] = {"0000:45:00.0", "0000:56:00.0", "0000:67:00.0",
					 "0000:78:00.0", "0000:89:00.0", "0000:9a:00.0",
					 "0000:ab:00.0", "0000:bc:00.0"};
	char name[PCI_ADDR_TEXT];

	(void)state;
	load("p5.48xlarge efa-only");
	assert_int_equal(locality.n, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_string_equal(locality_name(&locality.v[i], name), at[i]);
		assert_true(locality.v[i].is_switch);
		assert_int_equal(locality.v[i].numa_node, i / 4);
		assert_true(locality.v[i].rails == UINT64_C(15) << 4 * i);
		assert_true(locality.v[i].accels == UINT64_C(1) << i);
		assert_true(locality.v[i].enas == (i ? 0 : 1));
	}
}

static void host_bridges_are_groups_where_there_is_no_switch(void **state)
{
	char name[PCI_ADDR_TEXT];

	(void)state;
	load("p4d.24xlarge all-efa");
	assert_int_equal(locality.n, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_false(locality.v[i].is_switch);
		assert_true(locality.v[i].rails == UINT64_C(1) << i);
		assert_true(locality.v[i].enas == UINT64_C(1) << i);
		assert_true(locality.v[i].accels == UINT64_C(3) << 2 * i);
	}
	assert_string_equal(locality_name(&locality.v[3], name), "pci0000:a0");
}

static void devices_of_others_have_a_place(void **state)
{
	const struct locality_group *last;
	char name[PCI_ADDR_TEXT];

	(void)state;
	load("p6-b300.48xlarge ena-primary-only");
	/* Card 0 is alone on its switch: a group of one, on its host bridge. */
	assert_string_equal(locality_name(&locality.v[0], name), "pci0000:44");
	assert_true(locality.v[0].enas == 1);
	assert_true(locality.v[0].rails == 0);
	last = &locality.v[locality.n - 1];
	assert_string_equal(locality_name(last, name), "0000:c4:00.0");
	assert_true(last->foreign == 3);
	assert_int_equal(locality.v[1].empty_ports, 8);
}

static void functions_of_unknown_path_are_together(void **state)
{
	(void)state;
	memset(&inv, 0, sizeof(inv));
	inv.n_rails = 64;
	inv.n_accels = 2;
	for (size_t i = 0; i < 64; i++)
		inv.rails[i].numa_node = -1;
	locality_find(&inv, &locality);
	assert_int_equal(locality.n, 1);
	assert_true(locality.v[0].rails == UINT64_MAX);
	assert_true(locality.v[0].accels == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(an_empty_node_has_no_groups),
		T(switches_are_groups),
		T(host_bridges_are_groups_where_there_is_no_switch),
		T(devices_of_others_have_a_place),
		T(functions_of_unknown_path_are_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
