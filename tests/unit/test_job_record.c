/* SPDX-License-Identifier: Apache-2.0 */
/* Records of jobs, whether they still count, and the slurmstepd that says so. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "job_record.h"
#include "step_scan.h"
#include "temp_dir.h"

#define BOOT  "11111111-2222-4333-8444-555555555555"
#define OTHER "21111111-2222-4333-8444-555555555555"

static struct err err;
static char run_dir[256];

static int setup(void **state)
{
	(void)state;
	if (temp_dir_make())
		return -1;
	temp_path("run", run_dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return temp_dir_remove();
}

static struct job_record made(uint32_t id)
{
	struct job_record record = {
		.id = id, .uid = 1000, .started_at = 1700000000, .started_ms = 5000};

	text_format(record.boot_id, sizeof(record.boot_id), BOOT);
	record.request.wish = WISH_ANY;
	record.request.no_env = true;
	return record;
}

static void refuses_what_is_no_record(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"version\":1,\"job\":18,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1\"}",
		"{\"version\":2,\"job\":17,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1\"}",
		"{\"version\":1,\"job\":17,\"uid\":-1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1\"}",
		"{\"version\":1,\"job\":17,\"uid\":1,\"boot_id\":7,\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1\"}",
		"{\"version\":1,\"job\":17,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1\",\"x\":1}",
		"{\"version\":1,\"job\":17,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1,\"request\":\"v1;layout=$(id)\"}",
		"{\"version\":1,\"job\":17,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"request\":\"v1\"}",
		"{\"version\":1,\"job\":17,\"uid\":1,\"boot_id\":\"\",\"started_at\":1,"
		"\"started_ms\":1}",
	};
	struct job_record record = {.id = 99};

	(void)state;
	assert_int_equal(job_record_load(run_dir, 17, &record, &err), -ENOENT);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		temp_put("run/jobs/17", texts[i], -1);
		err.text[0] = '\0';
		if (job_record_load(run_dir, 17, &record, &err) == 0)
			fail_msg("accepted %s", texts[i]);
		assert_non_null(strstr(err.text, "jobs/17"));
		assert_int_equal(record.id, 99);
	}
}

static void there_and_gone(void **state)
{
	struct job_record record = made(17), back;
	char path[256];

	(void)state;
	assert_int_equal(job_record_remove(run_dir, 17, &err), 0);
	assert_int_equal(job_record_save(run_dir, &record, &err), 0);
	memset(&back, 0, sizeof(back));
	assert_int_equal(job_record_load(run_dir, 17, &back, &err), 0);
	assert_int_equal(back.id, 17);
	assert_int_equal(back.uid, 1000);
	assert_string_equal(back.boot_id, BOOT);
	assert_int_equal(back.started_at, 1700000000);
	assert_int_equal(back.started_ms, 5000);
	assert_memory_equal(&back.request, &record.request, sizeof(back.request));
	/* Without a reading there is none beside it. */
	assert_int_equal(access(temp_path("run/jobs/17.counters", path), F_OK), -1);
	assert_int_equal(job_record_remove(run_dir, 17, &err), 0);
	assert_int_equal(job_record_load(run_dir, 17, &back, &err), -ENOENT);
}

static void expect_text(const char *name, const char *text)
{
	char path[256], buf[64] = "";
	FILE *f = fopen(temp_path(name, path), "re");

	assert_non_null(f);
	assert_non_null(fgets(buf, sizeof(buf), f));
	assert_string_equal(buf, text);
	fclose(f);
}

