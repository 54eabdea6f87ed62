/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rails of tasks without accelerators: with 1 to 192 tasks on a healthy node, and with a few
 * numbers of tasks when rails have failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "choices.h"

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

static unsigned all_cpus(const struct nodemap *map)
{
	unsigned n = 0;

	for (size_t i = 0; i < map->n_numa; i++)
		n += cpu_list_count(&map->numa[i].cpus);
	return n;
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

/* gpu and auto choose for tasks without accelerators as numa does; auto gives one task all. */
static void check_as_numa(const struct nodemap *map, enum affinity mode)
{
	static struct rail_choice numa[TASKS_TOP];

	memcpy(numa, step.choice, sizeof(numa));
	choose_all(map, mode);
	if (mode == AFFINITY_AUTO && step.n == 1) {
		assert_int_equal(step.choice[0].rails, passing);
		assert_int_equal(step.choice[0].used, AFFINITY_ALL);
		return;
	}
	for (unsigned id = 0; id < step.n; id++)
		if (step.choice[id].rails != numa[id].rails ||
		    step.choice[id].used != numa[id].used)
			fail_msg("%s task %u: not as numa", scene, id);
	memcpy(step.choice, numa, sizeof(numa));
}

/* Modes that do not look at CPUs. */
static void check_placeless(const struct nodemap *map)
{
	bool all[TASKS_TOP];

	memset(all, 1, sizeof(all));
	choose_all(map, AFFINITY_NONE);
	choose_all(map, AFFINITY_ALL);
	for (unsigned id = 0; id < step.n; id++)
		assert_int_equal(step.choice[id].rails, passing);
	choose_all(map, AFFINITY_SPREAD);
	check_even(passing, all, 1);
	check_in_use(passing, all);
}

/* n tasks without accelerators, dealt out in every way; one of the ways also in all modes. */
static void check_cpu_tasks(const struct nodemap *map, unsigned n)
{
	for (unsigned how = 0; how < N_DEALS; how++) {
		if (n > all_cpus(map) && (how == FILLED || how == SOCKETS_IN_TURN))
			continue;
		place_tasks(map, (enum deal)how, n, &step);
		if (!passing_rails(map)) {
			check_no_rail(map);
			continue;
		}
		choose_all(map, AFFINITY_NUMA);
		check_numa(map);
		if (how != n % N_DEALS)
			continue;
		check_as_numa(map, AFFINITY_GPU);
		check_as_numa(map, AFFINITY_AUTO);
		check_placeless(map);
	}
}

static void tasks_on_healthy_nodes(void **state)
{
	(void)state;
	n_chosen = 0;
	for (size_t i = 0; i < N(types); i++)
		for (unsigned n = 1; n <= TASKS_TOP; n++)
			check_cpu_tasks(types[i].map, n);
	print_message("%lu placements\n", n_chosen);
	assert_true(n_chosen > 1000000);
}

static void check_few(const struct nodemap *map)
{
	for (size_t i = 0; i < N(few); i++)
		check_cpu_tasks(map, few[i]);
}

static void tasks_where_rails_failed(void **state)
{
	(void)state;
	each_health(check_few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_on_healthy_nodes),
		cmocka_unit_test(tasks_where_rails_failed),
	};

	return cmocka_run_group_tests(tests, make_maps, free_maps);
}
