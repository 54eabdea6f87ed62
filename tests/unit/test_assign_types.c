/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of real types: the rails of each accelerator, and of the CPUs of each NUMA node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "placements.h"

struct node_type {
	const char *words; /* of make-node */
	unsigned rails, accels, numa;
	struct nodemap *map;
};

static struct node_type node_types[] = {
	{"p4d.24xlarge all-efa", 4, 8, 2, NULL},
	{"p5.48xlarge all-efa", 32, 8, 2, NULL},
	{"p5en.48xlarge all-efa", 16, 8, 2, NULL},
	{"p6-b200.48xlarge all-efa", 8, 8, 2, NULL},
	{"p6-b300.48xlarge ena-primary-only", 16, 8, 2, NULL},
	{"g5.48xlarge single", 1, 8, 2, NULL},
	{"trn1.32xlarge all-efa", 8, 16, 2, NULL},
	{"trn2.48xlarge all-efa", 16, 16, 2, NULL},
	{"hpc7a.96xlarge all-efa", 2, 0, 4, NULL},
};
static struct type_set types;

static void load_map(struct node_type *type)
{
	static struct inventory inv;
	static struct probe_report report;
	static struct policy policy;
	static struct verdict verdict;
	static struct env_rules rules;
	struct err err = {""};

	tree_make(type->words);
	if (inventory_scan(tree, &inv, &err))
		fail_msg("%s: %s", type->words, err.text);
	report.outcome = PROBE_RAN;
	report.n = inv.n_rails;
	for (size_t i = 0; i < report.n; i++)
		report.v[i].state = PROBE_PASS;
	type->map = calloc(1, sizeof(*type->map));
	assert_non_null(type->map);
	nodemap_build(&inv, type_find(&types, inv.instance_type), &verdict, &policy, &report,
		      &rules, 0, type->map);
}

static int load_maps(void **state)
{
	struct err err = {""};

	if (tree_setup(state))
		return -1;
	if (type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < N(node_types); i++)
		load_map(&node_types[i]);
	return 0;
}

static int free_maps(void **state)
{
	for (size_t i = 0; i < N(node_types); i++)
		free(node_types[i].map);
	type_set_done(&types);
	return tree_teardown(state);
}

static struct node_type *find_type(const char *name)
{
	for (size_t i = 0; i < N(node_types); i++)
		if (!strcmp(node_types[i].map->instance_type, name))
			return &node_types[i];
	fail_msg("no node of type %s", name);
	return NULL;
}

static void sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(node_types); i++) {
		const struct node_type *type = &node_types[i];

		assert_int_equal(type->map->n_rails, type->rails);
		assert_int_equal(type->map->n_accels, type->accels);
		assert_int_equal(type->map->n_numa, type->numa);
	}
}

/* "85,86" of rdmap85s0 rdmap86s0; with the slot where it is not 0: "16s27". */
static const char *names(const struct nodemap *map, uint64_t rails)
{
	static char list[1024];

	list[0] = '\0';
	for (size_t i = 0; i < map->n_rails; i++) {
		const char *name = map->rails[i].rdma_name + strlen("rdmap");
		const char *end = strstr(name, "s0");
		int length = end && !end[2] ? (int)(end - name) : (int)strlen(name);

		if (rails >> i & 1)
			text_append(list, sizeof(list), "%s%.*s", *list ? "," : "", length, name);
	}
	return list;
}

/* For each accelerator its rails, as published, by the names that their addresses give. */
static const struct {
	const char *type, *rails[16];
} accel_rails[] = {
	{"p4d.24xlarge",
	 {"16s27", "16s27", "32s27", "32s27", "144s27", "144s27", "160s27", "160s27"}},
	{"p5.48xlarge",
	 {"79,80,81,82", "96,97,98,99", "113,114,115,116", "130,131,132,133", "147,148,149,150",
	  "164,165,166,167", "181,182,183,184", "198,199,200,201"}},
	{"p5en.48xlarge",
	 {"85,86", "87,88", "110,111", "112,113", "135,136", "137,138", "160,161", "162,163"}},
	{"p6-b200.48xlarge", {"79", "80", "96", "97", "113", "114", "132", "133"}},
	{"p6-b300.48xlarge",
	 {"86,87", "101,102", "116,117", "131,132", "146,147", "161,162", "176,177", "191,192"}},
	{"g5.48xlarge", {"0s21", "0s21", "0s21", "0s21", "0s21", "0s21", "0s21", "0s21"}},
	/* By Neuron's own numbers, which are not in order of PCI address. */
	{"trn1.32xlarge",
	 {"16s26", "16s26", "160s26", "160s26", "32s25", "32s25", "144s25", "144s25", "32s26",
	  "32s26", "144s26", "144s26", "16s25", "16s25", "160s25", "160s25"}},
	{"trn2.48xlarge",
	 {"201", "180", "179", "202", "108", "87", "86", "109", "152", "131", "130", "153", "245",
	  "224", "223", "246"}},
};

