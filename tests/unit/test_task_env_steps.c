/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks inside tasks: what is inherited, and what only looks like it. */
#include "task_vars.h"

/* A batch script on all rails, its steps with a task for each. */
static void steps_do_not_inherit_as_a_wish(void **state)
{
	static const struct rail_choice inner = {.rails = 8, .narrow = true, .used = AFFINITY_NUMA};
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0}, script;

	(void)state;
	put(&vars, "GLOO_SOCKET_IFNAME", "mine");
	free(run(map, "all-efa", &two, &vars));
	script = vars;
	free(run(map, "all-efa", &inner, &vars));
	IS("FI_EFA_IFACE", "rdmap160s27");
	IS("GLOO_SOCKET_IFNAME", "mine");
	/* And a third level. */
	free(run(map, "all-efa", &two, &vars));
	IS("FI_EFA_IFACE", "rdmap32s27,rdmap144s27");
	/* What does not hold in the step is gone. */
	vars = script;
	free(run(map, "all-efa", &hint, &vars));
	ABSENT("FI_EFA_IFACE");
	IS("FI_PROVIDER", "efa");
	IS("GLOO_SOCKET_IFNAME", "mine");
	/* What the script has changed is its wish. */
	vars = script;
	put(&vars, "FI_EFA_IFACE", "rdmap16s27");
	free(run(map, "all-efa", &inner, &vars));
	IS("FI_EFA_IFACE", "rdmap16s27");
	IS("NCCL_SOCKET_IFNAME", "ens32");
	/* A step on a node with another primary interface. */
	vars = script;
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "enp71s0");
	free(run(map, "all-efa", &inner, &vars));
	IS("NCCL_SOCKET_IFNAME", "enp71s0");
	free(map);
}

static bool unsets(const struct task_env *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (!strcmp(env->v[i].name, name))
			return env->v[i].unset;
	return false;
}

/* A step without our environment is left none of its batch script's, and all of the user's. */
static void cleared_of_what_is_ours(void **state)
{
	struct nodemap *map = map_with_rules();
	struct task_env *env = malloc(sizeof(*env));
	struct vars vars = {.n = 0};

	(void)state;
	assert_non_null(env);
	put(&vars, "GLOO_SOCKET_IFNAME", "mine");
	task_env_clear(get, &vars, env);
	assert_int_equal(env->n, 0);
	free(run(map, "all-efa", &two, &vars));
	put(&vars, "NCCL_SOCKET_IFNAME", "changed");
	task_env_clear(get, &vars, env);
	assert_true(unsets(env, "EFA_LAYOUT") && unsets(env, "EFA_LAYOUT_RAILS"));
	assert_true(unsets(env, "EFA_LAYOUT_SET") && unsets(env, "FI_EFA_IFACE"));
	assert_false(unsets(env, "GLOO_SOCKET_IFNAME") || unsets(env, "NCCL_SOCKET_IFNAME"));
	for (size_t i = 0; i < env->n; i++)
		assert_true(env->v[i].unset);
	free(env);
	free(map);
}

static void forged_record_harms_nobody(void **state)
{
	static const char longest[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaa:1";
	const char *const records[] = {
		"",	",", ":", "PATH", "PATH:", "PATH:00000000", ":::,,,", "PATH:zzz,HOME:1",
		longest};
	struct nodemap *map = map_with_rules();

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct vars vars = {.n = 0};

		put(&vars, "PATH", "/bin");
		put(&vars, "HOME", "/root");
		put(&vars, "FI_PROVIDER", "tcp");
		put(&vars, "EFA_LAYOUT_SET", records[i]);
		free(run(map, "all-efa", &two, &vars));
		IS("PATH", "/bin");
		IS("HOME", "/root");
		IS("FI_PROVIDER", "tcp");
	}
	free(map);
}

