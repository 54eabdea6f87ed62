/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rails chosen for all tasks of a step on nodes of eight types, and what holds of every choice.
 * After cmocka.h; each test is one program of one file.
 */
#ifndef EFA_LAYOUT_TEST_CHOICES_H
#define EFA_LAYOUT_TEST_CHOICES_H

#include "maps.h"
#include "placements.h"

static struct {
	const char *name;
	struct nodemap *(*make)(void);
	struct nodemap *map;
} types[] = {
	{"p4d", map_p4d, NULL},		{"p5", map_p5, NULL},		{"p5en", map_p5en, NULL},
	{"p6-b200", map_p6_b200, NULL}, {"p6-b300", map_p6_b300, NULL}, {"g5", map_g5, NULL},
	{"trn1", map_trn1, NULL},	{"hpc7a", map_hpc7a, NULL},
};

/* Numbers of tasks around those of rails, CPUs and NUMA nodes, and some that divide nothing. */
static const unsigned few[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 48, 96, 97, 191, 192};

static const char *const deal_names[] = {"in blocks", "in turn",	  "sockets in turn",
					 "filled",    "bound to sockets", "unbound"};
static const char *const mode_names[] = {"auto", "gpu", "numa", "spread", "all", "none"};
static char scene[160];	       /* what is being looked at, for messages */
static uint64_t passing;       /* rails of its node */
static unsigned long n_chosen; /* placements looked at */
static struct placed step;

static inline uint64_t rails_on(const struct nodemap *map, uint32_t nodes)
{
	uint64_t rails = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		for (size_t j = 0; j < map->n_numa; j++)
			if ((nodes >> j & 1) && map->rails[i].numa_node == map->numa[j].node)
				rails |= UINT64_C(1) << i;
	return rails & passing_rails(map);
}

static inline bool is_narrow(const struct nodemap *map, enum affinity mode,
			     const struct task_place *task)
{
	if (!passing)
		return false;
	if (mode == AFFINITY_AUTO)
		return !map->n_accels && task->local_count > 1;
	return mode == AFFINITY_GPU || mode == AFFINITY_NUMA || mode == AFFINITY_SPREAD;
}

static inline bool says_something(const char *why, size_t size)
{
	size_t length = strnlen(why, size);

	for (size_t i = 0; i < length; i++)
		if (why[i] < ' ' || why[i] > '~')
			return false;
	return length > 0 && length < size - 1; /* not cut off */
}

static inline void check_again(const struct nodemap *map, enum affinity mode, unsigned id)
{
	const struct rail_choice *choice = &step.choice[id];
	struct rail_choice again;

	memset(&again, 'y', sizeof(again));
	assign_rails(map, mode, &step.task[id], &again);
	if (choice->rails != again.rails || choice->narrow != again.narrow ||
	    choice->used != again.used || strcmp(choice->why, again.why) != 0)
		fail_msg("%s task %u: another choice for the same place", scene, id);
}

/* Whatever the mode: passing rails alone, narrow where the header says, a reason. */
static inline void check_one(const struct nodemap *map, enum affinity mode, unsigned id)
{
	const struct task_place *task = &step.task[id];
	struct rail_choice *choice = &step.choice[id];

	memset(choice, 'x', sizeof(*choice));
	assign_rails(map, mode, task, choice);
	n_chosen++;
	if (choice->rails & ~passing)
		fail_msg("%s task %u: a rail that did not pass", scene, id);
	if (!choice->rails != (mode == AFFINITY_NONE || !passing))
		fail_msg("%s task %u: rails %llx", scene, id, (unsigned long long)choice->rails);
	if (choice->narrow != is_narrow(map, mode, task))
		fail_msg("%s task %u: narrow is %d", scene, id, choice->narrow);
	if (!says_something(choice->why, sizeof(choice->why)))
		fail_msg("%s task %u: why is '%.96s'", scene, id, choice->why);
}

static inline void choose_all(const struct nodemap *map, enum affinity mode)
{
	passing = passing_rails(map);
	text_format(scene, sizeof(scene),
		    "%s, %zu rails, passing %llx: mode %s, %u tasks %s:", map->instance_type,
		    map->n_rails, (unsigned long long)passing, mode_names[mode], step.n,
		    deal_names[step.how]);
	for (unsigned id = 0; id < step.n; id++)
		check_one(map, mode, id);
	/* The same again, once all others have been asked. */
	check_again(map, mode, 0);
	check_again(map, mode, step.n - 1);
}

/* Of the tasks that count, how many use each rail: apart by no more than this. */
static inline void check_even(uint64_t rails, const bool *counts, unsigned most_apart)
{
	unsigned least = ~0u, most = 0;

	for (unsigned i = 0; i < 64; i++) {
		unsigned load = 0;

		if (!(rails >> i & 1))
			continue;
		for (unsigned id = 0; id < step.n; id++)
			load += counts[id] && (step.choice[id].rails >> i & 1);
		least = load < least ? load : least;
		most = load > most ? load : most;
	}
	if (rails && most - least > most_apart)
		fail_msg("%s rails have %u to %u tasks", scene, least, most);
}

static inline void check_in_use(uint64_t rails, const bool *counts)
{
	uint64_t used = 0;

	for (unsigned id = 0; id < step.n; id++)
		used |= counts[id] ? step.choice[id].rails : 0;
	if (used != rails)
		fail_msg("%s rails %llx in use, not %llx", scene, (unsigned long long)used,
			 (unsigned long long)rails);
}

/* A healthy node, then its first, a middle and its last rail failed, then all but the last. */
static inline void each_health(void (*check)(const struct nodemap *map))
{
	for (size_t i = 0; i < N(types); i++) {
		struct nodemap *map = types[i].map;
		const size_t failed[] = {0, map->n_rails / 2, map->n_rails - 1};

		check(map);
		for (size_t j = 0; j < N(failed); j++) {
			map->rails[failed[j]].pass = false;
			check(map);
			map->rails[failed[j]].pass = true;
		}
		for (size_t rail = 0; rail + 1 < map->n_rails; rail++)
			map->rails[rail].pass = false;
		check(map);
		for (size_t rail = 0; rail < map->n_rails; rail++)
			map->rails[rail].pass = true;
	}
}

static inline int make_maps(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(types); i++) {
		types[i].map = types[i].make();
		text_format(types[i].map->instance_type, NAME_TEXT, "%s", types[i].name);
	}
	return 0;
}

static inline int free_maps(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(types); i++)
		free(types[i].map);
	return 0;
}

#endif
