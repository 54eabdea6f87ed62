/* SPDX-License-Identifier: Apache-2.0 */
/* A report: read, written, read again, and told to Prometheus. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "report.h"
#include "report_prom.h"
#include "text.h"

static void sound_decision(const struct report_decision *decision)
{
	CHECK(decision->wanted < POLICY_ACTIONS && decision->done < POLICY_ACTIONS);
	CHECK_TEXT(decision->did);
	CHECK_TEXT(decision->limited);
	CHECK_TEXT(decision->trouble);
	CHECK_TEXT(decision->setting.file);
	CHECK(!decision->setting.line == !decision->setting.file[0]);
}

static void sound_report(const struct report *report)
{
	CHECK(report->outcome <= OUTCOME_FAULTY && report->source <= SOURCE_QUICK);
	CHECK(!report->key[0] || strlen(report->key) == 16);
	CHECK(!report->node[0] || text_is_name(report->node, sizeof(report->node) - 1));
	CHECK_TEXT(report->sentence);
	CHECK_TEXT(report->kernel);
	CHECK(report->n_layouts <= LAYOUT_NAMES_MAX && report->n_rails <= NODE_RAILS_MAX);
	CHECK(report->findings.n <= FINDINGS_MAX);
	for (size_t i = 0; i < report->findings.n; i++) {
		CHECK(report->findings.v[i].code == finding_code(report->findings.v[i].code->code));
		CHECK(report->findings.v[i].rail >= -1 &&
		      report->findings.v[i].rail < NODE_RAILS_MAX);
		CHECK_TEXT(report->findings.v[i].evidence);
	}
	for (size_t i = 0; i < report->n_rails; i++) {
		CHECK(report->rails[i].test.state <= PROBE_CRASHED);
		CHECK(report->rails[i].test.step <= PROBE_STEP_DONE);
		CHECK_TEXT(report->rails[i].test.text);
		for (size_t k = 0; k < PROBE_PAIRS; k++)
			CHECK(report->rails[i].extras[k].state <= EXTRA_NOT_TESTED);
	}
	CHECK(report->n_pairs <= NODE_RAILS_MAX);
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct probe_pair *pair = &report->pairs[i];

		CHECK(pair->a < report->n_rails && pair->b < report->n_rails && pair->a != pair->b);
		CHECK(pair->test.state != EXTRA_NONE);
		CHECK_TEXT(pair->test.text);
	}
	sound_decision(&report->decision);
}

static char *saved(const char *name, const struct report *report)
{
	const char *path = kit_path(name);
	struct err err = {""};
	char *text = NULL;
	size_t size;

	CHECK_OK(report_save(path, report, false, &err), &err);
	CHECK_OK(file_read(path, 1u << 21, FILE_TRUST_OWNER, &text, &size, &err), &err);
	return text;
}

/* What is written is read back, and nothing of it is lost. */
static void reads_the_same(const struct report *report)
{
	static struct report again;
	char *first = saved("first", report), *second;
	struct err err = {""};

	CHECK_OK(report_load(kit_path("first"), FILE_TRUST_OWNER, &again, &err), &err);
	second = saved("second", &again);
	CHECK(!strcmp(first, second));
	free(first);
	free(second);
}

static void tells_prometheus(const struct report *report)
{
	struct prom_state state = {.boot_id = report->boot_id, .report = report};
	char *text = NULL;
	size_t size = 0;

	CHECK(report_prom(&state, &text, &size) == 0);
	CHECK(size && text[size - 1] == '\n' && strlen(text) == size);
	CHECK(!strstr(text, "\n\n"));
	free(text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const known = SOURCE_DIR "/tests/fuzz/corpus/report/faulty";
	static struct report report;
	char *text = NULL;
	struct err err = {""};
	size_t size;

	(void)argc;
	(void)argv;
	/* What is found in reports is worth something only while reports are read. */
	CHECK_OK(file_read(known, 1u << 20, FILE_TRUST_ANY, &text, &size, &err), &err);
	CHECK_OK(
		report_load(kit_file((const uint8_t *)text, size), FILE_TRUST_OWNER, &report, &err),
		&err);
	CHECK(report.n_pairs == 1 && report.rails[0].extras[PROBE_LATENCY].value);
	free(text);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct report report, before;
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	report = before;
	rc = report_load(kit_file(data, size), FILE_TRUST_OWNER, &report, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&report, &before, sizeof(report)));
		return 0;
	}
	sound_report(&report);
	reads_the_same(&report);
	tells_prometheus(&report);
	return 0;
}
