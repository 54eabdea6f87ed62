/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "task_devices.h"
#include "task_place.h"
#include "text.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

/* A task's variables: name, value, name, value, ... */
struct variables {
	const char *pair[8];
};

static const char *get(const char *name, void *arg)
{
	const struct variables *variables = arg;

	for (size_t i = 0; i + 1 < N(variables->pair) && variables->pair[i]; i += 2)
		if (!strcmp(variables->pair[i], name))
			return variables->pair[i + 1];
	return NULL;
}

static const struct cpu_list *set_of(const char *text)
{
	static struct cpu_list list;

	assert_int_equal(cpu_list_parse(text, &list), 0);
	return &list;
}

/* "2,3": accelerators of a task on a node with eight; devices: that it may open, NULL not known. */
static const char *accels(const char *devices, const struct variables *variables)
{
	struct task_facts facts = {.local_count = 1, .n_accels = 8};
	struct variables copy = *variables;
	struct task_place place;
	static char text[64];

	memset(&place, 'x', sizeof(place));
	if (devices)
		facts.devices = set_of(devices);
	task_place_find(&facts, get, &copy, &place);
	text[0] = '\0';
	for (unsigned i = 0; i < place.n_accels; i++)
		text_append(text, sizeof(text), "%s%u", i ? "," : "", place.accels[i]);
	return text;
}

static const char *const numbering[] = {"SLURM_STEP_GPUS", "CUDA_VISIBLE_DEVICES",
					"ROCR_VISIBLE_DEVICES"};

/* Whatever is no list of the node's numbers is not known, in each variable alone. */
static void refuses_what_is_no_list(void **state)
{
	static const char *const bad[] = {
		"",
		"NoDevFiles",
		"GPU-8f2b7c1e-1111-2222-3333-444455556666",
		"MIG-1",
		"MIG-GPU-8f2b7c1e/1/0",
		"8",
		"7,8",
		"-1",
		"0,-1",
		"+1",
		"1,,2",
		"1,",
		",1",
		"1 ",
		" 1",
		"0x1",
		"1;2",
		"3-1",
		"0-8",
		"1-",
		"4096",
		"99999999999999999999",
		"all",
		"none",
		"1\n",
		"\x01",
		"1\x7f",
		"\xff\xfe",
		"0,GPU-1",
		"0:1",
	};

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		for (size_t j = 0; j < N(numbering); j++) {
			struct variables variables = {{numbering[j], bad[i]}};

			if (*accels(NULL, &variables))
				fail_msg("%s=%s: %s", numbering[j], bad[i],
					 accels(NULL, &variables));
		}
}

/* Also where every part of it is sound: a getter may have cut it. */
static void refuses_long_lists(void **state)
{
	char *text = calloc(1, 100001);
	struct variables variables = {{"SLURM_STEP_GPUS", text}};

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < 1023; i += 2)
		memcpy(text + i, "3,", 3);
	text[1023] = '\0';
	assert_string_equal(accels(NULL, &variables), "3");
	memcpy(text + 1023, ",3", 3);
	assert_string_equal(accels(NULL, &variables), "");
	memset(text, '3', 100000);
	assert_string_equal(accels(NULL, &variables), "");
	/* CUDA's own numbers are no better then. */
	variables.pair[2] = "CUDA_VISIBLE_DEVICES";
	variables.pair[3] = "3";
	assert_string_equal(accels(NULL, &variables), "");
	free(text);
}

static void nothing_is_nothing(void **state)
{
	static const struct variables none = {{NULL}}, gpus = {{"SLURM_STEP_GPUS", "0-7"}};
	struct task_facts facts = {.n_accels = 0};
	struct variables variables = gpus;
	struct task_place place;

	(void)state;
	assert_string_equal(accels(NULL, &none), "");
	assert_string_equal(accels("", &none), "");
	assert_string_equal(accels("0-7", &none), "");
	/* A node without accelerators has none, whatever is said. */
	facts.devices = set_of("0-3");
	task_place_find(&facts, get, &variables, &place);
	assert_int_equal(place.n_accels, 0);
	facts.n_accels = 100000;
	task_place_find(&facts, get, &variables, &place);
	assert_int_equal(place.n_accels, 4);
}

