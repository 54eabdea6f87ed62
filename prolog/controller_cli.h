/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's requests by scontrol, scancel and sinfo: for nodes without the helper. */
#ifndef EFA_LAYOUT_CONTROLLER_CLI_H
#define EFA_LAYOUT_CONTROLLER_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "controller.h"

/* As in controller.h. job: 0 for none, or for one that stays. */
int controller_cli_drain(const struct controller *controller, const char *node, uint32_t job,
			 const char *reason, const struct drain_limit *limit, struct err *err);
int controller_cli_lift(const struct controller *controller, const char *node, struct err *err);
int controller_cli_refuse(const struct controller *controller, uint32_t job, const char *text,
			  struct err *err);

/*
 * Give the job back to the queue; one that cannot go back (srun, salloc) is told text, and ends
 * when the prolog fails. What fails is only logged.
 */
void controller_cli_give_back(const struct controller *controller, uint32_t job, const char *text);

/* Run scontrol, scancel, sinfo or squeue with up to CLI_ARGS arguments; the first NULL ends them.
 * As controller_run. */
#define CLI_ARGS 6
int controller_cli_run(const struct controller *controller, const char *command,
		       const char *const args[CLI_ARGS], char **ret_out, struct err *err);

/* Where the value of key begins in a record of scontrol's ("Key=value Key=value"); NULL: absent. */
const char *controller_cli_value(const char *record, const char *key);
/* The value up to the next blank; false: absent, or longer than size. */
bool controller_cli_word(const char *record, const char *key, char *buf, size_t size);

/*
 * Pure: how scontrol and scancel have to name one job. The id of an array's last task is that of
 * the array as well, and by its number alone they would take all of the array. description (cut
 * into lines here): what `scontrol --oneliner show job` says, one record a line. buf: JOB_NAME_TEXT
 * bytes.
 */
#define JOB_NAME_TEXT 32
void controller_cli_job_name(uint32_t job, char *description, char *buf, size_t size);

/* Split off the first line of text; returns the rest, NULL after the last. */
char *controller_cli_line(char *text);

/*
 * Shared with controller.c: run one program with SLURM_CONF and nothing else of ours, inside the
 * controller's deadline. 0: it ended with status 0; -ENOENT and -EACCES: it could not be started
 * (or not loaded: status 127); -EPERM: it is not root's; -ETIMEDOUT; -EFBIG: it says more than
 * anyone reads; -EIO with what it printed. ret_out may be NULL; else it is to be freed.
 */
int controller_run(const struct controller *controller, const char *path, char *const argv[],
		   char **ret_out, struct err *err);

#endif
