/* SPDX-License-Identifier: Apache-2.0 */
#include "extras_text.h"

#include <stdio.h>

#define MIB 1048576u

static void print_rail(const char *name, const struct extra_result tests[PROBE_PAIRS])
{
	const struct extra_result *latency = &tests[PROBE_LATENCY];
	const struct extra_result *bandwidth = &tests[PROBE_BANDWIDTH];
	const char *before = ": ";

	printf("rail %s", name);
	if (latency->state == EXTRA_DONE) {
		printf("%slatency %llu.%03llu us", before,
		       (unsigned long long)(latency->value / 1000),
		       (unsigned long long)(latency->value % 1000));
		before = ", ";
	}
	if (bandwidth->state == EXTRA_DONE) {
		printf("%sbandwidth %llu MiB/s", before,
		       (unsigned long long)(bandwidth->value / MIB));
		before = ", ";
	}
	if (tests[PROBE_RDMA_READ].state == EXTRA_DONE)
		printf("%sRDMA read done", before);
	printf("\n");
}

void extras_print(const struct check *check)
{
	const struct probe_report *report = &check->report;
	size_t n = 0;

	for (size_t i = 0; i < report->n; i++) {
		const struct extra_result *tests = report->extras[i];
		bool any = false;

		for (size_t k = 0; k < PROBE_PAIRS; k++)
			any |= tests[k].state == EXTRA_DONE;
		if (any)
			print_rail(check->inv.rails[i].rdma_name, tests);
	}
	for (size_t i = 0; i < report->n_pairs; i++)
		n += report->pairs[i].test.state == EXTRA_DONE;
	if (report->n_pairs)
		printf("%zu of %zu pairs of rails reach each other\n", n, report->n_pairs);
}
