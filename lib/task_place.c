/* SPDX-License-Identifier: Apache-2.0 */
#include "task_place.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define LIST_BYTES_MAX 1024
#define TASKS_MAX      65536
#define NODES_MAX      (1u << 20)

/*
 * A variable as a set of numbers below n, whatever they count. 0; -ENOENT: not set; -EINVAL: not
 * such a set. Longer values are not looked at: a getter may have cut them.
 */
static int read_numbers(task_variable_fn get, void *arg, const char *name, unsigned n,
			struct cpu_list *ret_numbers)
{
	const char *text = get(name, arg);
	unsigned below = 0;

	if (!text)
		return -ENOENT;
	if (strnlen(text, LIST_BYTES_MAX + 1) > LIST_BYTES_MAX || cpu_list_parse(text, ret_numbers))
		return -EINVAL;
	for (unsigned i = 0; i < n; i++)
		below += cpu_list_has(ret_numbers, i);
	return below == cpu_list_count(ret_numbers) ? 0 : -EINVAL;
}

/* What the accelerator's own runtime is told to use. */
static int read_visible(task_variable_fn get, void *arg, unsigned n, struct cpu_list *ret_numbers)
{
	int rc = read_numbers(get, arg, "CUDA_VISIBLE_DEVICES", n, ret_numbers);

	return rc == -ENOENT ? read_numbers(get, arg, "ROCR_VISIBLE_DEVICES", n, ret_numbers) : rc;
}

static void add_accel(struct task_place *place, unsigned accel)
{
	place->accels[place->n_accels++] = accel;
}

/* Of the accelerators that it may open, those that its runtime is told to use, or all. */
static void place_opened(const struct cpu_list *devices, unsigned n_accels, task_variable_fn get,
			 void *arg, struct task_place *place)
{
	unsigned n = 0;
	struct cpu_list visible;
	int rc = read_visible(get, arg, cpu_list_count(devices), &visible);

	for (unsigned accel = 0; accel < n_accels; accel++) {
		if (!cpu_list_has(devices, accel))
			continue;
		if (rc || cpu_list_has(&visible, n))
			add_accel(place, accel);
		n++;
	}
}

static void place_numbered(unsigned n_accels, task_variable_fn get, void *arg,
			   struct task_place *place)
{
	struct cpu_list gpus;
	int rc = read_numbers(get, arg, "SLURM_STEP_GPUS", n_accels, &gpus);

	if (rc == -ENOENT)
		rc = read_visible(get, arg, n_accels, &gpus);
	for (unsigned accel = 0; !rc && accel < n_accels; accel++)
		if (cpu_list_has(&gpus, accel))
			add_accel(place, accel);
}

static bool is_restricted(const struct cpu_list *devices, unsigned n_accels)
{
	unsigned n = 0;

	for (unsigned accel = 0; devices && accel < n_accels; accel++)
		n += cpu_list_has(devices, accel);
	return n && n < n_accels && n == cpu_list_count(devices);
}

void task_place_find(const struct task_facts *facts, task_variable_fn get, void *arg,
		     struct task_place *ret_place)
{
	unsigned n_accels = facts->n_accels < NODE_ACCELS_MAX ? (unsigned)facts->n_accels
							      : NODE_ACCELS_MAX;
	struct task_place place = {
		.local_id = facts->local_id,
		.local_count = facts->local_count,
		.has_cpus = facts->cpus != NULL,
	};

	if (place.local_count <= place.local_id)
		place.local_count = place.local_id + 1;
	if (facts->cpus)
		place.cpus = *facts->cpus;
	if (is_restricted(facts->devices, n_accels))
		place_opened(facts->devices, n_accels, get, arg, &place);
	else
		place_numbered(n_accels, get, arg, &place);
	*ret_place = place;
}

/* Digits at *text; moves it behind them. */
static int take_number(const char **text, unsigned max, unsigned *ret_number)
{
	unsigned number = 0, digits = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++, digits++) {
		number = number * 10 + (unsigned)(**text - '0');
		if (number > max)
			return -ERANGE;
	}
	*ret_number = number;
	return digits ? 0 : -EINVAL;
}

/* "4" or "4(x2)" at *text; moves it behind that and a comma that has something behind it. */
static int take_nodes(const char **text, unsigned *ret_tasks, unsigned *ret_nodes)
{
	int rc = take_number(text, TASKS_MAX, ret_tasks);

	*ret_nodes = 1;
	if (!rc && strncmp(*text, "(x", 2) == 0) {
		*text += 2;
		rc = take_number(text, NODES_MAX, ret_nodes);
		if (!rc && *(*text)++ != ')')
			rc = -EINVAL;
	}
	if (rc)
		return rc;
	if (!*ret_tasks || !*ret_nodes)
		return -EINVAL;
	if (**text == ',' && (*text)[1])
		(*text)++;
	else if (**text)
		return -EINVAL;
	return 0;
}

static int find_tasks(const char *text, unsigned node, unsigned *ret_tasks)
{
	unsigned before = 0, found = 0;

	if (!*text)
		return -EINVAL;
	/* To the end, for the whole list must be sound. */
	while (*text) {
		unsigned tasks, nodes;
		int rc = take_nodes(&text, &tasks, &nodes);

		if (rc)
			return rc;
		if (node >= before && node - before < nodes)
			found = tasks;
		before += nodes;
		if (before > NODES_MAX)
			return -ERANGE;
	}
	if (!found)
		return -ERANGE;
	*ret_tasks = found;
	return 0;
}

int task_place_local_count(task_variable_fn get, void *arg, unsigned *ret_count)
{
	const char *text = get("SLURM_NODEID", arg);
	uint64_t node;
	int rc;

	if (!text)
		return -ENOENT;
	rc = text_u64(text, 0, NODES_MAX - 1, &node);
	if (rc)
		return rc;
	text = get("SLURM_STEP_TASKS_PER_NODE", arg);
	if (!text)
		text = get("SLURM_TASKS_PER_NODE", arg);
	return text ? find_tasks(text, (unsigned)node, ret_count) : -ENOENT;
}
