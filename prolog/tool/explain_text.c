/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "finding_text.h"
#include "report_text.h"
#include "table.h"
#include "text.h"

#define LINE_TEXT 512

static void print_who(const struct explain *explain)
{
	const struct report *report = explain->report;
	char text[LINE_TEXT];

	text_format(text, sizeof(text), "%s", report->node[0] ? report->node : "name unknown");
	if (report->instance_type[0])
		text_append(text, sizeof(text), ", %s", report->instance_type);
	if (report->n_layouts)
		text_append(text, sizeof(text), ", layout %s", report->layouts[0]);
	report_text_row("node", text);
	if (!report->job)
		return;
	text_format(text, sizeof(text), "%u of uid %u, asked for %s", report->job,
		    (unsigned)report->uid,
		    report->asked[0] ? report->asked : "nothing (the site's default)");
	report_text_row("job", text);
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
	report_text_row("check", text);
}

static void print_when(const struct explain *explain)
{
	const struct report *report = explain->report;
	char text[LINE_TEXT], at[REPORT_TIME_TEXT];

	text_format(text, sizeof(text), "%s, %s, in %u ms", report_text_time(report->at, at),
		    how(report), report->took_ms);
	if (explain->boot_id[0] && strcmp(report->boot_id, explain->boot_id) != 0)
		text_append(text, sizeof(text), "; before the node's last start");
	report_text_row("when", text);
	print_check(report);
	if (!report->tested_at)
		return;
	text_format(text, sizeof(text), "ended %s", report_text_time(report->tested_at, at));
	if (report->test_ms)
		text_append(text, sizeof(text), ", took %u ms", report->test_ms);
	if (report->n_rails)
		text_append(text, sizeof(text), ": %u of %zu rails passed", report->rails_pass,
			    report->n_rails);
	report_text_row("test", text);
}

static void print_done(const struct report *report)
{
	const struct report_decision *decision = &report->decision;

	if (decision->did[0])
		report_text_row("done", decision->did);
	else
		report_text_row("done", report_interferes(decision->done)
						? "not yet, or it was broken off"
						: "nothing");
	if (decision->limited[0])
		report_text_row("limit", decision->limited);
	if (decision->trouble[0])
		report_text_row("trouble", decision->trouble);
	report_text_policy(report);
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
	report_text_row("versions", text);
	if (!report->policy_hash[0])
		return;
	text_format(text, sizeof(text), "%s, hash %s",
		    report->policy_file[0] ? report->policy_file : "no file, all defaults",
		    report->policy_hash);
	report_text_row("settings", text);
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
	report_text_rails(report);
	print_versions(report);
	if (report->test_problem[0])
		report_text_row("problem", report->test_problem);
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
	char from[REPORT_TIME_TEXT], to[REPORT_TIME_TEXT];
	struct table table;

	printf("receipt: %s\n", receipt->sentence);
	printf("     from %s to %s\n", report_text_time(receipt->started_at, from),
	       report_text_time(receipt->ended_at, to));
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
