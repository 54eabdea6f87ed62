/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <stdio.h>

#include <rdma/fabric.h>

#include "counters_protocol.h"

static void output_test(const struct extra_result *test)
{
	printf(" %s %llu %s\n", extra_state_text(test->state), (unsigned long long)test->value,
	       test->text[0] ? test->text : "-");
}

static void output_extras(const struct probe_report *report, const char *const *names)
{
	for (size_t i = 0; i < report->n; i++) {
		for (enum probe_extra kind = PROBE_LATENCY; kind < PROBE_PAIRS; kind++) {
			if (report->extras[i][kind].state == EXTRA_NONE)
				continue;
			printf("extra %s %s", names[i], probe_extra_text(kind));
			output_test(&report->extras[i][kind]);
		}
	}
	for (size_t i = 0; i < report->n_pairs; i++) {
		printf("pair %s %s", names[report->pairs[i].a], names[report->pairs[i].b]);
		output_test(&report->pairs[i].test);
	}
}

void output_report(const struct probe_report *report, const char *const *names)
{
	uint32_t version = fi_version();
	size_t i;

	printf("efa-layout-probe %d libfabric %u.%u\n", PROBE_PROTOCOL, FI_MAJOR(version),
	       FI_MINOR(version));
	if (report->provider[0])
		printf("provider %s %s\n", report->provider, report->fabric);
	if (report->outcome == PROBE_NO_PROVIDER)
		printf("outcome no-provider %s\n", report->text);
	for (i = 0; i < report->n; i++)
		if (report->v[i].rdma_read != PROBE_UNKNOWN)
			printf("rdma-read %s %s\n", names[i],
			       report->v[i].rdma_read == PROBE_YES ? "yes" : "no");
	for (i = 0; i < report->n; i++) {
		const struct probe_result *v = &report->v[i];

		printf("rail %s %s %s %d %d %llu %llu %llu %llu %llu %u %u %d %s\n", names[i],
		       probe_state_text(v->state), probe_step_text(v->step), v->fi_error,
		       v->prov_error, (unsigned long long)v->bytes, (unsigned long long)v->tx_bytes,
		       (unsigned long long)v->rx_bytes, (unsigned long long)v->packets,
		       (unsigned long long)v->lost, v->open_ms, v->total_ms, v->retried,
		       v->text[0] ? v->text : "-");
	}
	output_extras(report, names);
	printf("end %zu\n", report->n);
}

void output_counters(const struct counters *counters)
{
	char values[COUNTERS_VALUES_TEXT];

	printf("%s", COUNTERS_HEAD);
	for (size_t i = 0; i < counters->n; i++) {
		const struct rail_counters *rail = &counters->rails[i];

		if (rail->state == COUNTERS_READ)
			counters_format_values(rail, values, sizeof(values));
		printf("rail %s %s %s\n", rail->name, counters_state_text(rail->state),
		       rail->state == COUNTERS_READ ? values
		       : rail->text[0]		    ? rail->text
						    : "-");
	}
	printf("end %zu\n", counters->n);
}
