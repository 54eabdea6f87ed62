/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "finding_text.h"
#include "table.h"
#include "text.h"

#define TIME_TEXT 32
#define LINE_TEXT 512

static void row(const char *name, const char *text)
{
	printf("%-12s%s\n", name, text);
}

/* In the local time zone, which the offset names. */
static const char *time_text(int64_t at, char *buf)
{
	time_t when = (time_t)at;
	struct tm tm;

	if (!localtime_r(&when, &tm) || !strftime(buf, TIME_TEXT, "%Y-%m-%d %H:%M:%S %z", &tm))
		text_format(buf, TIME_TEXT, "%lld", (long long)at);
	return buf;
}

static void print_who(const struct explain *explain)
{
	const struct report *report = explain->report;
	char text[LINE_TEXT];

	text_format(text, sizeof(text), "%s", report->node[0] ? report->node : "name unknown");
	if (report->instance_type[0])
		text_append(text, sizeof(text), ", %s", report->instance_type);
	if (report->n_layouts)
		text_append(text, sizeof(text), ", layout %s", report->layouts[0]);
	row("node", text);
	if (!report->job)
		return;
	text_format(text, sizeof(text), "%u of uid %u, asked for %s", report->job,
		    (unsigned)report->uid,
		    report->asked[0] ? report->asked : "nothing (the site's default)");
	row("job", text);
}

/* How it was come to. */
static const char *how(const struct report *report)
{
	switch (report->source) {
	case SOURCE_NONE:
		return "without a look at the node";
	case SOURCE_TEST:
		return "all rails tested";
	case SOURCE_CACHE:
		return "from an earlier test";
	case SOURCE_SHARED:
		return "from a test of another check at the same time";
	case SOURCE_QUICK:
		return "from an earlier test, all devices opened";
	case SOURCE_LOOK:
		return "looked at, no rail tested";
	}
	return "";
}

static void print_check(const struct report *report)
{
	const struct report_check *check = &report->check;
	char text[LINE_TEXT];

	if (check->wanted == CHECK_AUTO)
		return;
	text_format(text, sizeof(text), "%s",
		    check->done == CHECK_AUTO ? "not done" : check_depth_text(check->done));
	if (check->wanted != check->done)
		text_append(text, sizeof(text), ", %s wanted", check_depth_text(check->wanted));
	if (check->asked != CHECK_AUTO)
		text_append(text, sizeof(text), ", %s asked for", check_depth_text(check->asked));
	if (check->setting.name[0]) {
		text_append(text, sizeof(text), "; by ");
		policy_value_text(&check->setting, text + strlen(text),
				  sizeof(text) - strlen(text));
	}
	row("check", text);
}

static void print_when(const struct explain *explain)
{
	const struct report *report = explain->report;
	char text[LINE_TEXT], at[TIME_TEXT];

	text_format(text, sizeof(text), "%s, %s, in %u ms", time_text(report->at, at), how(report),
		    report->took_ms);
	if (explain->boot_id[0] && strcmp(report->boot_id, explain->boot_id) != 0)
		text_append(text, sizeof(text), "; before the node's last start");
	row("when", text);
	print_check(report);
	if (!report->tested_at)
		return;
	text_format(text, sizeof(text), "ended %s", time_text(report->tested_at, at));
	if (report->test_ms)
		text_append(text, sizeof(text), ", took %u ms", report->test_ms);
	if (report->n_rails)
		text_append(text, sizeof(text), ": %u of %zu rails passed", report->rails_pass,
			    report->n_rails);
	row("test", text);
}

static bool interferes(enum policy_action action)
{
	return action != ACTION_ALLOW && action != ACTION_WARN;
}

/* The settings want more than what was meant to be done: policy.c says of which findings. */
static bool is_spared(const struct report *report)
{
	const char *value = report->decision.setting.value;

	return report->outcome == OUTCOME_DEGRADED && report->decision.wanted == ACTION_WARN &&
	       (strcmp(value, policy_action_text(ACTION_DRAIN)) == 0 ||
		strcmp(value, policy_action_text(ACTION_DRAIN_AFTER)) == 0);
}

static const char *no_setting(const struct report *report)
{
	if (report->outcome == OUTCOME_HEALTHY)
		return "no setting: a sound node is let in";
	if (report->outcome == OUTCOME_REFUSED)
		return "no setting: what a sound node cannot give is always refused";
	return "no setting: none can be used, so every job is let in";
}

static void print_policy(const struct report *report)
{
	const struct report_decision *decision = &report->decision;
	bool off = decision->enforce.name[0] && strcmp(decision->enforce.value, "true") != 0;
	char text[LINE_TEXT];

	if (decision->setting.name[0])
		policy_value_text(&decision->setting, text, sizeof(text));
	else
		text_format(text, sizeof(text), "%s", no_setting(report));
	if (is_spared(report))
		text_append(text, sizeof(text), "; warnings about the check itself are spared");
	row("decided by", text);
	if (!off && !interferes(decision->wanted))
		return;
	policy_value_text(&decision->enforce, text, sizeof(text));
	if (off)
		text_append(text, sizeof(text), ": nothing is done, only said");
	if (decision->enforce.name[0])
		row("enforced by", text);
}

