/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gate_cache.h"
#include "gate_impl.h"
#include "gate_lock.h"
#include "log.h"
#include "policy_good.h"
#include "reading_store.h"
#include "text.h"

#define LOCK_GRACE_MS 600

static void want(struct decision *decision, enum policy_action action)
{
	decision->wanted = action;
	decision->done = action;
}

/* The check's verdict becomes the decision. */
static enum step_result decide(struct gate *gate, enum decision_source source)
{
	const struct verdict *verdict = &gate->check->verdict;
	struct decision *decision = gate->decision;

	decision->gated = true;
	decision->outcome = verdict->outcome;
	want(decision, verdict_action(verdict, &gate->check->site.policy));
	decision->source = source;
	text_format(decision->boot_id, sizeof(decision->boot_id), "%s", gate->check->inv.boot_id);
	text_printable(decision->sentence, sizeof(decision->sentence), verdict->sentence);
	return STEP_DONE;
}

enum step_result gate_unknown(struct gate *gate, const char *code, const char *why)
{
	verdict_fail_check(code, why, &gate->check->verdict);
	gate_report_node(gate, SOURCE_NONE);
	gate_report(gate, SOURCE_NONE);
	return decide(gate, SOURCE_NONE);
}

/* What the policy says about acting, for those who act. */
static void take_rules(const struct policy *policy, struct decision *decision)
{
	text_format(decision->settings, sizeof(decision->settings), "%s", policy->hash);
	decision->enforce = policy->enforce;
	decision->verdicts_kept = policy->receipts_kept;
	decision->limit = (struct drain_limit){
		.cluster_nodes = policy->cluster_nodes,
		.cluster_percent = policy->cluster_percent,
		.partition_nodes = policy->partition_nodes,
		.partition_percent = policy->partition_percent,
	};
}

/* For the day on which they cannot be used. */
static void keep_settings(const struct gate *gate)
{
	const struct check *check = gate->check;
	struct err err = {""};

	if (!gate->dry_run && !check->settings_problem[0] &&
	    policy_good_save(gate->options->state_dir, &check->site.files, &err))
		log_warning("last good policy: %s, continuing without", err.text);
}

/*
 * Without its settings the gate knows nothing, not even what to do about that: it says so loudly
 * and lets the job pass.
 */
enum step_result gate_settings(struct gate *gate)
{
	struct err err = {""};

	if (check_settings(gate->check, &err) == 0) {
		keep_settings(gate);
		take_rules(&gate->check->site.policy, gate->decision);
		gate->have_settings = true;
		return STEP_NEXT;
	}
	gate_unknown(gate, "E304", err.text);
	want(gate->decision, ACTION_ALLOW);
	return STEP_DONE;
}

enum step_result gate_request(struct gate *gate)
{
	const struct policy *policy = &gate->job_policy;
	const struct job *job = gate->job;
	struct decision *decision = gate->decision;
	bool none = job->request.wish == WISH_NONE || (job->request.wish == WISH_DEFAULT &&
						       strcmp(policy->layout_default, "none") == 0);

	if (job->refused) {
		decision->outcome = OUTCOME_REFUSED;
		want(decision, ACTION_REFUSE);
		text_format(decision->sentence, sizeof(decision->sentence), "%s", job->refusal);
		gate_report_unseen(gate, NULL);
		return STEP_DONE;
	}
	if (!none || !policy->layout_allow_none)
		return STEP_NEXT;
	decision->gated = false;
	decision->outcome = OUTCOME_HEALTHY;
	want(decision, ACTION_ALLOW);
	text_format(decision->sentence, sizeof(decision->sentence), "the job asks for no layout");
	gate_refresh_settings(gate);
	gate_report_unseen(gate, "layout.allow_none");
	return STEP_DONE;
}

/* A device that comes or goes meanwhile can spoil one look; the second one counts. */
enum step_result gate_inventory(struct gate *gate)
{
	struct err err = {""};

	if (check_scan(gate->check, &err) == 0)
		return STEP_NEXT;
	log_debug("%s; looking again", err.text);
	clock_sleep_ms(100);
	if (check_scan(gate->check, &err) == 0)
		return STEP_NEXT;
	return gate_unknown(gate, "E306", err.text);
}

void gate_make_key(struct gate *gate)
{
	char identity[CACHE_IDENTITY_TEXT];

	cache_identity(gate->options, identity);
	nodemap_key(&gate->check->inv, &gate->check->site.policy, identity, gate->key);
}

