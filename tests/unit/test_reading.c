/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "reading.h"
#include "temp_dir.h"

#define BOOT "11111111-2222-4333-8444-555555555555"

static struct reading *reading, *back;
static struct counters *counters;
static struct err err;

static int setup(void **state)
{
	(void)state;
	reading = calloc(1, sizeof(*reading));
	back = calloc(1, sizeof(*back));
	counters = calloc(1, sizeof(*counters));
	return reading && back && counters ? temp_dir_make() : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(reading);
	free(back);
	free(counters);
	return temp_dir_remove();
}

static void add(const char *name, enum counters_state state, uint64_t tx)
{
	struct rail_counters *rail = &counters->rails[counters->n++];

	memset(rail, 0, sizeof(*rail));
	text_format(rail->name, sizeof(rail->name), "%s", name);
	rail->state = state;
	if (state == COUNTERS_READ) {
		rail->have = UINT64_C(1) << COUNTER_TX_BYTES;
		rail->v[COUNTER_TX_BYTES] = tx;
	} else {
		text_format(rail->text, sizeof(rail->text), "no answer within 5 ms");
	}
}

#define RAIL(more)                                                         \
	"{\"version\":1,\"boot_id\":\"" BOOT "\",\"at_ms\":1,\"tests\":0," \
	"\"jobs_ended\":0,\"rails\":[{\"name\":\"r1\"," more "}]}"
#define READ   "\"state\":\"read\",\"text\":\"\",\"values\":\"tx_bytes=1\""
#define OWN    ",\"own_tx\":0,\"own_rx\":0"
#define FAILED "\"state\":\"failed\",\"text\":\"x\""

static void refuses_what_is_no_reading(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"", "counters.json"},
		{"[]", "object"},
		{"{}", "version"},
		{"{\"version\":2,\"boot_id\":\"\",\"at_ms\":1,\"tests\":0,\"jobs_ended\":0,"
		 "\"rails\":[]}",
		 "version: expected 1"},
		{"{\"version\":1,\"boot_id\":\"\",\"at_ms\":-1,\"tests\":0,\"jobs_ended\":0,"
		 "\"rails\":[]}",
		 "at_ms"},
		{"{\"version\":1,\"boot_id\":\"\",\"at_ms\":1,\"tests\":0,\"jobs_ended\":0}",
		 "rails"},
		{"{\"version\":1,\"boot_id\":\"\",\"at_ms\":1,\"tests\":0,\"jobs_ended\":0,"
		 "\"rails\":[],\"more\":1}",
		 "more"},
		{RAIL(READ), "own_tx"},
		{RAIL(READ ",\"own_tx\":0,\"own_rx\":1.5"), "own_rx"},
		{RAIL("\"state\":\"good\",\"text\":\"\",\"values\":\"tx_bytes=1\"" OWN),
		 "no such state"},
		{RAIL("\"state\":\"read\",\"text\":\"\",\"values\":\"\"" OWN), "there alone"},
		{RAIL(FAILED ",\"values\":\"tx_bytes=1\"" OWN), "there alone"},
		{RAIL("\"state\":\"read\",\"text\":\"\",\"values\":\"tx_byte=1\"" OWN),
		 "no counter \\\"tx_byte"},
		{RAIL("\"state\":\"read\",\"text\":\"\",\"values\":\"tx_bytes=1 \"" OWN),
		 "not a counter"},
		{RAIL(READ OWN "},{\"name\":\"r1\"," READ OWN), "there before"},
		{RAIL(READ OWN "},{\"name\":\"r 2\"," READ OWN), "expected a name"},
	};
	char path[256], want[64];

	(void)state;
	temp_path("counters.json", path);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		temp_put("counters.json", cases[i].text, -1);
		memset(back, 0x5a, sizeof(*back));
		assert_int_not_equal(reading_load(path, FILE_TRUST_OWNER, "", back, &err), 0);
		/* Sentences are not JSON. */
		text_format(want, sizeof(want), "%s", cases[i].sentence);
		for (char *p = strchr(want, '\\'); p; p = strchr(p + 1, '\\'))
			memmove(p, p + 1, strlen(p));
		if (!strstr(err.text, want))
			fail_msg("expected \"%s\" in \"%s\"", want, err.text);
		assert_int_equal(back->n, 0x5a5a5a5a5a5a5a5a);
	}
}

static void refuses_another_boot_and_others_files(void **state)
{
	char path[256];

	(void)state;
	temp_path("counters.json", path);
	assert_int_equal(reading_load(path, FILE_TRUST_OWNER, "", back, &err), -ENOENT);
	temp_put("counters.json", RAIL(READ OWN), -1);
	assert_int_equal(reading_load(path, FILE_TRUST_OWNER, "", back, &err), 0);
	assert_int_equal(reading_load(path, FILE_TRUST_OWNER, BOOT, back, &err), 0);
	assert_int_equal(reading_load(path, FILE_TRUST_OWNER, "another", back, &err), -ESTALE);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(reading_load(path, FILE_TRUST_OWNER, BOOT, back, &err), -EPERM);
}

