/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traffic.h"
#include "text.h"

static char dir[64];
static struct err err;

/* Replaced in one step, as a counter is read: never empty. */
static void put(const char *name, const char *text)
{
	char path[160], fresh[160];
	FILE *f;

	text_format(path, sizeof(path), "%s/%s", dir, name);
	text_format(fresh, sizeof(fresh), "%s/fresh", dir);
	f = fopen(fresh, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(fresh, path), 0);
}

static void make_dir(const char *name)
{
	char path[160];

	text_format(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_traffic.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const paths[] = {"hw_counters", "ports/1/hw_counters", "ports/1",
					    "ports", "."};
	static const char *const files[] = {"tx_bytes", "rx_bytes",	"rx_pkts",
					    "rx_drops", "retrans_pkts", "lifespan"};
	char path[160];
	size_t i, k;

	(void)state;
	for (i = 0; i < 5; i++) {
		for (k = 0; k < sizeof(files) / sizeof(files[0]); k++) {
			text_format(path, sizeof(path), "%s/%s/%s", dir, paths[i], files[k]);
			unlink(path);
		}
		text_format(path, sizeof(path), "%s/%s", dir, paths[i]);
		rmdir(i < 4 ? path : dir);
	}
	return 0;
}

static void make_port(const char *tx, const char *rx)
{
	make_dir("ports");
	make_dir("ports/1");
	make_dir("ports/1/hw_counters");
	put("ports/1/hw_counters/tx_bytes", tx);
	put("ports/1/hw_counters/rx_bytes", rx);
}

static void refuses_a_device_without_counters(void **state)
{
	struct traffic c;

	(void)state;
	assert_int_equal(traffic_open(dir, &c, &err), -ENOENT);
	make_dir("ports");
	make_dir("ports/1");
	make_dir("ports/1/hw_counters");
	assert_int_equal(traffic_open(dir, &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "tx_bytes"));
}

static void refuses_what_is_no_number(void **state)
{
	static const char *const texts[] = {"",
					    "\n",
					    "-1\n",
					    "12x\n",
					    "1 2\n",
					    "0x10\n",
					    "18446744073709551616\n",
					    "000000000000000000000000000000000000000001\n"};
	struct traffic_values v = {.tx = 1, .rx = 2};
	struct traffic c;
	size_t i;

	(void)state;
	make_port("1\n", "2\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("ports/1/hw_counters/rx_bytes", texts[i]);
		assert_true(traffic_read(&c, &v, &err) < 0);
		assert_non_null(strstr(err.text, "rx_bytes"));
	}
	assert_int_equal(v.tx, 1);
	assert_int_equal(v.rx, 2);
	traffic_close(&c);
}

static void reads_the_port_before_the_device(void **state)
{
	struct traffic_values v;
	struct traffic c;

	(void)state;
	make_dir("hw_counters");
	put("hw_counters/tx_bytes", "5\n");
	put("hw_counters/rx_bytes", "6\n");
	put("hw_counters/lifespan", "25\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	assert_int_equal(c.lifespan_ms, 25);
	assert_int_equal(traffic_read(&c, &v, &err), 0);
	assert_int_equal(v.tx, 5);
	assert_int_equal(v.rx, 6);
	traffic_close(&c);
	assert_int_equal(c.dir, -1);
	make_port("7\n", "18446744073709551615\n");
	put("ports/1/hw_counters/lifespan", "forever\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	assert_int_equal(c.lifespan_ms, 10); /* not said: the kernel's usual */
	assert_int_equal(traffic_read(&c, &v, &err), 0);
	assert_int_equal(v.tx, 7);
	assert_true(v.rx == UINT64_MAX);
	traffic_close(&c);
}

static void counters_that_stand_still_are_told(void **state)
{
	struct traffic_values before = {.tx = 100, .rx = 200}, moved = {.tx = 9, .rx = 9};
	struct traffic c;

	(void)state;
	make_port("100\n", "200\n");
	put("ports/1/hw_counters/lifespan", "1\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	assert_int_equal(traffic_wait_moved(&c, &before, 10, &moved, &err), -ENODATA);
	assert_int_equal(moved.tx, 0);
	assert_int_equal(moved.rx, 0);
	/* One direction alone is not enough, nor is one byte too few. */
	put("ports/1/hw_counters/tx_bytes", "110\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 10, &moved, &err), -ENODATA);
	put("ports/1/hw_counters/rx_bytes", "209\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 10, &moved, &err), -ENODATA);
	assert_int_equal(moved.tx, 10);
	assert_int_equal(moved.rx, 9);
	assert_non_null(strstr(err.text, "10 bytes"));
	put("ports/1/hw_counters/rx_bytes", "210\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 10, &moved, &err), 0);
	put("ports/1/hw_counters/rx_bytes", "199\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 10, &moved, &err), -EIO);
	traffic_close(&c);
}

static void *count_later(void *arg)
{
	(void)arg;
	usleep(30000);
	put("ports/1/hw_counters/tx_bytes", "4096\n");
	usleep(10000);
	put("ports/1/hw_counters/rx_bytes", "4096\n");
	return NULL;
}

static void waits_for_a_cached_counter(void **state)
{
	struct traffic_values before = {0}, moved;
	struct traffic c;
	pthread_t thread;

	(void)state;
	make_port("0\n", "0\n");
	put("ports/1/hw_counters/lifespan", "40\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, count_later, NULL), 0);
	assert_int_equal(traffic_wait_moved(&c, &before, 4096, &moved, &err), 0);
	pthread_join(thread, NULL);
	assert_int_equal(moved.tx, 4096);
	assert_int_equal(moved.rx, 4096);
	traffic_close(&c);
}

/* What is lost has two names, and not every driver has them. */
static void counts_what_is_lost(void **state)
{
	struct traffic_values before, moved;
	struct traffic c;

	(void)state;
	make_port("10\n", "10\n");
	put("ports/1/hw_counters/rx_pkts", "7\n");
	put("ports/1/hw_counters/rx_drops", "3\n");
	assert_int_equal(traffic_open(dir, &c, &err), 0);
	assert_int_equal(traffic_read(&c, &before, &err), 0);
	assert_int_equal(before.packets, 7);
	assert_int_equal(before.lost, 3);
	put("ports/1/hw_counters/rx_pkts", "31\n");
	put("ports/1/hw_counters/rx_drops", "5\n");
	put("ports/1/hw_counters/retrans_pkts", "2\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 0, &moved, &err), 0);
	assert_int_equal(moved.packets, 24);
	assert_int_equal(moved.lost, 4);
	put("ports/1/hw_counters/rx_drops", "0\n");
	assert_int_equal(traffic_wait_moved(&c, &before, 0, &moved, &err), -EIO);
	put("ports/1/hw_counters/rx_drops", "many\n");
	assert_int_equal(traffic_read(&c, &before, &err), -EINVAL);
	assert_non_null(strstr(err.text, "rx_drops"));
	traffic_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_a_device_without_counters, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_is_no_number, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_the_port_before_the_device, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_that_stand_still_are_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(waits_for_a_cached_counter, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_what_is_lost, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
