/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "snapshot_read.h"
#include "text.h"

#define FUNCTION "sys/devices/pci0000:44/0000:44:00.0"

static void refuses_paths_that_lead_elsewhere(void **state)
{
	static const char *const bad[] = {"",	  "/sys",   "sys/",	"sys//x", ".",	    "..",
					  "./x",  "x/../y", "x/.",	"x y",	  "x\ny",   "x\x7f",
					  "\xc3", "x/\t",   "x/y/../z", "../x",	  "sys/x y"};
	char path[SNAPSHOT_PATH_TEXT + 1];
	struct snapshot snapshot = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(snapshot_path_valid(bad[i]));
		assert_int_equal(snapshot_add_dir(&snapshot, bad[i]), -EINVAL);
		assert_int_equal(snapshot_add_file(&snapshot, bad[i], CONTENT_PLAIN, 0644, ""),
				 -EINVAL);
		assert_int_equal(snapshot_add_link(&snapshot, bad[i], "sys"), -EINVAL);
		assert_int_equal(snapshot_add_link(&snapshot, "sys", bad[i]), -EINVAL);
	}
	memset(path, 'x', sizeof(path));
	path[SNAPSHOT_PATH_TEXT] = '\0';
	assert_int_equal(snapshot_add_dir(&snapshot, path), -EINVAL);
	path[SNAPSHOT_PATH_TEXT - 1] = '\0';
	assert_int_equal(snapshot_add_dir(&snapshot, path), 0);
	assert_int_equal(snapshot.n, 1);
	snapshot_done(&snapshot);
}

static void refuses_links_out_of_the_tree(void **state)
{
	static const char *const bad[][2] = {
		{"sys/class/net", "/sys/devices"},
		{"sys/class/net", "../../../../etc/shadow"},
		{"sys/class/net", "../../.."},
		{"sys/class/net", "x y"},
		{"", ".."},
	};
	char path[SNAPSHOT_PATH_TEXT] = "before", far[SNAPSHOT_PATH_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(snapshot_resolve(bad[i][0], bad[i][1], path), -EINVAL);
		assert_string_equal(path, "before");
	}
	memset(far, 'x', sizeof(far));
	far[sizeof(far) - 1] = '\0';
	assert_int_equal(snapshot_resolve("sys", far, path), -EINVAL);
}

static void links_resolve_by_their_names(void **state)
{
	static const char *const good[][3] = {
		{"sys/bus/pci/devices", "../../../devices/pci0000:44/0000:44:00.0", FUNCTION},
		{FUNCTION "/net/ens5", "../../../0000:44:00.0", FUNCTION},
		{FUNCTION, "../../../bus/pci/drivers/efa", "sys/bus/pci/drivers/efa"},
		{"sys", "./x//y/.", "sys/x/y"},
		{"", "a", "a"},
	};
	char path[SNAPSHOT_PATH_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(snapshot_resolve(good[i][0], good[i][1], path), 0);
		assert_string_equal(path, good[i][2]);
	}
}

/* As the kernel writes them: the last name says which function it is. */
static void links_are_relative(void **state)
{
	static const char *const links[][3] = {
		{"sys/bus/pci/devices/0000:44:00.0", FUNCTION,
		 "../../../devices/pci0000:44/0000:44:00.0"},
		{FUNCTION "/infiniband/efa_0/device", FUNCTION, "../../../0000:44:00.0"},
		{FUNCTION "/driver", "sys/bus/pci/drivers/efa", "../../../bus/pci/drivers/efa"},
		{"a", "b", "b"},
		{"a/b", "a", "../a"},
	};
	struct snapshot snapshot = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		assert_int_equal(snapshot_add_link(&snapshot, links[i][0], links[i][1]), 0);
		assert_string_equal(snapshot.v[i].path, links[i][0]);
		assert_string_equal(snapshot.v[i].text, links[i][2]);
	}
	snapshot_done(&snapshot);
}