static void there_and_back(void **state)
{
	char path[256];

	(void)state;
	temp_path("counters.json", path);
	add("rdmap79s0", COUNTERS_READ, UINT64_MAX);
	add("rdmap80s0", COUNTERS_SILENT, 0);
	reading_take(reading, counters, 1234);
	reading->tests = 3;
	reading->jobs_ended = 4;
	reading->rails[0].own_tx = 5;
	reading->rails[1].own_rx = 6;
	text_format(reading->boot_id, sizeof(reading->boot_id), BOOT);
	assert_int_equal(reading_save(path, reading, &err), 0);
	if (reading_load(path, FILE_TRUST_OWNER, BOOT, back, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(back, reading, sizeof(*back));
	assert_int_equal(reading_save("/nonexistent/x", reading, &err), -ENOENT);
}

/* All rails with all counters at their highest: the file can be read back. */
static void as_much_as_there_may_be(void **state)
{
	char path[256], name[NAME_TEXT];

	(void)state;
	temp_path("counters.json", path);
	for (int i = 0; i < NODE_RAILS_MAX; i++) {
		text_format(name, sizeof(name), "a-name-as-long-as-they-get-%04d", i);
		add(name, COUNTERS_READ, 0);
		for (int k = 0; k < COUNTERS_N; k++) {
			counters->rails[i].have |= UINT64_C(1) << k;
			counters->rails[i].v[k] = UINT64_MAX;
		}
	}
	reading_take(reading, counters, 1);
	assert_int_equal(reading->n, NODE_RAILS_MAX);
	assert_int_equal(reading_save(path, reading, &err), 0);
	if (reading_load(path, FILE_TRUST_OWNER, "", back, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(back, reading, sizeof(*back));
}

static void newer_counters_replace_older_ones(void **state)
{
	(void)state;
	add("a", COUNTERS_READ, 1);
	add("b", COUNTERS_READ, 2);
	add("c", COUNTERS_READ, 3);
	reading_take(reading, counters, 100);
	reading->rails[2].own_tx = 7;
	counters->n = 0;
	add("c", COUNTERS_SILENT, 0);
	add("d", COUNTERS_READ, 4);
	reading_take(reading, counters, 99);
	assert_int_equal(reading->n, 3);
	assert_int_equal(reading->at_ms, 100);
	reading_take(reading, counters, 101);
	assert_int_equal(reading->n, 2);
	assert_int_equal(reading->at_ms, 101);
	assert_null(reading_find(reading, "a"));
	assert_null(reading_find(reading, "b"));
	assert_int_equal(reading_find(reading, "c")->now.state, COUNTERS_SILENT);
	assert_int_equal(reading_find(reading, "c")->own_tx, 7);
	assert_int_equal(reading_find(reading, "d")->now.v[COUNTER_TX_BYTES], 4);
}

/* As many rails as there may be, all of them by other names than before. */
static void a_full_reading_takes_other_rails(void **state)
{
	char name[NAME_TEXT];

	(void)state;
	for (int round = 0; round < 2; round++) {
		counters->n = 0;
		for (int i = 0; i < NODE_RAILS_MAX; i++) {
			text_format(name, sizeof(name), "%c%d", "ab"[round], i);
			add(name, COUNTERS_READ, 1);
		}
		reading_take(reading, counters, 100);
		assert_int_equal(reading->n, NODE_RAILS_MAX);
	}
	assert_null(reading_find(reading, "a0"));
	assert_non_null(reading_find(reading, "b0"));
}

static void tests_of_ours_are_added_up(void **state)
{
	struct inventory *inv = calloc(1, sizeof(*inv));
	struct probe_report *report = calloc(1, sizeof(*report));

	(void)state;
	assert_true(inv && report);
	inv->n_rails = report->n = 3;
	text_format(inv->rails[0].rdma_name, NAME_TEXT, "a");
	text_format(inv->rails[2].rdma_name, NAME_TEXT, "c");
	report->v[0].tx_bytes = 10;
	report->v[0].rx_bytes = 20;
	report->v[2].state = PROBE_FAIL; /* and still it sent something */
	report->v[2].tx_bytes = 5;
	for (int i = 0; i < 2; i++)
		reading_note_test(reading, inv, report);
	assert_int_equal(reading->tests, 2);
	assert_int_equal(reading->n, 2);
	assert_int_equal(reading_find(reading, "a")->own_tx, 20);
	assert_int_equal(reading_find(reading, "a")->own_rx, 40);
	assert_int_equal(reading_find(reading, "c")->own_tx, 10);
	assert_int_equal(reading_find(reading, "c")->now.state, COUNTERS_NOT_READ);
	free(inv);
	free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_what_is_no_reading, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_another_boot_and_others_files, setup,
						teardown),
		cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(as_much_as_there_may_be, setup, teardown),
		cmocka_unit_test_setup_teardown(newer_counters_replace_older_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_reading_takes_other_rails, setup, teardown),
		cmocka_unit_test_setup_teardown(tests_of_ours_are_added_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
