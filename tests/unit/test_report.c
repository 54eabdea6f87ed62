/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: filled from a verdict, written and read back, refused, and as text for Prometheus. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "report_prom.h"
#include "temp_dir.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct inventory *inv;
static struct verdict *verdict;
static struct probe_report *probe;
static struct policy policy;
static struct report *report, *back;
static struct err err;
static char path[256];

static struct report_input input(enum decision_source source)
{
	return (struct report_input){
		.inv = inv,
		.verdict = verdict,
		.probe = probe,
		.policy = &policy,
		.source = source,
		.at = 1700000100,
		.at_ms = 500000,
		.tested_ms = 440000,
		.key = "0123456789abcdef",
	};
}

static void add_rail(const char *name, unsigned bus, enum rail_stage stage, enum probe_state state)
{
	struct rail *rail = &inv->rails[inv->n_rails];
	struct probe_result *result = &probe->v[inv->n_rails++];

	text_format(rail->rdma_name, sizeof(rail->rdma_name), "%s", name);
	rail->pci.bus = (uint8_t)bus;
	rail->card_index = (int)inv->n_rails - 1;
	rail->stage = stage;
	result->state = state;
	result->step = state == PROBE_PASS ? PROBE_STEP_DONE : PROBE_STEP_TRANSFER;
	result->packets = 24;
	result->lost = 3;
	result->total_ms = 12;
	result->bytes = 4096;
	probe->n = inv->n_rails;
}

static struct finding *add_finding(const char *code, const char *subject, const char *found)
{
	struct finding *finding = findings_add(&verdict->findings, code);

	text_format(finding->subject, sizeof(finding->subject), "%s", subject);
	text_format(finding->found, sizeof(finding->found), "%s", found);
	return finding;
}

