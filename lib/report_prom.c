/* SPDX-License-Identifier: Apache-2.0 */
#include "report_prom.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "efa_layout_config.h"

#define PREFIX "efa_layout_"

static void begin(FILE *to, const char *name, const char *help)
{
	fprintf(to, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", name, help, name);
}

/* name="value" with backslash, quote and line feed escaped. first: opens the braces. */
static void label(FILE *to, bool first, const char *name, const char *value)
{
	fprintf(to, "%s%s=\"", first ? "{" : ",", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", to);
		else if (*value == '"' || *value == '\\')
			fprintf(to, "\\%c", *value);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}

static void one(FILE *to, const char *name, const char *help, uint64_t value)
{
	begin(to, name, help);
	fprintf(to, PREFIX "%s %llu\n", name, (unsigned long long)value);
}

static void seconds(FILE *to, const char *name, const char *help, unsigned ms)
{
	begin(to, name, help);
	fprintf(to, PREFIX "%s %u.%03u\n", name, ms / 1000, ms % 1000);
}

static void with(FILE *to, const char *name, const char *key, const char *value, uint64_t number)
{
	fprintf(to, PREFIX "%s", name);
	label(to, true, key, value);
	fprintf(to, "} %llu\n", (unsigned long long)number);
}

static void put_info(FILE *to, const struct prom_state *state)
{
	const struct report *report = state->report;

	begin(to, "info", "What the node is and runs, in labels; always 1.");
	fputs(PREFIX "info", to);
	label(to, true, "version", EFA_LAYOUT_VERSION);
	label(to, false, "boot_id", state->boot_id);
	label(to, false, "instance_type", report ? report->instance_type : "");
	label(to, false, "efa_driver", report ? report->efa_driver : "");
	label(to, false, "libfabric", report ? report->libfabric : "");
	label(to, false, "policy", report ? report->policy_hash : "");
	fputs("} 1\n", to);
}

static void put_outcome(FILE *to, const struct report *report)
{
	begin(to, "outcome", "The node's last verdict: 1 for the outcome that it is, else 0.");
	for (int i = OUTCOME_HEALTHY; i <= OUTCOME_FAULTY; i++)
		with(to, "outcome", "outcome", outcome_text((enum outcome)i),
		     (enum outcome)i == report->outcome);
}

static void put_action(FILE *to, const char *name, const char *help, enum policy_action action)
{
	begin(to, name, help);
	for (int i = 0; i < POLICY_ACTIONS; i++)
		with(to, name, "action", policy_action_text((enum policy_action)i),
		     (enum policy_action)i == action);
}

static void put_rail_states(FILE *to, const struct report *report)
{
	static const char *const states[] = {"pass",	"fail",	      "hung",
					     "crashed", "not-tested", "unusable"};

	begin(to, "rails", "EFA rails of the node, by the state of their last test.");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		uint64_t n = 0;

		for (size_t k = 0; k < report->n_rails; k++)
			n += strcmp(report_rail_text(&report->rails[k]), states[i]) == 0;
		with(to, "rails", "state", states[i], n);
	}
	one(to, "rails_wanted", "EFA rails that the node should have, 0 not known.",
	    report->rails_want);
}

static void rail_labels(FILE *to, const char *name, const struct report_rail *rail)
{
	char card[16] = "", pci[PCI_ADDR_TEXT];

	if (rail->card_index >= 0)
		snprintf(card, sizeof(card), "%d", rail->card_index);
	pci_addr_format(&rail->pci, pci);
	fprintf(to, PREFIX "%s", name);
	label(to, true, "rail", rail->name[0] ? rail->name : pci);
	label(to, false, "pci", pci);
	label(to, false, "card", card);
}

static bool is_untested(const struct report_rail *rail)
{
	return rail->usable && rail->test.state == PROBE_NOT_TESTED;
}

/* A rail that was not tested is not known to be good or bad: it has no sample. */
static void put_rails(FILE *to, const struct report *report)
{
	begin(to, "rail_ok", "Whether the rail passed its last test; absent where it had none.");
	for (size_t i = 0; i < report->n_rails; i++) {
		const struct report_rail *rail = &report->rails[i];

		if (is_untested(rail))
			continue;
		rail_labels(to, "rail_ok", rail);
		fprintf(to, "} %d\n", rail->usable && rail->test.state == PROBE_PASS);
	}
	begin(to, "rail_test_seconds", "How long the rail's last test took, if it passed.");
	for (size_t i = 0; i < report->n_rails; i++) {
		const struct report_rail *rail = &report->rails[i];

		if (!rail->usable || rail->test.state != PROBE_PASS)
			continue;
		rail_labels(to, "rail_test_seconds", rail);
		fprintf(to, "} %u.%03u\n", rail->test.total_ms / 1000, rail->test.total_ms % 1000);
	}
}

static bool is_measured(const struct report_rail *rail, enum probe_extra kind)
{
	return rail->usable && rail->extras[kind].state == EXTRA_DONE;
}

static bool any_measured(const struct report *report, enum probe_extra kind)
{
	for (size_t i = 0; i < report->n_rails; i++)
		if (is_measured(&report->rails[i], kind))
			return true;
	return false;
}

/* Only where a site has it measured; the time in seconds, as Prometheus has it. */
static void put_measured(FILE *to, const struct report *report)
{
	if (any_measured(report, PROBE_LATENCY))
		begin(to, "rail_latency_seconds",
		      "What a small message took from the rail back to itself, median.");
	for (size_t i = 0; i < report->n_rails; i++) {
		uint64_t ns = report->rails[i].extras[PROBE_LATENCY].value;

		if (!is_measured(&report->rails[i], PROBE_LATENCY))
			continue;
		rail_labels(to, "rail_latency_seconds", &report->rails[i]);
		fprintf(to, "} %llu.%09llu\n", (unsigned long long)(ns / 1000000000),
			(unsigned long long)(ns % 1000000000));
	}
	if (any_measured(report, PROBE_BANDWIDTH))
		begin(to, "rail_bandwidth_bytes_per_second",
		      "What went from the rail back to itself, median.");
	for (size_t i = 0; i < report->n_rails; i++) {
		if (!is_measured(&report->rails[i], PROBE_BANDWIDTH))
			continue;
		rail_labels(to, "rail_bandwidth_bytes_per_second", &report->rails[i]);
		fprintf(to, "} %llu\n",
			(unsigned long long)report->rails[i].extras[PROBE_BANDWIDTH].value);
	}
}

/* Each code has one severity and one owner: a line a code. */
static void put_findings(FILE *to, const struct findings *findings)
{
	begin(to, "findings", "Findings of the last verdict, by code.");
	for (const struct finding_code *row = finding_codes; row->code; row++) {
		uint64_t n = 0;

		for (size_t i = 0; i < findings->n; i++)
			n += findings->v[i].code == row;
		if (!n)
			continue;
		fputs(PREFIX "findings", to);
		label(to, true, "code", row->code);
		label(to, false, "severity", finding_severity_text(row->severity));
		label(to, false, "owner", finding_owner_text(row->owner));
		fprintf(to, "} %llu\n", (unsigned long long)n);
	}
}

static void put_times(FILE *to, const struct report *report)
{
	one(to, "verdict_timestamp_seconds", "When the last verdict was reached.",
	    (uint64_t)report->at);
	if (report->tested_at)
		one(to, "test_timestamp_seconds",
		    "When the last complete test of the rails ended; absent: there was none.",
		    (uint64_t)report->tested_at);
	if (report->test_ms)
		seconds(to, "test_duration_seconds", "How long the last test of the rails took.",
			report->test_ms);
}

static void put_report(FILE *to, const struct report *report)
{
	const struct report_decision *decision = &report->decision;

	put_outcome(to, report);
	put_times(to, report);
	put_rail_states(to, report);
	put_rails(to, report);
	put_measured(to, report);
	put_findings(to, &report->findings);
	put_action(to, "action_wanted", "What the settings want for the last verdict.",
		   decision->wanted);
	put_action(to, "action", "What was done for the last verdict.", decision->done);
	if (decision->enforce.name[0])
		one(to, "enforced", "action.enforce: whether anything is done at all.",
		    strcmp(decision->enforce.value, "true") == 0);
}

int report_prom(const struct prom_state *state, char **ret_text, size_t *ret_size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_size);
	bool failed;

	if (!to)
		return -ENOMEM;
	put_info(to, state);
	one(to, "result_current", "Whether the last verdict is of the node as it is now.",
	    state->current);
	one(to, "drain_recorded", "Whether efa-layout has this node drained.", state->own_drain);
	if (state->report)
		put_report(to, state->report);
	failed = ferror(to);
	if (fclose(to) || failed) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}
