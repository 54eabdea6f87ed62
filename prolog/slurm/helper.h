/* SPDX-License-Identifier: Apache-2.0 */
/* Private to efa-layout-slurm: arguments, commands, and what differs between Slurm's releases. */
#ifndef EFA_LAYOUT_HELPER_H
#define EFA_LAYOUT_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>

#include "drain_limit.h"
#include "helper_status.h"

#define HELPER_PROGRAM "efa-layout-slurm"

struct arguments {
	const char *node, *text;
	uint32_t job; /* 0 none */
	unsigned code;
	bool after;
	struct drain_limit limit;
};

/* Each prints one sentence on standard output unless it is done. */
enum helper_status helper_drain(const struct arguments *args);
enum helper_status helper_lift(const struct arguments *args);
enum helper_status helper_refuse(const struct arguments *args);

/* Prints what and libslurm's error; returns HELPER_FAILED. */
enum helper_status helper_fail(const char *what);

/*
 * A job's id became part of a larger identity, in 25.11 for slurm_complete_job and updates and in
 * 26.05 for the others. Never the calls that take the id as text: those mean a whole job array
 * where the id is that of the array.
 */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(25, 11, 0)
static inline slurm_step_id_t helper_identity(uint32_t job)
{
	slurm_step_id_t id = SLURM_STEP_ID_INITIALIZER;

	id.job_id = job;
	return id;
}
#endif

#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(26, 5, 0)
#define JOB_IDENTITY(job) helper_identity(job)
#else
#define JOB_IDENTITY(job) (job)
#endif

#endif
