/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading of the rails' counters in <run_dir>/counters.json: the last one. A job's start keeps
 * it (job_record.h), so that what a test of ours moved, or another job before, is never counted for
 * it.
 */
#ifndef EFA_LAYOUT_READING_STORE_H
#define EFA_LAYOUT_READING_STORE_H

#include "check.h"
#include "err.h"
#include "reading.h"

/* A test ended that asked for counters (check->counted). 0, or what kept it from being noted. */
int reading_store_test(const char *run_dir, const struct check *check, struct err *err);

/* What else is there when a job ends. */
struct job_end {
	uint32_t id;
	const struct counters *counters;
	uint64_t counted_ms;
	size_t running; /* filled in: other jobs that are still there */
};

/*
 * A job ended: the reading after it. In one step with it the job's record goes away and the others
 * are counted, so that of two jobs that end together each sees the other once. *ret_now is always
 * filled, also when it could not be kept.
 */
int reading_store_job(const char *root, const char *run_dir, const char *boot_id,
		      struct job_end *end, struct reading *ret_now, struct err *err);

/* Nobody keeps it up to date any longer. 0 also when there is none. */
int reading_store_remove(const char *run_dir, struct err *err);

#endif