/* Four rails, one of which fails, another of which is not usable. */
static int setup(void **state)
{
	(void)state;
	inv = calloc(1, sizeof(*inv));
	verdict = calloc(1, sizeof(*verdict));
	probe = calloc(1, sizeof(*probe));
	report = calloc(1, sizeof(*report));
	back = calloc(1, sizeof(*back));
	if (!inv || !verdict || !probe || !report || !back || temp_dir_make())
		return -1;
	policy_defaults(&policy);
	text_format(inv->instance_type, NAME_TEXT, "p4d.24xlarge");
	text_format(inv->boot_id, sizeof(inv->boot_id), "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e");
	text_format(inv->kernel, sizeof(inv->kernel), "6.1.0");
	text_format(probe->libfabric, sizeof(probe->libfabric), "1.17");
	text_format(probe->provider, sizeof(probe->provider), "efa");
	probe->elapsed_ms = 903;
	add_rail("rdmap16s27", 0x10, RAIL_USABLE, PROBE_PASS);
	add_rail("rdmap32s27", 0x20, RAIL_USABLE, PROBE_FAIL);
	add_rail("", 0x90, RAIL_UNBOUND, PROBE_NOT_TESTED);
	add_rail("rdmap160s27", 0xa0, RAIL_USABLE, PROBE_NOT_TESTED);
	text_format(probe->v[1].text, sizeof(probe->v[1].text), "unreachable");
	verdict->outcome = OUTCOME_FAULTY;
	text_format(verdict->sentence, sizeof(verdict->sentence), "E208 rail rdmap32s27: x");
	verdict->n_layouts = 1;
	text_format(verdict->layouts[0], NAME_TEXT, "efa-only");
	verdict->rails_want = 4;
	verdict->rails_pass = 1;
	probe->extras[0][PROBE_LATENCY] = (struct extra_result){.state = EXTRA_DONE,
								.value = 21600};
	probe->extras[0][PROBE_BANDWIDTH].state = EXTRA_NOT_TESTED;
	probe->extras[0][PROBE_RDMA_READ].state = EXTRA_UNABLE;
	probe->n_pairs = 1;
	probe->pairs[0] = (struct probe_pair){
		.a = 0, .b = 3, .test = {.state = EXTRA_FAILED, .text = "un\treached"}};
	add_finding("E208", "rail rdmap32s27", "unreachable")->rail = 1;
	temp_path("report.json", path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(inv);
	free(verdict);
	free(probe);
	free(report);
	free(back);
	return temp_dir_remove();
}

static void fill(void)
{
	struct report_input in = input(SOURCE_TEST);

	memset(report, 0x5a, sizeof(*report));
	report_fill(&in, report);
}

static char *slurp(void)
{
	static char *text;
	size_t size = 0;

	assert_int_equal(file_read(path, 1 << 21, FILE_TRUST_ANY, &text, &size, &err), 0);
	return text;
}

/* Replace one text by another in what was written, and try to read it. */
static void expect_refusal(const char *whole, const char *from, const char *to,
			   const char *sentence)
{
	const char *at = strstr(whole, from);
	char *changed = malloc(strlen(whole) + strlen(to) + 1);

	if (!at)
		fail_msg("no %s in %s", from, whole);
	memcpy(changed, whole, (size_t)(at - whole));
	text_format(changed + (at - whole), strlen(whole) + strlen(to) + 1 - (size_t)(at - whole),
		    "%s%s", to, at + strlen(from));
	temp_put("report.json", changed, -1);
	memset(back, 0x5a, sizeof(*back));
	if (!report_load(path, FILE_TRUST_OWNER, back, &err))
		fail_msg("%s instead of %s was read", to, from);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
	assert_int_equal(back->job, 0x5a5a5a5a);
	free(changed);
}

static void set_check(void)
{
	struct report_check *check = &report->check;

	*check = (struct report_check){
		.asked = CHECK_FULL, .wanted = CHECK_QUICK, .done = CHECK_CACHED};
	text_format(check->setting.name, sizeof(check->setting.name), "check.ceiling");
	text_format(check->setting.value, sizeof(check->setting.value), "%s", "any,x 90%");
}

static void refuses_what_is_no_report(void **state)
{
	static const struct {
		const char *from, *to, *sentence;
	} cases[] = {
		{"{", "[", "json"},
		{"\"version\": 1", "\"version\": 2", "version"},
		{"\"outcome\"", "\"outcomes\"", "did you mean"},
		{"\"faulty\"", "\"guilty\"", "expected one of healthy, degraded"},
		{"\"source\": \"tested\"", "\"source\": \"guessed\"", "expected one of none"},
		{"\"node\": null", "\"node\": \"a b\"", "expected a name"},
		{"\"id\": 17", "\"id\": 0", "job.id"},
		{"\"uid\": 1000", "\"uid\": -1", "job.uid"},
		{"\"checked\": true", "\"checked\": 1", "job.checked"},
		{"\"asked\": \"full\"", "\"asked\": \"auto\"", "cached, quick or full"},
		{"\"wanted\": \"quick\"", "\"wanted\": \"deep\"", "cached, quick or full"},
		{"\"done\": \"cached\"", "\"done\": 7", "done"},
		{"\"name\": \"check.ceiling\"", "\"name\": \"a b\"", "expected a name"},
		{"\"check\": {", "\"checks\": {", "check"},
		{"\"at\": 1700000100", "\"at\": 1e9", "at: expected an integer"},
		{"\"0123456789abcdef\"", "\"0123456789abcdeg\"", "16 hexadecimal digits"},
		{"\"efa-only\"", "\"efa only\"", "layouts[0]: expected a name"},
		{"\"wanted\": \"drain\"", "\"wanted\": \"burn\"", "expected one of allow"},
		{"\"name\": \"action.faulty\"", "\"name\": \"action/faulty\"", "expected a name"},
		{"\"line\": null", "\"line\": 5", "a line with a file, or neither"},
		{"\"code\": \"E208\"", "\"code\": \"E299\"", "a code of this release"},
		{"\"code\": \"E208\"", "\"code\": \"E250\"", "owner"},
		{"\"severity\": \"error\"", "\"severity\": \"info\"", "severity"},
		{"\"rail\": 1", "\"rail\": 64", "rail"},
		{"\"rail\": 1", "\"rail\": -1", "rail"},
		{"\"state\": \"fail\"", "\"state\": \"failed\"", "expected one of not-tested"},
		{"\"step\": \"transfer\"", "\"step\": \"transit\"", "expected one of open"},
		{"\"pci\": \"0000:10:00.0\"", "\"pci\": \"0000:10:00\"", "a PCI address"},
		{"\"bytes\": 4096", "\"bytes\": \"4096\"", "bytes"},
		{"\"retried\": false", "\"retried\": null", "retried"},
		{"\"unreachable\"", "\"un\\u001breachable\"", "control character"},
		{"\"findings_dropped\": 0,", "", "findings_dropped"},
		{"\"rails_pass\": 1", "\"rails_pass\": 65", "rails_pass"},
		{"\"latency_ns\": 21600", "\"latency_ns\": 0", "latency_ns"},
		{"\"latency_ns\": 21600,", "", "latency_ns"},
		{"\"bandwidth_bytes_s\": null", "\"bandwidth_bytes_s\": true", "bandwidth_bytes_s"},
		{"\"rdma_read_test\": \"unable\"", "\"rdma_read_test\": \"none\"",
		 "expected one of done"},
		{"\"b\": 3", "\"b\": 4", "pairs[0].b"},
		{"\"b\": 3", "\"b\": 0", "another rail"},
		{"\"state\": \"failed\"", "\"state\": null", "pairs[0].state"},
	};
	char *whole;

	(void)state;
	assert_int_equal(report_load(path, FILE_TRUST_OWNER, back, &err), -ENOENT);
	fill();
	report->job = 17;
	report->uid = 1000;
	set_check();
	assert_int_equal(report_save(path, report, true, &err), 0);
	whole = slurp();
	for (size_t i = 0; i < N(cases); i++)
		expect_refusal(whole, cases[i].from, cases[i].to, cases[i].sentence);
	free(whole);
}

static void refuses_files_of_others(void **state)
{
	(void)state;
	fill();
	assert_int_equal(report_save(path, report, false, &err), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(report_load(path, FILE_TRUST_OWNER, back, &err), -EPERM);
	assert_non_null(strstr(err.text, "lets others write"));
	assert_int_equal(report_save("/nonexistent/x", report, true, &err), -ENOENT);
}

static void there_and_back(void **state)
{
	struct report_decision *decision = &report->decision;
	char *first, *second;

	(void)state;
	fill();
	report->job = 4294967293U;
	report->uid = 1000;
	report->checked = false;
	report->took_ms = 77;
	text_format(report->node, sizeof(report->node), "n1");
	text_format(report->asked, sizeof(report->asked), "all-efa");
	text_format(decision->did, sizeof(decision->did), "node drained \"now\"");
	text_format(decision->limited, sizeof(decision->limited), "5 of 10");
	text_format(decision->trouble, sizeof(decision->trouble), "silent");
	text_format(decision->setting.file, sizeof(decision->setting.file), "/etc/p.json");
	decision->setting.line = 12;
	report->findings.dropped = 3;
	set_check();
	assert_int_equal(report_save(path, report, true, &err), 0);
	first = slurp();
	memset(back, 0x5a, sizeof(*back));
	if (report_load(path, FILE_TRUST_OWNER, back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back->job, 4294967293U);
	assert_false(back->checked);
	assert_string_equal(back->boot_id, inv->boot_id);
	assert_int_equal(back->at_ms, 500000);
	assert_int_equal(back->tested_ms, 440000);
	assert_int_equal(back->outcome, OUTCOME_FAULTY);
	assert_int_equal(back->decision.wanted, ACTION_DRAIN);
	assert_int_equal(back->check.asked, CHECK_FULL);
	assert_int_equal(back->check.wanted, CHECK_QUICK);
	assert_int_equal(back->check.done, CHECK_CACHED);
	assert_string_equal(back->check.setting.name, "check.ceiling");
	assert_string_equal(back->decision.did, "node drained \"now\"");
	assert_int_equal(back->decision.setting.line, 12);
	assert_int_equal(back->n_rails, 4);
	assert_int_equal(back->rails[1].test.state, PROBE_FAIL);
	assert_false(back->rails[2].usable);
	assert_int_equal(back->rails[3].card_index, 3);
	assert_int_equal(back->findings.n, 1);
	assert_ptr_equal(back->findings.v[0].code, finding_code("E208"));
	assert_int_equal(back->rails[0].extras[PROBE_LATENCY].value, 21600);
	assert_int_equal(back->rails[0].extras[PROBE_BANDWIDTH].state, EXTRA_NONE);
	assert_int_equal(back->rails[0].extras[PROBE_RDMA_READ].state, EXTRA_UNABLE);
	assert_int_equal(back->rails[1].extras[PROBE_LATENCY].state, EXTRA_NONE);
	assert_int_equal(back->n_pairs, 1);
	assert_int_equal(back->pairs[0].b, 3);
	assert_int_equal(back->pairs[0].test.state, EXTRA_FAILED);
	assert_string_equal(back->pairs[0].test.text, "un?reached");
	/* Nothing is lost on the way. */
	assert_int_equal(report_save(path, back, true, &err), 0);
	second = slurp();
	assert_string_equal(first, second);
	free(first);
	free(second);
}

/* All that there may be, and all of it in need of escaping, fits into what is read back. */
static void as_much_as_there_may_be(void **state)
{
	char name[NAME_TEXT];

	(void)state;
	inv->n_rails = 0;
	for (unsigned i = 0; i < NODE_RAILS_MAX; i++) {
		text_format(name, sizeof(name), "a-name-as-long-as-they-get-%04u", i);
		add_rail(name, i, RAIL_USABLE, PROBE_CRASHED);
		memset(probe->v[i].text, '"', sizeof(probe->v[i].text) - 1);
		probe->pairs[i] = (struct probe_pair){
			.a = (uint8_t)i, .b = !i, .test = {.state = EXTRA_NOT_TESTED}};
		memset(probe->pairs[i].test.text, '"', sizeof(probe->pairs[i].test.text) - 1);
	}
	probe->n_pairs = NODE_RAILS_MAX;
	for (int i = 0; i < FINDINGS_MAX + 5; i++) {
		struct finding *finding = findings_add(&verdict->findings, "E250");

		memset(finding->subject, '\\', sizeof(finding->subject) - 1);
		memset(finding->expected, '"', sizeof(finding->expected) - 1);
		memset(finding->found, '"', sizeof(finding->found) - 1);
		memset(finding->evidence, '\n', sizeof(finding->evidence) - 1);
	}
	fill();
	assert_int_equal(report_save(path, report, true, &err), 0);
	if (report_load(path, FILE_TRUST_OWNER, back, &err))
		fail_msg("%s", err.text);
	assert_int_equal(back->n_rails, NODE_RAILS_MAX);
	assert_int_equal(back->findings.n, FINDINGS_MAX);
	assert_int_equal(back->findings.dropped, 6);
	assert_int_equal(back->findings.v[5].evidence[0], '?');
}

static void what_is_filled_in(void **state)
{
	struct report_input in = input(SOURCE_LOOK);

	(void)state;
	fill();
	assert_string_equal(report->decision.setting.name, "action.faulty");
	assert_string_equal(report->decision.enforce.value, "true");
	assert_int_equal(report->decision.done, ACTION_DRAIN);
	assert_int_equal(report->tested_at, 1700000040);
	assert_int_equal(report->rails[0].extras[PROBE_LATENCY].value, 21600);
	assert_int_equal(report->n_pairs, 1);
	assert_int_equal(report->pairs[0].test.state, EXTRA_FAILED);
	assert_int_equal(report->test_ms, 903);
	assert_string_equal(report_rail_text(&report->rails[0]), "pass");
	assert_string_equal(report_rail_text(&report->rails[2]), "unusable");
	/* Without a test, and without settings. */
	in.probe = NULL;
	in.policy = NULL;
	report_fill(&in, report);
	assert_int_equal(report->tested_at, 0);
	assert_int_equal(report->decision.wanted, ACTION_ALLOW);
	assert_string_equal(report->decision.setting.name, "");
	assert_string_equal(report->policy_hash, "");
	assert_string_equal(report_rail_text(&report->rails[0]), "not-tested");
	report_fill_unseen(&in, "the job asks for no layout", NULL, report);
	assert_int_equal(report->findings.n, 0);
	assert_int_equal(report->n_rails, 0);
	assert_string_equal(report->sentence, "the job asks for no layout");
}

/* A job that shares a test has all that was found by it, and its own refusal. */
static void carries_what_was_found(void **state)
{
	struct report_input in = input(SOURCE_CACHE);
	struct report *node = back;

	(void)state;
	fill();
	*node = *report;
	assert_true(report_is_of(node, inv->boot_id, in.key, 440000));
	assert_false(report_is_of(node, inv->boot_id, in.key, 440001));
	assert_false(report_is_of(node, inv->boot_id, "1123456789abcdef", 440000));
	assert_false(report_is_of(node, "other", in.key, 440000));
	/* What is judged again knows less of the rails. */
	memset(probe->v, 0, sizeof(probe->v));
	memset(probe->extras, 0, sizeof(probe->extras));
	probe->n_pairs = 0;
	verdict->findings.n = 0;
	add_finding("E208", "rail rdmap32s27", "");
	add_finding("E150", "--efa-layout=all-efa", "this node has layout efa-only");
	report_fill(&in, report);
	report->job = 5;
	report_carry(report, node);
	assert_int_equal(report->job, 5);
	assert_int_equal(report->source, SOURCE_CACHE);
	assert_int_equal(report->findings.n, 2);
	assert_string_equal(report->findings.v[0].code->code, "E208");
	assert_string_equal(report->findings.v[0].found, "unreachable");
	assert_string_equal(report->findings.v[1].code->code, "E150");
	assert_string_equal(report->rails[1].test.text, "unreachable");
	assert_int_equal(report->test_ms, 903);
	/* No more than there is room for. */
	while (node->findings.n < FINDINGS_MAX)
		node->findings.v[node->findings.n++] = node->findings.v[0];
	report_carry(report, node);
	assert_int_equal(report->findings.n, FINDINGS_MAX);
	assert_int_equal(report->findings.dropped, 1);
}

static char *prom(const struct prom_state *state)
{
	char *text = NULL;
	size_t size = 0;

	assert_int_equal(report_prom(state, &text, &size), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

static void expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (!at || at[strlen(line)] != '\n')
		fail_msg("no \"%s\" in %s", line, text);
}

/* Each result to the rail that it is of, if that is still where it was. */
static void recalls_the_test(void **state)
{
	struct probe_report *again = calloc(1, sizeof(*again));
	struct report_input in = input(SOURCE_LOOK);

	(void)state;
	assert_non_null(again);
	in.probe = NULL;
	report_fill(&in, report);
	assert_false(report_recall(report, inv, again));
	probe->outcome = PROBE_NO_PROVIDER;
	probe->n = 0;
	text_format(probe->text, sizeof(probe->text), "no efa");
	in.probe = probe;
	report_fill(&in, report);
	assert_true(report_recall(report, inv, again));
	assert_int_equal(again->outcome, PROBE_NO_PROVIDER);
	assert_string_equal(again->text, "no efa");

	probe->outcome = PROBE_RAN;
	inv->n_rails = 0;
	add_rail("rdmap1s0", 1, RAIL_USABLE, PROBE_PASS);
	add_rail("rdmap2s0", 2, RAIL_USABLE, PROBE_FAIL);
	add_rail("rdmap3s0", 3, RAIL_USABLE, PROBE_PASS);
	add_rail("rdmap4s0", 4, RAIL_USABLE, PROBE_PASS);
	probe->v[0].rdma_read = PROBE_YES;
	probe->v[1].rdma_read = PROBE_NO;
	report_fill(&in, report);
	assert_int_equal(report_save(path, report, false, &err), 0);
	assert_int_equal(report_load(path, FILE_TRUST_OWNER, back, &err), 0);
	inv->rails[0] = inv->rails[1];	      /* one went away */
	inv->rails[1].pci.bus = 9;	      /* another came by its name */
	inv->rails[2].stage = RAIL_NO_UVERBS; /* one cannot be used any longer */
	assert_true(report_recall(back, inv, again));
	assert_int_equal(again->n, 4);
	assert_int_equal(again->v[0].state, PROBE_FAIL);
	assert_int_equal(again->v[0].rdma_read, PROBE_NO);
	assert_int_equal(again->v[0].total_ms, 12);
	assert_int_equal(again->v[1].state, PROBE_NOT_TESTED);
	assert_int_equal(again->v[2].state, PROBE_NOT_TESTED);
	assert_int_equal(again->v[3].state, PROBE_PASS);
	free(again);
}

static void text_for_prometheus(void **state)
{
	struct prom_state prom_state = {.boot_id = inv->boot_id, .current = true};
	char *text;

	(void)state;
	text = prom(&prom_state);
	expect_line(text, "efa_layout_result_current 1");
	expect_line(text, "efa_layout_drain_recorded 0");
	assert_null(strstr(text, "efa_layout_outcome"));
	free(text);
	fill();
	report->rails_want = 5;
	prom_state.report = report;
	prom_state.own_drain = true;
	prom_state.current = false;
	text = prom(&prom_state);
	expect_line(text, "efa_layout_result_current 0");
	expect_line(text, "efa_layout_drain_recorded 1");
	expect_line(text, "efa_layout_outcome{outcome=\"faulty\"} 1");
	expect_line(text, "efa_layout_outcome{outcome=\"healthy\"} 0");
	expect_line(text, "efa_layout_rails{state=\"pass\"} 1");
	expect_line(text, "efa_layout_rails{state=\"unusable\"} 1");
	expect_line(text, "efa_layout_rails_wanted 5");
	expect_line(text,
		    "efa_layout_rail_ok{rail=\"rdmap16s27\",pci=\"0000:10:00.0\",card=\"0\"} 1");
	expect_line(text,
		    "efa_layout_rail_ok{rail=\"0000:90:00.0\",pci=\"0000:90:00.0\",card=\"2\"} 0");
	assert_null(strstr(text, "rail_ok{rail=\"rdmap160s27\""));
	expect_line(text, "efa_layout_findings{code=\"E208\",severity=\"error\",owner=\"node\"} 1");
	expect_line(text, "efa_layout_test_duration_seconds 0.903");
	expect_line(text, "efa_layout_test_timestamp_seconds 1700000040");
	expect_line(text, "efa_layout_action{action=\"drain\"} 1");
	expect_line(text,
		    "efa_layout_rail_latency_seconds{rail=\"rdmap16s27\",pci=\"0000:10:00.0\","
		    "card=\"0\"} 0.000021600");
	assert_null(strstr(text, "rail_latency_seconds{rail=\"rdmap32s27\""));
	/* Nothing was measured: not even its name is there. */
	assert_null(strstr(text, "bandwidth"));
	free(text);
	report->rails[0].extras[PROBE_BANDWIDTH] = (struct extra_result){.state = EXTRA_DONE,
									 .value = 8589934592};
	text = prom(&prom_state);
	expect_line(text, "efa_layout_rail_bandwidth_bytes_per_second{rail=\"rdmap16s27\","
			  "pci=\"0000:10:00.0\",card=\"0\"} 8589934592");
	free(text);
}

static void labels_are_escaped(void **state)
{
	struct prom_state prom_state = {.boot_id = "a\\b\"c\nd", .report = report};
	char *text;

	(void)state;
	fill();
	text = prom(&prom_state);
	assert_non_null(strstr(text, ",boot_id=\"a\\\\b\\\"c\\nd\","));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_what_is_no_report, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_files_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(as_much_as_there_may_be, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_filled_in, setup, teardown),
		cmocka_unit_test_setup_teardown(carries_what_was_found, setup, teardown),
		cmocka_unit_test_setup_teardown(recalls_the_test, setup, teardown),
		cmocka_unit_test_setup_teardown(text_for_prometheus, setup, teardown),
		cmocka_unit_test_setup_teardown(labels_are_escaped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
