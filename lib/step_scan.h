/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs have a slurmstepd on the node, by the titles that those give themselves. */
#ifndef EFA_LAYOUT_STEP_SCAN_H
#define EFA_LAYOUT_STEP_SCAN_H

#include "job_record.h"

/*
 * Look through <root>/proc ("" or "/" for the running node). "slurmstepd: [17.batch]" is of job 17.
 * A process that ends meanwhile is not there. *ret_steps is to be freed with step_jobs_done.
 */
int step_scan(const char *root, struct step_jobs *ret_steps, struct err *err);
void step_jobs_done(struct step_jobs *steps);
#define cleanup_step_jobs __attribute__((cleanup(step_jobs_done)))

#endif
