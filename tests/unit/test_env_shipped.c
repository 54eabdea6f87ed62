/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped environment rules: each fires where it should, and does not elsewhere. */
#include "task_vars.h"

#include <ctype.h>

#define N(list) (sizeof(list) / sizeof((list)[0]))

static const char *const left_alone[] = {
	/* aws-ofi-nccl sets these itself as its version needs them. */
	"FI_EFA_FORK_SAFE", "RDMAV_FORK_SAFE", "NCCL_BUFFSIZE", "NCCL_P2P_NET_CHUNKSIZE",
	"NCCL_NVLSTREE_MAX_CHUNKSIZE", "NCCL_NVLS_CHUNKSIZE", "NCCL_NET_FORCE_FLUSH",
	"NCCL_NETDEVS_POLICY", "NCCL_NVLS_ENABLE", "NCCL_TUNER_PLUGIN", "NCCL_TOPO_FILE",
	"NCCL_PROTO",
	/* and decides these by the device. */
	"FI_EFA_USE_DEVICE_RDMA", "OFI_NCCL_PROTOCOL", "OFI_NCCL_PROVIDER_FILTER"};

static struct env_rules *shipped(void)
{
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct err err = {""};

	assert_non_null(rules);
	if (env_rules_load(rules, SOURCE_DIR "/etc/environment.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	assert_true(rules->n > 0);
	return rules;
}

static void sets_nothing_that_the_nccl_plugin_sets(void **state)
{
	struct env_rules *rules = shipped();

	(void)state;
	for (size_t i = 0; i < rules->n; i++)
		for (size_t j = 0; j < N(left_alone); j++)
			if (!strcmp(rules->v[i].name, left_alone[j]) &&
			    (rules->v[i].mode == ENV_DEFAULT || rules->v[i].mode == ENV_FORCE))
				fail_msg("%s is set", left_alone[j]);
	free(rules);
}

static void every_rule_can_be_looked_up(void **state)
{
	struct env_rules *rules = shipped();

	(void)state;
	for (size_t i = 0; i < rules->n; i++) {
		const struct env_rule *rule = &rules->v[i];

		if (strlen(rule->source) < 8)
			fail_msg("%s has no source", rule->name);
		if ((rule->mode == ENV_UNSET || rule->mode == ENV_WARN) && !rule->text[0])
			fail_msg("%s has no text", rule->name);
		/* A sentence behind "... is removed: ". */
		assert_false(isupper((unsigned char)rule->text[0]) &&
			     islower((unsigned char)rule->text[1]));
	}
	free(rules);
}

/* A node, its libfabric, a task with variables; what comes of the last one. */
struct row {
	const char *libfabric, *kernel;
	enum env_truth rdma_read;
	bool narrow;
	const char *vars[3]; /* "NAME=VALUE" */
	const char *name;
	const char *value;   /* NULL: it is not there */
	const char *warning; /* NULL: none; the beginning of the only one */
};

#define NEW	"6.1.0-18-amd64"
#define OLD	"5.10.228-219.884.amzn2.x86_64"
#define KNOWN	ENV_TRUE
#define REMOVED " is removed: "
#define SET	" is set: "

/* With this value in that version of libfabric. */
#define REMOVES(variable, text, version)                                                          \
	{                                                                                         \
		version, NEW, KNOWN, false, {variable "=" text}, variable, NULL, variable REMOVED \
	}
#define WARNS(variable, text, version)                                                        \
	{                                                                                     \
		version, NEW, KNOWN, false, {variable "=" text}, variable, text, variable SET \
	}
#define LEAVES(variable, text, version)                                               \
	{                                                                             \
		version, NEW, KNOWN, false, {variable "=" text}, variable, text, NULL \
	}
#define HUGE_PAGE(kernel, value, other, left)                                                      \
	{                                                                                          \
		"2.1", kernel, KNOWN, false, {"FI_EFA_USE_HUGE_PAGE=" value, other},               \
			"FI_EFA_USE_HUGE_PAGE", left, left ? NULL : "FI_EFA_USE_HUGE_PAGE" REMOVED \
	}
#define DEVICE_RDMA(value, able, left)                                      \
	{                                                                   \
		"2.1", NEW, able, false, {"FI_EFA_USE_DEVICE_RDMA=" value}, \
			"FI_EFA_USE_DEVICE_RDMA", left,                     \
			left ? NULL : "FI_EFA_USE_DEVICE_RDMA" REMOVED      \
	}
#define SETS(version, narrow, before, name, after)                       \
	{                                                                \
		version, NEW, KNOWN, narrow, {before}, name, after, NULL \
	}

static const struct row rows[] = {
	SETS("2.1", false, NULL, "FI_PROVIDER", "efa"),
	SETS("", false, NULL, "FI_PROVIDER", "efa"),
	SETS("2.1", false, "FI_PROVIDER=tcp", "FI_PROVIDER", "tcp"),
	SETS("2.1", false, NULL, "NCCL_SOCKET_IFNAME", "ens32"),
	SETS("2.1", false, "NCCL_SOCKET_IFNAME=^lo", "NCCL_SOCKET_IFNAME", "^lo"),
	SETS("2.1", false, NULL, "GLOO_SOCKET_IFNAME", "ens32"),
	SETS("2.1", false, "GLOO_SOCKET_IFNAME=lo", "GLOO_SOCKET_IFNAME", "lo"),
	SETS("2.0", true, NULL, "FI_EFA_IFACE", "rdmap32s27,rdmap144s27"),
	SETS("2.0", false, NULL, "FI_EFA_IFACE", NULL),
	SETS("1.22", true, NULL, "FI_EFA_IFACE", NULL),
	SETS("", true, NULL, "FI_EFA_IFACE", NULL),
	SETS("2.1", true, "FI_EFA_IFACE=rdmap1s0", "FI_EFA_IFACE", "rdmap1s0"),
	REMOVES("FI_EFA_IFACE", "", "2.1"),
	REMOVES("FI_EFA_IFACE", "", ""),
	{"2.1",
	 NEW,
	 KNOWN,
	 true,
	 {"FI_EFA_IFACE="},
	 "FI_EFA_IFACE",
	 "rdmap32s27,rdmap144s27",
	 "FI_EFA_IFACE" REMOVED},
	REMOVES("FI_EFA_MTU_SIZE", "4096", "1.18"),
	REMOVES("FI_EFA_MTU_SIZE", "", "2.6"),
	WARNS("FI_EFA_MTU_SIZE", "4096", "1.17"),
	WARNS("FI_EFA_MTU_SIZE", "4096", ""),
	REMOVES("FI_EFA_TX_IOV_LIMIT", "1", "1.19"),
	WARNS("FI_EFA_TX_IOV_LIMIT", "1", "1.18"),
	WARNS("FI_EFA_TX_IOV_LIMIT", "1", ""),
	REMOVES("FI_EFA_RX_IOV_LIMIT", "1", "1.19"),
	WARNS("FI_EFA_RX_IOV_LIMIT", "1", "1.18"),
	WARNS("FI_EFA_RX_IOV_LIMIT", "1", ""),
	REMOVES("FI_EFA_SHM_MAX_MEDIUM_SIZE", "1", "1.17"),
	REMOVES("FI_EFA_SHM_MAX_MEDIUM_SIZE", "1", "1.19"),
	WARNS("FI_EFA_SHM_MAX_MEDIUM_SIZE", "1", "1.16"),
	WARNS("FI_EFA_SHM_MAX_MEDIUM_SIZE", "1", "1.20"),
	WARNS("FI_EFA_SHM_MAX_MEDIUM_SIZE", "1", ""),
	REMOVES("FI_EFA_TX_MIN_CREDITS", "0", "2.1"),
	REMOVES("FI_EFA_TX_MIN_CREDITS", "-5", "1.17"),
	REMOVES("FI_EFA_TX_MIN_CREDITS", "many", ""),
	REMOVES("FI_EFA_TX_MIN_CREDITS", "", "2.1"),
	LEAVES("FI_EFA_TX_MIN_CREDITS", "1", "2.1"),
	LEAVES("FI_EFA_TX_MIN_CREDITS", "32", ""),
	DEVICE_RDMA("1", ENV_FALSE, NULL),
	DEVICE_RDMA("Yes", ENV_FALSE, NULL),
	DEVICE_RDMA("0", ENV_FALSE, "0"),
	DEVICE_RDMA("1", ENV_TRUE, "1"),
	DEVICE_RDMA("1", ENV_UNSAID, "1"),
	HUGE_PAGE(OLD, "1", "FI_EFA_FORK_SAFE=1", NULL),
	HUGE_PAGE(OLD, "true", "FORK_SAFE=1", "true"),
	HUGE_PAGE(OLD, "on", "IBV_FORK_SAFE=", NULL),
	HUGE_PAGE(OLD, "0", "FI_EFA_FORK_SAFE=1", "0"),
	HUGE_PAGE(OLD, "1", NULL, "1"),
	HUGE_PAGE(NEW, "1", "FI_EFA_FORK_SAFE=1", "1"),
	HUGE_PAGE("", "1", "IBV_FORK_SAFE=1", "1"),
	WARNS("FI_EFA_ENABLE_SHM_TRANSFER", "0", "2.1"),
	WARNS("FI_EFA_ENABLE_SHM_TRANSFER", "0", ""),
	LEAVES("FI_EFA_ENABLE_SHM_TRANSFER", "1", "2.1"),
	WARNS("FI_EFA_SET_CUDA_SYNC_MEMOPS", "0", "1.20"),
	LEAVES("FI_EFA_SET_CUDA_SYNC_MEMOPS", "0", "1.19"),
	LEAVES("FI_EFA_SET_CUDA_SYNC_MEMOPS", "0", ""),
	WARNS("FI_EFA_ZCPY_RX_SEED", "0", "2.6"),
	LEAVES("FI_EFA_ZCPY_RX_SEED", "0", "2.5"),
	WARNS("FI_EFA_RNR_RETRY", "7", "2.1"),
	WARNS("FI_EFA_RNR_RETRY", "7", ""),
	WARNS("FI_EFA_DEVICE_NAME", "rdmap1s0", "2.1"),
	WARNS("RDMAV_FORK_SAFE", "1", "2.1"),
	LEAVES("FI_EFA_FORK_SAFE", "1", "2.1"),
	LEAVES("FI_EFA_USE_HUGE_PAGE", "0", "2.1"),
};

static void check(const struct env_rules *rules, const struct row *row)
{
	struct rail_choice choice = {.rails = 6, .narrow = row->narrow, .used = AFFINITY_NUMA};
	struct env_node node = {.instance_type = "p4d.24xlarge",
				.provider = "efa",
				.gpu = true,
				.rdma_read = row->rdma_read};
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	const char *value;
	struct task_env *env;

	text_format(node.kernel, sizeof(node.kernel), "%s", row->kernel);
	text_format(map->libfabric, sizeof(map->libfabric), "%s", row->libfabric);
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "ens32");
	env_rules_reduce(rules, &node, &map->env);
	for (size_t i = 0; i < N(row->vars) && row->vars[i]; i++)
		text_format(vars.text[vars.n++], sizeof(vars.text[0]), "%s", row->vars[i]);
	env = run(map, "all-efa", &choice, &vars);
	value = get(row->name, &vars);
	if (!value != !row->value || (value && strcmp(value, row->value) != 0))
		fail_msg("%s with libfabric \"%s\": %s", row->vars[0] ? row->vars[0] : row->name,
			 row->libfabric, value ? value : "is not there");
	if (env->n_warnings != (row->warning != NULL) ||
	    (row->warning && strncmp(env->warnings[0], row->warning, strlen(row->warning)) != 0))
		fail_msg("%s with libfabric \"%s\": %zu warnings, %s", row->vars[0], row->libfabric,
			 env->n_warnings, env->n_warnings ? env->warnings[0] : "none");
	free(env);
	free(map);
}

static void each_fires_where_it_should(void **state)
{
	struct env_rules *rules = shipped();

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		check(rules, &rows[i]);
	/* None is without a row. */
	for (size_t i = 0; i < rules->n; i++) {
		size_t n = 0;

		for (size_t j = 0; j < N(rows); j++)
			n += !strcmp(rows[j].name, rules->v[i].name);
		if (!n)
			fail_msg("%s is not tested", rules->v[i].name);
	}
	free(rules);
}

/* Said once, however many of its rules would hold; the other variable has its own word. */
static void huge_pages_with_every_kind_of_fork_support(void **state)
{
	struct env_node node = {.kernel = OLD};
	struct env_rules *rules = shipped();
	struct nodemap *map = map_p4d();
	struct vars vars = {.n = 0};
	struct task_env *env;

	(void)state;
	env_rules_reduce(rules, &node, &map->env);
	put(&vars, "FI_EFA_USE_HUGE_PAGE", "1");
	put(&vars, "RDMAV_FORK_SAFE", "1");
	put(&vars, "IBV_FORK_SAFE", "1");
	env = run(map, "all-efa", &hint, &vars);
	assert_null(get("FI_EFA_USE_HUGE_PAGE", &vars));
	assert_string_equal(get("RDMAV_FORK_SAFE", &vars), "1");
	assert_int_equal(env->n_warnings, 2);
	assert_non_null(strstr(env->warnings[0], "FI_EFA_USE_HUGE_PAGE is removed: with RDMAV_"));
	assert_non_null(strstr(env->warnings[1], "RDMAV_FORK_SAFE is set: "));
	free(env);
	free(map);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_nothing_that_the_nccl_plugin_sets),
		cmocka_unit_test(every_rule_can_be_looked_up),
		cmocka_unit_test(each_fires_where_it_should),
		cmocka_unit_test(huge_pages_with_every_kind_of_fork_support),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
