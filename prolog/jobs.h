/* SPDX-License-Identifier: Apache-2.0 */
/* Which jobs are on the node, as far as our own records say; see job_record.h for which count. */
#ifndef EFA_LAYOUT_JOBS_H
#define EFA_LAYOUT_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include "job_record.h"

/* How many jobs run; *ret_first (may be NULL) is one of them. Changes nothing. */
size_t jobs_running(const char *root, const char *run_dir, const char *boot_id,
		    uint32_t *ret_first);

/* The same, and records that do not count any more are removed. */
size_t jobs_sweep(const char *root, const char *run_dir, const char *boot_id, uint32_t *ret_first);

#endif
