/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of counters on a made-up /sys/class/infiniband: real processes and real pipes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "reader.h"
#include "text.h"

static char dir[64];
static struct counters *counters;

static void make_path(const char *name, char *path)
{
	assert_int_equal(text_format(path, 256, "%s/%s", dir, name), 0);
}

/* With all directories on the way. */
static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	make_path(name, path);
	for (char *slash = strchr(path + strlen(dir) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	if (!text) {
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	}
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	counters = calloc(1, sizeof(*counters));
	text_format(dir, sizeof(dir), "/var/tmp/test_reader.XXXXXX");
	return counters && mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(counters);
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct rail_counters *run_one(const char *name)
{
	reader_run(dir, &name, 1, 5000, counters);
	assert_int_equal(counters->n, 1);
	assert_string_equal(counters->rails[0].name, name);
	return &counters->rails[0];
}

static void expect_failure(const char *name, enum counters_state state, const char *sentence)
{
	const struct rail_counters *rail = run_one(name);

	assert_int_equal(rail->state, state);
	assert_int_equal(rail->have, 0);
	if (!strstr(rail->text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, rail->text);
}

static void what_cannot_be_read_says_so(void **state)
{
	(void)state;
	expect_failure("rdmap9s9", COUNTERS_GONE, "no RDMA device");
	put("file", "1\n");
	expect_failure("file", COUNTERS_GONE, "no RDMA device");
	put("bare/node_guid", "1\n");
	expect_failure("bare", COUNTERS_FAILED, "no counters");
	put("other/hw_counters/lifespan", "10\n");
	expect_failure("other", COUNTERS_FAILED, "no counters");
	put("bad/ports/1/hw_counters/tx_bytes", "1\n");
	put("bad/ports/1/hw_counters/rx_bytes", "many\n");
	expect_failure("bad", COUNTERS_FAILED, "rx_bytes is not a number");
	put("empty/ports/1/hw_counters/tx_bytes", "");
	expect_failure("empty", COUNTERS_FAILED, "tx_bytes: empty");
	put("dir/ports/1/hw_counters/tx_bytes/x", "1\n");
	expect_failure("dir", COUNTERS_FAILED, "tx_bytes: Is a directory");
}

static void reads_port_and_device(void **state)
{
	const struct rail_counters *rail;

	(void)state;
	put("r/ports/1/hw_counters/tx_bytes", "18446744073709551615\n");
	put("r/ports/1/hw_counters/retrans_pkts", "3\n");
	put("r/ports/1/hw_counters/lifespan", "10\n");
	put("r/ports/1/hw_counters/of_tomorrow", "7\n");
	put("r/hw_counters/no_completion_cmds", "2\n");
	/* The port's own place comes first, and another kind's place does not count. */
	put("r/hw_counters/tx_bytes", "5\n");
	put("r/ports/1/hw_counters/cmds_err", "9\n");
	rail = run_one("r");
	assert_int_equal(rail->state, COUNTERS_READ);
	assert_string_equal(rail->text, "");
	assert_true(rail->have ==
		    (UINT64_C(1) << COUNTER_TX_BYTES | UINT64_C(1) << COUNTER_RETRANS_PKTS |
		     UINT64_C(1) << COUNTER_NO_COMPLETION_CMDS));
	assert_true(rail->v[COUNTER_TX_BYTES] == UINT64_MAX);
	assert_int_equal(rail->v[COUNTER_RETRANS_PKTS], 3);
	assert_int_equal(rail->v[COUNTER_NO_COMPLETION_CMDS], 2);
}

static void old_drivers_have_all_in_one_place(void **state)
{
	const struct rail_counters *rail;

	(void)state;
	put("r/hw_counters/tx_bytes", "5\n");
	put("r/hw_counters/submitted_cmds", "6\n");
	rail = run_one("r");
	assert_int_equal(rail->state, COUNTERS_READ);
	assert_int_equal(rail->v[COUNTER_TX_BYTES], 5);
	assert_int_equal(rail->v[COUNTER_SUBMITTED_CMDS], 6);
}

/* One that does not answer costs its time, and nobody else anything. */
static void a_rail_that_hangs_costs_its_deadline(void **state)
{
	static const char *const names[] = {"a", "hung", "b", "hung-too"};
	uint64_t begin, took;

	(void)state;
	put("a/hw_counters/tx_bytes", "1\n");
	put("b/hw_counters/tx_bytes", "2\n");
	put("hung/ports/1/hw_counters/tx_bytes", NULL);
	put("hung-too/hw_counters/tx_bytes", NULL);
	begin = clock_ms();
	reader_run(dir, names, 4, 800, counters);
	took = clock_ms() - begin;
	/* A busy machine needs a while to start and end processes; these two would hang for ever.
	 */
	if (took < 600 || took > 2500)
		fail_msg("took %llu ms of 800", (unsigned long long)took);
	assert_int_equal(counters->rails[0].state, COUNTERS_READ);
	assert_int_equal(counters->rails[0].v[COUNTER_TX_BYTES], 1);
	assert_int_equal(counters->rails[2].state, COUNTERS_READ);
	assert_int_equal(counters->rails[2].v[COUNTER_TX_BYTES], 2);
	assert_int_equal(counters->rails[1].state, COUNTERS_SILENT);
	assert_int_equal(counters->rails[3].state, COUNTERS_SILENT);
	assert_string_equal(counters->rails[3].text, "no answer within 700 ms");
	/* Nobody is left, at the latest in a moment: the kernel lets these go. */
	for (int i = 0; i < 200 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		usleep(10000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void as_many_as_there_may_be(void **state)
{
	static char texts[NODE_RAILS_MAX][NAME_TEXT];
	const char *names[NODE_RAILS_MAX];
	char path[64], value[16];

	(void)state;
	for (int i = 0; i < NODE_RAILS_MAX; i++) {
		text_format(texts[i], NAME_TEXT, "rdmap%ds0", i);
		text_format(path, sizeof(path), "%s/hw_counters/rx_bytes", texts[i]);
		text_format(value, sizeof(value), "%d\n", i);
		put(path, value);
		names[i] = texts[i];
	}
	reader_run(dir, names, NODE_RAILS_MAX, 20000, counters);
	assert_int_equal(counters->n, NODE_RAILS_MAX);
	for (int i = 0; i < NODE_RAILS_MAX; i++) {
		assert_int_equal(counters->rails[i].state, COUNTERS_READ);
		assert_int_equal(counters->rails[i].v[COUNTER_RX_BYTES], i);
	}
	reader_run(dir, names, 0, 20000, counters);
	assert_int_equal(counters->n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_cannot_be_read_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_port_and_device, setup, teardown),
		cmocka_unit_test_setup_teardown(old_drivers_have_all_in_one_place, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rail_that_hangs_costs_its_deadline, setup,
						teardown),
		cmocka_unit_test_setup_teardown(as_many_as_there_may_be, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
