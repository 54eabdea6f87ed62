/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of drains, and the record of one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drain_limit.h"
#include "drain_record.h"
#include "file.h"
#include "text.h"

static char dir[64], state[96], path[128];

static int setup(void **unused)
{
	(void)unused;
	text_format(dir, sizeof(dir), "/var/tmp/test_drain.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	text_format(state, sizeof(state), "%s/state", dir);
	return text_format(path, sizeof(path), "%s/drain.json", state);
}

static int teardown(void **unused)
{
	(void)unused;
	unlink(path);
	rmdir(state);
	return rmdir(dir);
}

static void limits(void **unused)
{
	static const struct {
		struct drain_limit limit;
		const char *partition;
		unsigned nodes, drained;
		const char *sentence; /* NULL: one more may be drained */
	} cases[] = {
		{{0, 0, 0, 0}, NULL, 10, 10, NULL},
		{{0, 100, 0, 100}, "p", 10, 10, NULL},
		{{2, 100, 0, 100}, NULL, 10, 1, NULL},
		{{2, 100, 0, 100},
		 NULL,
		 10,
		 2,
		 "2 of 10 nodes of the cluster are drained, limit.cluster_nodes is 2"},
		{{2, 100, 0, 100}, "p", 10, 9, NULL},
		{{0, 100, 2, 100}, NULL, 10, 9, NULL},
		{{0, 100, 2, 100},
		 "p",
		 10,
		 3,
		 "3 of 10 nodes of partition p are drained, limit.partition_nodes is 2"},
		{{0, 100, 0, 50}, "p", 10, 4, NULL},
		{{0, 100, 0, 50},
		 "p",
		 10,
		 5,
		 "5 of 10 nodes of partition p are drained, limit.partition_percent is 50"},
		{{0, 100, 0, 50},
		 "p",
		 11,
		 5,
		 "5 of 11 nodes of partition p are drained, limit.partition_percent is 50"},
		{{0, 1, 0, 100}, NULL, 65535, 654, NULL},
		{{0, 1, 0, 100},
		 NULL,
		 65535,
		 655,
		 "655 of 65535 nodes of the cluster are drained, limit.cluster_percent is 1"},
		/* One node may always be drained by a percentage. */
		{{0, 100, 0, 1}, "p", 1, 0, NULL},
		{{0, 100, 0, 1}, "p", 10, 0, NULL},
		{{0, 100, 0, 1},
		 "p",
		 10,
		 1,
		 "1 of 10 nodes of partition p are drained, limit.partition_percent is 1"},
		{{0, 99, 0, 100},
		 NULL,
		 UINT32_MAX,
		 UINT32_MAX,
		 "4294967295 of 4294967295 nodes of the cluster are drained, "
		 "limit.cluster_percent is 99"},
		/* Whichever is less. */
		{{5, 20, 0, 100},
		 NULL,
		 10,
		 2,
		 "2 of 10 nodes of the cluster are drained, limit.cluster_percent is 20"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};
		int rc = drain_limit_check(&cases[i].limit, cases[i].partition, cases[i].nodes,
					   cases[i].drained, &err);

		assert_int_equal(rc, cases[i].sentence ? -EDQUOT : 0);
		assert_string_equal(err.text, cases[i].sentence ? cases[i].sentence : "");
	}
}

static void what_bounds(void **unused)
{
	(void)unused;
	assert_false(drain_limit_bounds(NULL));
	assert_false(drain_limit_bounds(&(struct drain_limit){0}));
	assert_false(drain_limit_bounds(&(struct drain_limit){0, 100, 0, 100}));
	assert_true(drain_limit_bounds(&(struct drain_limit){1, 100, 0, 100}));
	assert_true(drain_limit_bounds(&(struct drain_limit){0, 99, 0, 100}));
	assert_true(drain_limit_bounds(&(struct drain_limit){0, 100, 1, 100}));
	assert_true(drain_limit_bounds(&(struct drain_limit){0, 100, 0, 1}));
	assert_true(drain_is_ours("efa-layout: E208"));
	assert_true(drain_is_ours("efa-layout: E208 : Not responding"));
	assert_false(drain_is_ours(NULL));
	assert_false(drain_is_ours(""));
	assert_false(drain_is_ours("efa-layoutish"));
	assert_false(drain_is_ours(" efa-layout:"));
}

static const struct drain_record usual = {
	.node = "p5-dy-1",
	.reason = "efa-layout: E208 rail \"x\": transfer failed",
	.boot_id = "01234567-89ab-cdef-0123-456789abcdef",
	.drained_at = 1795821784,
	.healthy = 2,
};

static void record_comes_back(void **unused)
{
	struct drain_record found;
	struct err err = {""};
	struct stat st;

	(void)unused;
	memset(&found, 0xff, sizeof(found));
	assert_int_equal(drain_record_load(state, &found, &err), -ENOENT);
	assert_int_equal(drain_record_save(state, &usual, &err), 0);
	assert_int_equal(drain_record_load(state, &found, &err), 0);
	assert_string_equal(found.node, usual.node);
	assert_string_equal(found.reason, usual.reason);
	assert_string_equal(found.boot_id, usual.boot_id);
	assert_int_equal(found.drained_at, usual.drained_at);
	assert_int_equal(found.healthy, usual.healthy);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(stat(state, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(drain_record_remove(state, &err), 0);
	assert_int_equal(drain_record_remove(state, &err), 0);
	assert_int_equal(drain_record_load(state, &found, &err), -ENOENT);
}

static void longest_record(void **unused)
{
	struct drain_record record = usual, found;
	struct err err = {""};

	(void)unused;
	memset(record.node, 'n', sizeof(record.node) - 1);
	memset(record.reason + strlen(DRAIN_PREFIX), '"',
	       sizeof(record.reason) - strlen(DRAIN_PREFIX) - 1);
	assert_int_equal(drain_record_save(state, &record, &err), 0);
	assert_int_equal(drain_record_load(state, &found, &err), 0);
	assert_string_equal(found.node, record.node);
	assert_string_equal(found.reason, record.reason);
}

#define REST "\"boot_id\": \"b\", \"drained_at\": 5, \"healthy\": 0}"

static void refuses_records(void **unused)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"", "drain.json"},
		{"[]", "drain.json"},
		{"{\"node\": \"n\"", "drain.json"},
		{"{\"node\": \"n\", " REST, "reason"},
		{"{\"node\": \"n 1\", \"reason\": \"efa-layout: x\", " REST, "name of a node"},
		{"{\"node\": \"n\", \"reason\": \"bad fan\", " REST, "begins with efa-layout:"},
		{"{\"node\": \"n\", \"reason\": \"efa-layout:\\n\", " REST, "reason"},
		{"{\"node\": \"n\", \"reason\": \"efa-layout: x\", \"more\": 1, " REST, "more"},
		{"{\"node\": \"n\", \"reason\": \"efa-layout: x\", \"boot_id\": \"b\", "
		 "\"drained_at\": -5, \"healthy\": 0}",
		 "drained_at"},
		{"{\"node\": \"n\", \"reason\": \"efa-layout: x\", \"boot_id\": \"b\", "
		 "\"drained_at\": 5, \"healthy\": 1.5}",
		 "healthy"},
	};
	struct drain_record found = {.node = "untouched"};

	(void)unused;
	assert_int_equal(file_ensure_dir(state, 0755, NULL), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err err = {""};
		int rc;

		file_replace(path, cases[i].text, strlen(cases[i].text), 0644, NULL);
		rc = drain_record_load(state, &found, &err);
		if (rc >= 0 || rc == -ENOENT || !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d \"%s\"", cases[i].text, rc, err.text);
	}
	assert_string_equal(found.node, "untouched");
}

static void trusts_nobody_else(void **unused)
{
	struct drain_record found;
	struct err err = {""};

	(void)unused;
	assert_int_equal(drain_record_save(state, &usual, &err), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(drain_record_load(state, &found, &err), -EPERM);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chmod(state, 0777), 0);
	assert_int_equal(drain_record_load(state, &found, &err), -EPERM);
	assert_int_equal(drain_record_save(state, &usual, &err), -EPERM);
	assert_non_null(strstr(err.text, "lets others write"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits), cmocka_unit_test(what_bounds), TEST(record_comes_back),
		TEST(longest_record),	  TEST(refuses_records),	 TEST(trusts_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
