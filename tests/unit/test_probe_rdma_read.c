/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe says that devices can do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "probe.h"
#include "probed_node.h"
#include "text.h"

#define HEAD	 "efa-layout-probe 1 libfabric 2.1\n"
#define PROVIDER "provider efa efa\n"
#define PASS	 "rail rdmap79s0 pass done 0 0 64 64 64 2 0 3 12 0 -\n"
#define HUNG	 "rail rdmap81s0 hung open 110 0 0 0 0 0 0 3 12 0 no answer\n"
#define END	 "end 2\n"

static void refuses_what_is_not_asked_twice_or_late(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{HEAD PROVIDER "rdma-read\n", "line 3 of the probe's output: a rail that was not"},
		{HEAD PROVIDER "rdma-read rdmap80s0 yes\n", "a rail that was not asked for"},
		{HEAD PROVIDER "rdma-read rdmap99s0 yes\n", "a rail that was not asked for"},
		{HEAD PROVIDER "rdma-read rdmap79s0\n", "malformed rdma-read line"},
		{HEAD PROVIDER "rdma-read rdmap79s0 1\n", "malformed rdma-read line"},
		{HEAD PROVIDER "rdma-read rdmap79s0 yes no\n", "malformed rdma-read line"},
		{HEAD PROVIDER "rdma-read rdmap79s0  yes\n", "malformed rdma-read line"},
		{HEAD PROVIDER "rdma-read rdmap79s0 no\nrdma-read rdmap79s0 no\n",
		 "line 4 of the probe's output: a second ability of the same rail"},
		{HEAD "rdma-read rdmap79s0 no\n" PROVIDER, "provider line out of its place"},
		{HEAD PROVIDER PASS "rdma-read rdmap79s0 no\n", "rdma-read line out of its place"},
		{HEAD PROVIDER "rdma-read rdmap79s0 no\nend 0\n", "the probe said nothing about"},
	};
	cleanup_free struct inventory *inv = node();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_report report = {.n = 7};
		struct err err = {""};

		assert_int_equal(probe_parse(cases[i].text, inv, &report, &err), -EPROTO);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(report.n, 7);
	}
}

static void unknown_where_nothing_is_said(void **state)
{
	static const struct {
		const char *text;
		enum probe_ability first, last;
	} cases[] = {
		{HEAD PROVIDER PASS HUNG END, PROBE_UNKNOWN, PROBE_UNKNOWN},
		{HEAD PROVIDER "rdma-read rdmap79s0 yes\n" PASS HUNG END, PROBE_YES, PROBE_UNKNOWN},
		{HEAD PROVIDER "rdma-read rdmap81s0 yes\nrdma-read rdmap79s0 no\n" PASS HUNG END,
		 PROBE_NO, PROBE_YES},
	};
	cleanup_free struct inventory *inv = node();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct probe_report report = {.n = 0};
		struct err err = {""};

		if (probe_parse(cases[i].text, inv, &report, &err))
			fail_msg("%s", err.text);
		assert_int_equal(report.v[0].rdma_read, cases[i].first);
		assert_int_equal(report.v[1].rdma_read, PROBE_UNKNOWN);
		assert_int_equal(report.v[2].rdma_read, cases[i].last);
		assert_int_equal(report.v[0].state, PROBE_PASS);
		assert_int_equal(report.v[2].state, PROBE_HUNG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_asked_twice_or_late),
		cmocka_unit_test(unknown_where_nothing_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
