/* SPDX-License-Identifier: Apache-2.0 */
/* What the tasks of a simulated job get: the plugin's own calculation, on the gate's own node map.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "simulate.h"
#include "task_place.h"
#include "task_request.h"
#include "task_say.h"
#include "text.h"

/* A variable of a task before us, as given. */
static const char *get_variable(const char *name, void *arg)
{
	const struct simulate_given *given = arg;
	size_t n = strlen(name);

	for (size_t i = given->n_variables; i-- > 0;)
		if (!strncmp(given->variables[i], name, n) && given->variables[i][n] == '=')
			return given->variables[i] + n + 1;
	return NULL;
}

/* Task i of n gets an even share of the node's CPUs, NUMA node after NUMA node. */
static void give_cpus(const struct nodemap *map, unsigned i, unsigned n, struct task_place *place)
{
	unsigned all = 0, at = 0, first, end;

	for (size_t k = 0; k < map->n_numa; k++)
		all += cpu_list_count(&map->numa[k].cpus);
	first = (unsigned)((uint64_t)i * all / n);
	end = (unsigned)(((uint64_t)i + 1) * all / n);
	for (size_t k = 0; k < map->n_numa; k++) {
		for (unsigned cpu = 0; cpu < CPU_LIST_MAX; cpu++) {
			if (!cpu_list_has(&map->numa[k].cpus, cpu))
				continue;
			if (at >= first && at < end)
				cpu_list_add(&place->cpus, cpu);
			at++;
		}
	}
	place->has_cpus = end > first;
}

static void find_place(const struct simulation *simulation, unsigned i, struct task_place *place)
{
	const struct simulate_given *given = &simulation->given;

	memset(place, 0, sizeof(*place));
	place->local_id = i;
	place->local_count = given->tasks;
	give_cpus(&simulation->result.map, i, given->tasks, place);
	for (unsigned k = 0; k < given->gpus_per_task; k++)
		place->accels[place->n_accels++] = i * given->gpus_per_task + k;
}

/* The map's rules are those of the site that may hold on this node, in the same order: each one
 * alone tells whether it is among them. */
static int find_rules(struct simulation *simulation, struct err *err)
{
	const struct gate_trial_result *result = &simulation->result;
	cleanup_free struct env_rules *one = calloc(1, sizeof(*one));
	cleanup_free struct env_rules *kept = calloc(1, sizeof(*kept));
	size_t n = 0;

	if (!one || !kept)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < result->env.n; i++) {
		one->n = 1;
		one->v[0] = result->env.v[i];
		env_rules_reduce(one, &result->map.node, kept);
		if (kept->n)
			simulation->rules[n++] = &result->env.v[i];
	}
	return 0;
}

/* Why the tasks get nothing. False: they do. */
static bool no_tasks(struct simulation *simulation, struct request *req)
{
	const struct gate_trial_result *result = &simulation->result;
	enum policy_action done = result->decision.done;
	char *why = simulation->no_tasks;
	const size_t size = sizeof(simulation->no_tasks);
	struct err err = {""};

	if (!simulation->submitted.accepted)
		text_format(why, size, "the job is refused where it is submitted");
	else if (done == ACTION_DRAIN || done == ACTION_REFUSE)
		text_format(why, size, "the job does not run here");
	else if (!result->decision.gated)
		text_format(why, size, "the job asks for no layout");
	else if (!result->judged)
		text_format(why, size,
			    "nothing was found out about the node; tasks get what an earlier node "
			    "map says, or nothing");
	else if (task_request_settle_by(&simulation->result.map,
					result->map.job_rules ? &result->decision.request : NULL,
					req, &err))
		text_format(why, size, "%s", err.text);
	else if (req->wish == WISH_NONE)
		text_format(why, size, "the job asks for no layout");
	return why[0];
}

static void fill_task(struct simulation *simulation, const struct request *req, unsigned i)
{
	const struct nodemap *map = &simulation->result.map;
	struct simulate_task *task = &simulation->tasks[i];

	find_place(simulation, i, &task->place);
	assign_rails(map, task_request_affinity(map, req, false), &task->place, &task->choice);
	if (simulation->sets)
		task_env_build(map, req->wish == WISH_NAMED ? req->layout : NULL, &task->choice,
			       get_variable, &simulation->given, &task->env);
	else
		task_env_clear(get_variable, &simulation->given, &task->env);
	task_say(map, &task->place, &task->choice, simulation->sets ? &task->env : NULL,
		 task->line);
}

int simulate_tasks(struct simulation *simulation, struct err *err)
{
	const struct simulate_given *given = &simulation->given;
	const struct nodemap *map = &simulation->result.map;
	struct request req = simulation->job.request;

	if (no_tasks(simulation, &req))
		return 0;
	if ((uint64_t)given->tasks * given->gpus_per_task > map->n_accels)
		return err_set(err, -EINVAL,
			       "--tasks %u --gpus-per-task %u: the node has %zu accelerators",
			       given->tasks, given->gpus_per_task, map->n_accels);
	simulation->tasks = calloc(given->tasks, sizeof(*simulation->tasks));
	if (!simulation->tasks)
		return err_set(err, -ENOMEM, "out of memory");
	simulation->n_tasks = given->tasks;
	simulation->sets = map->environment && !req.no_env;
	for (unsigned i = 0; i < given->tasks; i++)
		fill_task(simulation, &req, i);
	return find_rules(simulation, err);
}
