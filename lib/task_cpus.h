/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs that the caller may run on: inside a task, after Slurm has bound it. */
#ifndef EFA_LAYOUT_TASK_CPUS_H
#define EFA_LAYOUT_TASK_CPUS_H

#include <stdbool.h>

#include "cpu_list.h"

/* False: not known, the list is empty. */
bool task_cpus(struct cpu_list *ret_cpus);

#endif