/* The reading of its start is kept while newer ones take its name. */
static void keeps_the_reading_of_its_start(void **state)
{
	struct job_record record = made(17);
	char path[256], fresh[256];

	(void)state;
	temp_put("run/counters.json", "first", -1);
	assert_int_equal(job_record_save(run_dir, &record, &err), 0);
	temp_put("run/fresh", "second", -1);
	assert_int_equal(
		rename(temp_path("run/fresh", fresh), temp_path("run/counters.json", path)), 0);
	expect_text("run/jobs/17.counters", "first");
	assert_int_equal(job_record_reading(run_dir, 17, path, &err), 0);
	assert_non_null(strstr(path, "/run/jobs/17.counters"));
	/* Given back to the queue and started here once more. */
	assert_int_equal(job_record_save(run_dir, &record, &err), 0);
	expect_text("run/jobs/17.counters", "second");
	assert_int_equal(job_record_remove(run_dir, 17, &err), 0);
	expect_text("run/jobs/17.counters", "second");
	assert_int_equal(job_record_remove_reading(run_dir, 17, &err), 0);
	assert_int_equal(job_record_remove_reading(run_dir, 17, &err), 0);
	assert_int_equal(access(temp_path("run/jobs/17.counters", path), F_OK), -1);
	expect_text("run/counters.json", "second");
}