/* As Slurm 22.05 sets them where no device cgroup is in force: all three count as the node does. */
static void unconstrained_numbers_are_the_nodes(void **state)
{
	static const struct {
		const char *step, *cuda, *rocr, *found;
	} cases[] = {
		{"0,1,2,3,4,5,6,7", "0,1,2,3,4,5,6,7", NULL, "0,1,2,3,4,5,6,7"}, /* --gres=gpu:8 */
		{"3,4,5", "3,4,5", "3,4,5", "3,4,5"}, /* --gres=gpu:3 beside another job */
		{"4", "4", "4", "4"},		      /* --gpus-per-task=1, local task 1 of it */
		{"2,3", "2,3", "2,3", "2,3"},	      /* --gpus-per-task=2 */
		{"5", "5", "5", "5"},		      /* --gpu-bind=map_gpu:5,1,6 */
		{NULL, "3,1", NULL, "1,3"},	      /* set by the user, without any GRES */
		{NULL, NULL, "6", "6"},
		{NULL, "2", "6", "2"},
		{NULL, "GPU-8f2b", "6", ""},
		{NULL, "", "6", ""},
		{"", "3", "3", ""},
		{"4-6", "0-2", NULL, "4,5,6"}, /* devices are not known: the step's numbers */
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct variables variables = {{NULL}};
		const char *values[] = {cases[i].step, cases[i].cuda, cases[i].rocr};
		size_t n = 0;

		for (size_t j = 0; j < N(values); j++)
			if (values[j]) {
				variables.pair[n++] = numbering[j];
				variables.pair[n++] = values[j];
			}
		assert_string_equal(accels(NULL, &variables), cases[i].found);
		/* Those who may open all devices are not constrained. */
		assert_string_equal(accels("0-7", &variables), cases[i].found);
		assert_string_equal(accels("", &variables), cases[i].found);
	}
}

/* As Slurm 22.05 sets them inside a device cgroup: CUDA counts from 0 anew, and where tasks have
 * GPUs of their own the step's numbers are those of the first task. */
static void constrained_devices_decide(void **state)
{
	static const struct {
		const char *devices, *step, *cuda, *found;
	} cases[] = {
		{"3,4,5", "3,4,5", "0,1,2", "3,4,5"}, /* --gres=gpu:3 beside another job */
		{"3", "3", "0", "3"},		      /* --gpus-per-task=1, local task 0 of it */
		{"4", "3", "0", "4"},		      /* and 1 */
		{"6,7", "0,1", "0,1", "6,7"},	      /* --gpus-per-task=2, local task 3 */
		{"5", "0", "0", "5"},		      /* --gpu-bind=map_gpu:5,1,6 */
		{"0", "0", "0", "0"},
		/* Tasks that may open all of the step's, but are told to use some. */
		{"3,4,5", "3,4,5", "1", "4"},
		{"3,4,5", NULL, "2,0", "3,5"},
		{"3,4,5", NULL, NULL, "3,4,5"}, /* --gpu-bind=none */
		{"3,4,5", NULL, "", ""},	/* hidden on purpose */
		{"3,4,5", NULL, "3", "3,4,5"},	/* of what they do not have */
		{"3,4,5", "3,4,5", "GPU-8f2b", "3,4,5"},
		{"3,4,5", "3,4,5", "NoDevFiles", "3,4,5"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct variables variables = {{NULL}};
		size_t n = 0;

		if (cases[i].step) {
			variables.pair[n++] = "SLURM_STEP_GPUS";
			variables.pair[n++] = cases[i].step;
		}
		if (cases[i].cuda) {
			variables.pair[n++] = i % 2 ? "CUDA_VISIBLE_DEVICES"
						    : "ROCR_VISIBLE_DEVICES";
			variables.pair[n++] = cases[i].cuda;
		}
		assert_string_equal(accels(cases[i].devices, &variables), cases[i].found);
	}
}

/* More device files than the map has accelerators count something else than the map does. */
static void devices_that_the_map_lacks(void **state)
{
	static const struct variables step = {{"SLURM_STEP_GPUS", "2"}};

	(void)state;
	assert_string_equal(accels("3,8", &step), "2");
	assert_string_equal(accels("8-15", &step), "2");
	assert_string_equal(accels("0-8", &step), "2");
}

static void local_numbers_and_cpus(void **state)
{
	static const struct {
		unsigned id, count, found;
	} cases[] = {{0, 0, 1}, {7, 0, 8}, {7, 7, 8}, {3, 8, 8}, {0, 1, 1}};
	struct variables none = {{NULL}};
	struct task_place place;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct task_facts facts = {
			.local_id = cases[i].id, .local_count = cases[i].count, .n_accels = 8};

		memset(&place, 'x', sizeof(place));
		task_place_find(&facts, get, &none, &place);
		assert_int_equal(place.local_id, cases[i].id);
		assert_int_equal(place.local_count, cases[i].found);
		assert_false(place.has_cpus);
		facts.cpus = set_of("5,96-97");
		task_place_find(&facts, get, &none, &place);
		assert_true(place.has_cpus);
		assert_int_equal(cpu_list_count(&place.cpus), 3);
		assert_true(cpu_list_has(&place.cpus, 97));
	}
}