void gate_load_map(struct gate *gate)
{
	struct err err = {""};
	int rc;

	rc = nodemap_load(gate->map_path, FILE_TRUST_OWNER, gate->check->inv.boot_id, &gate->map,
			  &err);
	gate->have_map = rc == 0;
	if (rc && rc != -ENOENT && rc != -ESTALE)
		log_warning("node map: %s, testing the node anew", err.text);
}

/* Devices that were given their time once in this boot are not waited for by every job again. */
enum step_result gate_late(struct gate *gate)
{
	struct err err = {""};

	gate_make_key(gate);
	gate_load_map(gate);
	if (gate->have_map && strcmp(gate->map.key, gate->key) == 0)
		return STEP_NEXT;
	if (check_wait_late(gate->check, &err))
		return gate_unknown(gate, "E306", err.text);
	gate_make_key(gate);
	return STEP_NEXT;
}

static void note_age(struct gate *gate)
{
	uint64_t age_s = (clock_now_ms() - gate->map.tested_ms) / 1000;

	gate->decision->rests = true;
	gate->decision->age_s = age_s < UINT_MAX ? (unsigned)age_s : UINT_MAX;
}

/* The decision is in the map. What the job asks is not: that is judged anew. */
static enum step_result use_map(struct gate *gate, enum decision_source source)
{
	struct check *check = gate->check;
	struct verdict *verdict = &check->verdict;
	const struct nodemap *map = &gate->map;

	cache_report(map, &check->inv, &check->report);
	check_judge_report(check, &gate->job->request, &check->report);
	if (verdict->outcome != OUTCOME_REFUSED || map->outcome == OUTCOME_FAULTY ||
	    map->outcome == OUTCOME_FABRIC) {
		verdict->outcome = map->outcome;
		text_format(verdict->sentence, sizeof(verdict->sentence), "%s", map->sentence);
	}
	if (source != SOURCE_SHARED)
		note_age(gate);
	check_note_settings(check);
	decide(gate, source);
	gate_report_map(gate, source);
	return STEP_DONE;
}

static bool have_good(const struct gate *gate)
{
	return gate->have_map && cache_good(&gate->map, gate->key, clock_now_ms());
}

/* How the node is to be tested for this job; a good result may be all that it takes. */
static enum step_result step_cache(struct gate *gate)
{
	const struct policy *policy = &gate->job_policy;

	gate->since_ms = clock_now_ms();
	gate->is_young = gate->have_map &&
			 cache_young(&gate->map, gate->key, policy, gate->since_ms);
	gate->depth = policy_check_depth(policy, gate->job->request.check, gate->is_young);
	if (gate->depth == CHECK_CACHED && have_good(gate))
		return use_map(gate, SOURCE_CACHE);
	return STEP_NEXT;
}

/*
 * The gate that tests started before this one, so its own deadline comes first; but a child that
 * the kernel does not let go can make it late, and its result is worth LOCK_GRACE_MS more.
 */
static enum step_result step_lock(struct gate *gate)
{
	struct deadline until = gate->check->deadline;
	struct err err = {""};

	until.end += LOCK_GRACE_MS;
	gate->lock = gate_lock_take(gate->options->run_dir, &until, &err);
	if (gate->lock < 0 && gate->lock != -ETIMEDOUT)
		log_warning("lock: %s, continuing without", err.text);
	gate_load_map(gate);
	if (gate->have_map && cache_since(&gate->map, gate->key, gate->since_ms, clock_now_ms()))
		return use_map(gate, SOURCE_SHARED);
	return STEP_NEXT;
}

/* Devices that open do not prove that rails carry data; that is what the earlier test did. */
static enum step_result step_quick(struct gate *gate)
{
	struct check *check = gate->check;
	struct err err = {""};

	if (gate->depth != CHECK_QUICK || !have_good(gate))
		return STEP_NEXT;
	if (check_open(check, &check->report, &err)) {
		log_info("quick check: %s, testing all rails", err.text);
		return STEP_NEXT;
	}
	if (!cache_opened(&gate->map, &check->inv, &check->report)) {
		log_info("quick check: %s, testing all rails",
			 check->report.text[0] ? check->report.text : "a device does not open");
		return STEP_NEXT;
	}
	return use_map(gate, SOURCE_QUICK);
}

