/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "assign.h"
#include "maps.h"

#define BITS(first, n) (((UINT64_C(1) << (n)) - 1) << (first))

static struct task_place place(unsigned local_id, unsigned local_count, const char *cpus)
{
	struct task_place out = {.local_id = local_id, .local_count = local_count};

	if (cpus) {
		out.has_cpus = true;
		assert_int_equal(cpu_list_parse(cpus, &out.cpus), 0);
	}
	return out;
}

static struct task_place with_gpu(struct task_place in, unsigned gpu)
{
	in.accels[in.n_accels++] = gpu;
	return in;
}

static struct rail_choice choose(const struct nodemap *map, enum affinity mode,
				 struct task_place where)
{
	struct rail_choice choice;

	memset(&choice, 'x', sizeof(choice));
	assign_rails(map, mode, &where, &choice);
	assert_true(strlen(choice.why) > 0 && strlen(choice.why) < sizeof(choice.why) - 1);
	return choice;
}

static struct rail_choice choose_gpu(const struct nodemap *map, unsigned gpu)
{
	return choose(map, AFFINITY_GPU, with_gpu(place(0, 1, NULL), gpu));
}

static void no_rail_no_choice(void **state)
{
	struct nodemap *map = map_new(), *p4d = map_p4d();

	(void)state;
	for (size_t i = 0; i < p4d->n_rails; i++)
		p4d->rails[i].pass = false;
	for (int mode = AFFINITY_AUTO; mode <= AFFINITY_NONE; mode++) {
		struct rail_choice a = choose(map, (enum affinity)mode, place(0, 4, "0-3"));
		struct rail_choice b = choose(p4d, (enum affinity)mode,
					      with_gpu(place(1, 4, "0-3"), 2));

		assert_int_equal(a.rails, 0);
		assert_int_equal(b.rails, 0);
		assert_false(a.narrow || b.narrow);
		assert_int_equal(b.used, AFFINITY_NONE);
	}
	free(map);
	free(p4d);
}

static void survives_what_cannot_be(void **state)
{
	struct nodemap *map = map_p5();
	struct task_place odd = place(7, 0, NULL);

	(void)state;
	/* No tasks, an id beyond the count, an accelerator that the node does not have. */
	assert_int_equal(choose(map, AFFINITY_SPREAD, odd).rails, BITS(0, 32));
	odd = place(9, 4, NULL);
	assert_int_equal(choose(map, AFFINITY_SPREAD, odd).rails, BITS(8, 8));
	odd = place(UINT32_MAX, UINT32_MAX, "0-191");
	assert_int_not_equal(choose(map, AFFINITY_NUMA, odd).rails, 0);
	odd = with_gpu(place(0, 1, NULL), 63);
	assert_int_equal(choose(map, AFFINITY_GPU, odd).used, AFFINITY_SPREAD);
	odd.n_accels = 10000;
	assert_int_equal(choose(map, AFFINITY_GPU, odd).used, AFFINITY_GPU);
	free(map);
}

static void p5_four_rails_a_gpu(void **state)
{
	struct nodemap *map = map_p5();
	struct rail_choice choice;

	(void)state;
	assert_string_equal(map->rails[0].rdma_name, "rdmap79s0");
	assert_string_equal(map->rails[31].rdma_name, "rdmap201s0");
	for (unsigned gpu = 0; gpu < 8; gpu++) {
		choice = choose_gpu(map, gpu);
		assert_int_equal(choice.rails, BITS(4 * gpu, 4));
		assert_true(choice.narrow);
		assert_int_equal(choice.used, AFFINITY_GPU);
	}
	assert_string_equal(choice.why, "4 rails share a switch with GPU 7");
	choice = choose(map, AFFINITY_GPU, with_gpu(with_gpu(place(0, 4, NULL), 1), 6));
	assert_int_equal(choice.rails, BITS(4, 4) | BITS(24, 4));
	assert_string_equal(choice.why, "8 rails are nearest to 2 GPUs");
	free(map);
}

static void shared_switches_are_split(void **state)
{
	struct nodemap *p5en = map_p5en(), *p6 = map_p6_b200();

	(void)state;
	for (unsigned gpu = 0; gpu < 8; gpu++) {
		assert_int_equal(choose_gpu(p5en, gpu).rails, BITS(2 * gpu, 2));
		assert_int_equal(choose_gpu(p6, gpu).rails, BITS(gpu, 1));
	}
	assert_string_equal(choose_gpu(p6, 3).why, "1 rail shares a switch with GPU 3");
	free(p5en);
	free(p6);
}

