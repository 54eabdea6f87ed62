/* SPDX-License-Identifier: Apache-2.0 */
/* One line for people about what a task was given and why. Pure. */
#ifndef EFA_LAYOUT_TASK_SAY_H
#define EFA_LAYOUT_TASK_SAY_H

#include "assign.h"
#include "task_env.h"

#define TASK_SAY_TEXT 4096

/*
 * "CPUs 0-11; GPU 3; rails rdmap130s0,rdmap131s0 (2 rails share a switch with GPU 3), libfabric is
 * given just these". env: the changes that the task gets; NULL: none, by the job's wish. buf:
 * TASK_SAY_TEXT bytes; what does not fit is cut. Returns buf.
 */
const char *task_say(const struct nodemap *map, const struct task_place *place,
		     const struct rail_choice *choice, const struct task_env *env, char *buf);

#endif
