/* SPDX-License-Identifier: Apache-2.0 */
/* A task's variables, and what task_env_build makes of them. */
#ifndef EFA_LAYOUT_TEST_TASK_VARS_H
#define EFA_LAYOUT_TEST_TASK_VARS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "maps.h"
#include "task_env.h"

/* A task's variables: "NAME=VALUE", ended by NULL. */
struct vars {
	char text[32][256];
	size_t n;
};

static inline const char *get(const char *name, void *arg)
{
	static char borrowed[256]; /* overwritten by each call, as the real one may do */
	const struct vars *vars = arg;
	size_t length = strlen(name);

	for (size_t i = 0; i < vars->n; i++) {
		if (strncmp(vars->text[i], name, length) || vars->text[i][length] != '=')
			continue;
		text_format(borrowed, sizeof(borrowed), "%s", vars->text[i] + length + 1);
		return borrowed;
	}
	return NULL;
}

static inline void put(struct vars *vars, const char *name, const char *value)
{
	for (size_t i = 0; i < vars->n; i++) {
		if (strncmp(vars->text[i], name, strlen(name)) ||
		    vars->text[i][strlen(name)] != '=')
			continue;
		vars->n--;
		if (i != vars->n)
			memcpy(vars->text[i], vars->text[vars->n], sizeof(vars->text[i]));
		break;
	}
	if (!value)
		return;
	assert_true(vars->n < 32);
	assert_int_equal(
		text_format(vars->text[vars->n++], sizeof(vars->text[0]), "%s=%s", name, value), 0);
}

/* Do to a task's variables what task_env_build says. */
static inline struct task_env *run(const struct nodemap *map, const char *layout,
				   const struct rail_choice *choice, struct vars *vars)
{
	struct task_env *env = malloc(sizeof(*env));

	assert_non_null(env);
	memset(env, 'x', sizeof(*env));
	task_env_build(map, layout, choice, get, vars, env);
	for (size_t i = 0; i < env->n; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(env->v[i].name, env->v[j].name);
		assert_true(env->v[i].unset == !env->v[i].value[0]);
		/* Only what is there is unset. */
		assert_true(!env->v[i].unset || get(env->v[i].name, vars));
	}
	for (size_t i = 0; i < env->n; i++)
		put(vars, env->v[i].name, env->v[i].unset ? NULL : env->v[i].value);
	return env;
}

static inline void add_rule(struct nodemap *map, const char *name, enum env_mode mode,
			    const char *value, const char *text)
{
	struct env_rule *rule = &map->env.v[map->env.n++];

	text_format(rule->name, sizeof(rule->name), "%s", name);
	text_format(rule->value, sizeof(rule->value), "%s", value);
	text_format(rule->text, sizeof(rule->text), "%s", text);
	rule->mode = mode;
}

static inline struct env_rule *last_rule(struct nodemap *map)
{
	return &map->env.v[map->env.n - 1];
}

/* p4d with the shipped rules as they are with libfabric 2.1. */
static inline struct nodemap *map_with_rules(void)
{
	struct nodemap *map = map_p4d();
	struct env_node node = {.instance_type = "p4d.24xlarge",
				.kernel = "6.1.0-18-amd64",
				.provider = "efa",
				.gpu = true,
				.rdma_read = ENV_TRUE};
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct err err = {""};

	assert_non_null(rules);
	if (env_rules_load(rules, SOURCE_DIR "/etc/environment.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	env_rules_reduce(rules, &node, &map->env);
	text_format(map->libfabric, sizeof(map->libfabric), "2.1");
	free(rules);
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "ens32");
	text_format(map->layouts[0], sizeof(map->layouts[0]), "all-efa");
	map->n_layouts = 1;
	return map;
}

static const struct rail_choice two = {.rails = 6, .narrow = true, .used = AFFINITY_GPU};
static const struct rail_choice hint = {.rails = 6, .narrow = false, .used = AFFINITY_GPU};
static const struct rail_choice nothing = {.rails = 0, .used = AFFINITY_NONE};

#define IS(name, value) assert_string_equal(get(name, &vars), value)
#define ABSENT(name)	assert_null(get(name, &vars))

#endif