static void failed_rails_are_left_out(void **state)
{
	struct nodemap *p5 = map_p5(), *p5en = map_p5en(), *p6 = map_p6_b200();

	(void)state;
	p5->rails[5].pass = false;
	assert_int_equal(choose_gpu(p5, 1).rails, BITS(4, 4) & ~BITS(5, 1));
	assert_int_equal(choose_gpu(p5, 0).rails, BITS(0, 4));
	/* Three rails for two GPUs: the first one gets the remainder. */
	p5en->rails[1].pass = false;
	assert_int_equal(choose_gpu(p5en, 0).rails, BITS(0, 1) | BITS(2, 1));
	assert_int_equal(choose_gpu(p5en, 1).rails, BITS(3, 1));
	/* One rail for two: both have it. */
	p6->rails[2].pass = false;
	assert_int_equal(choose_gpu(p6, 2).rails, BITS(3, 1));
	assert_int_equal(choose_gpu(p6, 3).rails, BITS(3, 1));
	assert_int_equal(choose(p5, AFFINITY_ALL, place(0, 1, NULL)).rails,
			 BITS(0, 32) & ~BITS(5, 1));
	free(p5);
	free(p5en);
	free(p6);
}

/* All rails of a GPU's switch are dead: those of its NUMA node, not of a stranger's switch. */
static void gpu_without_rails_falls_back(void **state)
{
	struct nodemap *map = map_p5();
	struct rail_choice choice;

	(void)state;
	for (unsigned i = 20; i < 24; i++)
		map->rails[i].pass = false;
	choice = choose(map, AFFINITY_GPU, with_gpu(place(0, 1, "0-191"), 5));
	assert_int_equal(choice.used, AFFINITY_NUMA);
	assert_int_equal(choice.rails, BITS(16, 16) & ~BITS(20, 4));
	assert_true(choice.narrow);
	/* Neither path nor NUMA node are known: by CPUs, then spread. */
	map->accels[5].path.n = 0;
	map->accels[5].numa_node = -1;
	choice = choose(map, AFFINITY_GPU, with_gpu(place(0, 1, "0-47"), 5));
	assert_int_equal(choice.used, AFFINITY_NUMA);
	assert_int_equal(choice.rails, BITS(0, 16));
	choice = choose(map, AFFINITY_GPU, with_gpu(place(0, 1, NULL), 5));
	assert_int_equal(choice.used, AFFINITY_SPREAD);
	free(map);
}

static void host_bridge_is_a_group(void **state)
{
	struct nodemap *map = map_p4d(), *g5 = map_g5();

	(void)state;
	for (unsigned gpu = 0; gpu < 8; gpu++) {
		assert_int_equal(choose_gpu(map, gpu).rails, BITS(gpu / 2, 1));
		assert_int_equal(choose_gpu(g5, gpu).rails, 1);
	}
	assert_string_equal(choose_gpu(map, 4).why, "1 rail shares a host bridge with GPU 4");
	free(map);
	free(g5);
}

/* A GPU on the root bus does not take the rail that sits behind a switch with another GPU. */
static void rails_belong_to_the_nearest_gpu(void **state)
{
	struct nodemap *map = map_new();

	(void)state;
	map_add_accel(map, "0000:00/00:01.0/01:00.0/02:00.0/03:00.0", 0);
	map_add_accel(map, "0000:00/00:05.0", 0);
	map_add_rail(map, "0000:00/00:01.0/01:00.0/02:01.0/04:00.0", 0);
	map_add_rail(map, "0000:00/00:06.0", 0);
	assert_int_equal(choose_gpu(map, 0).rails, 1);
	assert_int_equal(choose_gpu(map, 1).rails, 2);
	/* Without a rail of its own it takes what there is. */
	map->rails[1].pass = false;
	assert_int_equal(choose_gpu(map, 1).rails, 1);
	assert_int_equal(choose_gpu(map, 1).used, AFFINITY_SPREAD);
	free(map);
}

static void single_rail_without_numa(void **state)
{
	struct nodemap *map = map_g5();
	struct rail_choice choice = choose(map, AFFINITY_NUMA, place(5, 48, "5"));

	(void)state;
	assert_int_equal(choice.rails, 1);
	assert_int_equal(choice.used, AFFINITY_SPREAD);
	assert_true(choice.narrow);
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(47, 48, NULL)).rails, 1);
	free(map);
}

/* c5n.18xlarge and p3dn.24xlarge: one root bus as a g5 has, no NUMA node is known; p3dn has GPUs.
 */
