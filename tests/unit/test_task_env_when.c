/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are applied to a task. */
#include "json.h"
#include "task_vars.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(conditions_on_a_value),
		cmocka_unit_test(conditions_on_the_task),
		cmocka_unit_test(later_rules_see_what_earlier_ones_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
