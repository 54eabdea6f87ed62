/* SPDX-License-Identifier: Apache-2.0 */
#include "task.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "assign.h"
#include "cleanup.h"
#include "log.h"
#include "spank_io.h"
#include "task_env.h"
#include "task_say.h"
#include "text.h"

#define VALUE_MAX 4096

static void place_cpus(struct task_place *place)
{
	unsigned long mask[CPU_LIST_MAX / (8 * sizeof(unsigned long))] = {0};
	cpu_set_t *set = (cpu_set_t *)mask;

	/* The final mask: task_init comes after the CPU binding. */
	if (sched_getaffinity(0, sizeof(mask), set)) {
		log_debug("CPUs of the task are not known: %s", strerror(errno));
		return;
	}
	for (unsigned cpu = 0; cpu < CPU_LIST_MAX; cpu++) {
		if (CPU_ISSET_S(cpu, sizeof(mask), set))
			cpu_list_add(&place->cpus, cpu);
	}
	place->has_cpus = true;
}

/*
 * SLURM_STEP_GPUS counts as the node does, also where a device cgroup lets CUDA count from 0 anew;
 * CUDA_VISIBLE_DEVICES is what is left without it, when it is a plain list of numbers.
 */
static void place_accels(struct task_place *place, const struct nodemap *map,
			 struct spank_handle *sp)
{
	struct cpu_list gpus; /* a set of numbers, whatever they count */
	char text[VALUE_MAX];
	int rc = spank_io_getenv(sp, "SLURM_STEP_GPUS", text, sizeof(text));

	if (rc == -ENOENT)
		rc = spank_io_getenv(sp, "CUDA_VISIBLE_DEVICES", text, sizeof(text));
	if (rc || cpu_list_parse(text, &gpus))
		return;
	for (unsigned gpu = 0; gpu < map->n_accels; gpu++) {
		if (cpu_list_has(&gpus, gpu))
			place->accels[place->n_accels++] = gpu;
	}
	/* Numbers beyond the map's: they count something else than the map does. */
	if (place->n_accels != cpu_list_count(&gpus))
		place->n_accels = 0;
}

static void find_place(struct task_place *place, const struct nodemap *map, struct spank_handle *sp,
		       unsigned local_id)
{
	struct err err;

	memset(place, 0, sizeof(*place));
	place->local_id = local_id;
	if (spank_io_local_tasks(sp, &place->local_count, &err) || place->local_count <= local_id)
		place->local_count = local_id + 1;
	place_cpus(place);
	place_accels(place, map, sp);
}

/* A launcher's environment is handed on to what it launches, where one task's rails would be wrong
 * for all others. */
static enum affinity find_mode(const struct step *step)
{
	enum affinity mode = step->request.has_affinity ? step->request.affinity
							: step->map->affinity_default;

	return step->is_launcher && mode != AFFINITY_NONE ? AFFINITY_ALL : mode;
}

struct getter {
	struct spank_handle *sp;
	char value[VALUE_MAX];
};

static const char *get_variable(const char *name, void *arg)
{
	struct getter *getter = arg;
	int rc = spank_io_getenv(getter->sp, name, getter->value, sizeof(getter->value));

	if (rc && rc != -ENOSPC)
		return NULL;
	getter->value[sizeof(getter->value) - 1] = '\0';
	return getter->value;
}

static void apply(const struct task_env *env, struct spank_handle *sp, bool is_first)
{
	struct err err;

	for (size_t i = 0; i < env->n; i++) {
		const struct env_change *change = &env->v[i];
		int rc = change->unset ? spank_io_unsetenv(sp, change->name, &err)
				       : spank_io_setenv(sp, change->name, change->value, &err);

		if (rc && is_first)
			log_warning("%s, continuing", err.text);
	}
	for (size_t i = 0; is_first && i < env->n_warnings; i++)
		log_warning("%s", env->warnings[i]);
}

/* The batch script and the interactive shell are no tasks of the user's. */
static void say(const struct step *step, struct spank_handle *sp, const struct task_place *place,
		const struct rail_choice *choice, const struct task_env *env)
{
	char line[TASK_SAY_TEXT], task[16];

	if (!step->request.verbose || step->is_launcher)
		return;
	if (spank_io_getenv(sp, "SLURM_PROCID", task, sizeof(task)))
		text_format(task, sizeof(task), "?");
	spank_io_tell("task %s on %s: %s", task, step->node,
		      task_say(step->map, place, choice, env, line));
}

void task_environment(const struct step *step, struct spank_handle *sp, unsigned local_id)
{
	bool wanted = step->map->environment && !step->request.no_env;
	cleanup_free struct task_env *env = wanted ? calloc(1, sizeof(*env)) : NULL;
	struct getter getter = {.sp = sp};
	struct rail_choice choice;
	struct task_place place;

	if (!wanted && !step->request.verbose)
		return;
	if (wanted && !env) {
		log_warning("out of memory: the task gets no EFA environment");
		return;
	}
	find_place(&place, step->map, sp, local_id);
	assign_rails(step->map, find_mode(step), &place, &choice);
	if (env) {
		task_env_build(step->map,
			       step->request.wish == WISH_NAMED ? step->request.layout : NULL,
			       &choice, get_variable, &getter, env);
		apply(env, sp, !local_id);
	}
	say(step, sp, &place, &choice, env);
}
