/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks of a step, placed on a node as Slurm places tasks. Each test is one program of one
 * file.
 */
#ifndef EFA_LAYOUT_TEST_PLACEMENTS_H
#define EFA_LAYOUT_TEST_PLACEMENTS_H

#include <string.h>

#include "assign.h"

#define N(list)	  (sizeof(list) / sizeof((list)[0]))
#define TASKS_TOP 192

static inline uint64_t passing_rails(const struct nodemap *map)
{
	uint64_t rails = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		rails |= (uint64_t)map->rails[i].pass << i;
	return rails;
}

/* How tasks come to their CPUs: one CPU each, but for the last two. */
enum deal {
	IN_BLOCKS,	  /* an even share for each NUMA node, in order of local ids */
	IN_TURN,	  /* to the NUMA nodes in turn */
	SOCKETS_IN_TURN,  /* to the sockets in turn, CPU after CPU there: Slurm's default */
	FILLED,		  /* CPU after CPU of the node */
	BOUND_TO_SOCKETS, /* in turn, with all CPUs of the socket */
	UNBOUND,	  /* all CPUs of the node */
	N_DEALS
};

struct placed {
	unsigned n;
	enum deal how;
	struct task_place task[TASKS_TOP];
	uint32_t nodes[TASKS_TOP]; /* NUMA nodes of its CPUs, as places in the map */
	struct rail_choice choice[TASKS_TOP];
};

/* The index-th CPU of a NUMA node, from the beginning again where there are more tasks. */
static inline unsigned nth_cpu(const struct cpu_list *cpus, unsigned index)
{
	unsigned cpu = 0, left = index % cpu_list_count(cpus);

	for (;; cpu++)
		if (cpu_list_has(cpus, cpu) && left-- == 0)
			return cpu;
}

static inline void give_node(const struct nodemap *map, struct placed *step, unsigned id,
			     unsigned node)
{
	struct task_place *task = &step->task[id];

	step->nodes[id] |= UINT32_C(1) << node;
	for (size_t i = 0; i < N(task->cpus.word); i++)
		task->cpus.word[i] |= map->numa[node].cpus.word[i];
}

static inline void give_cpus(const struct nodemap *map, struct placed *step, unsigned id,
			     unsigned *used)
{
	unsigned groups = (unsigned)map->n_numa, size = cpu_list_count(&map->numa[0].cpus);
	unsigned each = step->n / groups, rest = step->n % groups, per = groups / 2, node = 0;

	switch (step->how) {
	case IN_BLOCKS:
		node = id < rest * (each + 1) ? id / (each + 1) : (id - rest) / each;
		break;
	case IN_TURN:
		node = id % groups;
		break;
	case SOCKETS_IN_TURN:
		node = id % 2 * per + id / 2 / size % per;
		break;
	case FILLED:
		node = id / size % groups;
		break;
	case BOUND_TO_SOCKETS:
		for (unsigned i = 0; i < per; i++)
			give_node(map, step, id, id % 2 * per + i);
		return;
	default:
		for (unsigned i = 0; i < groups; i++)
			give_node(map, step, id, i);
		return;
	}
	step->nodes[id] = UINT32_C(1) << node;
	cpu_list_add(&step->task[id].cpus, nth_cpu(&map->numa[node].cpus, used[node]++));
}

/* n tasks; they have no accelerators yet. */
static inline void place_tasks(const struct nodemap *map, enum deal how, unsigned n,
			       struct placed *step)
{
	unsigned used[NODE_NUMA_MAX] = {0};

	memset(step, 0, sizeof(*step));
	step->n = n;
	step->how = how;
	for (unsigned id = 0; id < n; id++) {
		step->task[id].local_id = id;
		step->task[id].local_count = n;
		step->task[id].has_cpus = true;
		give_cpus(map, step, id, used);
	}
}

static inline void give_accels(struct task_place *task, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		task->accels[task->n_accels++] = first + i;
}

#endif