static void refuses_directories_of_others(void **state)
{
	struct job_record record = made(17);
	char path[256];

	(void)state;
	assert_int_equal(mkdir(run_dir, 0755), 0);
	assert_int_equal(mkdir(temp_path("run/jobs", path), 0755), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(job_record_save(run_dir, &record, &err), -EPERM);
	assert_int_equal(rmdir(path), 0);
	temp_put("run/jobs", "a file", -1);
	assert_int_equal(job_record_save(run_dir, &record, &err), -ENOTDIR);
	assert_int_equal(job_record_remove(run_dir, 17, &err), 0);
}

static void lists_records_alone(void **state)
{
	cleanup_job_ids struct job_ids ids = {0};
	bool seen[3] = {false};

	(void)state;
	assert_int_equal(job_records_list(run_dir, &ids, &err), 0);
	assert_int_equal(ids.n, 0);
	job_ids_done(&ids);
	temp_put("run/jobs/1", "x", -1);
	temp_put("run/jobs/2", "", -1);
	temp_put("run/jobs/4294967295", "x", -1);
	temp_put("run/jobs/0", "x", -1);
	temp_put("run/jobs/4294967296", "x", -1);
	temp_put("run/jobs/3.counters", "x", -1);
	temp_put("run/jobs/3.abcdef", "x", -1);
	temp_put("run/jobs/-5", "x", -1);
	assert_int_equal(job_records_list(run_dir, &ids, &err), 0);
	assert_int_equal(ids.n, 3);
	for (size_t i = 0; i < ids.n; i++) {
		seen[0] |= ids.v[i] == 1;
		seen[1] |= ids.v[i] == 2;
		seen[2] |= ids.v[i] == UINT32_MAX;
	}
	assert_true(seen[0] && seen[1] && seen[2]);
}

static void what_counts(void **state)
{
	struct job_record record = made(17);
	uint32_t v[] = {5, 17};
	struct step_jobs none = {.unclear = false}, unclear = {.unclear = true};
	struct step_jobs ours = {.ids = {.n = 2, .v = v}}, others = {.ids = {.n = 1, .v = v}};
	const uint64_t young = 5000 + JOB_START_MS - 1, old = 5000 + JOB_START_MS;

	(void)state;
	/* Young ones always, for the first process is still to come. */
	assert_true(job_record_counts(&record, BOOT, 5000, &none));
	assert_true(job_record_counts(&record, BOOT, young, &none));
	assert_true(job_record_is_young(&record, BOOT, young));
	assert_false(job_record_is_young(&record, BOOT, old));
	assert_false(job_record_is_young(&record, OTHER, young));
	/* Old ones while there is a process of theirs, or one that does not say whose it is. */
	assert_false(job_record_counts(&record, BOOT, old, &none));
	assert_false(job_record_counts(&record, BOOT, old, &others));
	assert_true(job_record_counts(&record, BOOT, old, &ours));
	assert_true(job_record_counts(&record, BOOT, old, &unclear));
	/* Of the future: of a clock that is not ours. */
	assert_false(job_record_counts(&record, BOOT, 4999, &none));
	/* Of another boot never. */
	assert_false(job_record_counts(&record, OTHER, 5000, &ours));
	assert_false(job_record_counts(&record, "", 5000, &unclear));
}

static void put_process(const char *pid, const char *comm, const char *title, long size)
{
	char name[64];

	text_format(name, sizeof(name), "root/proc/%s/comm", pid);
	temp_put(name, comm, -1);
	text_format(name, sizeof(name), "root/proc/%s/cmdline", pid);
	temp_put(name, title, size);
}

static void expect_steps(const char *title, long size, uint32_t id, bool unclear)
{
	cleanup_step_jobs struct step_jobs steps = {.unclear = false};
	char root[256];

	put_process("100", "slurmstepd\n", title, size);
	assert_int_equal(step_scan(temp_path("root", root), &steps, &err), 0);
	if (steps.unclear != unclear || steps.ids.n != (id ? 1 : 0) || (id && steps.ids.v[0] != id))
		fail_msg("\"%s\": %zu jobs, unclear %d", title, steps.ids.n, steps.unclear);
}

static void titles_of_steps(void **state)
{
	static const char infinity[] = "/usr/sbin/slurmstepd\0infinity";

	(void)state;
	expect_steps("slurmstepd: [17.batch]", -1, 17, false);
	expect_steps("slurmstepd: [17.extern]\0\0\0", 25, 17, false);
	expect_steps("slurmstepd: [4294967293.0]", -1, 4294967293U, false);
	expect_steps("slurmstepd: [17+1.0]", -1, 17, false);
	expect_steps("slurmstepd: [17]", -1, 17, false);
	expect_steps("slurmstepd: [17.extern stepmgr]", -1, 17, false);
	expect_steps("slurmstepd: [17.0+1]", -1, 17, false);
	expect_steps(infinity, sizeof(infinity), 0, false);
	expect_steps("/usr/sbin/slurmstepd", -1, 0, false);
	expect_steps("", -1, 0, false);
	/* What is not understood is not taken for nothing. */
	expect_steps("slurmstepd: [s4GPAXQ8.batch]", -1, 0, true);
	expect_steps("slurmstepd: [17", -1, 0, true);
	expect_steps("slurmstepd: [0.0]", -1, 0, true);
	expect_steps("slurmstepd: [99999999999999999.0]", -1, 0, true);
}

static void scans_what_is_there(void **state)
{
	cleanup_step_jobs struct step_jobs steps = {.unclear = false};
	char root[256];

	(void)state;
	temp_path("root", root);
	assert_int_equal(step_scan(root, &steps, &err), -ENOENT);
	temp_put("root/proc/uptime", "1 2\n", -1);
	put_process("self", "slurmstepd\n", "slurmstepd: [1.0]", -1);
	put_process("12", "bash\n", "slurmstepd: [2.0]", -1);
	put_process("13", "slurmstepd\n", "slurmstepd: [3.0]", -1);
	put_process("14", "slurmstepd\n", "slurmstepd: [4.batch]", -1);
	temp_put("root/proc/15/status", "x", -1);
	temp_put("root/proc/16/comm", "slurmstepd\n", -1);
	assert_int_equal(step_scan(root, &steps, &err), 0);
	assert_false(steps.unclear);
	assert_int_equal(steps.ids.n, 2);
	assert_int_equal(steps.ids.v[0] + steps.ids.v[1], 7);
	step_jobs_done(&steps);
	/* The running node has a /proc, too. */
	assert_int_equal(step_scan("", &steps, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_what_is_no_record, setup, teardown),
		cmocka_unit_test_setup_teardown(there_and_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(keeps_the_reading_of_its_start, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_directories_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(lists_records_alone, setup, teardown),
		cmocka_unit_test(what_counts),
		cmocka_unit_test_setup_teardown(titles_of_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(scans_what_is_there, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
