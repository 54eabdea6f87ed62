/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed access to Slurm: its variadic and loosely typed calls have their home here, so that the
 * rest of the plugin can be read, and tested, without Slurm's headers. Errors are negative errno
 * values with a sentence, never ESPANK_* numbers (which are positive and mean success to Slurm
 * releases up to 24.11).
 */
#ifndef EFA_LAYOUT_SPANK_IO_H
#define EFA_LAYOUT_SPANK_IO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Slurm's own, never looked into. */
struct spank_handle;

/* Steps that are not an ordinary srun (SLURM_BATCH_SCRIPT and its like in slurm.h). */
#define STEP_ID_EXTERN	    0xfffffffcu
#define STEP_ID_BATCH	    0xfffffffbu
#define STEP_ID_INTERACTIVE 0xfffffffau

/* Called for each place that gives the option a value, in rising precedence; 0 or negative. */
typedef int (*spank_io_option_fn)(int id, const char *value, int remote);

struct spank_io_option {
	const char *name, *argument, *usage; /* copied by Slurm; no argument: takes no value */
	int id;
	spank_io_option_fn fn;
};

/* Only in slurm_spank_init, in every context. */
int spank_io_register(struct spank_handle *sp, const struct spank_io_option *option,
		      struct err *err);

/* Client only, and there only in slurm_spank_init_post_opt: the prolog sees name as SPANK_<name>.
 */
int spank_io_job_setenv(struct spank_handle *sp, const char *name, const char *value,
			struct err *err);

/* Step only: the environment of its tasks, or of one task inside task_init. */
/* 0, -ENOENT, -ENOSPC (buf holds what fits), or -EIO. */
int spank_io_getenv(struct spank_handle *sp, const char *name, char *buf, size_t size);
int spank_io_setenv(struct spank_handle *sp, const char *name, const char *value, struct err *err);
int spank_io_unsetenv(struct spank_handle *sp, const char *name, struct err *err);

/* Step only. */
int spank_io_step_id(struct spank_handle *sp, uint32_t *ret_id, struct err *err);
int spank_io_job_id(struct spank_handle *sp, uint32_t *ret_id, struct err *err);
/* Tasks of the step on this node. */
int spank_io_local_tasks(struct spank_handle *sp, unsigned *ret_n, struct err *err);
/* Task callbacks only: the task's number on this node (SLURM_LOCALID). */
int spank_io_local_id(struct spank_handle *sp, unsigned *ret_id, struct err *err);

/*
 * Messages of the plugin go through Slurm. Errors and warnings reach the user from the client and
 * from task_init; from a step's earlier callbacks they reach only slurmd's log, as information
 * always does.
 */
void spank_io_log(void);
/* To the user from a task, whatever the level of messages. */
void spank_io_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
