/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds of every choice of rails, on nodes of eight types with 1 to 192 tasks, healthy and
 * with each single rail failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "placements.h"

static const char *const deal_names[] = {"in blocks", "in turn",	  "sockets in turn",
					 "filled",    "bound to sockets", "unbound"};
static const char *const mode_names[] = {"auto", "gpu", "numa", "spread", "all", "none"};
static char scene[160];	       /* what is being looked at, for messages */
static uint64_t passing;       /* rails of its node */
static unsigned long n_chosen; /* placements looked at */
static struct placed step;

static uint64_t rails_on(const struct nodemap *map, uint32_t nodes)
{
	uint64_t rails = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		for (size_t j = 0; j < map->n_numa; j++)
			if ((nodes >> j & 1) && map->rails[i].numa_node == map->numa[j].node)
				rails |= UINT64_C(1) << i;
	return rails & passing_rails(map);
}

static bool is_narrow(const struct nodemap *map, enum affinity mode, const struct task_place *task)
{
	if (!passing)
		return false;
	if (mode == AFFINITY_AUTO)
		return !map->n_accels && task->local_count > 1;
	return mode == AFFINITY_GPU || mode == AFFINITY_NUMA || mode == AFFINITY_SPREAD;
}

static bool says_something(const char *why, size_t size)
{
	size_t length = strnlen(why, size);

	for (size_t i = 0; i < length; i++)
		if (why[i] < ' ' || why[i] > '~')
			return false;
	return length > 0 && length < size - 1; /* not cut off */
}

/* Whatever the mode: passing rails alone, narrow where the header says, a reason, the same again.
 */
static void check_one(const struct nodemap *map, enum affinity mode, unsigned id)
{
	const struct task_place *task = &step.task[id];
	struct rail_choice *choice = &step.choice[id], again;

	memset(choice, 'x', sizeof(*choice));
	memset(&again, 'y', sizeof(again));
	assign_rails(map, mode, task, choice);
	assign_rails(map, mode, task, &again);
	n_chosen++;
	if (choice->rails & ~passing)
		fail_msg("%s task %u: a rail that did not pass", scene, id);
	if (!choice->rails != (mode == AFFINITY_NONE || !passing))
		fail_msg("%s task %u: rails %llx", scene, id, (unsigned long long)choice->rails);
	if (choice->narrow != is_narrow(map, mode, task))
		fail_msg("%s task %u: narrow is %d", scene, id, choice->narrow);
	if (!says_something(choice->why, sizeof(choice->why)))
		fail_msg("%s task %u: why is '%.96s'", scene, id, choice->why);
	if (choice->rails != again.rails || choice->narrow != again.narrow ||
	    choice->used != again.used || strcmp(choice->why, again.why) != 0)
		fail_msg("%s task %u: another choice for the same place", scene, id);
}

static void choose_all(const struct nodemap *map, enum affinity mode)
{
	passing = passing_rails(map);
	text_format(scene, sizeof(scene),
		    "%s, %zu rails, passing %llx: mode %s, %u tasks %s:", map->instance_type,
		    map->n_rails, (unsigned long long)passing, mode_names[mode], step.n,
		    deal_names[step.how]);
	for (unsigned id = 0; id < step.n; id++)
		check_one(map, mode, id);
}

/* Of the tasks that count, how many use each rail: apart by no more than this. */
static void check_even(uint64_t rails, const bool *counts, unsigned most_apart)
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

static void check_in_use(uint64_t rails, const bool *counts)
{
	uint64_t used = 0;

	for (unsigned id = 0; id < step.n; id++)
		used |= counts[id] ? step.choice[id].rails : 0;
	if (used != rails)
		fail_msg("%s rails %llx in use, not %llx", scene, (unsigned long long)used,
			 (unsigned long long)rails);
}

/* Nearest: a task whose NUMA nodes have rails gets of those alone. */
static void check_near(const struct nodemap *map, unsigned id)
{
	const struct rail_choice *choice = &step.choice[id];
	uint64_t near = rails_on(map, step.nodes[id]);

	if (choice->used != (near ? AFFINITY_NUMA : AFFINITY_SPREAD))
		fail_msg("%s task %u: decided by %d", scene, id, choice->used);
	if (near && (choice->rails & ~near))
		fail_msg("%s task %u: %llx, near are %llx", scene, id,
			 (unsigned long long)choice->rails, (unsigned long long)near);
}

