/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate leaves for people: the check's verdict as a report. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "gate_impl.h"
#include "log.h"
#include "report_store.h"
#include "text.h"

/* tested_ms: of the test behind it. probe: NULL: there was none. */
static struct report_input make_input(const struct gate *gate, enum decision_source source,
				      const struct probe_report *probe, uint64_t tested_ms)
{
	const struct check *check = gate->check;

	return (struct report_input){
		.inv = &check->inv,
		.verdict = &check->verdict,
		.probe = probe,
		.policy = gate->have_settings ? &check->site.policy : NULL,
		.source = source,
		.at = time(NULL),
		.at_ms = clock_now_ms(),
		.tested_ms = tested_ms,
		.key = gate->key,
	};
}

/* What decides about the job is what holds for it. */
static void take_job_policy(const struct gate *gate, struct report_input *in)
{
	if (gate->check->job_policy)
		in->policy = gate->check->job_policy;
}

/* The check's own test; one that broke off before it began is none. */
static struct report_input own_input(const struct gate *gate, enum decision_source source)
{
	const struct check *check = gate->check;
	bool looked = source != SOURCE_NONE;

	return make_input(gate, source, looked && check->probed ? &check->report : NULL,
			  looked ? gate->map.tested_ms : 0);
}

/* Whose it is, and of which boot, also where no more than that can be read. */
static void fill_who(const struct gate *gate, struct report *report)
{
	if (gate->job && gate->job->known)
		text_format(report->node, sizeof(report->node), "%s", gate->job->node);
	if (!report->boot_id[0] && inventory_boot_id(gate->options->root, report->boot_id, NULL))
		report->boot_id[0] = '\0';
	report->took_ms = deadline_used(&gate->check->deadline);
}

/* As deep as what came of it; CHECK_AUTO: nothing did. */
static enum check_depth depth_of(enum decision_source source)
{
	switch (source) {
	case SOURCE_CACHE:
		return CHECK_CACHED;
	case SOURCE_QUICK:
		return CHECK_QUICK;
	case SOURCE_TEST:
	case SOURCE_SHARED:
		return CHECK_FULL;
	case SOURCE_NONE:
	case SOURCE_LOOK:
		break;
	}
	return CHECK_AUTO;
}

static void fill_check(const struct gate *gate, struct report *report)
{
	const enum check_depth asked = gate->job->request.check;
	const char *setting;

	report->check.asked = asked;
	report->check.wanted = gate->depth;
	report->check.done = depth_of(report->source);
	if (gate->depth == CHECK_AUTO)
		return;
	setting = policy_depth_setting(&gate->job_policy, asked, gate->is_young);
	if (setting)
		policy_value(&gate->job_policy, setting, &report->check.setting);
}

static void fill_job(const struct gate *gate, struct report *report)
{
	fill_who(gate, report);
	if (!gate->job)
		return;
	fill_check(gate, report);
	report->job = gate->job->id;
	report->uid = gate->job->uid;
	text_format(report->asked, sizeof(report->asked), "%s",
		    request_wish_text(&gate->job->request));
}

void gate_report(struct gate *gate, enum decision_source source)
{
	struct report_input in = own_input(gate, source);

	if (!gate->reports)
		return;
	take_job_policy(gate, &in);
	report_fill(&in, &gate->reports->job);
	fill_job(gate, &gate->reports->job);
}

void gate_report_unseen(struct gate *gate, const char *setting)
{
	struct report_input in = own_input(gate, SOURCE_NONE);
	const struct decision *decision = gate->decision;
	struct report *report;

	if (!gate->reports)
		return;
	report = &gate->reports->job;
	take_job_policy(gate, &in);
	report_fill_unseen(&in, decision->sentence, setting, report);
	report->outcome = decision->outcome;
	report->checked = decision->gated;
	report->decision.wanted = report->decision.done = decision->wanted;
	fill_job(gate, report);
}

static void keep(struct gate *gate)
{
	struct err err = {""};

	gate->reports->has_node = true;
	if (report_store_node(gate->options, &gate->reports->node, &err))
		log_warning("report: %s, continuing without", err.text);
}

/* Another gate that still tests writes a better one. */
void gate_report_node(struct gate *gate, enum decision_source source)
{
	struct report_input in = own_input(gate, source);

	if (!gate->reports || gate->dry_run || gate->lock == -ETIMEDOUT)
		return;
	report_fill(&in, &gate->reports->node);
	fill_who(gate, &gate->reports->node);
	keep(gate);
}

/* The map's own test, as far as the map knows; a node without rails had none. */
static struct report_input map_input(const struct gate *gate, enum decision_source source)
{
	const struct check *check = gate->check;

	return make_input(gate, source, check->inv.n_rails ? &check->report : NULL,
			  gate->map.tested_ms);
}

/*
 * There is a map and no report of the same test: somebody took it away, it could not be written, or
 * the last verdict was about settings that are mended by now. What the map knows stands in for it.
 */
static void rebuild_node(struct gate *gate)
{
	const struct nodemap *map = &gate->map;
	struct check *check = gate->check;
	struct report_input in = map_input(gate, SOURCE_CACHE);

	check_judge_report(check, NULL, &check->report);
	check->verdict.outcome = map->outcome;
	text_format(check->verdict.sentence, sizeof(check->verdict.sentence), "%s", map->sentence);
	report_fill(&in, &gate->reports->node);
	fill_who(gate, &gate->reports->node);
	gate->reports->node.at -= (int64_t)((in.at_ms - map->tested_ms) / 1000);
	gate->reports->node.at_ms = map->tested_ms;
	if (!gate->dry_run)
		keep(gate);
}

void gate_report_map(struct gate *gate, enum decision_source source)
{
	const struct nodemap *map = &gate->map;
	struct report_input in = map_input(gate, source);
	struct err err = {""};
	int rc;

	if (!gate->reports)
		return;
	take_job_policy(gate, &in);
	report_fill(&in, &gate->reports->job);
	fill_job(gate, &gate->reports->job);
	rc = report_store_load(gate->options->run_dir, map->boot_id, &gate->reports->node, &err);
	if (rc && rc != -ENOENT && rc != -ESTALE)
		log_warning("report: %s, writing it anew", err.text);
	if (rc || !report_is_of(&gate->reports->node, map->boot_id, map->key, map->tested_ms))
		rebuild_node(gate);
	report_carry(&gate->reports->job, &gate->reports->node);
}

static void note_done(const struct decision *decision, struct report *report)
{
	struct report_decision *to = &report->decision;

	report->took_ms = deadline_used(&decision->deadline);
	to->wanted = decision->wanted;
	to->done = decision->done;
	text_printable(to->did, sizeof(to->did), decision->did);
	text_printable(to->limited, sizeof(to->limited), decision->limited);
	text_printable(to->trouble, sizeof(to->trouble), decision->trouble);
}

void gate_reports_done(const struct node_options *options, const struct decision *decision,
		       struct gate_reports *reports)
{
	struct err err = {""};

	note_done(decision, &reports->job);
	if (reports->job.job && report_store_job(options, &reports->job, &err))
		log_warning("job %u: its verdict: %s, continuing without", reports->job.job,
			    err.text);
	/* What was done for a job's wish says nothing about the node. */
	if (!reports->has_node || reports->node.outcome != decision->outcome)
		return;
	note_done(decision, &reports->node);
	if (report_store_node(options, &reports->node, &err))
		log_warning("report: %s, continuing without", err.text);
}
