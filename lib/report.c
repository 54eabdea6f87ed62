/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <string.h>

#include "text.h"

static const char *const source_words[] = {
	[SOURCE_NONE] = "none",	    [SOURCE_TEST] = "tested",	  [SOURCE_CACHE] = "cached",
	[SOURCE_SHARED] = "shared", [SOURCE_LOOK] = "not-tested", [SOURCE_QUICK] = "quick",
};

const char *report_source_text(enum decision_source source)
{
	return (size_t)source <= SOURCE_QUICK ? source_words[source] : "?";
}

const char *report_rail_text(const struct report_rail *rail)
{
	return rail->usable ? probe_state_text(rail->test.state) : "unusable";
}

/* What the findings quote comes from files and the system. */
static void copy_findings(const struct findings *from, struct findings *to)
{
	to->n = from->n;
	to->dropped = from->dropped;
	for (size_t i = 0; i < from->n; i++) {
		struct finding *finding = &to->v[i];

		*finding = from->v[i];
		text_printable(finding->subject, sizeof(finding->subject), finding->subject);
		text_printable(finding->expected, sizeof(finding->expected), finding->expected);
		text_printable(finding->found, sizeof(finding->found), finding->found);
		text_printable(finding->evidence, sizeof(finding->evidence), finding->evidence);
	}
}

static void copy_test(const struct probe_report *probe, struct report *report)
{
	report->probed = true;
	report->test_outcome = probe->outcome;
	report->test_ms = probe->elapsed_ms;
	text_printable(report->test_problem, sizeof(report->test_problem), probe->text);
	text_printable(report->libfabric, sizeof(report->libfabric), probe->libfabric);
	text_printable(report->provider, sizeof(report->provider), probe->provider);
	text_printable(report->fabric, sizeof(report->fabric), probe->fabric);
}

static void copy_extra(const struct extra_result *from, struct extra_result *to)
{
	*to = *from;
	text_printable(to->text, sizeof(to->text), from->text);
}

static void copy_rails(const struct inventory *inv, const struct probe_report *probe,
		       struct report *report)
{
	bool ran = probe && probe->outcome == PROBE_RAN;

	report->n_rails = inv->n_rails;
	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *from = &inv->rails[i];
		struct report_rail *to = &report->rails[i];

		memset(to, 0, sizeof(*to));
		if (text_is_name(from->rdma_name, sizeof(to->name) - 1))
			memcpy(to->name, from->rdma_name, sizeof(to->name));
		to->pci = from->pci;
		to->card_index = from->card_index;
		to->usable = from->stage == RAIL_USABLE;
		if (!ran || i >= probe->n)
			continue;
		to->test = probe->v[i];
		text_printable(to->test.text, sizeof(to->test.text), probe->v[i].text);
		for (size_t k = 0; k < PROBE_PAIRS; k++)
			copy_extra(&probe->extras[i][k], &to->extras[k]);
	}
	for (size_t i = 0; ran && i < probe->n_pairs; i++) {
		report->pairs[i] = probe->pairs[i];
		copy_extra(&probe->pairs[i].test, &report->pairs[i].test);
	}
	report->n_pairs = ran ? probe->n_pairs : 0;
}

static void copy_policy(const struct policy *policy, const char *setting, struct report *report)
{
	struct report_decision *decision = &report->decision;

	policy_files_text(policy, report->policy_file, sizeof(report->policy_file));
	text_format(report->policy_hash, sizeof(report->policy_hash), "%s", policy->hash);
	policy_value(policy, "action.enforce", &decision->enforce);
	if (setting)
		policy_value(policy, setting, &decision->setting);
}

/* The wall clock may have been set since then: the span is of the clock that only goes forward. */
static int64_t wall_of(const struct report_input *in, uint64_t ms)
{
	int64_t ago = in->at_ms > ms ? (int64_t)((in->at_ms - ms) / 1000) : 0;

	return in->at > ago ? in->at - ago : 0;
}

static void fill_head(const struct report_input *in, struct report *report)
{
	const struct inventory *inv = in->inv;

	report->checked = true;
	report->source = in->source;
	report->at = in->at;
	report->at_ms = in->at_ms;
	text_printable(report->instance_type, sizeof(report->instance_type), inv->instance_type);
	text_printable(report->boot_id, sizeof(report->boot_id), inv->boot_id);
	text_printable(report->kernel, sizeof(report->kernel), inv->kernel);
	text_printable(report->efa_driver, sizeof(report->efa_driver), inv->efa_driver);
}

static void fill_verdict(const struct verdict *verdict, struct report *report)
{
	report->outcome = verdict->outcome;
	text_printable(report->sentence, sizeof(report->sentence), verdict->sentence);
	report->n_layouts = verdict->n_layouts;
	memcpy(report->layouts, verdict->layouts, sizeof(report->layouts));
	memcpy(report->declared, verdict->declared, sizeof(report->declared));
	report->rails_want = verdict->rails_want;
	report->rails_pass = verdict->rails_pass;
	copy_findings(&verdict->findings, &report->findings);
}

/* Empty but for the findings, which are many and begin with none. */
static void clear(struct report *report)
{
	memset(report, 0, offsetof(struct report, findings));
	report->findings.n = report->findings.dropped = 0;
	report->n_rails = report->n_pairs = 0;
}

