/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that are odd whatever layout the node has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

static void start(const char *words)
{
	load_node(words);
	policy_defaults(&policy);
	set_report("");
}

static const struct finding *only(const char *code)
{
	reach(NULL, true);
	assert_string_equal(codes(), code);
	return &verdict.findings.v[0];
}

static void ena_without_driver(void **state)
{
	const struct finding *finding;

	(void)state;
	start("p4d.24xlarge all-efa");
	memset(inv.enas[1].driver, 0, NAME_TEXT);
	memset(inv.enas[1].netdev, 0, NAME_TEXT);
	inv.enas[1].has_mac = false;
	inventory_join(&inv, &inv.facts);
	finding = only("E113");
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	assert_string_equal(finding->subject, "ENA function 0000:20:01.0");
	assert_string_equal(finding->found, "no driver");
	text_format(inv.enas[1].driver, NAME_TEXT, "vfio-pci");
	assert_string_equal(only("E113")->found, "driver vfio-pci");
	text_format(inv.enas[1].driver, NAME_TEXT, "ena");
	assert_string_equal(only("E113")->found, "no netdev");
}

static void a_rail_without_gid_is_said_and_no_more(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only --no-gid 2");
	assert_string_equal(only("I103")->found, "no GID; its interface is the only one left");
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	assert_int_equal(verdict.findings.v[0].card_index, 2);
	start("p4d.24xlarge all-efa --no-gid 2");
	assert_string_equal(only("I103")->found,
			    "no GID; its card is that of the only ENA function near it");
	start("p4d.24xlarge efa-only --no-gid 2 --no-gid 3");
	reach(NULL, true);
	assert_string_equal(codes(), "I103,I103");
	assert_string_equal(verdict.findings.v[0].found, "no GID; its interface cannot be told");
	/* What has no driver has no GID either, and a finding of its own. */
	start("p4d.24xlarge efa-only --unbound 2");
	only("E201");
}

static void links(void **state)
{
	const struct finding *finding;

	(void)state;
	start("p4d.24xlarge efa-only");
	inv.rails[1].link = (struct pci_link){16000, 16000, 8, 8};
	reach(NULL, true);
	assert_string_equal(codes(), "");
	inv.rails[1].link = (struct pci_link){2500, 16000, 8, 8};
	finding = only("I104");
	assert_string_equal(finding->subject, "rail rdmap32s27");
	assert_string_equal(finding->expected, "16.0 GT/s x8");
	assert_string_equal(finding->found, "2.5 GT/s x8");
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	inv.rails[1].link = (struct pci_link){16000, 16000, 4, 8};
	assert_string_equal(only("I104")->found, "16.0 GT/s x4");
}

static void devices_of_others(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only");
	inv.n_foreign = 1;
	text_format(inv.foreign[0].rdma_name, NAME_TEXT, "mlx5_0");
	text_format(inv.foreign[0].driver, NAME_TEXT, "mlx5_core");
	assert_string_equal(only("I105")->subject, "RDMA device mlx5_0");
	/* A type that has two of them. */
	start("p6-b300.48xlarge ena-primary-only");
	assert_int_equal(inv.n_foreign, 2);
	reach(NULL, true);
	assert_string_equal(codes(), "");
	inv.foreign[inv.n_foreign++] = inv.foreign[0];
	assert_string_equal(only("I105")->subject, "3 RDMA devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ena_without_driver),
		cmocka_unit_test(a_rail_without_gid_is_said_and_no_more),
		cmocka_unit_test(links),
		cmocka_unit_test(devices_of_others),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