enum step_result gate_probe(struct gate *gate)
{
	struct err err = {""};

	/* Only with a test: the cached gate is quick, and what is said here is in its report. */
	check_claims(gate->check);
	if (check_probe(gate->check, &err))
		return gate_unknown(gate, "E303", err.text);
	/* A trial may be an ordinary user's, who can keep nothing. */
	if (gate->check->counted && geteuid() == 0 &&
	    reading_store_test(gate->options->run_dir, gate->check, &err))
		log_warning("counters: %s, continuing without", err.text);
	return STEP_NEXT;
}

static enum decision_source tested(const struct check *check)
{
	return check->probed && check->report.outcome == PROBE_RAN ? SOURCE_TEST : SOURCE_LOOK;
}

/*
 * The map speaks of the node alone: no job's wish is in it. Another gate that still tests writes a
 * better one than this one, which had no time left. A test that left rails out is kept for the
 * tasks, but not for other gates.
 */
enum step_result gate_map(struct gate *gate)
{
	struct check *check = gate->check;
	uint64_t tested_ms = check_complete(check) ? clock_now_ms() : 0;
	struct err err = {""};

	check_judge(check, NULL);
	nodemap_build(&check->inv, check->type, &check->verdict, &check->site.policy,
		      check->probed ? &check->report : NULL, &check->site.env, tested_ms,
		      &gate->map);
	text_format(gate->map.key, sizeof(gate->map.key), "%s", gate->key);
	/* Not in the map: settings that are mended change nothing about the node. */
	check_note_settings(check);
	if (!gate->dry_run && gate->lock != -ETIMEDOUT &&
	    nodemap_save(gate->map_path, &gate->map, &err))
		log_warning("node map: %s, continuing without", err.text);
	gate_report_node(gate, tested(check));
	return STEP_NEXT;
}

enum step_result gate_verdict(struct gate *gate)
{
	struct check *check = gate->check;

	check_judge(check, gate->job ? &gate->job->request : NULL);
	check_note_settings(check);
	gate->decision->complete = check_complete(check);
	gate_report(gate, tested(check));
	return decide(gate, tested(check));
}

struct gate *gate_new(const struct node_options *options, uint64_t start, struct decision *decision)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	struct check *check = check_new(options, start);

	*decision = (struct decision){
		.gated = true,
		.outcome = OUTCOME_UNKNOWN,
		.wanted = ACTION_ALLOW,
		.done = ACTION_ALLOW,
		.sentence = "out of memory",
		.deadline = {start, start},
	};
	if (!gate || !check) {
		check_free(check);
		free(gate);
		return NULL;
	}
	/* slurmd gives it to the prolog, the epilog and the health check. */
	check->from_slurmd = getenv("SLURMD_NODENAME") != NULL;
	gate->options = options;
	gate->check = check;
	gate->lock = -1;
	gate->decision = decision;
	text_format(gate->map_path, sizeof(gate->map_path), "%s/node.json", options->run_dir);
	return gate;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	check_free(gate->check);
	free(gate);
}

void gate_run(struct gate *gate, const gate_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (steps[i](gate) == STEP_DONE)
			break;
	}
	if (gate->lock >= 0)
		close(gate->lock);
	gate->lock = -1;
	gate->decision->deadline = gate->check->deadline;
}

void gate_decide(const struct node_options *options, const struct job *job, bool dry_run,
		 uint64_t start, struct decision *ret_decision, struct gate_reports *reports)
{
	/* The order is the design. */
	static const gate_step steps[] = {
		gate_settings, gate_policy, gate_request, gate_inventory, gate_late,	step_cache,
		step_lock,     step_quick,  gate_probe,	  gate_map,	  gate_verdict,
	};
	struct gate *gate = gate_new(options, start, ret_decision);

	if (!gate)
		return;
	gate->job = job;
	ret_decision->request = job->request;
	gate->dry_run = dry_run;
	gate->reports = reports;
	gate_run(gate, steps, sizeof(steps) / sizeof(steps[0]));
	gate_free(gate);
}

const char *decision_source_text(enum decision_source source)
{
	static const char *const text[] = {
		[SOURCE_NONE] = "not looked at", [SOURCE_TEST] = "tested",
		[SOURCE_CACHE] = "cached",	 [SOURCE_SHARED] = "shared test",
		[SOURCE_LOOK] = "not tested",	 [SOURCE_QUICK] = "quick",
	};

	return text[source];
}
