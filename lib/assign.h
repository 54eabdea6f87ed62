/* SPDX-License-Identifier: Apache-2.0 */
/* Which rails are nearest to a task. Pure calculation over the node map. */
#ifndef EFA_LAYOUT_ASSIGN_H
#define EFA_LAYOUT_ASSIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "nodemap.h"
#include "request.h"

/* Where one task runs. */
struct task_place {
	unsigned local_id;		  /* SLURM_LOCALID */
	unsigned local_count;		  /* tasks of the step on this node, >= 1 */
	unsigned n_accels;		  /* accelerators of this task; 0: none, or not known */
	unsigned accels[NODE_ACCELS_MAX]; /* their indexes in the node map */
	bool has_cpus;
	struct cpu_list cpus; /* its CPU mask */
};

struct rail_choice {
	uint64_t rails;	    /* bit i: rail i of the map; only rails that pass */
	bool narrow;	    /* tell libfabric to use just these */
	enum affinity used; /* what decided in the end: AFFINITY_GPU, _NUMA, _SPREAD, _ALL, _NONE */
	char why[96];	    /* "4 rails share a switch with GPU 3" */
};

/*
 * Choose. gpu: the rail that is wired to each of the task's accelerators, where the map knows one;
 * else the rails with the nearest common PCI ancestor: where accelerators share that ancestor its
 * rails are split evenly among them in index order, the first ones getting the remainder (as
 * aws-ofi-nccl does). Falls back gpu -> numa (of the accelerators,
 * else of the CPUs) -> spread. numa: rails of the NUMA nodes of the task's CPUs; tasks that share a
 * node's rails are spread by local id: any number of tasks uses all rails of a node, none by more
 * than one task more than another, when Slurm deals tasks out evenly in blocks or in turn (by no
 * more than there are NUMA nodes where it fills one after the other). Where only some NUMA nodes
 * have rails, tasks of the others are spread over all, to the same bound.
 * spread: rail local_id modulo count (or an even share when there are more rails than tasks). auto:
 * tasks with accelerators are not narrowed (hint as gpu), several CPU-only tasks get numa or
 * spread, one task alone gets everything; on a node with accelerators nothing is narrowed, for a
 * task whose own are not known may still use them. all: everything, not narrowed. none: nothing. No
 * usable rail: rails is 0, narrow false. Never fails.
 */
void assign_rails(const struct nodemap *map, enum affinity mode, const struct task_place *place,
		  struct rail_choice *ret_choice);

#endif
