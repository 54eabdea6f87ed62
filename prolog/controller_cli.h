/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's requests by scontrol and scancel: for nodes without the helper. */
#ifndef EFA_LAYOUT_CONTROLLER_CLI_H
#define EFA_LAYOUT_CONTROLLER_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "controller.h"

int controller_cli_node_fault(const struct controller *controller, const char *node, uint32_t job,
			      const char *reason, struct err *err);
int controller_cli_refuse(const struct controller *controller, uint32_t job, const char *text,
			  struct err *err);

/*
 * Pure: may a node that `scontrol --oneliner show node` describes so get our reason? False when it
 * is draining or drained and the reason is not ours.
 */
bool controller_cli_may_drain(const char *description);

/*
 * Pure: how scontrol and scancel have to name one job. The id of an array's last task is that of
 * the array as well, and by its number alone they would take all of the array. description (cut
 * into lines here): what `scontrol --oneliner show job` says, one record a line. buf: JOB_NAME_TEXT
 * bytes.
 */
#define JOB_NAME_TEXT 32
void controller_cli_job_name(uint32_t job, char *description, char *buf, size_t size);

/*
 * Shared with controller.c: run one program with SLURM_CONF and nothing else of ours, inside the
 * controller's deadline. 0: it ended with status 0; -ENOENT and -EACCES: it could not be started
 * (or not loaded: status 127); -EPERM: it is not root's; -ETIMEDOUT; -EIO with what it printed.
 * ret_out may be NULL; else it is to be freed.
 */
int controller_run(const struct controller *controller, const char *path, char *const argv[],
		   char **ret_out, struct err *err);

#endif