static const struct {
	const char *node, *wish, *used;
} libfabrics[] = {
	{"2.1", NULL, "2.1"},
	{"2.1", "1.17", "1.17"},
	{"", "2.3", "2.3"},
	{"", NULL, NULL},
	{"what", NULL, NULL},
	{"2.1", "1.22.1amzn1", "1.22.1amzn1"},
	{"2.1", "2", "2.1"},
	{"2.1", "", "2.1"},
	{"", "2.3 ", NULL},
	{"2.1", "2.3\n", "2.1"},
	{"2.1", "v2.3", "2.1"},
	{"2.1", "0.0", "2.1"},
	{"2.1", "2.3-1", "2.1"},
	{"2.1", "2.3,1.1", "2.1"},
	{"2.1", "1.2345", "2.1"},
	{"2.1", "2.3.01234567890", "2.3.01234567890"},
	{"2.1", "2.3.012345678901", "2.1"},
};

/* The version that the user says, if it is one; the node's otherwise. */
static void libfabric_that_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(libfabrics) / sizeof(libfabrics[0]); i++) {
		const char *wish = libfabrics[i].wish, *used = libfabrics[i].used, *value;
		struct nodemap *map = map_with_rules();
		struct vars vars = {.n = 0};
		struct task_env *env;
		bool counts;

		text_format(map->libfabric, sizeof(map->libfabric), "%s", libfabrics[i].node);
		if (wish)
			put(&vars, "EFA_LAYOUT_LIBFABRIC", wish);
		env = run(map, "all-efa", &two, &vars);
		value = get("EFA_LAYOUT_LIBFABRIC", &vars);
		if (!value != !used || (used && strcmp(value, used) != 0))
			fail_msg("%s on %s: %s", wish, libfabrics[i].node, value);
		/* A wish that does not count is said to. */
		counts = wish && used && !strcmp(wish, used);
		assert_int_equal(env->n_warnings, wish && !counts);
		if (wish && !counts)
			assert_non_null(strstr(env->warnings[0],
					       "EFA_LAYOUT_LIBFABRIC does not count: \""));
		/* And the rules go by it. */
		assert_int_equal(get("FI_EFA_IFACE", &vars) != NULL,
				 used && env_libfabric_version(used) >= 2000);
		free(env);
		free(map);
	}
}

/* Steps of a script do not take what was exported for a wish, and take a wish for one. */
static void libfabric_in_steps(void **state)
{
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0}, script;

	(void)state;
	free(run(map, "all-efa", &two, &vars));
	IS("EFA_LAYOUT_LIBFABRIC", "2.1");
	script = vars;
	text_format(map->libfabric, sizeof(map->libfabric), "1.17");
	free(run(map, "all-efa", &two, &vars));
	IS("EFA_LAYOUT_LIBFABRIC", "1.17");
	ABSENT("FI_EFA_IFACE");
	vars = script;
	map->libfabric[0] = '\0';
	free(run(map, "all-efa", &two, &vars));
	ABSENT("EFA_LAYOUT_LIBFABRIC");
	/* The script sets its own. */
	vars = script;
	put(&vars, "EFA_LAYOUT_LIBFABRIC", "2.4");
	for (unsigned level = 0; level < 3; level++) {
		free(run(map, "all-efa", &two, &vars));
		IS("EFA_LAYOUT_LIBFABRIC", "2.4");
		IS("FI_EFA_IFACE", "rdmap32s27,rdmap144s27");
	}
	free(map);
}

/* Twice the same on the same node: nothing changes any more, nothing is said that was settled. */
static void twice_is_once(void **state)
{
	static const struct rail_choice *const choices[] = {&two, &hint, &nothing};
	struct nodemap *map = map_with_rules();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct vars vars = {.n = 0}, before;
		struct task_env *env;

		put(&vars, "FI_EFA_MTU_SIZE", "1");
		put(&vars, "FI_EFA_IFACE", "");
		free(run(map, "all-efa", choices[i], &vars));
		before = vars;
		env = run(map, "all-efa", choices[i], &vars);
		assert_int_equal(env->n_warnings, 0);
		assert_int_equal(vars.n, before.n);
		for (size_t j = 0; j < before.n; j++) {
			char *name = strdup(before.text[j]), *equals = strchr(name, '=');

			*equals = '\0';
			assert_string_equal(get(name, &vars), equals + 1);
			free(name);
		}
		free(env);
	}
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_record_harms_nobody),
		cmocka_unit_test(libfabric_that_is_used),
		cmocka_unit_test(libfabric_in_steps),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(steps_do_not_inherit_as_a_wish),
		cmocka_unit_test(cleared_of_what_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
