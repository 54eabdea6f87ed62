/* SPDX-License-Identifier: Apache-2.0 */
/* One task's rails and variables, in its own process. */
#ifndef EFA_LAYOUT_TASK_H
#define EFA_LAYOUT_TASK_H

#include "step.h"

struct spank_handle;

/* Find out where the task runs, choose its rails and set its environment, unless that is to be left
 * alone; say it where it was asked for. step->map is there. What cannot be set is said and left. */
void task_environment(const struct step *step, struct spank_handle *sp, unsigned local_id);

#endif
