/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "inventory.h"

#define PAGES	   "sys/kernel/mm/hugepages/hugepages-2048kB/"
#define LINE(soft) "Max locked memory         " soft "            unlimited            bytes     \n"

static struct inventory inv;

static void scan(void)
{
	struct err err = {""};

	memset(&inv, 0x5a, sizeof(inv));
	if (inventory_scan(tree, &inv, &err))
		fail_msg("%s", err.text);
}

static const struct {
	const char *text;
	int64_t memlock;
} cases[] = {
	{"", LIMIT_UNKNOWN},
	{"Max locked memory", LIMIT_UNKNOWN},
	{"Max locked memory\n", LIMIT_UNKNOWN},
	{LINE("-5"), LIMIT_UNKNOWN},
	{LINE("0x10000"), LIMIT_UNKNOWN},
	{LINE("64k"), LIMIT_UNKNOWN},
	{LINE("Unlimited"), LIMIT_UNKNOWN},
	{LINE("9223372036854775808"), LIMIT_UNKNOWN},
	{"max locked memory         65536                65536                bytes     \n",
	 LIMIT_UNKNOWN},
	{"Max open files            1024                 4096                 files\n",
	 LIMIT_UNKNOWN},
	{LINE("x") LINE("65536"), LIMIT_UNKNOWN},
	{"Limit  Soft Limit  Hard Limit  Units\n" LINE("unlimited"), LIMIT_NONE},
	{LINE("8388608"), 8388608},
	{"Max locked memory         65536", 65536},
	{LINE("0"), 0},
	{LINE("9223372036854775807"), INT64_MAX},
};

#define N (sizeof(cases) / sizeof(cases[0]))

static void own_limit(void **state)
{
	char large[LIMITS_FILE_MAX + 2];

	(void)state;
	scan();
	assert_int_equal(inv.memlock, LIMIT_UNKNOWN);
	assert_int_equal(inv.slurmd_memlock, LIMIT_UNKNOWN);
	assert_string_equal(inv.origin[PART_LIMITS], "");
	for (unsigned i = 0; i < N; i++) {
		tree_file("proc/self/limits", cases[i].text);
		scan();
		if (inv.memlock != cases[i].memlock)
			fail_msg("%s: %lld", cases[i].text, (long long)inv.memlock);
		assert_int_equal(inv.slurmd_memlock, LIMIT_UNKNOWN);
	}
	memset(large, '\n', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	memcpy(large, LINE("65536"), strlen(LINE("65536")));
	tree_file("proc/self/limits", large);
	scan();
	assert_int_equal(inv.memlock, LIMIT_UNKNOWN);
	tree_bytes("proc/self/limits", "Max locked\0memory 5 5 bytes", 27);
	scan();
	assert_int_equal(inv.memlock, LIMIT_UNKNOWN);
	tree_remove("proc/self/limits");
	tree_file("proc/self/limits/x", "");
	scan();
	assert_int_equal(inv.memlock, LIMIT_UNKNOWN);
}

static void huge_pages(void **state)
{
	static const char *const malformed[] = {"",	 "x\n",	   "-1\n",
						"1 2\n", "0x10\n", "9223372036854775808\n"};

	(void)state;
	scan();
	assert_int_equal(inv.huge_pages, LIMIT_UNKNOWN);
	assert_int_equal(inv.huge_pages_free, LIMIT_UNKNOWN);
	tree_file(PAGES "nr_hugepages", "21121\n");
	for (unsigned i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		tree_file(PAGES "free_hugepages", malformed[i]);
		scan();
		assert_int_equal(inv.huge_pages, 21121);
		assert_int_equal(inv.huge_pages_free, LIMIT_UNKNOWN);
	}
	tree_file(PAGES "free_hugepages", "0\n");
	scan();
	assert_int_equal(inv.huge_pages_free, 0);
}

static void put_process(const char *pid, const char *comm, const char *limits)
{
	char path[64];

	text_format(path, sizeof(path), "proc/%s/comm", pid);
	tree_file(path, comm);
	if (!limits)
		return;
	text_format(path, sizeof(path), "proc/%s/limits", pid);
	tree_file(path, limits);
}

static void nobody_is_slurmd(void **state)
{
	(void)state;
	assert_int_equal(inventory_find_slurmd(tree), 0); /* without a /proc */
	assert_int_equal(inventory_slurmd_memlock(tree), LIMIT_UNKNOWN);
	put_process("self", "slurmd\n", LINE("1"));
	put_process("11", "slurmstepd\n", LINE("1"));
	put_process("12", "slurmd2\n", LINE("1"));
	put_process("13", "(slurmd)\n", LINE("1"));
	put_process("014", "slurmd\n", LINE("1"));
	put_process("99999999999", "slurmd\n", LINE("1"));
	put_process("15x", "slurmd\n", LINE("1"));
	tree_file("proc/16/limits", LINE("1"));
	assert_int_equal(inventory_find_slurmd(tree), 0);
	assert_int_equal(inventory_slurmd_memlock(tree), LIMIT_UNKNOWN);
}

static void slurmd_of_somebody_else(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put_process("30", "slurmd\n", LINE("65536"));
	put_process("31", "slurmd\n", LINE("unlimited"));
	assert_int_equal(inventory_slurmd_memlock(tree), 65536);
	assert_int_equal(chown(tree_path("proc/30"), 65534, 65534), 0);
	assert_int_equal(inventory_find_slurmd(tree), 31);
	assert_int_equal(inventory_slurmd_memlock(tree), LIMIT_NONE);
}

static void limit_of_slurmd(void **state)
{
	(void)state;
	put_process("self", "prolog\n", LINE("1"));
	put_process("500", "slurmd\n", LINE("2"));
	put_process("77", "slurmd\n", LINE("3")); /* numbers are compared, not names */
	put_process("78", "slurmd\n", LINE("4"));
	assert_int_equal(inventory_find_slurmd(tree), 77);
	for (unsigned i = 0; i < N; i++) {
		put_process("77", "slurmd\n", cases[i].text);
		if (inventory_slurmd_memlock(tree) != cases[i].memlock)
			fail_msg("%s", cases[i].text);
	}
	tree_remove("proc/77/limits");
	assert_int_equal(inventory_slurmd_memlock(tree), LIMIT_UNKNOWN);
}

static void generated_nodes(void **state)
{
	(void)state;
	tree_make("c5n.18xlarge all-efa");
	scan();
	assert_int_equal(inv.memlock, LIMIT_NONE);
	assert_int_equal(inventory_slurmd_memlock(tree), LIMIT_NONE);
	assert_true(inv.huge_pages > 0 && inv.huge_pages_free == inv.huge_pages);
	tree_make("c5n.18xlarge all-efa --low-memlock --no-free-huge-pages");
	scan();
	assert_int_equal(inv.memlock, 65536);
	assert_int_equal(inventory_slurmd_memlock(tree), 65536);
	assert_true(inv.huge_pages > 0 && inv.huge_pages_free == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(own_limit),	     T(huge_pages),
		T(nobody_is_slurmd), T(slurmd_of_somebody_else),
		T(limit_of_slurmd),  T(generated_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
