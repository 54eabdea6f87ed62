/* SPDX-License-Identifier: Apache-2.0 */
/* What a task is given. */
#include "task_vars.h"

static void never_sets_an_empty_list(void **state)
{
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0};

	(void)state;
	for (size_t i = 0; i < map->n_rails; i++)
		map->rails[i].pass = false;
	map->primary_netdev[0] = '\0';
	map->n_layouts = 0;
	/* An outer task had them. */
	put(&vars, "EFA_LAYOUT_RAILS", "rdmap1s0");
	put(&vars, "EFA_LAYOUT_PRIMARY_NETDEV", "eth0");
	put(&vars, "EFA_LAYOUT", "efa-only");
	add_rule(map, "LIST", ENV_FORCE, "x{rails}y", "");
	add_rule(map, "COUNT", ENV_FORCE, "{rail_count}", "");
	add_rule(map, "LAYOUT", ENV_FORCE, "{layout}", "");
	free(run(map, "", &nothing, &vars));
	ABSENT("EFA_LAYOUT_RAILS");
	ABSENT("EFA_LAYOUT_PRIMARY_NETDEV");
	ABSENT("EFA_LAYOUT");
	ABSENT("FI_EFA_IFACE");
	ABSENT("FI_PROVIDER");
	ABSENT("NCCL_SOCKET_IFNAME");
	ABSENT("LIST");
	ABSENT("COUNT");
	ABSENT("LAYOUT");
	IS("EFA_LAYOUT_RAIL_COUNT", "0");
	IS("EFA_LAYOUT_AFFINITY", "none");
	free(map);
}

static void site_wants_no_variables(void **state)
{
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0};
	struct task_env *env;

	(void)state;
	map->environment = false;
	put(&vars, "FI_EFA_MTU_SIZE", "4096");
	env = run(map, "all-efa", &two, &vars);
	assert_int_equal(env->n, 0);
	assert_int_equal(env->n_warnings, 0);
	assert_int_equal(vars.n, 1);
	free(env);
	free(map);
}

static void facts_are_always_there(void **state)
{
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};

	(void)state;
	map->outcome = OUTCOME_DEGRADED;
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "ens32");
	text_format(map->layouts[0], sizeof(map->layouts[0]), "all-efa");
	map->n_layouts = 1;
	free(run(map, NULL, &hint, &vars));
	IS("EFA_LAYOUT", "all-efa");
	IS("EFA_LAYOUT_RAILS", "rdmap32s27,rdmap144s27");
	IS("EFA_LAYOUT_RAIL_COUNT", "2");
	IS("EFA_LAYOUT_PRIMARY_NETDEV", "ens32");
	IS("EFA_LAYOUT_VERDICT", "degraded");
	IS("EFA_LAYOUT_AFFINITY", "gpu");
	assert_int_equal(vars.n, 6);
	free(run(map, "mine", &hint, &vars));
	IS("EFA_LAYOUT", "mine");
	free(map);
}

static void shipped_rules_with_and_without_narrowing(void **state)
{
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0};

	(void)state;
	free(run(map, "all-efa", &hint, &vars));
	ABSENT("FI_EFA_IFACE");
	IS("FI_PROVIDER", "efa");
	IS("NCCL_SOCKET_IFNAME", "ens32");
	IS("GLOO_SOCKET_IFNAME", "ens32");
	vars.n = 0;
	free(run(map, "all-efa", &two, &vars));
	IS("FI_EFA_IFACE", "rdmap32s27,rdmap144s27");
	/* A choice of nothing narrows nothing; the node still has rails. */
	vars.n = 0;
	free(run(map, "all-efa", &nothing, &vars));
	ABSENT("FI_EFA_IFACE");
	IS("FI_PROVIDER", "efa");
	free(map);
}

static void users_values_stay(void **state)
{
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0};

	(void)state;
	put(&vars, "FI_PROVIDER", "tcp");
	put(&vars, "FI_EFA_IFACE", "rdmap16s27");
	put(&vars, "NCCL_SOCKET_IFNAME", "");
	free(run(map, "all-efa", &two, &vars));
	IS("FI_PROVIDER", "tcp");
	IS("FI_EFA_IFACE", "rdmap16s27");
	IS("NCCL_SOCKET_IFNAME", "");
	IS("GLOO_SOCKET_IFNAME", "ens32");
	free(map);
}

