/* SPDX-License-Identifier: Apache-2.0 */
#include "report_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text.h"

#define LINE_TEXT 512

void report_text_row(const char *name, const char *text)
{
	printf("%-12s%s\n", name, text);
}

/* In the local time zone, which the offset names. */
const char *report_text_time(int64_t at, char *buf)
{
	time_t when = (time_t)at;
	struct tm tm;

	if (!localtime_r(&when, &tm) ||
	    !strftime(buf, REPORT_TIME_TEXT, "%Y-%m-%d %H:%M:%S %z", &tm))
		text_format(buf, REPORT_TIME_TEXT, "%lld", (long long)at);
	return buf;
}

bool report_interferes(enum policy_action action)
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

void report_text_policy(const struct report *report)
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
	report_text_row("decided by", text);
	if (!off && !report_interferes(decision->wanted))
		return;
	policy_value_text(&decision->enforce, text, sizeof(text));
	if (off)
		text_append(text, sizeof(text), ": nothing is done, only said");
	if (decision->enforce.name[0])
		report_text_row("enforced by", text);
}

/* Those that did not pass; of rails that did there is nothing to say. */
void report_text_rails(const struct report *report)
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
		report_text_row("rail", text);
	}
}