static void one_root_bus_without_numa(void **state)
{
	static const enum affinity modes[] = {AFFINITY_GPU, AFFINITY_NUMA, AFFINITY_SPREAD};

	(void)state;
	for (unsigned gpus = 0; gpus <= 8; gpus += 8) {
		struct nodemap *map = map_new();
		char path[PATH_TEXT];

		map_add_rail(map, gpus ? "0000:00/00:15.0" : "0000:00/00:1f.0", -1);
		for (unsigned i = 0; i < gpus; i++) {
			text_format(path, sizeof(path), "0000:00/00:%02x.0", 0x16 + i);
			map_add_accel(map, path, -1);
		}
		map_add_two_numa(map);
		for (unsigned i = 0; i < 3; i++)
			for (unsigned id = 0; id < 36; id++)
				assert_int_equal(choose(map, modes[i], place(id, 36, "7")).rails,
						 1);
		for (unsigned gpu = 0; gpu < gpus; gpu++)
			assert_int_equal(choose_gpu(map, gpu).used, AFFINITY_GPU);
		/* A GPU that the map lacks: not its tasks' NUMA nodes, for none has a rail. */
		assert_int_equal(choose_gpu(map, 8).used, AFFINITY_SPREAD);
		map->rails[0].pass = false;
		assert_int_equal(choose_gpu(map, 0).rails, 0);
		free(map);
	}
}

static void numa_by_cpus(void **state)
{
	struct nodemap *map = map_cpu_only(1);
	struct rail_choice choice;

	(void)state;
	choice = choose(map, AFFINITY_NUMA, place(3, 8, "10,106"));
	assert_int_equal(choice.rails, 1);
	assert_int_equal(choice.used, AFFINITY_NUMA);
	assert_true(choice.narrow);
	assert_string_equal(choice.why, "1 of 1 rails on the NUMA node of its CPUs");
	assert_int_equal(choose(map, AFFINITY_NUMA, place(3, 8, "48-95")).rails, 2);
	/* CPUs of both nodes, of none, and not known. */
	assert_int_equal(choose(map, AFFINITY_NUMA, place(0, 1, "40-60")).rails, 3);
	assert_int_equal(choose(map, AFFINITY_NUMA, place(1, 2, "200")).used, AFFINITY_SPREAD);
	assert_int_equal(choose(map, AFFINITY_NUMA, place(1, 2, NULL)).used, AFFINITY_SPREAD);
	free(map);
}

/*
 * Tasks of a step on 2 NUMA nodes of 16 rails: every rail of a node is used by as many tasks as
 * every other, at most one more, whether tasks are dealt out in blocks or in turn.
 */
static void check_even(const struct nodemap *map, unsigned tasks, bool in_turn)
{
	unsigned used[32] = {0}, least = ~0u, most = 0;

	for (unsigned id = 0; id < tasks; id++) {
		unsigned node = in_turn ? id % 2 : id / (tasks / 2);
		struct rail_choice choice;

		choice = choose(map, AFFINITY_NUMA, place(id, tasks, node ? "50" : "3"));
		assert_int_equal(choice.used, AFFINITY_NUMA);
		assert_int_equal(choice.rails & ~BITS(16 * node, 16), 0);
		for (unsigned i = 0; i < 32; i++)
			used[i] += choice.rails >> i & 1;
	}
	for (unsigned i = 0; i < 32; i++) {
		least = used[i] < least ? used[i] : least;
		most = used[i] > most ? used[i] : most;
	}
	if (!least || most - least > 1)
		fail_msg("%u tasks %s: rails used by %u to %u tasks", tasks,
			 in_turn ? "in turn" : "in blocks", least, most);
}

static void few_tasks_share_a_numa_node_evenly(void **state)
{
	struct nodemap *map = map_cpu_only(16);

	(void)state;
	/* Four tasks, two on each node: eight rails each. */
	assert_int_equal(choose(map, AFFINITY_NUMA, place(0, 4, "0-3")).rails, BITS(0, 8));
	assert_int_equal(choose(map, AFFINITY_NUMA, place(1, 4, "4-7")).rails, BITS(8, 8));
	assert_int_equal(choose(map, AFFINITY_NUMA, place(0, 2, "0-3")).rails, BITS(0, 16));
	assert_int_equal(choose(map, AFFINITY_NUMA, place(1, 2, "48-50")).rails, BITS(16, 16));
	free(map);
}

/* Nodes of memory alone do not count as places for tasks. */
static void numa_nodes_without_cpus(void **state)
{
	struct nodemap *map = map_cpu_only(16);

	(void)state;
	map_add_numa(map, "");
	map_add_numa(map, "");
	check_even(map, 8, false);
	check_even(map, 8, true);
	free(map);
}