/* The tasks on the same NUMA nodes as the first-th; false when they were looked at before. */
static bool same_nodes(unsigned first, bool *ret_counts)
{
	for (unsigned id = 0; id < step.n; id++) {
		ret_counts[id] = step.nodes[id] == step.nodes[first];
		if (ret_counts[id] && id < first)
			return false;
	}
	return true;
}

/*
 * A NUMA node's rails have the same number of tasks of it, or one more; all are in use as soon as
 * it has a task. Tasks that have none near use all rails, less strictly.
 */
static void check_numa(const struct nodemap *map)
{
	bool even = step.how != FILLED && (step.how != SOCKETS_IN_TURN || map->n_numa == 2);
	bool counts[TASKS_TOP], far[TASKS_TOP];

	for (unsigned id = 0; id < step.n; id++) {
		uint64_t near = rails_on(map, step.nodes[id]);

		check_near(map, id);
		far[id] = !near;
		if (!near || !same_nodes(id, counts))
			continue;
		check_even(near, counts, even ? 1 : (unsigned)map->n_numa);
		if (even)
			check_in_use(near, counts);
	}
	check_even(passing_rails(map), far, step.how == IN_TURN ? 1 : (unsigned)map->n_numa);
}

/* The only rail has failed: check_one has seen that none is chosen. */
static void check_no_rail(const struct nodemap *map)
{
	for (int mode = AFFINITY_AUTO; mode <= AFFINITY_NONE; mode++) {
		choose_all(map, (enum affinity)mode);
		for (unsigned id = 0; id < step.n; id++)
			assert_int_equal(step.choice[id].used, AFFINITY_NONE);
	}
}

static void check_cpu_tasks(const struct nodemap *map)
{
	bool all[TASKS_TOP];

	if (!passing_rails(map)) {
		check_no_rail(map);
		return;
	}
	memset(all, 1, sizeof(all));
	choose_all(map, AFFINITY_NONE);
	choose_all(map, AFFINITY_ALL);
	for (unsigned id = 0; id < step.n; id++)
		assert_int_equal(step.choice[id].rails, passing_rails(map));
	choose_all(map, AFFINITY_SPREAD);
	check_even(passing_rails(map), all, 1);
	check_in_use(passing_rails(map), all);
	choose_all(map, AFFINITY_NUMA);
	check_numa(map);
	choose_all(map, AFFINITY_GPU); /* without GPUs as numa */
	check_numa(map);
	choose_all(map, AFFINITY_AUTO);
	if (step.n > 1) {
		check_numa(map);
	} else {
		assert_int_equal(step.choice[0].rails, passing_rails(map));
		assert_int_equal(step.choice[0].used, AFFINITY_ALL);
	}
}

/* A healthy node, then each single rail failed in turn. */
static void each_health(void (*check)(const struct nodemap *map))
{
	for (size_t i = 0; i < N(node_types); i++) {
		struct nodemap *map = node_types[i].map;

		check(map);
		for (size_t rail = 0; rail < map->n_rails; rail++) {
			map->rails[rail].pass = false;
			check(map);
			map->rails[rail].pass = true;
		}
	}
}

static unsigned all_cpus(const struct nodemap *map)
{
	unsigned n = 0;

	for (size_t i = 0; i < map->n_numa; i++)
		n += cpu_list_count(&map->numa[i].cpus);
	return n;
}

/* All numbers of tasks on a healthy node; fewer of the large ones for each failed rail. */
static unsigned next_number(const struct nodemap *map, unsigned n)
{
	bool healthy = (unsigned)__builtin_popcountll(passing_rails(map)) == map->n_rails;

	if (healthy || n < 20 || n >= TASKS_TOP - 2)
		return n + 1;
	return n + 19 < TASKS_TOP - 2 ? n + 19 : TASKS_TOP - 2;
}

static void check_without_accels(const struct nodemap *map)
{
	for (unsigned n = 1; n <= TASKS_TOP; n = next_number(map, n))
		for (int how = 0; how < N_DEALS; how++) {
			if (n > all_cpus(map) && (how == FILLED || how == SOCKETS_IN_TURN))
				continue;
			place_tasks(map, (enum deal)how, n, &step);
			check_cpu_tasks(map);
		}
}

static void tasks_without_accelerators(void **state)
{
	(void)state;
	each_health(check_without_accels);
	print_message("%lu placements\n", n_chosen);
	assert_true(n_chosen > 1000000);
}

static unsigned nearness(const struct nodemap *map, size_t rail, size_t accel)
{
	return pci_path_common(&map->rails[rail].path, &map->accels[accel].path);
}

