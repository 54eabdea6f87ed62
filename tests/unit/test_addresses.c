/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "cpu_list.h"
#include "mac.h"
#include "pci_addr.h"

#define BASE "../../../devices/pci0000:44/0000:44:00.0/0000:45:00.0/"

static void pci_addresses(void **state)
{
	static const char *const bad[] = {"",
					  "4f:00.0",
					  "0000:4f:00",
					  "0000:4f:00.8",
					  "0000:4F:00.0",
					  "0000:4f:20.0",
					  "0000:4f:00.0 ",
					  "000000000:4f:00.0",
					  "00000:4f:00.0",
					  "00000000:4f:00.0",
					  "0000:4f:0.0",
					  "0000-4f:00.0"};
	struct pci_addr addr, other;
	char buf[PCI_RDMA_NAME_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pci_addr_parse(bad[i], &addr), -EINVAL);
	assert_int_equal(pci_addr_parse("10000:4f:1f.7", &addr), 0);
	assert_string_equal(pci_addr_format(&addr, buf), "10000:4f:1f.7");
	assert_int_equal(pci_addr_parse("0000:4f:00.0", &addr), 0);
	assert_string_equal(pci_addr_format(&addr, buf), "0000:4f:00.0");
	assert_string_equal(pci_addr_rdma_name(&addr, buf), "rdmap79s0");
	assert_int_equal(pci_addr_parse("0001:10:1b.3", &other), 0);
	assert_string_equal(pci_addr_rdma_name(&other, buf), "rdmaP1p16s27f3");
	assert_int_equal(pci_addr_parse("0000:50:00.0", &other), 0);
	assert_true(pci_addr_compare(&addr, &other) < 0);
	assert_true(pci_addr_compare(&other, &addr) > 0);
	assert_int_equal(pci_addr_compare(&addr, &addr), 0);
}

static void pci_paths(void **state)
{
	static const char *const bad[] = {
		"",
		"../../../devices/virtual/net/lo",
		"../../../devices/pci0000:44",
		"../../../devices/pci0000:44/",
		"../../../devices/pci00000:44/0000:44:00.0",
		BASE "0000:46:01.0/net",
		BASE "0000:46:01.0/0000:46:01.0/0000:46:01.0/0000:46:01.0/0000:46:01.0/"
		     "0000:46:01.0/0000:46:01.0/0000:46:01.0/0000:46:01.0/0000:46:01.0/"
		     "0000:46:01.0"};
	struct pci_path efa, gpu, far, root_a, root_b, other;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pci_path_parse(bad[i], &efa), -EINVAL);
	assert_int_equal(pci_path_parse(BASE "0000:46:01.0/0000:4f:00.0", &efa), 0);
	assert_int_equal(pci_path_parse(BASE "0000:46:01.4/0000:53:00.0", &gpu), 0);
	assert_int_equal(pci_path_parse("../../../devices/pci0000:55/0000:55:00.0", &far), 0);
	assert_int_equal(efa.n, 4);
	assert_int_equal(efa.root_bus, 0x44);
	/* host bridge, root port, upstream port */
	assert_int_equal(pci_path_common(&efa, &gpu), 3);
	assert_int_equal(pci_path_common(&efa, &far), 0);
	assert_int_equal(pci_path_common(&efa, &efa), 5);
	/* p4d: devices directly on the root bus share the host bridge and nothing else */
	assert_int_equal(pci_path_parse("../../../devices/pci0000:10/0000:10:1b.0", &root_a), 0);
	assert_int_equal(pci_path_parse("../../../devices/pci0000:10/0000:10:1c.0", &root_b), 0);
	assert_int_equal(pci_path_common(&root_a, &root_b), 1);
	memset(&other, 0, sizeof(other));
	assert_int_equal(pci_path_common(&other, &root_a), 0);
}

static void cpu_lists(void **state)
{
	static const char *const bad[] = {"x",	  "1,",	  ",1",	    "1-",  "-1", "3-1",
					  "1--2", "4096", "0-4096", "1 2", "1\n"};
	struct cpu_list list, other;
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(cpu_list_parse(bad[i], &list) < 0);
	assert_int_equal(cpu_list_parse("", &list), 0);
	assert_int_equal(cpu_list_count(&list), 0);
	assert_int_equal(cpu_list_parse("0-47,96-143", &list), 0);
	assert_int_equal(cpu_list_count(&list), 96);
	assert_true(cpu_list_has(&list, 96));
	assert_false(cpu_list_has(&list, 48));
	assert_false(cpu_list_has(&list, CPU_LIST_MAX));
	assert_int_equal(cpu_list_format(&list, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "0-47,96-143");
	assert_int_equal(cpu_list_parse("40-50,4095", &other), 0);
	assert_int_equal(cpu_list_shared(&list, &other), 8);
}

static void macs_and_gids(void **state)
{
	static const char *const bad_macs[] = {"",
					       "06:8f:94:25:36",
					       "06:8f:94:25:36:1",
					       "06:8f:94:25:36:13:00",
					       "06-8f-94-25-36-13",
					       "0g:8f:94:25:36:13"};
	static const char *const bad_gids[] = {"", "fe80::1",
					       "fe80:0000:0000:0000:048f:94ff:fe25:361",
					       "fe80:0000:0000:0000:048f:94ff:fe25:3613:"};
	struct mac mac, from;
	uint8_t gid[16];
	char buf[MAC_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_macs) / sizeof(bad_macs[0]); i++)
		assert_int_equal(mac_parse(bad_macs[i], &mac), -EINVAL);
	for (size_t i = 0; i < sizeof(bad_gids) / sizeof(bad_gids[0]); i++)
		assert_int_equal(gid_parse(bad_gids[i], gid), -EINVAL);
	/* The pair that a c5n.18xlarge shows. */
	assert_int_equal(mac_parse("06:8F:94:25:36:13", &mac), 0);
	assert_int_equal(gid_parse("fe80:0000:0000:0000:048f:94ff:fe25:3613", gid), 0);
	assert_int_equal(mac_from_gid(gid, &from), 0);
	assert_true(mac_equal(&mac, &from));
	assert_string_equal(mac_format(&from, buf), "06:8f:94:25:36:13");
	gid[11] = 0;
	assert_int_equal(mac_from_gid(gid, &from), -EINVAL);
	memset(gid, 0, sizeof(gid));
	assert_int_equal(mac_from_gid(gid, &from), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pci_addresses),
		cmocka_unit_test(pci_paths),
		cmocka_unit_test(cpu_lists),
		cmocka_unit_test(macs_and_gids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
