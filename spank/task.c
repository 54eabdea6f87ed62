/* SPDX-License-Identifier: Apache-2.0 */
#include "task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assign.h"
#include "cleanup.h"
#include "log.h"
#include "spank_io.h"
#include "task_cpus.h"
#include "task_devices.h"
#include "task_env.h"
#include "task_place.h"
#include "task_request.h"
#include "task_say.h"
#include "text.h"

#define VALUE_MAX 4096

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
	if (task_cpus(&cpus))
		facts.cpus = &cpus;
	/* The device cgroup of the task is in force by now. */
	task_devices("/dev", map->n_accels, &devices);
	task_place_find(&facts, get_variable, getter, place);
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
	assign_rails(step->map, task_request_affinity(step->map, &step->request, step->is_launcher),
		     &place, &choice);
	if (wanted) {
		task_env_build(step->map,
			       step->request.wish == WISH_NAMED ? step->request.layout : NULL,
			       &choice, get_variable, &getter, env);
		apply(env, sp, !local_id);
	}
	say(step, sp, &place, &choice, wanted ? env : NULL);
}
