/* SPDX-License-Identifier: Apache-2.0 */
/* What a task is given, and by which conditions. */
#include "json.h"
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

static void conditions(void **state)
{
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};

	(void)state;
	add_rule(map, "UNLESS", ENV_DEFAULT, "x", "");
	text_format(last_rule(map)->when.unless, ENV_NAME_TEXT, "OTHER");
	add_rule(map, "NARROW", ENV_DEFAULT, "x", "");
	last_rule(map)->when.narrow = ENV_TRUE;
	add_rule(map, "RAILS", ENV_DEFAULT, "x", "");
	last_rule(map)->when.rails = ENV_TRUE;
	add_rule(map, "EMPTY", ENV_FORCE, "x", "");
	last_rule(map)->when.empty = ENV_TRUE;
	put(&vars, "OTHER", "");
	free(run(map, "a", &hint, &vars));
	ABSENT("UNLESS");
	ABSENT("NARROW");
	IS("RAILS", "x");
	ABSENT("EMPTY");
	vars.n = 0;
	put(&vars, "EMPTY", "");
	for (size_t i = 0; i < map->n_rails; i++)
		map->rails[i].pass = false;
	free(run(map, "a", &two, &vars));
	IS("UNLESS", "x");
	IS("NARROW", "x");
	ABSENT("RAILS");
	IS("EMPTY", "x");
	vars.n = 0;
	put(&vars, "EMPTY", "full");
	free(run(map, "a", &two, &vars));
	IS("EMPTY", "full");
	free(map);
}

/* Is a rule with these conditions applied to a task with these variables? */
static bool applied(const char *when, const struct rail_choice *choice, const char *variable)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root;
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	struct err err = {""};
	bool is;

	if (json_doc_parse("when", when, strlen(when), &doc, &err) ||
	    json_doc_root(doc, &root, &err))
		fail_msg("%s", err.text);
	add_rule(map, "A", ENV_FORCE, "applied", "");
	if (env_when_parse(root, &last_rule(map)->when, &err))
		fail_msg("%s", err.text);
	if (variable)
		text_format(vars.text[vars.n++], sizeof(vars.text[0]), "%s", variable);
	free(run(map, "a", choice, &vars));
	is = get("A", &vars) && !strcmp(get("A", &vars), "applied");
	free(map);
	return is;
}

