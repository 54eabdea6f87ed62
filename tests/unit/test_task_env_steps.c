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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_record_harms_nobody),
		cmocka_unit_test(steps_do_not_inherit_as_a_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
