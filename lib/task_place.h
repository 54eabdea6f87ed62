/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a task runs, from its environment and from what the kernel lets it use: for whoever stands
 * inside the task, be it a plugin or a task prolog. Pure calculation.
 */
#ifndef EFA_LAYOUT_TASK_PLACE_H
#define EFA_LAYOUT_TASK_PLACE_H

#include <stddef.h>

#include "assign.h"
#include "cpu_list.h"

/* A variable of the task, NULL when it is not set. Borrowed until the next call. */
typedef const char *(*task_variable_fn)(const char *name, void *arg);

struct task_facts {
	unsigned local_id;		/* SLURM_LOCALID */
	unsigned local_count;		/* tasks of the step on this node; 0: not known */
	size_t n_accels;		/* of the node map */
	const struct cpu_list *cpus;	/* its CPU mask; NULL: not known */
	const struct cpu_list *devices; /* task_devices; NULL: not known */
};

/*
 * The place of a task. Its accelerators:
 *
 * - When it may open the device files of some accelerators alone, these: Slurm's numbers cannot be
 *   trusted there (22.05 gives every task with GPUs of its own those of the first one), and
 *   CUDA_VISIBLE_DEVICES counts inside of what may be opened, as ROCR_VISIBLE_DEVICES does.
 * - Else SLURM_STEP_GPUS, which counts as the node does.
 * - Else CUDA_VISIBLE_DEVICES or ROCR_VISIBLE_DEVICES, when it is a plain list of numbers.
 *
 * Not known (n_accels 0): UUIDs, "NoDevFiles", an empty value, numbers that the map does not have,
 * and whatever else is no list of numbers of at most 1024 bytes.
 */
void task_place_find(const struct task_facts *facts, task_variable_fn get, void *arg,
		     struct task_place *ret_place);

/*
 * Tasks of the step on this node, from SLURM_STEP_TASKS_PER_NODE (else SLURM_TASKS_PER_NODE, such
 * as "4(x2),3") and SLURM_NODEID. 0, -ENOENT (one is not set), -EINVAL (form), -ERANGE (a number
 * too large, or a node that the list does not have).
 */
int task_place_local_count(task_variable_fn get, void *arg, unsigned *ret_count);

#endif