static void conditions_on_a_value(void **state)
{
	static const struct {
		const char *when, *variable;
		bool holds;
	} cases[] = {
		{"{\"is\": \"x y\"}", "A=x y", true},
		{"{\"is\": \"x\"}", "A=X", false},
		{"{\"is\": \"x\"}", "A=", false},
		{"{\"is\": \"x\"}", NULL, false},
		{"{\"empty\": true}", "A=", true},
		{"{\"empty\": true}", NULL, false},
		{"{\"empty\": false}", "A= ", true},
		{"{\"empty\": false}", "A=", false},
		{"{\"empty\": false}", NULL, false},
		{"{\"on\": true}", "A=1", true},
		{"{\"on\": true}", "A=YES", true},
		{"{\"on\": true}", "A=True", true},
		{"{\"on\": true}", "A=on", true},
		{"{\"on\": true}", "A=2", false},
		{"{\"on\": true}", "A=off", false},
		{"{\"on\": true}", NULL, false},
		{"{\"on\": false}", "A=0", true},
		{"{\"on\": false}", "A=No", true},
		{"{\"on\": false}", "A=", false},
		{"{\"at_most\": 0}", "A=0", true},
		{"{\"at_most\": 0}", "A=-9", true},
		{"{\"at_most\": 0}", "A=1", false},
		{"{\"at_most\": 0}", "A=x", true},
		{"{\"at_most\": 5}", "A=5", true},
		{"{\"at_most\": 5}", "A=6 and more", false},
		{"{\"at_most\": 5}", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (applied(cases[i].when, &hint, cases[i].variable) != cases[i].holds)
			fail_msg("%s with %s", cases[i].when, cases[i].variable);
}

static void conditions_on_the_task(void **state)
{
	static const struct {
		const char *when, *variable;
		const struct rail_choice *choice;
		bool holds;
	} cases[] = {
		{"{\"narrow\": true}", NULL, &two, true},
		{"{\"narrow\": true}", NULL, &hint, false},
		{"{\"narrow\": false}", NULL, &two, false},
		{"{\"narrow\": false}", NULL, &hint, true},
		{"{\"rails\": false}", NULL, &hint, false},
		{"{\"affinity\": \"gpu\"}", NULL, &hint, true},
		{"{\"affinity\": [\"numa\", \"none\"]}", NULL, &hint, false},
		{"{\"affinity\": [\"numa\", \"none\"]}", NULL, &nothing, true},
		{"{\"with\": \"B\"}", "B=", &hint, true},
		{"{\"with\": \"B\"}", "BB=1", &hint, false},
		{"{\"unless\": \"B\"}", "B=", &hint, false},
		{"{\"with\": \"EFA_LAYOUT_RAILS\"}", NULL, &hint, true},
		{"{\"with\": \"EFA_LAYOUT_RAILS\"}", NULL, &nothing, false},
		{"{\"mpi\": \"pmix\"}", "SLURM_MPI_TYPE=pmix", &hint, true},
		{"{\"mpi\": \"pmix\"}", "SLURM_MPI_TYPE=pmix_v4", &hint, true},
		{"{\"mpi\": \"pmix\"}", "SLURM_MPI_TYPE=pmi2", &hint, false},
		{"{\"mpi\": \"pmix_v4\"}", "SLURM_MPI_TYPE=pmix_v5", &hint, false},
		{"{\"mpi\": \"pmi\"}", "SLURM_MPI_TYPE=pmix", &hint, false},
		{"{\"mpi\": [\"pmi2\", \"none\"]}", NULL, &hint, true},
		{"{\"mpi\": \"none\"}", "SLURM_MPI_TYPE=", &hint, true},
		{"{\"mpi\": \"pmix\"}", NULL, &hint, false},
		{"{\"libfabric_min\": \"2.0\"}", NULL, &hint, false},
		{"{\"libfabric_min\": \"2.0\"}", "EFA_LAYOUT_LIBFABRIC=2.0.1", &hint, true},
		{"{\"libfabric_below\": \"2.0\"}", "EFA_LAYOUT_LIBFABRIC=1.22", &hint, true},
		{"{\"libfabric_below\": \"2.0\"}", "EFA_LAYOUT_LIBFABRIC=nonsense", &hint, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (applied(cases[i].when, cases[i].choice, cases[i].variable) != cases[i].holds)
			fail_msg("%s with %s", cases[i].when, cases[i].variable);
}

/* Rules come in order: what one has removed is not there for the next. */
static void later_rules_see_what_earlier_ones_did(void **state)
{
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	struct task_env *env;

	(void)state;
	add_rule(map, "A", ENV_UNSET, "", "");
	add_rule(map, "A", ENV_WARN, "", "it is odd");
	add_rule(map, "B", ENV_DEFAULT, "x", "");
	text_format(last_rule(map)->when.with, ENV_NAME_TEXT, "A");
	add_rule(map, "C", ENV_DEFAULT, "x", "");
	add_rule(map, "D", ENV_DEFAULT, "x", "");
	text_format(last_rule(map)->when.with, ENV_NAME_TEXT, "C");
	put(&vars, "A", "1");
	env = run(map, "a", &hint, &vars);
	assert_int_equal(env->n_warnings, 1);
	ABSENT("B");
	IS("D", "x");
	free(env);
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
		cmocka_unit_test(conditions),
		cmocka_unit_test(conditions_on_a_value),
		cmocka_unit_test(conditions_on_the_task),
		cmocka_unit_test(later_rules_see_what_earlier_ones_did),
		cmocka_unit_test(asks_for_each_variable_a_few_times),
		cmocka_unit_test(longest_lists),
		cmocka_unit_test(warnings_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