static void parents_come_first_and_everything_once(void **state)
{
	static const char *const paths[] = {
		"run",	   "run/efa-layout", "run/efa-layout/addresses", "sys", "sys/a",
		"sys/a-b", "sys/a/b",
	};
	struct snapshot snapshot = {0};
	struct err err = {""};

	(void)state;
	assert_int_equal(snapshot_settle(&snapshot, &err), 0);
	assert_int_equal(snapshot.n, 0);
	assert_int_equal(snapshot_add_file(&snapshot, "sys/a/b", CONTENT_PLAIN, 0644, "1\n"), 0);
	assert_int_equal(snapshot_add_file(&snapshot, "sys/a-b", CONTENT_PLAIN, 0644, "2\n\n"), 0);
	assert_int_equal(snapshot_add_file(&snapshot, "sys/a/b", CONTENT_PLAIN, 0644, "3"), 0);
	assert_int_equal(
		snapshot_add_file(&snapshot, "run/efa-layout/addresses", CONTENT_PLAIN, 0644, ""),
		0);
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(snapshot_settle(&snapshot, &err), 0);
		assert_int_equal(snapshot.n, sizeof(paths) / sizeof(paths[0]));
		for (size_t i = 0; i < snapshot.n; i++)
			assert_string_equal(snapshot.v[i].path, paths[i]);
	}
	assert_string_equal(snapshot.v[6].text, "1");
	assert_string_equal(snapshot.v[5].text, "2\n");
	assert_int_equal(snapshot_count(&snapshot, SNAPSHOT_DIR), 4);
	assert_int_equal(snapshot_count(&snapshot, SNAPSHOT_FILE), 3);
	assert_int_equal(snapshot_count_in(&snapshot, "sys"), 2);
	assert_int_equal(snapshot_count_in(&snapshot, "sys/a"), 1);
	assert_int_equal(snapshot_count_in(&snapshot, "proc"), 0);
	snapshot_done(&snapshot);
}

static const struct snapshot_entry *find(const struct snapshot *snapshot, const char *path)
{
	for (size_t i = 0; i < snapshot->n; i++) {
		if (!strcmp(snapshot->v[i].path, path))
			return &snapshot->v[i];
	}
	return NULL;
}

/* Names, links, contents and omissions alike; the facts' interfaces have the first numbers. */
static void hides_in_all_places(void **state)
{
	static const struct eni_facts facts = {
		.known = true,
		.n_enis = 2,
		.enis = {{.mac = {{6, 0, 0, 0, 0, 9}}, .id = "eni-00000009"},
			 {.mac = {{6, 0, 0, 0, 0, 8}}, .id = "eni-00000008"}},
	};
	struct mask *mask = mask_new();
	struct snapshot s = {0};
	struct err err = {""};

	(void)state;
	assert_int_equal(snapshot_add_file(&s, FUNCTION "/net/enx060000000008/address", CONTENT_MAC,
					   0644, "06:00:00:00:00:08"),
			 0);
	assert_int_equal(snapshot_add_link(&s, "sys/class/net/enx060000000008",
					   FUNCTION "/net/enx060000000008"),
			 0);
	assert_int_equal(snapshot_add_file(&s, "run/efa-layout/topology.xml", CONTENT_TOPOLOGY,
					   0644, "none"),
			 0);
	assert_int_equal(snapshot_leave_out(&s, "sys/class/net/enx060000000007", "because"), 0);
	assert_int_equal(snapshot_hide(&s, &facts, "i-12345678", mask, &err), 0);

	assert_string_equal(find(&s, FUNCTION "/net/enx020000000002/address")->text,
			    "02:00:00:00:00:02");
	assert_string_equal(find(&s, "sys/class/net/enx020000000002")->text,
			    "../../devices/pci0000:44/0000:44:00.0/net/enx020000000002");
	assert_null(find(&s, "run/efa-layout/topology.xml"));
	assert_int_equal(s.n_left_out, 2);
	assert_string_equal(s.left_out[0].path, "sys/class/net/enx020000000003");
	assert_string_equal(s.left_out[1].path, "run/efa-layout/topology.xml");
	assert_string_equal(s.left_out[1].why, "not XML: expected \"<\" in line 1");
	assert_int_equal(mask_count(mask, MASK_MAC), 3);
	assert_int_equal(mask_count(mask, MASK_ENI), 2);
	assert_int_equal(mask_count(mask, MASK_INSTANCE), 1);
	for (size_t i = 1; i < s.n; i++)
		assert_true(strcmp(s.v[i - 1].path, s.v[i].path) < 0);
	mask_free(mask);
	snapshot_done(&s);
}