static void print_done(const struct report *report)
{
	const struct report_decision *decision = &report->decision;

	if (decision->did[0])
		row("done", decision->did);
	else
		row("done",
		    interferes(decision->done) ? "not yet, or it was broken off" : "nothing");
	if (decision->limited[0])
		row("limit", decision->limited);
	if (decision->trouble[0])
		row("trouble", decision->trouble);
	print_policy(report);
}

static void print_versions(const struct report *report)
{
	char text[LINE_TEXT];

	text_format(text, sizeof(text), "efa driver %s",
		    report->efa_driver[0] ? report->efa_driver : "in-tree or absent");
	if (report->kernel[0])
		text_append(text, sizeof(text), ", kernel %s", report->kernel);
	if (report->libfabric[0])
		text_append(text, sizeof(text), ", libfabric %s", report->libfabric);
	if (report->provider[0])
		text_append(text, sizeof(text), ", provider %s", report->provider);
	row("versions", text);
	if (!report->policy_hash[0])
		return;
	text_format(text, sizeof(text), "%s, hash %s",
		    report->policy_file[0] ? report->policy_file : "no file, all defaults",
		    report->policy_hash);
	row("settings", text);
}

/* Those that did not pass; of rails that did there is nothing to say. */
static void print_rails(const struct report *report)
{
	char pci[PCI_ADDR_TEXT];

	for (size_t i = 0; i < report->n_rails; i++) {
		const struct report_rail *rail = &report->rails[i];
		const struct probe_result *test = &rail->test;
		char text[LINE_TEXT];

		if (rail->usable && test->state == PROBE_PASS)
			continue;
		text_format(text, sizeof(text), "%s %s",
			    rail->name[0] ? rail->name : pci_addr_format(&rail->pci, pci),
			    report_rail_text(rail));
		if (rail->usable && test->state != PROBE_NOT_TESTED)
			text_append(text, sizeof(text), " in step %s after %u ms",
				    probe_step_text(test->step), test->total_ms);
		if (rail->card_index >= 0)
			text_append(text, sizeof(text), ", card %d", rail->card_index);
		if (test->text[0])
			text_append(text, sizeof(text), ": %s", test->text);
		row("rail", text);
	}
}

static void print_report(const struct explain *explain)
{
	const struct report *report = explain->report;

	if (!report->checked || report->outcome == OUTCOME_HEALTHY)
		printf("%s%s\n", report->checked ? "" : "not checked: ", report->sentence);
	else
		printf("%s: %s\n", outcome_text(report->outcome), report->sentence);
	print_who(explain);
	print_when(explain);
	print_done(report);
	print_rails(report);
	print_versions(report);
	if (report->test_problem[0])
		row("problem", report->test_problem);
	findings_print(&report->findings);
}

static void receipt_row(struct table *table, const struct receipt_rail *rail)
{
	const struct counters_delta *delta = &rail->delta;
	const enum counter_kind kinds[] = {COUNTER_KIND_DROPS, COUNTER_KIND_RETRANS,
					   COUNTER_KIND_ERRORS};

	if (table_row(table))
		return;
	table_cell(table, 0, "%s", rail->name);
	if (rail->state != RECEIPT_COUNTED) {
		table_cell(table, 6, "%s: %s", receipt_state_text(rail->state), rail->text);
		return;
	}
	table_cell(table, 1, "%llu", (unsigned long long)delta->v[COUNTER_TX_BYTES]);
	table_cell(table, 2, "%llu", (unsigned long long)delta->v[COUNTER_RX_BYTES]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		table_cell(table, 3 + i, "%llu", (unsigned long long)counters_sum(delta, kinds[i]));
	table_cell(table, 6, "%s", delta->reset ? "counters began anew" : "");
}

static void print_receipt(const struct receipt *receipt)
{
	static const char *const heads[] = {"RAIL",	   "SENT",   "RECEIVED", "DROPS",
					    "RETRANSMITS", "ERRORS", "NOTE"};
	char from[TIME_TEXT], to[TIME_TEXT];
	struct table table;

	printf("receipt: %s\n", receipt->sentence);
	printf("     from %s to %s\n", time_text(receipt->started_at, from),
	       time_text(receipt->ended_at, to));
	table_init(&table, sizeof(heads) / sizeof(heads[0]));
	if (receipt->n && !table_row(&table)) {
		for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
			table_cell(&table, i, "%s", heads[i]);
		for (size_t i = 0; i < receipt->n; i++)
			receipt_row(&table, &receipt->rails[i]);
		table_print(&table, "     ", stdout);
	}
	table_done(&table);
}

void explain_print(const struct explain *explain)
{
	if (explain->report)
		print_report(explain);
	else
		printf("unknown: %s\n", explain->report_problem);
	if (!explain->job)
		return;
	if (explain->receipt)
		print_receipt(explain->receipt);
	else
		printf("receipt: none: %s\n", explain->receipt_problem);
}
