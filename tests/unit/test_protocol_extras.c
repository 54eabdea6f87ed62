/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe says of optional tests. */
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

#define HEAD "efa-layout-probe 1 libfabric 2.1\nprovider efa efa\n"
#define A    "rail rdmap79s0 pass done 0 0 64 64 64 2 0 3 12 0 -\n"
#define B    "rail rdmap81s0 pass done 0 0 64 64 64 2 0 3 12 0 -\n"
#define BAD  "rail rdmap81s0 fail transfer 110 0 0 0 0 0 0 3 12 0 no answer\n"
#define END  "end 2\n"

static void refuses(void **state)
{
	static const struct {
		const char *lines, *sentence;
	} cases[] = {
		{A B "extra\n", "line 5 of the probe's output: a rail that was not"},
		{A B "extra rdmap80s0 latency done 5 -\n", "a rail that was not asked for"},
		{A B "extra rdmap79s0 speed done 5 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 pairs done 5 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency none 0 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency done 0 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency done -5 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency done 9223372036854775808 -\n",
		 "malformed extra line"},
		{A B "extra rdmap79s0 latency done 5 fast\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency done 5\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency not-tested 5 why\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency not-tested 0 -\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency unable 0 why\n", "malformed extra line"},
		{A B "extra rdmap79s0 bandwidth unable 0 why\n", "malformed extra line"},
		{A B "extra rdmap79s0 rdma-read failed 0 why\n", "malformed extra line"},
		{A B "extra rdmap79s0 latency done 5 -\nextra rdmap79s0 latency done 5 -\n",
		 "a second optional test"},
		{A BAD "extra rdmap81s0 latency done 5 -\n", "did not come so far"},
		{A "extra rdmap81s0 latency done 5 -\n" B, "did not come so far"},
		{A "extra rdmap79s0 latency done 5 -\n" B, "rail line out of its place"},
		{"extra rdmap79s0 latency done 5 -\n" A B, "extra line out of its place"},
		{"pair rdmap79s0 rdmap81s0 done 5 -\n" A B, "pair line out of its place"},
		{A B "pair rdmap79s0\n", "a rail that was not asked for"},
		{A B "pair rdmap79s0 rdmap80s0 done 5 -\n", "a rail that was not asked for"},
		{A B "pair rdmap79s0 rdmap79s0 done 5 -\n", "a pair that cannot be"},
		{A B "pair rdmap79s0 rdmap81s0 unable 0 why\n", "malformed pair line"},
		{A B "pair rdmap79s0 rdmap81s0 failed 5 why\n", "malformed pair line"},
		{A B "pair rdmap79s0 rdmap81s0 failed 0 -\n", "malformed pair line"},
		{A B "pair rdmap79s0 rdmap81s0 done 5 -\npair rdmap81s0 rdmap79s0 done 5 -\n",
		 "a second result of the same pair"},
		{A BAD "pair rdmap79s0 rdmap81s0 failed 0 why\n", "did not come so far"},
	};
	cleanup_free struct inventory *inv = node();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct probe_report report;
		struct err err = {""};
		char text[1024];

		report.n = 7;
		text_format(text, sizeof(text), HEAD "%s" END, cases[i].lines);
		assert_int_equal(probe_parse(text, inv, &report, &err), -EPROTO);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].lines, err.text);
		assert_int_equal(report.n, 7);
	}
}

static void reads(void **state)
{
	cleanup_free struct inventory *inv = node();
	static struct probe_report report;
	struct err err = {""};
	const char *text = HEAD A "rail rdmap81s0 fail pairs 0 0 64 64 64 2 0 3 12 0 reaches none\n"
				  "extra rdmap81s0 rdma-read unable 0 the device cannot\n"
				  "extra rdmap79s0 latency done 21600 -\n"
				  "extra rdmap79s0 bandwidth not-tested 0 no time\n"
				  "pair rdmap81s0 rdmap79s0 failed 0 Unresponsive receiver\n" END;

	(void)state;
	if (probe_parse(text, inv, &report, &err))
		fail_msg("%s", err.text);
	assert_int_equal(report.extras[0][PROBE_LATENCY].state, EXTRA_DONE);
	assert_int_equal(report.extras[0][PROBE_LATENCY].value, 21600);
	assert_int_equal(report.extras[0][PROBE_BANDWIDTH].state, EXTRA_NOT_TESTED);
	assert_string_equal(report.extras[0][PROBE_BANDWIDTH].text, "no time");
	assert_int_equal(report.extras[0][PROBE_RDMA_READ].state, EXTRA_NONE);
	assert_int_equal(report.extras[2][PROBE_RDMA_READ].state, EXTRA_UNABLE);
	assert_int_equal(report.v[2].step, PROBE_STEP_PAIRS);
	assert_int_equal(report.n_pairs, 1);
	assert_int_equal(report.pairs[0].a, 2);
	assert_int_equal(report.pairs[0].b, 0);
	assert_int_equal(report.pairs[0].test.state, EXTRA_FAILED);
	assert_string_equal(report.pairs[0].test.text, "Unresponsive receiver");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
