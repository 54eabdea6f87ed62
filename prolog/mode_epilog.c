/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epilog: what the job moved, noted. It ends with 0 whatever happens, because anything else drains
 * the node, and soon, because the next job waits for it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "counters_run.h"
#include "inventory.h"
#include "job_env.h"
#include "job_files.h"
#include "job_record.h"
#include "jobs.h"
#include "log.h"
#include "mode.h"
#include "policy.h"
#include "policy_good.h"
#include "program.h"
#include "reading_store.h"
#include "receipt_store.h"
#include "text.h"

#define COUNTERS_MS 3000 /* for those that answer it is milliseconds */
#define LEAST_MS    50	 /* less is no chance to answer */

struct epilog {
	const struct arguments *args;
	const struct job *job;
	bool have_policy;
	struct policy policy;
	struct deadline deadline;
	struct job_record record;
	bool have_before;
	struct reading before, after;
	struct counters counters;
	uint64_t counted_ms;
	struct receipt receipt;
};

/* As the prolog does, which has said why. */
static int load_last_good(const char *state_dir, struct policy *ret_policy)
{
	cleanup_policy_files struct policy_files files = {0};
	int rc = policy_good_load(state_dir, &files, NULL);

	return rc ? rc : policy_parse(&files, ret_policy, NULL);
}

/* Without settings nothing is known about receipts: none is written. */
static bool load_policy(struct epilog *epilog, uint64_t start)
{
	const struct node_options *node = &epilog->args->node;
	struct err err = {""};

	if (policy_load_site(node->site_dir, FILE_TRUST_OWNER, &epilog->policy, &err) &&
	    load_last_good(node->state_dir, &epilog->policy)) {
		log_warning("job %u: settings: %s; no receipt", epilog->job->id, err.text);
		return false;
	}
	epilog->have_policy = true;
	epilog->deadline = (struct deadline){start, start + epilog->policy.budget_ms};
	return epilog->policy.receipt;
}

/* False: nothing is known of the job's beginning, so there is nothing to say at its end. */
static bool load_record(struct epilog *epilog, const char *boot_id)
{
	const char *run_dir = epilog->args->node.run_dir;
	uint32_t id = epilog->job->id;
	struct err err = {""};
	char path[PATH_MAX];
	int rc = job_record_load(run_dir, id, &epilog->record, &err);

	if (rc == -ENOENT)
		log_debug("job %u: did not start here, as far as is known; no receipt", id);
	else if (rc)
		log_warning("job record: %s; no receipt for job %u", err.text, id);
	else if (strcmp(epilog->record.boot_id, boot_id) != 0)
		log_debug("job %u: started before the node did; no receipt", id);
	if (rc || strcmp(epilog->record.boot_id, boot_id) != 0)
		return false;
	rc = job_record_reading(run_dir, id, path, &err);
	if (!rc)
		rc = reading_load(path, FILE_TRUST_OWNER, boot_id, &epilog->before, &err);
	if (rc && rc != -ENOENT)
		log_warning("counters: %s, continuing without", err.text);
	epilog->have_before = !rc;
	return true;
}

/* Devices that are there, and those that were: it says of them that they are gone. */
static size_t list_rails(const struct epilog *epilog, const struct inventory *inv,
			 const char **names)
{
	size_t n = 0;

	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].rdma_name[0])
			names[n++] = inv->rails[i].rdma_name;
	}
	for (size_t i = 0; epilog->have_before && i < epilog->before.n; i++) {
		const char *name = epilog->before.rails[i].now.name;
		size_t k = 0;

		while (k < n && strcmp(names[k], name) != 0)
			k++;
		if (k == n && n < NODE_RAILS_MAX)
			names[n++] = name;
	}
	return n;
}

static void count(struct epilog *epilog, const char *const *names, size_t n)
{
	const struct node_options *options = &epilog->args->node;
	unsigned budget = deadline_left(&epilog->deadline);
	struct err err = {""};

	if (budget > COUNTERS_MS)
		budget = COUNTERS_MS;
	if (!node_options_may_probe(options))
		counters_not_read(names, n, "the node is a saved one", &epilog->counters);
	else if (program_check(options->probe, &err))
		counters_not_read(names, n, err.text, &epilog->counters);
	else if (budget < LEAST_MS)
		counters_not_read(names, n, "no time was left", &epilog->counters);
	else
		counters_run(options->probe, budget, names, n, &epilog->counters);
	epilog->counted_ms = clock_now_ms();
}

static void read_counters(struct epilog *epilog)
{
	cleanup_free struct inventory *inv = calloc(1, sizeof(*inv));
	const char *names[NODE_RAILS_MAX];
	struct err err = {""};

	if (!inv)
		return;
	if (inventory_scan(epilog->args->node.root, inv, &err)) {
		log_warning("%s, continuing with the devices from before the job", err.text);
		memset(inv, 0, sizeof(*inv));
	}
	count(epilog, names, list_rails(epilog, inv, names));
}

