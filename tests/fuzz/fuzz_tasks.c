/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variables of a task: the shipped rules, or those of the input, and whatever the user has set.
 * The input: four bytes for the node and the task's rails, rules, FS, variables with RS between
 * them.
 */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "task_env.h"
#include "text.h"

#define VARS_MAX 24
#define FS	 "\x1c"
#define RS	 "\x1e"
#define HEAD	 4

/* The user's variables, and what the rules made of them. */
struct vars {
	size_t n;
	struct {
		char name[128];
		char value[4096]; /* as much as a task's getter gives */
	} v[VARS_MAX + 160];
};

static struct env_rules shipped;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err;

	(void)argc;
	(void)argv;
	CHECK_OK(env_rules_load(&shipped, SOURCE_DIR "/etc/environment.json", FILE_TRUST_ANY, &err),
		 &err);
	return 0;
}

static size_t find(const struct vars *vars, const char *name)
{
	size_t i = 0;

	while (i < vars->n && strcmp(vars->v[i].name, name) != 0)
		i++;
	return i;
}

static const char *get(const char *name, void *arg)
{
	static char borrowed[4096];
	const struct vars *vars = arg;
	size_t i = find(vars, name);

	if (i == vars->n)
		return NULL;
	memcpy(borrowed, vars->v[i].value, sizeof(borrowed));
	return borrowed;
}

static void put(struct vars *vars, const char *name, const char *value)
{
	size_t i = find(vars, name);

	CHECK(i < sizeof(vars->v) / sizeof(vars->v[0]));
	text_format(vars->v[i].name, sizeof(vars->v[i].name), "%s", name);
	text_format(vars->v[i].value, sizeof(vars->v[i].value), "%s", value);
	vars->n += i == vars->n;
}

static void drop(struct vars *vars, const char *name)
{
	size_t i = find(vars, name);

	if (i < vars->n)
		vars->v[i] = vars->v[--vars->n];
}

static void read_vars(char *text, struct vars *vars)
{
	char *rest = text, *part;

	vars->n = 0;
	while ((part = strsep(&rest, RS)) && vars->n < VARS_MAX) {
		char *value = kit_rest(part, "=");

		if (value && *part && strlen(part) < sizeof(vars->v[0].name))
			put(vars, part, value);
	}
}

static void make_map(const uint8_t *head, struct nodemap *map, struct rail_choice *choice)
{
	static const char *const versions[] = {"",    "1.17", "1.19", "1.22.1amzn1",
					       "2.1", "2.6",  "?"};

	memset(map, 0, sizeof(*map));
	map->environment = true;
	map->n_rails = 4;
	for (size_t i = 0; i < map->n_rails; i++) {
		text_format(map->rails[i].rdma_name, NAME_TEXT, "rdmap%zus0", 79 + i);
		map->rails[i].pass = head[0] >> i & 1;
	}
	if (head[0] & 0x10)
		text_format(map->primary_netdev, NAME_TEXT, "ens32");
	text_format(map->libfabric, sizeof(map->libfabric), "%s", versions[head[1] % 7]);
	map->node = (struct env_node){.instance_type = "p5.48xlarge", .provider = "efa"};
	text_format(map->node.kernel, sizeof(map->node.kernel),
		    head[0] & 0x20 ? "5.10.2" : "6.1.0");
	map->node.gpu = head[0] & 0x40;
	map->node.rdma_read = head[2] % 3;
	choice->rails = head[0] & head[3] & 0xf;
	choice->narrow = choice->rails && head[3] & 0x10;
	choice->used = (enum affinity)(1 + head[3] % 5);
}

static bool has_rule(const struct nodemap *map, const char *name)
{
	for (size_t i = 0; i < map->env.n; i++)
		if (!strcmp(map->env.v[i].name, name))
			return true;
	return !strncmp(name, "EFA_LAYOUT", 10);
}

/* Does the record that the task came with name it? */
static bool recorded(const struct vars *vars, const char *name)
{
	size_t i = find(vars, "EFA_LAYOUT_SET");
	char key[128];

	text_format(key, sizeof(key), "%s:", name);
	return i < vars->n && strstr(vars->v[i].value, key);
}

static void sound_change(const struct nodemap *map, const struct vars *vars,
			 const struct env_change *change)
{
	CHECK_PRINTABLE(change->name);
	CHECK_TEXT(change->value);
	CHECK(env_is_variable(change->name));
	/* An empty list would make libfabric abort the program. */
	CHECK(change->unset == !change->value[0]);
	CHECK(has_rule(map, change->name) || (change->unset && recorded(vars, change->name)));
	CHECK(!change->unset || find(vars, change->name) < vars->n);
}

/* One task: what it is told is sound, and is done. */
static void run(const struct nodemap *map, const struct rail_choice *choice, struct vars *vars)
{
	static struct task_env env;

	memset(&env, 0x5a, sizeof(env));
	task_env_build(map, "all-efa", choice, get, vars, &env);
	CHECK(env.n <= sizeof(env.v) / sizeof(env.v[0]));
	CHECK(env.n_warnings <= sizeof(env.warnings) / sizeof(env.warnings[0]));
	for (size_t i = 0; i < env.n_warnings; i++)
		CHECK_TEXT(env.warnings[i]);
	for (size_t i = 0; i < env.n; i++) {
		sound_change(map, vars, &env.v[i]);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(env.v[i].name, env.v[j].name));
	}
	for (size_t i = 0; i < env.n; i++) {
		if (env.v[i].unset)
			drop(vars, env.v[i].name);
		else
			put(vars, env.v[i].name, env.v[i].value);
	}
}

static bool same(const struct vars *a, const struct vars *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		size_t j = find(b, a->v[i].name);

		if (j == b->n || strcmp(a->v[i].value, b->v[j].value) != 0)
			return false;
	}
	return true;
}

/*
 * Steps within steps come to rest: with the shipped rules at once. Rules may remove what the
 * conditions of others look for, one with each level.
 */
static void comes_to_rest(const struct nodemap *map, const struct rail_choice *choice,
			  struct vars *vars, unsigned levels)
{
	static struct vars before;

	run(map, choice, vars);
	do {
		before = *vars;
		run(map, choice, vars);
	} while (!same(&before, vars) && --levels);
	CHECK(levels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nodemap map;
	static struct vars vars, user;
	static struct env_rules rules;
	struct rail_choice choice = {0};
	struct err err = {""};
	char *text, *rest;
	int rc;

	if (size < HEAD)
		return 0;
	make_map(data, &map, &choice);
	text = kit_input(data + HEAD, size - HEAD);
	rest = kit_rest(text, FS);
	read_vars(rest ? rest : "", &user);
	vars = user;
	env_rules_reduce(&shipped, &map.node, &map.env);
	comes_to_rest(&map, &choice, &vars, 1);
	rules = (struct env_rules){0};
	rc = env_rules_load(&rules, kit_file((const uint8_t *)text, strlen(text)), FILE_TRUST_OWNER,
			    &err);
	if (rc) {
		kit_refused(rc, &err);
	} else {
		vars = user;
		env_rules_reduce(&rules, &map.node, &map.env);
		comes_to_rest(&map, &choice, &vars, VARS_MAX + 8);
	}
	free(text);
	return 0;
}
