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
#include "task_devices.h"
#include "task_env.h"
#include "task_place.h"
#include "task_say.h"
#include "text.h"

#define VALUE_MAX 4096

static bool read_cpus(struct cpu_list *cpus)
{
	unsigned long mask[CPU_LIST_MAX / (8 * sizeof(unsigned long))] = {0};
	cpu_set_t *set = (cpu_set_t *)mask;

	memset(cpus, 0, sizeof(*cpus));
	/* The final mask: task_init comes after the CPU binding. */
	if (sched_getaffinity(0, sizeof(mask), set)) {
		log_debug("CPUs of the task are not known: %s", strerror(errno));
		return false;
	}
	for (unsigned cpu = 0; cpu < CPU_LIST_MAX; cpu++) {
		if (CPU_ISSET_S(cpu, sizeof(mask), set))
			cpu_list_add(cpus, cpu);
	}
	return true;
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

static void find_place(struct task_place *place, const struct nodemap *map, struct getter *getter,
		       unsigned local_id)
{
	struct cpu_list cpus, devices;
	struct task_facts facts = {
		.local_id = local_id,
		.n_accels = map->n_accels,
		.devices = &devices,
	};
	struct err err;

	if (spank_io_local_tasks(getter->sp, &facts.local_count, &err))
		facts.local_count = 0;
	if (read_cpus(&cpus))
		facts.cpus = &cpus;
	/* The device cgroup of the task is in force by now. */
	task_devices("/dev", map->n_accels, &devices);
	task_place_find(&facts, get_variable, getter, place);
}

/* A launcher's environment is handed on to what it launches, where one task's rails would be wrong
 * for all others. */
static enum affinity find_mode(const struct step *step)
{
	enum affinity mode = step->request.has_affinity ? step->request.affinity
							: step->map->affinity_default;

	return step->is_launcher && mode != AFFINITY_NONE ? AFFINITY_ALL : mode;
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
	cleanup_free struct task_env *env = malloc(sizeof(*env));
	struct getter getter = {.sp = sp};
	struct rail_choice choice;
	struct task_place place;

	if (!env) {
		log_warning("out of memory: the task gets no EFA environment");
		return;
	}
	if (!wanted) {
		task_env_clear(get_variable, &getter, env);
		apply(env, sp, !local_id);
	}
	if (!wanted && !step->request.verbose)
		return;
	find_place(&place, step->map, &getter, local_id);
	assign_rails(step->map, find_mode(step), &place, &choice);
	if (wanted) {
		task_env_build(step->map,
			       step->request.wish == WISH_NAMED ? step->request.layout : NULL,
			       &choice, get_variable, &getter, env);
		apply(env, sp, !local_id);
	}
	say(step, sp, &place, &choice, wanted ? env : NULL);
}
