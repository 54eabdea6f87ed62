/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that are on the node: <run_dir>/jobs/<id>, written when the gate lets a job start and
 * removed behind it, and beside it <id>.counters, the reading of the counters that was the last one
 * then.
 *
 * A record may be left behind: no epilog is set up, or it was killed. So one that is older than
 * JOB_START_MS counts only while a slurmstepd of its job exists. A job without one has no process
 * on the node that a test could disturb; the time is for what lies between the gate and the first
 * one (other prologs, other nodes). Records of another boot never count.
 */
#ifndef EFA_LAYOUT_JOB_RECORD_H
#define EFA_LAYOUT_JOB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "request.h"

#define JOB_START_MS 600000

struct job_record {
	uint32_t id;
	uid_t uid;
	char boot_id[40];
	int64_t started_at;	/* seconds since 1970 */
	uint64_t started_ms;	/* CLOCK_BOOTTIME */
	struct request request; /* what it asks, filled in by the policy */
};

/*
 * Write it; directories are made. The reading <run_dir>/counters.json, if there is one, is kept as
 * it is now beside it (a link: later ones replace the name, not this file); where that cannot be,
 * the record is written nevertheless, and the error says so.
 */
int job_record_save(const char *run_dir, const struct job_record *record, struct err *err);
/* -ENOENT: there is none; what cannot be trusted or read has a sentence. */
int job_record_load(const char *run_dir, uint32_t id, struct job_record *ret_record,
		    struct err *err);
/* The path of its reading. buf: PATH_MAX bytes. */
int job_record_reading(const char *run_dir, uint32_t id, char *buf, struct err *err);
/* The record, and the reading; 0 also when it is not there. */
int job_record_remove(const char *run_dir, uint32_t id, struct err *err);
int job_record_remove_reading(const char *run_dir, uint32_t id, struct err *err);

/* Ids of jobs, to be freed with job_ids_done. */
struct job_ids {
	size_t n;
	uint32_t *v;
};
void job_ids_done(struct job_ids *ids);
#define cleanup_job_ids __attribute__((cleanup(job_ids_done)))

/* All records by their names, whatever is in them, or JOB_RECORDS_MAX of them. 0 also without the
 * directory. */
#define JOB_RECORDS_MAX 16384
int job_records_list(const char *run_dir, struct job_ids *ret_ids, struct err *err);

/* Jobs that have a slurmstepd (step_scan.h). */
struct step_jobs {
	struct job_ids ids;
	bool unclear; /* some slurmstepd does not say whose it is: every job may have one */
};

/* Does the record stand for a job that may be running? Pure. A young one does without steps. */
bool job_record_is_young(const struct job_record *record, const char *boot_id, uint64_t now_ms);
bool job_record_counts(const struct job_record *record, const char *boot_id, uint64_t now_ms,
		       const struct step_jobs *steps);

#endif
