/* SPDX-License-Identifier: Apache-2.0 */
#include "task_say.h"

#include <string.h>

#include "text.h"

#define CPUS_TEXT 512

static void add_cpus(const struct task_place *place, char *buf)
{
	char cpus[CPUS_TEXT];

	if (!place->has_cpus)
		text_append(buf, TASK_SAY_TEXT, "CPUs not known");
	else if (cpu_list_format(&place->cpus, cpus, sizeof(cpus)))
		text_append(buf, TASK_SAY_TEXT, "%u CPUs", cpu_list_count(&place->cpus));
	else
		text_append(buf, TASK_SAY_TEXT, "CPU%s %s",
			    cpu_list_count(&place->cpus) == 1 ? "" : "s", cpus);
}

static void add_accels(const struct nodemap *map, const struct task_place *place, char *buf)
{
	if (!place->n_accels) {
		text_append(buf, TASK_SAY_TEXT, "; %s",
			    map->n_accels ? "no GPU that is known" : "no GPU");
		return;
	}
	text_append(buf, TASK_SAY_TEXT, "; GPU%s ", place->n_accels == 1 ? "" : "s");
	for (unsigned i = 0; i < place->n_accels; i++)
		text_append(buf, TASK_SAY_TEXT, "%s%u", i ? "," : "", place->accels[i]);
}

static void add_rails(const struct nodemap *map, const struct rail_choice *choice, char *buf)
{
	bool any = false;

	for (size_t i = 0; i < map->n_rails; i++) {
		if (!(choice->rails >> i & 1))
			continue;
		text_append(buf, TASK_SAY_TEXT, "%s%s", any ? "," : "; rails ",
			    map->rails[i].rdma_name);
		any = true;
	}
	text_append(buf, TASK_SAY_TEXT, any ? " (%s)" : "; no rails (%s)", choice->why);
}

static const char *narrowing(const struct rail_choice *choice, const struct task_env *env)
{
	if (!env)
		return ", environment left alone";
	for (size_t i = 0; i < env->n; i++)
		if (!strcmp(env->v[i].name, "FI_EFA_IFACE") && !env->v[i].unset)
			return ", libfabric is given just these";
	return choice->narrow ? ", a hint: libfabric here or the task itself keeps it from using "
				"just these"
			      : ", a hint: libfabric may use every rail";
}

const char *task_say(const struct nodemap *map, const struct task_place *place,
		     const struct rail_choice *choice, const struct task_env *env, char *buf)
{
	buf[0] = '\0';
	add_cpus(place, buf);
	add_accels(map, place, buf);
	add_rails(map, choice, buf);
	text_append(buf, TASK_SAY_TEXT, "%s", choice->rails ? narrowing(choice, env) : "");
	return buf;
}
