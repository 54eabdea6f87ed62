/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs.h"

#include <stdbool.h>

#include "deadline.h"
#include "log.h"
#include "step_scan.h"

struct survey {
	const char *root, *run_dir, *boot_id;
	uint64_t now_ms;
	bool sweep;
	bool looked; /* for slurmstepd: once, and only when a record asks for it */
	struct step_jobs steps;
};

/* Where nobody can look, every record counts. */
static const struct step_jobs *look(struct survey *survey)
{
	struct err err = {""};

	if (survey->looked)
		return &survey->steps;
	survey->looked = true;
	if (step_scan(survey->root, &survey->steps, &err) == 0)
		return &survey->steps;
	log_debug("processes: %s; every job that is noted counts", err.text);
	survey->steps.unclear = true;
	return &survey->steps;
}

static void remove_record(const struct survey *survey, uint32_t id)
{
	struct err err = {""};

	if (!survey->sweep)
		return;
	log_debug("job %u: left nothing but its record; removing that", id);
	if (job_record_remove(survey->run_dir, id, &err) ||
	    job_record_remove_reading(survey->run_dir, id, &err))
		log_debug("%s", err.text);
}

/* One that cannot be read says nothing about a job, and would say so for ever. */
static bool counts(struct survey *survey, uint32_t id)
{
	struct job_record record;
	struct err err = {""};

	if (job_record_load(survey->run_dir, id, &record, &err))
		log_debug("job record: %s, ignoring it", err.text);
	else if (job_record_is_young(&record, survey->boot_id, survey->now_ms) ||
		 job_record_counts(&record, survey->boot_id, survey->now_ms, look(survey)))
		return true;
	remove_record(survey, id);
	return false;
}

static size_t run(struct survey *survey, uint32_t *ret_first)
{
	cleanup_job_ids struct job_ids ids = {0};
	struct err err = {""};
	size_t n = 0;

	survey->now_ms = clock_now_ms();
	if (job_records_list(survey->run_dir, &ids, &err))
		log_debug("job records: %s, ignoring them", err.text);
	for (size_t i = 0; i < ids.n; i++) {
		if (!counts(survey, ids.v[i]))
			continue;
		if (!n++ && ret_first)
			*ret_first = ids.v[i];
	}
	step_jobs_done(&survey->steps);
	return n;
}

size_t jobs_running(const char *root, const char *run_dir, const char *boot_id, uint32_t *ret_first)
{
	struct survey survey = {.root = root, .run_dir = run_dir, .boot_id = boot_id};

	return run(&survey, ret_first);
}

size_t jobs_sweep(const char *root, const char *run_dir, const char *boot_id, uint32_t *ret_first)
{
	struct survey survey = {
		.root = root, .run_dir = run_dir, .boot_id = boot_id, .sweep = true};

	return run(&survey, ret_first);
}