/* The passing rails that no other is nearer than; none where no rail has an ancestor in common. */
static uint64_t nearest_rails(const struct nodemap *map, size_t accel)
{
	uint64_t nearest = 0, usable = passing_rails(map);
	unsigned best = 1;

	for (size_t i = 0; i < map->n_rails; i++) {
		unsigned near = nearness(map, i, accel);

		if (!(usable >> i & 1) || near < best)
			continue;
		nearest = near > best ? 0 : nearest;
		nearest |= UINT64_C(1) << i;
		best = near;
	}
	return nearest;
}

/* gpu: of the nearest rails of one of its accelerators alone; without those, as numa. */
static void check_gpu(const struct nodemap *map)
{
	for (unsigned id = 0; id < step.n; id++) {
		const struct task_place *task = &step.task[id];
		const struct rail_choice *choice = &step.choice[id];
		uint64_t nearest = 0, near;

		for (unsigned i = 0; i < task->n_accels; i++)
			nearest |= nearest_rails(map, task->accels[i]);
		near = rails_on(map, UINT32_C(1) << (map->accels[task->accels[0]].numa_node > 0));
		if (!nearest)
			nearest = near;
		else if (choice->used != AFFINITY_GPU)
			fail_msg("%s task %u: decided by %d", scene, id, choice->used);
		if (nearest && (choice->rails & ~nearest))
			fail_msg("%s task %u: %llx, near are %llx", scene, id,
				 (unsigned long long)choice->rails, (unsigned long long)nearest);
	}
}

/* As hint or narrowed: the choice is the same. */
static void check_auto_as_gpu(const struct nodemap *map)
{
	static struct rail_choice gpu[TASKS_TOP];

	choose_all(map, AFFINITY_GPU);
	check_gpu(map);
	memcpy(gpu, step.choice, sizeof(gpu));
	choose_all(map, AFFINITY_AUTO);
	for (unsigned id = 0; id < step.n; id++)
		if (step.choice[id].rails != gpu[id].rails || step.choice[id].used != gpu[id].used)
			fail_msg("%s task %u: not as gpu", scene, id);
}

/* Accelerators that have the same nearest rails share them evenly. */
static void check_split(const struct nodemap *map)
{
	bool counts[TASKS_TOP];

	for (unsigned id = 0; id < step.n; id++) {
		uint64_t nearest = nearest_rails(map, step.task[id].accels[0]);

		for (unsigned other = 0; other < step.n; other++)
			counts[other] = nearest_rails(map, step.task[other].accels[0]) == nearest;
		check_even(nearest, counts, 1);
		if (nearest)
			check_in_use(nearest, counts);
	}
}

/* --gpus-per-task: `each` accelerators for each of n tasks, in order. */
static void check_accels_per_task(const struct nodemap *map, unsigned each, unsigned n)
{
	for (int how = 0; how < N_DEALS; how++) {
		place_tasks(map, (enum deal)how, n, &step);
		for (unsigned id = 0; id < n; id++)
			give_accels(&step.task[id], id * each, each);
		check_auto_as_gpu(map);
		if (each == 1 && n == map->n_accels)
			check_split(map);
	}
}

/* All accelerators for each task: all rails that are nearest to some accelerator. */
static void check_all_accels(const struct nodemap *map)
{
	for (unsigned n = 1; n <= TASKS_TOP; n = next_number(map, n)) {
		uint64_t nearest = 0;

		place_tasks(map, UNBOUND, n, &step);
		for (unsigned id = 0; id < n; id++)
			give_accels(&step.task[id], 0, (unsigned)map->n_accels);
		check_auto_as_gpu(map);
		for (size_t i = 0; i < map->n_accels; i++)
			nearest |= nearest_rails(map, i);
		for (unsigned id = 0; nearest && id < n; id++)
			if (step.choice[id].rails != nearest)
				fail_msg("%s task %u: %llx of %llx", scene, id,
					 (unsigned long long)step.choice[id].rails,
					 (unsigned long long)nearest);
	}
}

static void check_with_accels(const struct nodemap *map)
{
	if (!map->n_accels)
		return;
	for (unsigned n = 1; n <= map->n_accels; n++)
		check_accels_per_task(map, 1, n);
	for (unsigned n = 1; n <= map->n_accels / 2; n++)
		check_accels_per_task(map, 2, n);
	check_all_accels(map);
}

static void tasks_with_accelerators(void **state)
{
	(void)state;
	n_chosen = 0;
	each_health(check_with_accels);
	print_message("%lu placements\n", n_chosen);
	assert_true(n_chosen > 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_without_accelerators),
		cmocka_unit_test(tasks_with_accelerators),
	};

	return cmocka_run_group_tests(tests, load_maps, free_maps);
}