static void spread_by_local_id(void **state)
{
	struct nodemap *map = map_p5(), *p4d = map_p4d();
	unsigned used[4] = {0};

	(void)state;
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(0, 1, NULL)).rails, BITS(0, 32));
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(2, 8, NULL)).rails, BITS(8, 4));
	/* 32 rails for 5 tasks: 7 7 6 6 6. */
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(1, 5, NULL)).rails, BITS(7, 7));
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(4, 5, NULL)).rails, BITS(26, 6));
	/* More tasks than rails: by turns. */
	assert_int_equal(choose(p4d, AFFINITY_SPREAD, place(6, 8, NULL)).rails, BITS(2, 1));
	for (unsigned id = 0; id < 192; id++)
		for (unsigned i = 0; i < 4; i++)
			used[i] += choose(p4d, AFFINITY_SPREAD, place(id, 192, "0")).rails >> i & 1;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(used[i], 48);
	/* Accelerators do not matter here, and a failed rail gets no task. */
	p4d->rails[0].pass = false;
	assert_int_equal(choose(p4d, AFFINITY_SPREAD, with_gpu(place(0, 3, NULL), 7)).rails,
			 BITS(1, 1));
	assert_int_equal(choose(p4d, AFFINITY_SPREAD, place(3, 4, NULL)).rails, BITS(1, 1));
	free(map);
	free(p4d);
}

static void auto_makes_nothing_worse(void **state)
{
	struct nodemap *p5 = map_p5(), *hpc = map_cpu_only(1), *flat = map_new();
	struct rail_choice choice;

	(void)state;
	/* With accelerators: the nearest rails as a hint, all in sight. */
	choice = choose(p5, AFFINITY_AUTO, with_gpu(place(2, 8, "0-23"), 2));
	assert_int_equal(choice.rails, BITS(8, 4));
	assert_int_equal(choice.used, AFFINITY_GPU);
	assert_false(choice.narrow);
	/* On a node with accelerators, but not known which are the task's: it may run NCCL. */
	choice = choose(p5, AFFINITY_AUTO, place(2, 8, "0-23"));
	assert_int_equal(choice.used, AFFINITY_NUMA);
	assert_false(choice.narrow);
	/* CPUs alone: several tasks are narrowed, one has everything. */
	choice = choose(hpc, AFFINITY_AUTO, place(100, 192, "60"));
	assert_int_equal(choice.rails, 2);
	assert_int_equal(choice.used, AFFINITY_NUMA);
	assert_true(choice.narrow);
	choice = choose(hpc, AFFINITY_AUTO, place(0, 1, "60"));
	assert_int_equal(choice.rails, 3);
	assert_int_equal(choice.used, AFFINITY_ALL);
	assert_false(choice.narrow);
	/* NUMA says nothing: spread. */
	map_add_rail(flat, "0000:00/00:15.0", -1);
	map_add_rail(flat, "0000:00/00:16.0", -1);
	map_add_two_numa(flat);
	choice = choose(flat, AFFINITY_AUTO, place(1, 4, "60"));
	assert_int_equal(choice.rails, 2);
	assert_int_equal(choice.used, AFFINITY_SPREAD);
	assert_true(choice.narrow);
	free(p5);
	free(hpc);
	free(flat);
}

static void all_and_none(void **state)
{
	struct nodemap *map = map_p5();
	struct rail_choice choice;

	(void)state;
	choice = choose(map, AFFINITY_ALL, with_gpu(place(3, 8, "0"), 3));
	assert_int_equal(choice.rails, BITS(0, 32));
	assert_int_equal(choice.used, AFFINITY_ALL);
	assert_false(choice.narrow);
	assert_string_equal(choice.why, "all 32 rails that can be used");
	choice = choose(map, AFFINITY_NONE, with_gpu(place(3, 8, "0"), 3));
	assert_int_equal(choice.rails, 0);
	assert_int_equal(choice.used, AFFINITY_NONE);
	assert_false(choice.narrow);
	free(map);
}

/* As many rails as fit: the last bit of the set. */
static void sixty_four_rails(void **state)
{
	struct nodemap *map = map_cpu_only(32);

	(void)state;
	assert_int_equal(choose(map, AFFINITY_ALL, place(0, 1, NULL)).rails, UINT64_MAX);
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(63, 64, NULL)).rails, UINT64_C(1)
											  << 63);
	assert_int_equal(choose(map, AFFINITY_SPREAD, place(1, 2, NULL)).rails, BITS(32, 32));
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_rail_no_choice),
		cmocka_unit_test(survives_what_cannot_be),
		cmocka_unit_test(failed_rails_are_left_out),
		cmocka_unit_test(gpu_without_rails_falls_back),
		cmocka_unit_test(p5_four_rails_a_gpu),
		cmocka_unit_test(shared_switches_are_split),
		cmocka_unit_test(host_bridge_is_a_group),
		cmocka_unit_test(rails_belong_to_the_nearest_gpu),
		cmocka_unit_test(single_rail_without_numa),
		cmocka_unit_test(one_root_bus_without_numa),
		cmocka_unit_test(numa_by_cpus),
		cmocka_unit_test(few_tasks_share_a_numa_node_evenly),
		cmocka_unit_test(numa_nodes_without_cpus),
		cmocka_unit_test(spread_by_local_id),
		cmocka_unit_test(auto_makes_nothing_worse),
		cmocka_unit_test(all_and_none),
		cmocka_unit_test(sixty_four_rails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
