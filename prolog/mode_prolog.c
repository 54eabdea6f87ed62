/* SPDX-License-Identifier: Apache-2.0 */
/* Prolog: the gate before a job. */
#include <stdlib.h>
#include <time.h>

#include "action.h"
#include "cleanup.h"
#include "gate.h"
#include "inventory.h"
#include "job_env.h"
#include "job_files.h"
#include "job_record.h"
#include "jobs.h"
#include "log.h"
#include "mode.h"
#include "text.h"

static const int exit_status[] = {
	[GATE_PASS] = EXIT_PASS,
	[GATE_NODE_FAULT] = EXIT_NODE_FAULT,
};

/* The epilog and the health check want to know that it is here. */
static void note_job(const struct node_options *options, const struct job *job,
		     const struct decision *decision)
{
	struct job_record record = {
		.id = job->id,
		.uid = job->uid,
		.started_at = time(NULL),
		.started_ms = clock_now_ms(),
		.request = decision->request,
	};
	struct err err = {""};
	int rc = 0;

	if (decision->boot_id[0])
		text_format(record.boot_id, sizeof(record.boot_id), "%s", decision->boot_id);
	else
		rc = inventory_boot_id(options->root, record.boot_id, &err);
	if (!rc)
		rc = job_record_save(options->run_dir, &record, &err);
	if (rc)
		log_warning("job %u: its record: %s, continuing", job->id, err.text);
	/* Where neither an epilog nor a health check is set up, nobody else takes old ones away. */
	if (decision->source == SOURCE_TEST)
		jobs_sweep(options->root, options->run_dir, record.boot_id, NULL);
}

/* Where neither an epilog nor a health check is set up, nobody else takes old ones away. */
static void prune_verdicts(const struct node_options *options, const struct decision *decision)
{
	struct err err = {""};

	if (decision->source == SOURCE_TEST &&
	    job_files_prune(options->state_dir, JOB_VERDICT, decision->verdicts_kept, &err))
		log_warning("verdicts of jobs: %s, continuing", err.text);
}

static enum gate_result decide(const struct arguments *args, const struct job *job, uint64_t start)
{
	cleanup_free struct gate_reports *reports = calloc(1, sizeof(*reports));
	struct decision decision;
	enum gate_result result;

	if (!reports)
		log_warning("out of memory for a report, continuing without");
	gate_decide(&args->node, job, args->dry_run, start, &decision, reports);
	if (args->dry_run) {
		result = action_print(job, &decision);
	} else {
		result = action_do(&args->node, job, &decision);
		if (result == GATE_PASS && decision.done != ACTION_REFUSE)
			note_job(&args->node, job, &decision);
		if (reports)
			gate_reports_done(&args->node, &decision, reports);
		prune_verdicts(&args->node, &decision);
	}
	action_log(job, &decision);
	return result;
}

/* Inside slurmd every doubt ends with "pass": an error of ours must not drain a node. */
int mode_prolog_run(const struct arguments *args, uint64_t start)
{
	struct err err = {""};
	struct job job;

	if (job_env_read(&job, &err)) {
		log_error("environment: %s; nothing is checked, job allowed", err.text);
		return EXIT_PASS;
	}
	if (args->slurm_conf)
		job.conf_path = args->slurm_conf;
	if (job.known || args->dry_run)
		return exit_status[decide(args, &job, start)];
	log_error("not run by slurmd: SLURM_JOB_ID is not set; use --dry-run to try it, or "
		  "\"efa-layout check\"");
	return EXIT_USAGE;
}