static void rails_of_each_accelerator(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(accel_rails); i++) {
		const struct nodemap *map = find_type(accel_rails[i].type)->map;

		for (unsigned accel = 0; accel < map->n_accels; accel++) {
			struct task_place task = {.local_count = 1};
			struct rail_choice choice;

			give_accels(&task, accel, 1);
			assign_rails(map, AFFINITY_GPU, &task, &choice);
			assert_int_equal(choice.used, AFFINITY_GPU);
			assert_string_equal(names(map, choice.rails), accel_rails[i].rails[accel]);
		}
	}
}

static struct rail_choice choose_accels(const struct nodemap *map, unsigned first, unsigned n)
{
	struct task_place task = {.local_id = first, .local_count = (unsigned)map->n_accels};
	struct rail_choice choice;

	give_accels(&task, first, n);
	assign_rails(map, AFFINITY_GPU, &task, &choice);
	return choice;
}

/* Rails of Neuron devices fail: the others of the same NUMA node, evenly, or what is left. */
static void neuron_rails_that_failed(void **state)
{
	struct nodemap *map = find_type("trn1.32xlarge")->map;
	static const char *const instead[] = {"16s25", "32s26", NULL, NULL, "16s25", "32s26"};
	struct rail_choice choice;

	(void)state;
	map->rails[1].pass = map->rails[2].pass = false; /* 16s26 32s25 */
	for (unsigned i = 0; i < N(instead); i++) {
		if (!instead[i])
			continue;
		choice = choose_accels(map, i, 1);
		assert_string_equal(names(map, choice.rails), instead[i]);
		assert_int_equal(choice.used, AFFINITY_NUMA);
		assert_string_equal(choice.why,
				    "1 of 2 rails on the NUMA node of its accelerators");
	}
	choice = choose_accels(map, 2, 1);
	assert_string_equal(names(map, choice.rails), "160s26");
	for (unsigned i = 0; i < 4; i++)
		map->rails[i].pass = false;
	choice = choose_accels(map, 5, 1);
	assert_int_equal(choice.used, AFFINITY_SPREAD);
	assert_string_equal(names(map, choice.rails), "144s26");
	for (unsigned i = 0; i < 4; i++)
		map->rails[i].pass = true;
}

static void says_how_neuron_is_wired(void **state)
{
	const struct nodemap *map = find_type("trn1.32xlarge")->map;
	struct rail_choice choice = choose_accels(map, 5, 1);

	(void)state;
	assert_string_equal(choice.why, "1 rail is wired to Neuron device 5");
	choice = choose_accels(map, 4, 2);
	assert_string_equal(choice.why, "1 rail is wired to 2 Neuron devices");
	choice = choose_accels(map, 1, 4);
	assert_string_equal(names(map, choice.rails), "16s26,32s25,160s26");
	assert_string_equal(choice.why, "3 rails are wired to 4 Neuron devices");
}

/* For one task on a CPU. */
static const struct {
	const char *type;
	unsigned cpu;
	enum affinity used;
	const char *rails;
} cpu_rails[] = {
	{"p4d.24xlarge", 0, AFFINITY_NUMA, "16s27,32s27"},
	{"p4d.24xlarge", 71, AFFINITY_NUMA, "16s27,32s27"},
	{"p4d.24xlarge", 24, AFFINITY_NUMA, "144s27,160s27"},
	{"p5en.48xlarge", 143, AFFINITY_NUMA, "85,86,87,88,110,111,112,113"},
	{"p5en.48xlarge", 144, AFFINITY_NUMA, "135,136,137,138,160,161,162,163"},
	{"p6-b200.48xlarge", 47, AFFINITY_NUMA, "79,80,96,97"},
	{"p6-b200.48xlarge", 48, AFFINITY_NUMA, "113,114,132,133"},
	{"g5.48xlarge", 0, AFFINITY_SPREAD, "0s21"},
	{"g5.48xlarge", 191, AFFINITY_SPREAD, "0s21"},
	{"trn1.32xlarge", 0, AFFINITY_NUMA, "16s25,16s26,32s25,32s26"},
	{"hpc7a.96xlarge", 0, AFFINITY_NUMA, "16s27"},
	{"hpc7a.96xlarge", 96, AFFINITY_NUMA, "128s27"},
	{"hpc7a.96xlarge", 48, AFFINITY_SPREAD, "16s27,128s27"},
	{"hpc7a.96xlarge", 144, AFFINITY_SPREAD, "16s27,128s27"},
};

