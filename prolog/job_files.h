/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of jobs when they are gone: <state_dir>/jobs/<id>.verdict.json and
 * <id>.receipt.json, and no more of a kind than the site wants.
 */
#ifndef EFA_LAYOUT_JOB_FILES_H
#define EFA_LAYOUT_JOB_FILES_H

#include <stdint.h>

#include "err.h"

#define JOB_RECEIPT ".receipt.json"
#define JOB_VERDICT ".verdict.json"

/* The file of a job. suffix: one of the above. buf: PATH_MAX bytes. */
int job_file_path(const char *state_dir, uint32_t job, const char *suffix, char *buf,
		  struct err *err);
/* Make the directory that it is in. */
int job_files_ensure_dir(const char *state_dir, struct err *err);
/*
 * Keep the newest so many of a kind, by the time of their writing. The directory is looked through
 * within bounds: what was too much for once goes the next times. 0 also without
 * the directory.
 */
int job_files_prune(const char *state_dir, const char *suffix, unsigned keep, struct err *err);

#endif
