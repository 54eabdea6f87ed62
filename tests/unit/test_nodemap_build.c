/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "fnv.h"
#include "maps.h"

#define BOOT "0f0e0d0c-1111-2222-3333-444455556666"

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_nodemap_build.XXXXXX");
	return mkdtemp(dir) && !text_format(path, sizeof(path), "%s/node.json", dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

/* Three rails: one passed, one failed, one that was not tested; a fourth that is not usable. */
static struct inventory *inventory_of_four(void)
{
	struct inventory *inv = calloc(1, sizeof(*inv));

	assert_non_null(inv);
	text_format(inv->boot_id, sizeof(inv->boot_id), BOOT);
	text_format(inv->instance_type, sizeof(inv->instance_type), "p4d.\x01");
	inv->n_rails = 4;
	for (unsigned i = 0; i < 4; i++) {
		struct rail *rail = &inv->rails[i];

		rail->pci = (struct pci_addr){0, (uint8_t)(0x10 + i), 0x1b, 0};
		text_format(rail->rdma_name, NAME_TEXT, "rdmap%us27", 16 + i);
		rail->stage = i < 3 ? RAIL_USABLE : RAIL_NO_UVERBS;
		rail->card_index = (int)i;
		rail->numa_node = (int)i / 2;
		rail->uverbs = (int)i;
	}
	inv->n_enas = 1;
	text_format(inv->enas[0].netdev, NAME_TEXT, "ens32");
	inv->n_accels = 1;
	inv->accels[0].numa_node = 1;
	inv->n_numa = 1;
	cpu_list_add(&inv->numa[0].cpus, 5);
	return inv;
}

static void built_from_what_was_judged(void **state)
{
	struct inventory *inv = inventory_of_four();
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct probe_report *probe = calloc(1, sizeof(*probe));
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct nodemap *map = map_new();
	struct policy policy;

	(void)state;
	assert_true(verdict && probe && rules);
	policy_defaults(&policy);
	policy.affinity_default = AFFINITY_NUMA;
	verdict->outcome = OUTCOME_FAULTY;
	text_format(verdict->sentence, sizeof(verdict->sentence), "E201 ...");
	verdict->n_layouts = 1;
	text_format(verdict->layouts[0], NAME_TEXT, "all-efa");
	text_format(probe->libfabric, sizeof(probe->libfabric), "2.1");
	probe->n = 4;
	probe->v[0].state = PROBE_PASS;
	probe->v[1].state = PROBE_FAIL;
	probe->v[3].state = PROBE_PASS;
	rules->n = 1;
	rules->v[0].when.accel = ENV_ACCEL_ANY;
	nodemap_build(inv, NULL, verdict, &policy, probe, rules, 42, map);
	assert_string_equal(map->boot_id, BOOT);
	assert_string_equal(map->key, "");
	assert_string_equal(map->instance_type, "p4d.?");
	assert_string_equal(map->libfabric, "2.1");
	assert_string_equal(map->primary_netdev, "ens32");
	assert_int_equal(map->tested_ms, 42);
	assert_int_equal(map->outcome, OUTCOME_FAULTY);
	assert_int_equal(map->affinity_default, AFFINITY_NUMA);
	assert_true(nodemap_has_layout(map, "all-efa"));
	assert_false(nodemap_has_layout(map, "all"));
	assert_int_equal(map->n_rails, 4);
	assert_true(map->rails[0].pass);
	assert_false(map->rails[1].pass);
	assert_true(map->rails[2].pass); /* not tested */
	assert_false(map->rails[3].pass);
	assert_int_equal(map->rails[3].numa_node, 1);
	assert_int_equal(map->accels[0].numa_node, 1);
	assert_true(cpu_list_has(&map->numa[0].cpus, 5));
	assert_int_equal(map->env.n, 1);
	/* A probe that did not run, or was not asked for, fails no rail. */
	probe->outcome = PROBE_NO_LIBRARY;
	nodemap_build(inv, NULL, verdict, &policy, probe, rules, 42, map);
	assert_true(map->rails[1].pass);
	nodemap_build(inv, NULL, verdict, &policy, NULL, rules, 42, map);
	assert_true(map->rails[1].pass && !map->rails[3].pass);
	assert_string_equal(map->libfabric, "");
	free(inv);
	free(verdict);
	free(probe);
	free(rules);
	free(map);
}

static enum env_truth rdma_read(const enum probe_ability *said, bool asked)
{
	struct inventory *inv = inventory_of_four();
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct probe_report *probe = calloc(1, sizeof(*probe));
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct nodemap *map = map_new();
	enum env_truth truth;
	struct policy policy;

	assert_true(verdict && probe && rules);
	policy_defaults(&policy);
	probe->n = 4;
	for (size_t i = 0; i < 4; i++) {
		/* The last one is not usable, and what is said of it does not count. */
		probe->v[i].state = PROBE_PASS;
		probe->v[i].rdma_read = said[i];
	}
	nodemap_build(inv, NULL, verdict, &policy, asked ? probe : NULL, rules, 42, map);
	truth = map->node.rdma_read;
	free(inv);
	free(verdict);
	free(probe);
	free(rules);
	free(map);
	return truth;
}

static void rdma_read_of_every_rail(void **state)
{
	static const struct {
		enum probe_ability said[4];
		enum env_truth truth;
	} cases[] = {
		{{PROBE_YES, PROBE_YES, PROBE_YES, PROBE_NO}, ENV_TRUE},
		{{PROBE_YES, PROBE_YES, PROBE_YES, PROBE_UNKNOWN}, ENV_TRUE},
		{{PROBE_YES, PROBE_UNKNOWN, PROBE_YES, PROBE_YES}, ENV_UNSAID},
		{{PROBE_UNKNOWN, PROBE_UNKNOWN, PROBE_UNKNOWN, PROBE_YES}, ENV_UNSAID},
		{{PROBE_UNKNOWN, PROBE_YES, PROBE_NO, PROBE_YES}, ENV_FALSE},
		{{PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO}, ENV_FALSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(rdma_read(cases[i].said, true), cases[i].truth);
	assert_int_equal(rdma_read(cases[0].said, false), ENV_UNSAID);
}

/* What rules ask about the node comes from where it stands. */
static void facts_for_rules(void **state)
{
	static const struct {
		enum accel_kind kind;
		bool gpu, neuron, other;
	} cases[] = {{ACCEL_NVIDIA, true, false, false},
		     {ACCEL_AMD, true, false, false},
		     {ACCEL_NEURON, false, true, false},
		     {ACCEL_HABANA, false, false, true}};
	struct inventory *inv = inventory_of_four();
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct nodemap *map = map_new();
	struct policy policy;

	(void)state;
	assert_true(verdict && rules);
	policy_defaults(&policy);
	text_format(policy.provider, NAME_TEXT, "tcp");
	text_format(inv->kernel, sizeof(inv->kernel), "5.10.1\tx");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		inv->accels[0].kind = cases[i].kind;
		nodemap_build(inv, NULL, verdict, &policy, NULL, rules, 1, map);
		assert_int_equal(map->node.gpu, cases[i].gpu);
		assert_int_equal(map->node.neuron, cases[i].neuron);
		assert_int_equal(map->node.other_accel, cases[i].other);
	}
	assert_string_equal(map->node.kernel, "5.10.1?x");
	assert_string_equal(map->node.provider, "tcp");
	assert_string_equal(map->node.instance_type, map->instance_type);
	free(inv);
	free(verdict);
	free(rules);
	free(map);
}

/* Two rails are there; the table names a third one that is not, and ends before the last device. */
static struct instance_type wired_type(void)
{
	return (struct instance_type){
		.n_rail_pci = 3,
		.rail_pci = {{0, 0x10, 0x1b, 0}, {0, 0x12, 0x1b, 0}, {0, 0x77, 0x1b, 0}},
		.n_neuron_rails = 4,
		.neuron_rails = {1, 1, 2, 0},
	};
}

/* The index of the table is Neuron's: what is known by PCI address belongs to another device. */
static void accelerators_are_wired_as_the_type_says(void **state)
{
	static const int rails[] = {2, 2, -1, 0, -1}, numa[] = {1, 1, -1, 0, -1};
	struct inventory *inv = inventory_of_four();
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct nodemap *map = map_new(), *read = map_new();
	struct instance_type type = wired_type();
	struct policy policy;
	struct err err = {""};

	(void)state;
	assert_true(verdict && rules);
	policy_defaults(&policy);
	inv->n_accels = 5;
	for (unsigned i = 0; i < 5; i++) {
		inv->accels[i].pci = (struct pci_addr){0, 0x20, (uint8_t)i, 0};
		inv->accels[i].path = (struct pci_path){.n = 1, .hop[0] = inv->accels[i].pci};
		inv->accels[i].numa_node = 0;
	}
	inv->rails[2].stage = RAIL_NO_UVERBS; /* wired all the same */
	nodemap_build(inv, &type, verdict, &policy, NULL, rules, 1, map);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(map->accels[i].rail, rails[i]);
		assert_int_equal(map->accels[i].numa_node, numa[i]);
		assert_int_equal(map->accels[i].path.n, 0);
		assert_true(pci_addr_is_zero(&map->accels[i].pci));
	}
	if (nodemap_save(path, map, &err) || nodemap_load(path, FILE_TRUST_OWNER, BOOT, read, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(read->accels, map->accels, sizeof(map->accels));
	/* A type without a table, as one that is not known: by PCI address. */
	type.n_neuron_rails = 0;
	for (unsigned turn = 0; turn < 2; turn++) {
		nodemap_build(inv, turn ? &type : NULL, verdict, &policy, NULL, rules, 1, map);
		for (unsigned i = 0; i < 5; i++) {
			assert_int_equal(map->accels[i].rail, -1);
			assert_int_equal(map->accels[i].pci.slot, i);
			assert_int_equal(map->accels[i].path.n, 1);
		}
	}
	free(inv);
	free(verdict);
	free(rules);
	free(map);
	free(read);
}

/* Whatever names the system gives, what is saved can be loaded. */
static void odd_names_can_be_read_back(void **state)
{
	struct inventory *inv = inventory_of_four();
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	struct env_rules *rules = calloc(1, sizeof(*rules));
	struct nodemap *map = map_new();
	struct policy policy;
	struct err err = {""};

	(void)state;
	assert_true(verdict && rules);
	policy_defaults(&policy);
	text_format(inv->rails[0].rdma_name, NAME_TEXT, "odd,name");
	text_format(inv->enas[0].netdev, NAME_TEXT, "eth0@if2");
	nodemap_build(inv, NULL, verdict, &policy, NULL, rules, 1, map);
	assert_string_equal(map->rails[0].rdma_name, "");
	assert_false(map->rails[0].pass);
	assert_string_equal(map->primary_netdev, "");
	if (nodemap_save(path, map, &err) || nodemap_load(path, FILE_TRUST_OWNER, BOOT, map, &err))
		fail_msg("%s", err.text);
	free(inv);
	free(verdict);
	free(rules);
	free(map);
}

static void key_follows_what_counts(void **state)
{
	struct inventory *inv = inventory_of_four(), *other = inventory_of_four();
	struct policy policy, changed_policy;
	char key[17], again[17];

	(void)state;
	policy_defaults(&policy);
	changed_policy = policy;
	changed_policy.hash[0] ^= 1;
	nodemap_key(inv, &policy, "lib 1", key);
	assert_int_equal(strspn(key, "0123456789abcdef"), 16);
	nodemap_key(other, &policy, "lib 1", again);
	assert_string_equal(key, again);
#define DIFFERS(change)                                      \
	do {                                                 \
		memcpy(other, inv, sizeof(*other));          \
		change;                                      \
		nodemap_key(other, &policy, "lib 1", again); \
		assert_string_not_equal(key, again);         \
	} while (0)
	DIFFERS(other->n_rails = 3);
	DIFFERS(other->rails[3].pci.slot++);
	DIFFERS(other->rails[3].stage = RAIL_USABLE);
	DIFFERS(other->rails[2].uverbs = 9);
	DIFFERS(other->rails[2].uverbs_mode = 0600);
	DIFFERS(other->rails[3].uverbs_mode = -1);
	DIFFERS(other->slurmd_memlock = 65536);
	DIFFERS(other->slurmd_memlock = LIMIT_NONE);
	DIFFERS(other->rails[2].rdma_name[0] = 'x');
	DIFFERS(other->rails[1].has_mac = true);
	DIFFERS(other->efa_driver[0] = '3');
	DIFFERS(other->kernel[0] = '6');
	DIFFERS(other->instance_type[0] = 'x');
	DIFFERS(other->enas[0].netdev[0] = 'x');
	DIFFERS(other->n_accels = 0);
	DIFFERS(other->facts.known = true);
	/* What jobs use, and the limit of whoever looks, do not make another node. */
	memcpy(other, inv, sizeof(*other));
	other->huge_pages_free = 7;
	other->huge_pages = 8;
	other->memlock = 65536;
	nodemap_key(other, &policy, "lib 1", again);
	assert_string_equal(key, again);
	inv->facts.known = true;
	inv->facts.n_enis = 1;
	nodemap_key(inv, &policy, "lib 1", key);
	DIFFERS(other->facts.enis[0].card_index = 1);
	DIFFERS(other->facts.enis[0].device_index = 1);
	DIFFERS(other->facts.enis[0].mac.byte[5] = 1);
	DIFFERS(other->facts.n_enis = 0);
	nodemap_key(inv, &policy, "lib 2", again);
	assert_string_not_equal(key, again);
	nodemap_key(inv, &changed_policy, "lib 1", again);
	assert_string_not_equal(key, again);
	free(inv);
	free(other);
}

static void hash_is_fnv_1a(void **state)
{
	char text[FNV_TEXT];

	(void)state;
	/* Test vectors of the authors of FNV. */
	assert_string_equal(fnv_format(fnv_add(FNV_START, "", 0), text), "cbf29ce484222325");
	assert_string_equal(fnv_format(fnv_add(FNV_START, "a", 1), text), "af63dc4c8601ec8c");
	assert_string_equal(fnv_format(fnv_add(FNV_START, "foobar", 6), text), "85944171f73967e8");
	assert_true(fnv_add_text(fnv_add_text(FNV_START, "ab"), "c") !=
		    fnv_add_text(fnv_add_text(FNV_START, "a"), "bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_from_what_was_judged),
		cmocka_unit_test(rdma_read_of_every_rail),
		cmocka_unit_test(facts_for_rules),
		cmocka_unit_test_setup_teardown(accelerators_are_wired_as_the_type_says, setup,
						teardown),
		cmocka_unit_test_setup_teardown(odd_names_can_be_read_back, setup, teardown),
		cmocka_unit_test(key_follows_what_counts),
		cmocka_unit_test(hash_is_fnv_1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