/* Sentences about what is left out quote it. */
static void hides_in_sentences(void **state)
{
	static const struct eni_facts unknown = {.known = false};
	struct mask *mask = mask_new();
	struct snapshot s = {0};
	struct err err = {""};

	(void)state;
	assert_int_equal(snapshot_add_file(&s, "run/efa-layout/topology.xml", CONTENT_TOPOLOGY,
					   0644, "<eni-12345678/>"),
			 0);
	assert_int_equal(snapshot_leave_out(&s, "proc", "06:00:00:00:00:07"), 0);
	if (snapshot_hide(&s, &unknown, "", mask, &err))
		fail_msg("%s", err.text);
	assert_int_equal(s.n_left_out, 2);
	assert_string_equal(s.left_out[0].why, "02:00:00:00:00:01");
	assert_string_equal(s.left_out[1].why,
			    "the document is a <eni-00000001>, expected a <topology>");
	mask_free(mask);
	snapshot_done(&s);
}

/* As inventory_read_addresses takes them back. */
static void addresses_of_the_running_node(void **state)
{
	struct inventory *inv = calloc(1, sizeof(*inv));
	struct snapshot s = {0};
	struct err err = {""};

	(void)state;
	assert_non_null(inv);
	assert_int_equal(snapshot_add_addresses(inv, &s, &err), 0);
	assert_int_equal(s.n, 0); /* no address, no file */
	inv->n_enas = NODE_ENAS_MAX;
	for (size_t i = 0; i < NODE_ENAS_MAX; i++) {
		memset(inv->enas[i].netdev, 'x', NAME_TEXT - 1);
		inv->enas[i].n_addresses = i == 1 ? 0 : ENA_ADDRESSES_MAX;
		for (size_t j = 0; j < ENA_ADDRESSES_MAX; j++)
			memset(inv->enas[i].addresses[j], 'a', IP_TEXT - 1);
	}
	text_format(inv->enas[0].netdev, NAME_TEXT, "ens5");
	text_format(inv->enas[0].addresses[0], IP_TEXT, "10.0.0.5/20");
	text_format(inv->enas[0].addresses[1], IP_TEXT, "fd00::5/128");
	assert_int_equal(snapshot_add_addresses(inv, &s, &err), 0);
	assert_string_equal(s.v[0].path, "run/efa-layout/addresses");
	assert_int_equal(s.v[0].content, CONTENT_ADDRESSES);
	assert_ptr_equal(strstr(s.v[0].text, "ens5 10.0.0.5/20\nens5 fd00::5/128\nens5 aaa"),
			 s.v[0].text);
	/* All others are as long as can be, and fit; the last newline is left to the writing. */
	assert_int_equal(strlen(s.v[0].text),
			 2 * 17 + 14 * (5 + IP_TEXT) +
				 62 * ENA_ADDRESSES_MAX * (NAME_TEXT + IP_TEXT) - 1);
	snapshot_done(&s);
	free(inv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_paths_that_lead_elsewhere),
		cmocka_unit_test(refuses_links_out_of_the_tree),
		cmocka_unit_test(links_resolve_by_their_names),
		cmocka_unit_test(links_are_relative),
		cmocka_unit_test(parents_come_first_and_everything_once),
		cmocka_unit_test(hides_in_all_places),
		cmocka_unit_test(hides_in_sentences),
		cmocka_unit_test(addresses_of_the_running_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