static void rails_of_cpus(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cpu_rails); i++) {
		const struct nodemap *map = find_type(cpu_rails[i].type)->map;
		struct task_place task = {.local_count = 1, .has_cpus = true};
		struct rail_choice choice;

		cpu_list_add(&task.cpus, cpu_rails[i].cpu);
		assign_rails(map, AFFINITY_NUMA, &task, &choice);
		assert_int_equal(choice.used, cpu_rails[i].used);
		assert_string_equal(names(map, choice.rails), cpu_rails[i].rails);
	}
}

/* Tasks that use each rail, "48,144". */
static const char *loads(const struct nodemap *map, enum affinity mode, const struct placed *step)
{
	static char list[1024];
	unsigned load[NODE_RAILS_MAX] = {0};

	for (unsigned id = 0; id < step->n; id++) {
		struct rail_choice choice;

		assign_rails(map, mode, &step->task[id], &choice);
		for (size_t i = 0; i < map->n_rails; i++)
			load[i] += choice.rails >> i & 1;
	}
	list[0] = '\0';
	for (size_t i = 0; i < map->n_rails; i++)
		text_append(list, sizeof(list), "%s%u", i ? "," : "", load[i]);
	return list;
}

/* Full nodes, and cases that went wrong once. */
static const struct {
	const char *type;
	enum deal how;
	unsigned tasks;
	const char *loads;
} full[] = {
	/* Two of four NUMA nodes have a rail: the others' tasks once all took the second one. */
	{"hpc7a.96xlarge", IN_TURN, 192, "96,96"},
	{"hpc7a.96xlarge", IN_TURN, 4, "2,2"},
	{"hpc7a.96xlarge", IN_BLOCKS, 192, "96,96"},
	{"hpc7a.96xlarge", SOCKETS_IN_TURN, 192, "96,96"},
	{"hpc7a.96xlarge", SOCKETS_IN_TURN, 100, "50,50"},
	{"hpc7a.96xlarge", FILLED, 192, "96,96"},
	/* One task more than the other NUMA node has: its last rails once had none. */
	{"p4d.24xlarge", IN_TURN, 3, "1,1,1,1"},
	{"p4d.24xlarge", IN_BLOCKS, 5, "2,1,1,1"},
	/* All tasks on the first NUMA node: once four and one. */
	{"p4d.24xlarge", FILLED, 5, "3,2,0,0"},
	{"p4d.24xlarge", IN_TURN, 96, "24,24,24,24"},
	{"p5en.48xlarge", IN_BLOCKS, 33, "3,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2"},
	{"g5.48xlarge", SOCKETS_IN_TURN, 192, "192"},
};

static void loads_of_full_nodes(void **state)
{
	static struct placed step;

	(void)state;
	for (size_t i = 0; i < N(full); i++) {
		const struct nodemap *map = find_type(full[i].type)->map;
		const char *found;

		place_tasks(map, full[i].how, full[i].tasks, &step);
		found = loads(map, AFFINITY_NUMA, &step);
		if (strcmp(found, full[i].loads) != 0)
			fail_msg("%s, %u tasks: %s, not %s", full[i].type, full[i].tasks, found,
				 full[i].loads);
	}
}

/* The reason names the accelerator that the node has, not the one that it has not. */
static void names_the_right_accelerator(void **state)
{
	struct task_place task = {.local_count = 1};
	struct rail_choice choice;

	(void)state;
	give_accels(&task, 63, 1);
	give_accels(&task, 5, 1);
	assign_rails(find_type("p5.48xlarge")->map, AFFINITY_GPU, &task, &choice);
	assert_string_equal(choice.why, "4 rails share a switch with GPU 5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(rails_of_each_accelerator),
		cmocka_unit_test(neuron_rails_that_failed),
		cmocka_unit_test(says_how_neuron_is_wired),
		cmocka_unit_test(rails_of_cpus),
		cmocka_unit_test(loads_of_full_nodes),
		cmocka_unit_test(names_the_right_accelerator),
	};

	return cmocka_run_group_tests(tests, load_maps, free_maps);
}