static void modes(void **state)
{
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	struct task_env *env;

	(void)state;
	add_rule(map, "FORCED", ENV_FORCE, "a{rail_count}b{layout}", "");
	add_rule(map, "GONE", ENV_UNSET, "", "it breaks things");
	add_rule(map, "GONE_TOO", ENV_UNSET, "", "");
	add_rule(map, "NOT_THERE", ENV_UNSET, "", "it breaks things");
	add_rule(map, "ODD", ENV_WARN, "", "it is odd");
	add_rule(map, "NOT_ODD", ENV_WARN, "", "it is odd");
	put(&vars, "FORCED", "mine");
	put(&vars, "GONE", "1");
	put(&vars, "GONE_TOO", "");
	put(&vars, "ODD", "1");
	env = run(map, "efa-only", &two, &vars);
	IS("FORCED", "a2befa-only");
	ABSENT("GONE");
	ABSENT("GONE_TOO");
	IS("ODD", "1");
	assert_int_equal(env->n_warnings, 3);
	assert_string_equal(env->warnings[0], "GONE is removed: it breaks things");
	assert_string_equal(env->warnings[1], "GONE_TOO is removed");
	assert_string_equal(env->warnings[2], "ODD is set: it is odd");
	free(env);
	free(map);
}

static void fatal_variables_are_removed(void **state)
{
	static const char *const fatal[] = {"FI_EFA_MTU_SIZE", "FI_EFA_TX_IOV_LIMIT",
					    "FI_EFA_RX_IOV_LIMIT"};
	struct nodemap *map = map_with_rules();
	struct vars vars = {.n = 0};
	struct task_env *env;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		put(&vars, fatal[i], "4096");
	put(&vars, "RDMAV_FORK_SAFE", "1");
	put(&vars, "FI_EFA_IFACE", "");
	env = run(map, "all-efa", &hint, &vars);
	for (size_t i = 0; i < 3; i++)
		assert_null(get(fatal[i], &vars));
	ABSENT("FI_EFA_IFACE");
	IS("RDMAV_FORK_SAFE", "1");
	assert_int_equal(env->n_warnings, 5);
	assert_string_equal(env->warnings[0], "FI_EFA_IFACE is removed: an empty value makes "
					      "libfabric abort the program");
	free(env);
	/* Narrowed: what was empty gets the rails. */
	put(&vars, "FI_EFA_IFACE", "");
	free(run(map, "all-efa", &two, &vars));
	IS("FI_EFA_IFACE", "rdmap32s27,rdmap144s27");
	free(map);
}

static unsigned n_asked;

static const char *count(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	n_asked++;
	return NULL;
}

/* It is done before every task, and each look at a variable is a walk through all of them. */
static void asks_for_each_variable_a_few_times(void **state)
{
	struct nodemap *map = map_with_rules();
	struct task_env *env = malloc(sizeof(*env));
	struct rail_choice all = {.rails = UINT64_MAX, .narrow = true, .used = AFFINITY_ALL};

	(void)state;
	assert_non_null(env);
	task_env_build(map, "all-efa", &all, count, NULL, env);
	assert_true(map->env.n > 15);
	assert_in_range(n_asked, map->env.n, 2 * map->env.n + 16);
	free(env);
	free(map);
}

/* The longest names and the most rails there can be fit; a value that does not is not set. */
static void longest_lists(void **state)
{
	struct nodemap *map = map_cpu_only(32);
	struct rail_choice all = {.rails = UINT64_MAX, .narrow = true, .used = AFFINITY_ALL};
	struct task_env *env = calloc(1, sizeof(*env));
	struct vars vars = {.n = 0};

	(void)state;
	assert_non_null(env);
	for (size_t i = 0; i < map->n_rails; i++)
		text_format(map->rails[i].rdma_name, NAME_TEXT, "rdmap%026zu", i);
	add_rule(map, "ONCE", ENV_FORCE, "{rails}", "");
	add_rule(map, "TWICE", ENV_FORCE, "{rails},{rails}", "");
	task_env_build(map, "all-efa", &all, get, &vars, env);
	assert_string_equal(env->v[1].name, "EFA_LAYOUT_RAILS");
	assert_int_equal(strlen(env->v[1].value), 64 * 32 - 1);
	assert_string_equal(env->v[5].name, "ONCE");
	assert_string_equal(env->v[5].value, env->v[1].value);
	assert_string_equal(env->v[6].name, "EFA_LAYOUT_SET");
	assert_int_equal(env->n, 7);
	free(env);
	free(map);
}

static void warnings_are_bounded(void **state)
{
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	struct task_env *env;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		text_format(name, sizeof(name), "ODD%u", i);
		add_rule(map, name, ENV_WARN, "", "it is odd");
		put(&vars, name, "1");
	}
	env = run(map, "a", &two, &vars);
	assert_int_equal(env->n_warnings, 8);
	assert_string_equal(env->warnings[7], "ODD7 is set: it is odd");
	free(env);
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_sets_an_empty_list),
		cmocka_unit_test(site_wants_no_variables),
		cmocka_unit_test(facts_are_always_there),
		cmocka_unit_test(shipped_rules_with_and_without_narrowing),
		cmocka_unit_test(users_values_stay),
		cmocka_unit_test(modes),
		cmocka_unit_test(fatal_variables_are_removed),
		cmocka_unit_test(asks_for_each_variable_a_few_times),
		cmocka_unit_test(longest_lists),
		cmocka_unit_test(warnings_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
