/* SPDX-License-Identifier: Apache-2.0 */
/* Rails of tasks with accelerators, on healthy nodes and when rails have failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "choices.h"

static unsigned nearness(const struct nodemap *map, size_t rail, size_t accel)
{
	return pci_path_common(&map->rails[rail].path, &map->accels[accel].path);
}

/* The wired rail where it passes; else the passing rails that no other is nearer than; none where
 * no rail has an ancestor in common. */
static uint64_t nearest_rails(const struct nodemap *map, size_t accel)
{
	uint64_t nearest = 0, usable = passing_rails(map);
	unsigned best = 1;

	if (map->accels[accel].rail >= 0)
		return usable & UINT64_C(1) << map->accels[accel].rail;
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
	for (size_t f = 0; f < N(few); f++) {
		uint64_t nearest = 0;

		place_tasks(map, UNBOUND, few[f], &step);
		for (unsigned id = 0; id < few[f]; id++)
			give_accels(&step.task[id], 0, (unsigned)map->n_accels);
		check_auto_as_gpu(map);
		for (size_t i = 0; i < map->n_accels; i++)
			nearest |= nearest_rails(map, i);
		for (unsigned id = 0; nearest && id < few[f]; id++)
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
	assert_true(n_chosen > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tasks_with_accelerators)};

	return cmocka_run_group_tests(tests, make_maps, free_maps);
}
