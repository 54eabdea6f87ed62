/* SPDX-License-Identifier: Apache-2.0 */
#include "reading.h"

#include <string.h>

static struct reading_rail *find(struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->n; i++) {
		if (strcmp(reading->rails[i].now.name, name) == 0)
			return &reading->rails[i];
	}
	return NULL;
}

const struct reading_rail *reading_find(const struct reading *reading, const char *name)
{
	return find((struct reading *)reading, name);
}

static struct reading_rail *find_or_add(struct reading *reading, const char *name)
{
	struct reading_rail *rail = find(reading, name);

	if (rail || reading->n == NODE_RAILS_MAX)
		return rail;
	rail = &reading->rails[reading->n++];
	memset(rail, 0, sizeof(*rail));
	memcpy(rail->now.name, name, strnlen(name, sizeof(rail->now.name) - 1));
	rail->now.state = COUNTERS_NOT_READ;
	return rail;
}

void reading_note_test(struct reading *reading, const struct inventory *inv,
		       const struct probe_report *report)
{
	reading->tests++;
	for (size_t i = 0; i < report->n && i < inv->n_rails; i++) {
		const struct probe_result *result = &report->v[i];
		struct reading_rail *rail;

		if (!result->tx_bytes && !result->rx_bytes)
			continue;
		rail = find_or_add(reading, inv->rails[i].rdma_name);
		if (!rail)
			continue;
		rail->own_tx += result->tx_bytes;
		rail->own_rx += result->rx_bytes;
	}
}

void reading_take(struct reading *reading, const struct counters *counters, uint64_t at_ms)
{
	if (at_ms < reading->at_ms)
		return;
	reading->at_ms = at_ms;
	/* Old ones first: they may be in the way of new ones. */
	for (size_t i = 0; i < reading->n;) {
		if (counters_find(counters, reading->rails[i].now.name))
			i++;
		else
			reading->rails[i] = reading->rails[--reading->n];
	}
	for (size_t i = 0; i < counters->n; i++) {
		struct reading_rail *rail = find_or_add(reading, counters->rails[i].name);

		if (rail)
			rail->now = counters->rails[i];
	}
}