static int local_count(const char *tasks, const char *node, unsigned *ret_count)
{
	struct variables variables = {{"SLURM_TASKS_PER_NODE", tasks, "SLURM_NODEID", node}};

	*ret_count = 4711;
	return task_place_local_count(get, &variables, ret_count);
}

static void refuses_task_counts(void **state)
{
	static const struct {
		const char *tasks, *node;
		int rc;
	} cases[] = {
		{NULL, "0", -ENOENT},
		{"4", NULL, -ENOENT},
		{"", "0", -EINVAL},
		{"0", "0", -EINVAL},
		{"4(x0)", "0", -EINVAL},
		{"4(x2", "0", -EINVAL},
		{"4(x)", "0", -EINVAL},
		{"4x2", "0", -EINVAL},
		{"4(2)", "0", -EINVAL},
		{"(x2)", "0", -EINVAL},
		{"4,", "0", -EINVAL},
		{",4", "0", -EINVAL},
		{"4,,3", "0", -EINVAL},
		{"4(x2)3", "0", -EINVAL},
		{" 4", "0", -EINVAL},
		{"4 ", "0", -EINVAL},
		{"-4", "0", -EINVAL},
		{"4,x", "0", -EINVAL},
		{"\xff", "0", -EINVAL},
		{"4(x2)", "", -EINVAL},
		{"4(x2)", "-1", -EINVAL},
		{"4(x2)", "1x", -EINVAL},
		{"4(x2)", "2", -ERANGE},
		{"65537", "0", -ERANGE},
		{"4(x1048577)", "0", -ERANGE},
		{"4(x1048576),1", "0", -ERANGE},
		{"99999999999999999999", "0", -ERANGE},
		{"4", "99999999999999999999", -ERANGE},
	};
	unsigned count;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		int rc = local_count(cases[i].tasks, cases[i].node, &count);

		if (rc != cases[i].rc || count != 4711)
			fail_msg("%s, node %s: %d", cases[i].tasks, cases[i].node, rc);
	}
}

static void task_counts(void **state)
{
	static const struct {
		const char *tasks, *node;
		unsigned count;
	} cases[] = {
		{"4", "0", 4},
		{"4(x2),3", "0", 4},
		{"4(x2),3", "1", 4},
		{"4(x2),3", "2", 3},
		{"1,2,3", "1", 2},
		{"65536(x1)", "0", 65536},
		{"7(x1048576)", "1048575", 7},
	};
	struct variables step = {{"SLURM_TASKS_PER_NODE", "8(x2)", "SLURM_STEP_TASKS_PER_NODE",
				  "2,3", "SLURM_NODEID", "1"}};
	unsigned count;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		assert_int_equal(local_count(cases[i].tasks, cases[i].node, &count), 0);
		assert_int_equal(count, cases[i].count);
	}
	/* The step's counts go before the job's, also when they cannot be read. */
	assert_int_equal(task_place_local_count(get, &step, &count), 0);
	assert_int_equal(count, 3);
	step.pair[3] = "2;3";
	assert_int_equal(task_place_local_count(get, &step, &count), -EINVAL);
}

static void device_files(void **state)
{
	static const char *const names[] = {"nvidia0", "nvidia2", "nvidia8", "neuron5",
					    "nvidiactl"};
	char dir[] = "/var/tmp/test_task_place.XXXXXX", path[96], found[64];
	struct cpu_list devices;

	(void)state;
	assert_non_null(mkdtemp(dir));
	task_devices(dir, 8, &devices);
	assert_int_equal(cpu_list_count(&devices), 0);
	for (size_t i = 0; i < N(names); i++) {
		text_format(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	}
	task_devices(dir, 8, &devices);
	assert_int_equal(cpu_list_format(&devices, found, sizeof(found)), 0);
	assert_string_equal(found, "0,2,5");
	for (size_t i = 0; i < N(names); i++) {
		text_format(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	task_devices(dir, 8, &devices);
	assert_int_equal(cpu_list_count(&devices), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_list),
		cmocka_unit_test(refuses_long_lists),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(unconstrained_numbers_are_the_nodes),
		cmocka_unit_test(constrained_devices_decide),
		cmocka_unit_test(devices_that_the_map_lacks),
		cmocka_unit_test(refuses_task_counts),
		cmocka_unit_test(task_counts),
		cmocka_unit_test(local_numbers_and_cpus),
		cmocka_unit_test(device_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