void report_fill(const struct report_input *in, struct report *ret_report)
{
	struct report *report = ret_report;
	struct report_decision *decision = &report->decision;

	clear(report);
	fill_head(in, report);
	fill_verdict(in->verdict, report);
	report->tested_ms = in->tested_ms;
	if (in->tested_ms && in->probe)
		report->tested_at = wall_of(in, in->tested_ms);
	text_format(report->key, sizeof(report->key), "%s", in->key);
	if (in->probe)
		copy_test(in->probe, report);
	copy_rails(in->inv, in->probe, report);
	if (in->policy) {
		copy_policy(in->policy, verdict_setting(in->verdict), report);
		decision->wanted = verdict_action(in->verdict, in->policy);
	}
	decision->done = decision->wanted;
}

void report_fill_unseen(const struct report_input *in, const char *sentence, const char *setting,
			struct report *ret_report)
{
	clear(ret_report);
	fill_head(in, ret_report);
	text_printable(ret_report->sentence, sizeof(ret_report->sentence), sentence);
	if (in->policy)
		copy_policy(in->policy, setting, ret_report);
}

bool report_is_of(const struct report *report, const char *boot_id, const char *key,
		  uint64_t tested_ms)
{
	return !strcmp(report->boot_id, boot_id) && !strcmp(report->key, key) &&
	       report->tested_ms == tested_ms;
}

/* About this job or this moment, not about the node as it was tested. */
static bool is_of_now(const struct finding *finding)
{
	return finding->code->owner == OWNER_REQUEST || !strcmp(finding->code->code, "W303");
}

static void carry_findings(struct findings *findings, const struct findings *from)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->n; i++) {
		if (is_of_now(&findings->v[i]))
			findings->v[n++] = findings->v[i];
	}
	findings->n = n;
	findings->dropped = from->dropped;
	for (size_t i = 0; i < from->n; i++) {
		if (is_of_now(&from->v[i]))
			continue;
		if (findings->n < FINDINGS_MAX)
			findings->v[findings->n++] = from->v[i];
		else
			findings->dropped++;
	}
	findings_sort(findings);
}

void report_carry(struct report *report, const struct report *node)
{
	report->tested_at = node->tested_at;
	report->probed = node->probed;
	report->test_outcome = node->test_outcome;
	report->test_ms = node->test_ms;
	memcpy(report->test_problem, node->test_problem, sizeof(report->test_problem));
	memcpy(report->libfabric, node->libfabric, sizeof(report->libfabric));
	memcpy(report->provider, node->provider, sizeof(report->provider));
	memcpy(report->fabric, node->fabric, sizeof(report->fabric));
	report->rails_pass = node->rails_pass;
	carry_findings(&report->findings, &node->findings);
	report->n_rails = node->n_rails;
	memcpy(report->rails, node->rails, node->n_rails * sizeof(node->rails[0]));
	report->n_pairs = node->n_pairs;
	memcpy(report->pairs, node->pairs, node->n_pairs * sizeof(node->pairs[0]));
}

/* The rail of the report, -1: it was not there, or came to no test. */
static int find_rail(const struct report *report, const struct rail *rail)
{
	for (size_t i = 0; i < report->n_rails; i++) {
		const struct report_rail *of = &report->rails[i];

		if (of->usable && !strcmp(of->name, rail->rdma_name) &&
		    !pci_addr_compare(&of->pci, &rail->pci))
			return (int)i;
	}
	return -1;
}

static void recall_rails(const struct report *report, const struct inventory *inv,
			 struct probe_report *probe, int now[NODE_RAILS_MAX])
{
	for (size_t i = 0; i < NODE_RAILS_MAX; i++)
		now[i] = -1;
	probe->n = inv->n_rails;
	for (size_t i = 0; i < inv->n_rails; i++) {
		int was = find_rail(report, &inv->rails[i]);

		if (was < 0 || inv->rails[i].stage != RAIL_USABLE)
			continue;
		now[was] = (int)i;
		probe->v[i] = report->rails[was].test;
		memcpy(probe->extras[i], report->rails[was].extras, sizeof(probe->extras[i]));
	}
}

bool report_recall(const struct report *report, const struct inventory *inv,
		   struct probe_report *ret_probe)
{
	struct probe_report *probe = ret_probe;
	int now[NODE_RAILS_MAX];

	memset(probe, 0, sizeof(*probe));
	if (!report->probed)
		return false;
	probe->outcome = report->test_outcome;
	text_format(probe->text, sizeof(probe->text), "%s", report->test_problem);
	text_format(probe->libfabric, sizeof(probe->libfabric), "%s", report->libfabric);
	text_format(probe->provider, sizeof(probe->provider), "%s", report->provider);
	text_format(probe->fabric, sizeof(probe->fabric), "%s", report->fabric);
	probe->elapsed_ms = report->test_ms;
	recall_rails(report, inv, probe, now);
	for (size_t i = 0; i < report->n_pairs; i++) {
		const struct probe_pair *pair = &report->pairs[i];

		if (now[pair->a] < 0 || now[pair->b] < 0)
			continue;
		probe->pairs[probe->n_pairs++] = (struct probe_pair){
			.a = (uint8_t)now[pair->a],
			.b = (uint8_t)now[pair->b],
			.test = pair->test,
		};
	}
	return true;
}
