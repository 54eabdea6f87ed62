/* SPDX-License-Identifier: Apache-2.0 */
/* A node map: read, saved, read again, rails and variables chosen for tasks. */
#include <string.h>

#include "kit.h"
#include "nodemap.h"
#include "nodes.h"
#include "sound.h"
#include "task_env.h"
#include "text.h"

static void sound_map(const struct nodemap *map)
{
	CHECK(map->outcome <= OUTCOME_FAULTY && map->affinity_default <= AFFINITY_NONE);
	CHECK_TEXT(map->boot_id);
	CHECK(!map->key[0] || strlen(map->key) == 16);
	CHECK_TEXT(map->sentence);
	CHECK_TEXT(map->instance_type);
	CHECK_TEXT(map->libfabric);
	CHECK(!map->primary_netdev[0] || text_is_name(map->primary_netdev, NAME_TEXT - 1));
	CHECK(map->n_layouts <= LAYOUT_NAMES_MAX && map->n_rails <= NODE_RAILS_MAX);
	CHECK(map->n_accels <= NODE_ACCELS_MAX && map->n_numa <= NODE_NUMA_MAX);
	for (size_t i = 0; i < map->n_layouts; i++)
		CHECK(nodemap_has_layout(map, map->layouts[i]));
	for (size_t i = 0; i < map->n_rails; i++) {
		const struct map_rail *rail = &map->rails[i];

		CHECK(rail->path.n <= PCI_DEPTH_MAX && rail->numa_node >= -1);
		CHECK(!rail->pass || text_is_name(rail->rdma_name, NAME_TEXT - 1));
	}
	CHECK(map->env.n <= ENV_RULES_MAX);
}

/* A task that has some variables already. */
static const char *task_value(const char *name, void *arg)
{
	(void)arg;
	if (!strcmp(name, "FI_PROVIDER"))
		return "tcp";
	return strcmp(name, "FI_EFA_IFACE") ? NULL : "";
}

static void sound_env(const struct nodemap *map)
{
	static struct task_env env;
	struct task_place place = {.local_id = 1, .local_count = 2};
	struct rail_choice choice;

	assign_rails(map, map->affinity_default, &place, &choice);
	memset(&env, 0x5a, sizeof(env));
	task_env_build(map, map->n_layouts ? map->layouts[0] : "", &choice, task_value, NULL, &env);
	CHECK(env.n <= sizeof(env.v) / sizeof(env.v[0]));
	for (size_t i = 0; i < env.n; i++) {
		CHECK_PRINTABLE(env.v[i].name);
		CHECK(env.v[i].name[0] && !strchr(env.v[i].name, '='));
		CHECK_TEXT(env.v[i].value);
		/* An empty FI_EFA_IFACE makes libfabric abort the application. */
		CHECK(env.v[i].unset || env.v[i].value[0] ||
		      strncmp(env.v[i].name, "EFA_LAYOUT", 10) == 0);
	}
	CHECK(env.n_warnings <= sizeof(env.warnings) / sizeof(env.warnings[0]));
	for (size_t i = 0; i < env.n_warnings; i++)
		CHECK_TEXT(env.warnings[i]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	kit_dir();
	for (unsigned i = 0; i < NODES_N; i++)
		sound_judge(nodes_get(i), nodes_layouts(), NULL);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nodemap map, before;
	const char *path = kit_file(data, size);
	struct err err = {""};
	int rc;

	memset(&before, 0x5a, sizeof(before));
	map = before;
	rc = nodemap_load(path, FILE_TRUST_OWNER, "", &map, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&map, &before, sizeof(map)));
		return 0;
	}
	sound_map(&map);
	sound_nodemap(&map);
	sound_env(&map);
	rc = nodemap_load(path, FILE_TRUST_OWNER, "another boot", &before, &err);
	if (rc)
		kit_refused(rc, &err);
	return 0;
}
