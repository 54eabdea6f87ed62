/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe writes, about a node with one rail and one with four; then the verdict. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "nodes.h"
#include "probe.h"
#include "sound.h"

static void sound_extra(const struct extra_result *test, const struct probe_result *result)
{
	CHECK(test->state <= EXTRA_NOT_TESTED);
	CHECK((test->state == EXTRA_DONE) == (test->value != 0));
	CHECK(test->state != EXTRA_DONE || !test->text[0]);
	CHECK(test->state == EXTRA_NONE || result->step >= PROBE_STEP_READ);
	CHECK_PRINTABLE(test->text);
}

static void sound_report(const struct probe_report *report)
{
	CHECK_PRINTABLE(report->text);
	CHECK_PRINTABLE(report->libfabric);
	CHECK_PRINTABLE(report->provider);
	CHECK_PRINTABLE(report->fabric);
	CHECK(report->outcome <= PROBE_BROKEN);
	for (size_t i = 0; i < report->n; i++) {
		const struct probe_result *result = &report->v[i];

		CHECK(result->state <= PROBE_CRASHED && result->step <= PROBE_STEP_DONE);
		CHECK((result->state == PROBE_PASS) == (result->step == PROBE_STEP_DONE));
		CHECK(result->state != PROBE_PASS || result->bytes);
		CHECK(result->fi_error >= 0 && result->prov_error >= 0);
		CHECK_PRINTABLE(result->text);
		for (size_t k = 0; k < PROBE_PAIRS; k++)
			sound_extra(&report->extras[i][k], result);
	}
	CHECK(report->n_pairs <= NODE_RAILS_MAX);
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct probe_pair *pair = &report->pairs[i];

		CHECK(pair->a < report->n && pair->b < report->n && pair->a != pair->b);
		CHECK(pair->test.state != EXTRA_NONE);
		sound_extra(&pair->test, &report->v[pair->a]);
		sound_extra(&pair->test, &report->v[pair->b]);
	}
}

static void judged(const struct inventory *inv, const struct probe_report *report)
{
	static struct verdict verdict;
	static struct policy policy;
	struct verdict_input in = {
		.inv = inv,
		.layouts = nodes_layouts(),
		.type = type_find(nodes_types(), inv->instance_type),
		.policy = &policy,
		.probe = report,
	};

	policy_defaults(&policy);
	/* With nothing asked for, and with everything. */
	for (int asked = 0; asked < 2; asked++) {
		policy.latency_us = policy.bandwidth_mib_s = asked ? 5 : 0;
		policy.rdma_read = policy.pairs = asked;
		verdict_reach(&in, &verdict);
		sound_verdict(&verdict, inv);
		CHECK(verdict_action(&verdict, &policy) <= ACTION_REFUSE);
	}
}

static bool read_about(const char *text, const struct inventory *inv)
{
	static struct probe_report report, before;
	struct err err = {""};
	int rc;

	memset(&before, 0, sizeof(before));
	before.n = 7;
	report = before;
	rc = probe_parse(text, inv, &report, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&report, &before, sizeof(report)));
		return false;
	}
	CHECK(report.n == inv->n_rails);
	sound_report(&report);
	judged(inv, &report);
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CHECK(read_about("efa-layout-probe 1 libfabric 1.17\nprovider efa efa\n"
			 "rail rdmap64s1 pass done 0 0 4096 4096 4096 0 0 12 40 0 -\nend 1\n",
			 nodes_get(5)));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	read_about(text, nodes_get(2));
	read_about(text, nodes_get(5));
	free(text);
	return 0;
}
