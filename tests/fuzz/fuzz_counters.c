/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the test program writes about counters: read, and each rail's values written and read again.
 * A line "--" parts two of them, between which a span of time lies.
 */
#include <stdlib.h>
#include <string.h>

#include "counters_protocol.h"
#include "kit.h"
#include "text.h"

static const char *const names[] = {"rdmap32s27", "rdmap144s27", "efa_0"};
#define NAMES_N (sizeof(names) / sizeof(names[0]))

static void reads_the_same(const struct rail_counters *rail)
{
	struct rail_counters again = {.have = 0};
	struct err err = {""};
	char text[COUNTERS_VALUES_TEXT];

	CHECK(!counters_format_values(rail, text, sizeof(text)));
	CHECK_PRINTABLE(text);
	CHECK_OK(counters_parse_values(text, &again, &err), &err);
	CHECK(again.have == rail->have && !memcmp(again.v, rail->v, sizeof(again.v)));
}

static void sound_counters(const struct counters *counters)
{
	CHECK(counters->n == NAMES_N);
	for (size_t i = 0; i < counters->n; i++) {
		const struct rail_counters *rail = &counters->rails[i];

		CHECK(!strcmp(rail->name, names[i]));
		CHECK(counters_find(counters, names[i]) == rail);
		CHECK(rail->state <= COUNTERS_NOT_READ);
		CHECK((rail->state == COUNTERS_READ) == (rail->have != 0));
		CHECK(rail->state != COUNTERS_READ || !rail->text[0]);
		CHECK(!(rail->have >> COUNTERS_N));
		CHECK_PRINTABLE(rail->text);
		for (size_t k = 0; k < COUNTERS_N; k++)
			CHECK(rail->have >> k & 1 || !rail->v[k]);
		if (rail->have)
			reads_the_same(rail);
	}
}

static bool parsed(const char *text, struct counters *ret_counters)
{
	static struct counters before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	*ret_counters = before;
	rc = counters_parse(text, names, NAMES_N, ret_counters, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(ret_counters, &before, sizeof(before)));
		return false;
	}
	sound_counters(ret_counters);
	return true;
}

static bool went_back(uint64_t before, uint64_t after)
{
	return after < before && before - after <= UINT64_MAX / 2;
}

static void moved(const struct rail_counters *before, const struct rail_counters *after)
{
	struct counters_delta delta;
	uint64_t sum = 0;
	bool back = false;

	counters_subtract(before, after, &delta);
	CHECK(delta.have == (before->have & after->have));
	for (size_t i = 0; i < COUNTERS_N; i++) {
		bool both = delta.have >> i & 1;

		back |= both && went_back(before->v[i], after->v[i]);
		CHECK(both || !delta.v[i]);
		CHECK(!both || delta.v[i] == after->v[i] ||
		      delta.v[i] == after->v[i] - before->v[i]);
		CHECK(!both || delta.reset || delta.v[i] == after->v[i] - before->v[i]);
	}
	CHECK(delta.reset == back);
	/* Modulo 2^64 all kinds together are all counters, unless one kind alone is more. */
	for (int kind = 0; kind < COUNTER_KINDS; kind++) {
		if (counters_sum(&delta, kind) == UINT64_MAX)
			return;
		sum += counters_sum(&delta, kind);
	}
	for (size_t i = 0; i < COUNTERS_N; i++)
		sum -= delta.v[i];
	CHECK(!sum);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct counters counters;

	(void)argc;
	(void)argv;
	CHECK(parsed(COUNTERS_HEAD "rail efa_0 read tx_bytes=1 keep_alive_rcvd=2\n"
				   "rail rdmap32s27 gone -\nrail rdmap144s27 silent x\nend 3\n",
		     &counters));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct counters before, after;
	char *text = kit_input(data, size), *rest = kit_rest(text, "--\n");
	bool first = parsed(text, &before);

	if (rest && parsed(rest, &after) && first) {
		for (size_t i = 0; i < NAMES_N; i++) {
			if (before.rails[i].have && after.rails[i].have)
				moved(&before.rails[i], &after.rails[i]);
		}
	}
	free(text);
	return 0;
}