static void fill_receipt(struct epilog *epilog, const struct job_end *end)
{
	struct receipt *receipt = &epilog->receipt;
	const struct reading *before = epilog->have_before ? &epilog->before : NULL;

	receipt->job = epilog->job->id;
	receipt->uid = epilog->record.uid;
	text_format(receipt->node, sizeof(receipt->node), "%s", epilog->job->node);
	text_format(receipt->boot_id, sizeof(receipt->boot_id), "%s", epilog->record.boot_id);
	receipt->started_at = epilog->record.started_at;
	receipt->ended_at = time(NULL);
	/* Those that are still here, and those that ended meanwhile; this one is among the latter.
	 */
	receipt->others = end->running;
	if (before && epilog->after.jobs_ended > before->jobs_ended)
		receipt->others += epilog->after.jobs_ended - before->jobs_ended - 1;
	receipt_fill(receipt, before, &epilog->after);
}

static void keep_receipt(const struct epilog *epilog)
{
	const char *state_dir = epilog->args->node.state_dir;
	struct err err = {""};

	if (receipt_store_save(state_dir, &epilog->receipt, &err))
		log_warning("receipt: %s, continuing without", err.text);
}

/* Receipts, and the verdicts that the prolog has left. */
static void prune(const struct epilog *epilog)
{
	static const char *const kinds[] = {JOB_RECEIPT, JOB_VERDICT};
	const char *state_dir = epilog->args->node.state_dir;
	struct err err = {""};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (job_files_prune(state_dir, kinds[i], epilog->policy.receipts_kept, &err))
			log_warning("files of jobs: %s, continuing", err.text);
	}
}

static void make_receipt(struct epilog *epilog)
{
	const struct node_options *options = &epilog->args->node;
	const struct job *job = epilog->job;
	struct job_end end = {.id = job->id, .counters = &epilog->counters};
	struct err err = {""};

	read_counters(epilog);
	end.counted_ms = epilog->counted_ms;
	if (epilog->args->dry_run) {
		end.running = jobs_running(options->root, options->run_dir, epilog->record.boot_id,
					   NULL);
		end.running -= end.running > 0; /* this one */
		text_format(epilog->after.boot_id, sizeof(epilog->after.boot_id), "%s",
			    epilog->record.boot_id);
		reading_take(&epilog->after, end.counters, end.counted_ms);
	} else if (reading_store_job(options->root, options->run_dir, epilog->record.boot_id, &end,
				     &epilog->after, &err)) {
		log_warning("counters: %s, continuing without", err.text);
	}
	fill_receipt(epilog, &end);
	if (epilog->args->dry_run)
		printf("would note that job %u %s\n", job->id, epilog->receipt.sentence);
	else
		keep_receipt(epilog);
	log_info("job %u of uid %u on node %s: %s (%u ms)", job->id, (unsigned)epilog->record.uid,
		 job->node, epilog->receipt.sentence, deadline_used(&epilog->deadline));
}

/* The job is not here any more, whatever else could or could not be done. */
static void forget_job(const struct epilog *epilog, bool receipts)
{
	const char *run_dir = epilog->args->node.run_dir;
	struct err err = {""};
	int rc;

	rc = job_record_remove(run_dir, epilog->job->id, &err);
	if (rc || job_record_remove_reading(run_dir, epilog->job->id, &err))
		log_warning("job record: %s, continuing", err.text);
	if (!receipts && reading_store_remove(run_dir, &err))
		log_warning("counters: %s, continuing", err.text);
}

static void run(struct epilog *epilog, uint64_t start)
{
	char boot_id[sizeof(epilog->record.boot_id)];
	bool receipts = load_policy(epilog, start);
	struct err err = {""};

	if (inventory_boot_id(epilog->args->node.root, boot_id, &err))
		log_warning("%s; no receipt for job %u", err.text, epilog->job->id);
	else if (receipts && load_record(epilog, boot_id))
		make_receipt(epilog);
	if (epilog->args->dry_run)
		return;
	forget_job(epilog, receipts);
	if (epilog->have_policy)
		prune(epilog);
}

int mode_epilog_run(const struct arguments *args, uint64_t start)
{
	cleanup_free struct epilog *epilog = calloc(1, sizeof(*epilog));
	struct err err = {""};
	struct job job;

	if (!epilog)
		log_error("out of memory; no receipt");
	else if (job_env_read(&job, &err))
		log_error("environment: %s; no receipt", err.text);
	else if (!job.known)
		log_error("not run by slurmd: SLURM_JOB_ID is not set; nothing to do");
	else {
		epilog->args = args;
		epilog->job = &job;
		run(epilog, start);
	}
	return EXIT_PASS;
}
