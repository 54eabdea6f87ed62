/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "maps.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))
#define BOOT	"0f0e0d0c-1111-2222-3333-444455556666"

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_nodemap.XXXXXX");
	return mkdtemp(dir) && !text_format(path, sizeof(path), "%s/node.json", dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

/* A map with something in every field. */
static struct nodemap *map_full(void)
{
	struct nodemap *map = map_p5();
	struct env_rule *rule = &map->env.v[0];

	text_format(map->boot_id, sizeof(map->boot_id), BOOT);
	text_format(map->key, sizeof(map->key), "0123456789abcdef");
	map->tested_ms = 123456789012;
	map->outcome = OUTCOME_FAULTY;
	text_format(map->sentence, sizeof(map->sentence),
		    "E209 rail rdmap80s0: transfer hung; 31 of 32 rails pass");
	text_format(map->instance_type, sizeof(map->instance_type), "p5.48xlarge");
	map->n_layouts = 2;
	text_format(map->layouts[0], NAME_TEXT, "efa-only");
	text_format(map->layouts[1], NAME_TEXT, "mine");
	text_format(map->libfabric, sizeof(map->libfabric), "1.17");
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "enp71s0");
	map->affinity_default = AFFINITY_SPREAD;
	map->environment = true;
	map->rails[1].pass = false;
	memset(map->rails[2].rdma_name, 0, NAME_TEXT);
	map->rails[2].pass = false;
	map->rails[3].numa_node = -1;
	map->rails[3].card_index = -1;
	memset(&map->rails[4].path, 0, sizeof(map->rails[4].path));
	map->accels[7] = (struct map_accel){.numa_node = 1, .rail = 31};
	map->env.n = 1;
	text_format(rule->name, sizeof(rule->name), "FI_EFA_IFACE");
	text_format(rule->value, sizeof(rule->value), "{rails}");
	rule->when.narrow = ENV_TRUE;
	text_format(map->node.instance_type, NAME_TEXT, "p5.48xlarge");
	text_format(map->node.kernel, sizeof(map->node.kernel), "6.1.0-18-amd64");
	text_format(map->node.provider, NAME_TEXT, "efa");
	map->node.gpu = true;
	map->node.rdma_read = ENV_TRUE;
	return map;
}

static void save_text(const char *text, mode_t mode)
{
	struct err err = {""};

	if (file_replace(path, text, strlen(text), mode, &err))
		fail_msg("%s", err.text);
}

static int load(const char *boot_id, struct nodemap *map, struct err *err)
{
	return nodemap_load(path, FILE_TRUST_OWNER, boot_id, map, err);
}

/* The text of a good map with one place changed. */
static char *changed(const char *from, const char *to)
{
	struct nodemap *map = map_full();
	struct err err = {""};
	char *text, *at, *out = NULL;
	size_t size;

	assert_int_equal(nodemap_save(path, map, &err), 0);
	assert_int_equal(file_read(path, 1 << 20, FILE_TRUST_OWNER, &text, &size, &err), 0);
	at = strstr(text, from);
	if (!at)
		fail_msg("\"%s\" is not in the map", from);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	free(text);
	free(map);
	return out;
}

static void refuses_forged_maps(void **state)
{
	static const struct {
		const char *from, *to, *sentence;
	} cases[] = {
		{"{\"version\":2,", "{", "the key \"version\" is missing"},
		{"\"version\":2", "\"version\":1", "version: expected an integer from 2 to 2"},
		{"\"version\":2", "\"version\":2,\"x\":1", "x: unknown key"},
		{"\"key\":\"0123456789abcdef\"", "\"key\":\"0123\"",
		 "key: expected 16 hexadecimal"},
		{"\"key\":\"0123456789abcdef\"", "\"key\":\"0123456789ABCDEF\"",
		 "key: expected 16"},
		{"\"tested_ms\":123456789012", "\"tested_ms\":-1",
		 "tested_ms: expected an integer"},
		{"\"outcome\":\"faulty\"", "\"outcome\":\"fine\"",
		 "outcome: not an outcome: \"fine\""},
		{"\"affinity\":\"spread\"", "\"affinity\":\"best\"",
		 "affinity: not an affinity: \"best\""},
		{"\"environment\":true", "\"environment\":1",
		 "environment: expected true or false"},
		{"\"libfabric\":\"1.17\"", "\"libfabric\":\"1.17-aaaaaaaaaaaa\"",
		 "libfabric: expected 0 to 15 characters"},
		{"\"primary_netdev\":\"enp71s0\"", "\"primary_netdev\":\"a b\"",
		 "primary_netdev: expected a name"},
		{"\"layouts\":[\"efa-only\"", "\"layouts\":[\"efa only\"",
		 "layouts[0]: expected a name"},
		{"\"layouts\":[", "\"layouts\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",",
		 "layouts: 9 entries, at most 8 are allowed"},
		{"\"name\":\"rdmap79s0\"", "\"name\":\"rdmap79s0,x\"", "rails[0].name: expected a"},
		{"\"name\":\"rdmap79s0\"", "\"name\":\"\"",
		 "rails[0]: a rail without a name cannot have passed"},
		{"\"name\":\"rdmap79s0\"", "\"name\":\"rdmap80s0\"",
		 "rails[1]: the same rail as entry 0"},
		{"\"name\":\"rdmap79s0\"", "\"name\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
		 "rails[0].name: expected 0 to 31 characters"},
		{"\"pci\":\"0000:4f:00.0\"", "\"pci\":\"4f:00.0\"",
		 "rails[0].pci: expected a PCI address"},
		{"\"pci\":\"0000:4f:00.0\"", "\"pci\":\"0000:4e:00.0\"",
		 "rails[0].path: the path ends at another device"},
		{"\"path\":\"0000:44/44:00.0/", "\"path\":\"0000:44//44:00.0/",
		 "rails[0].path: expected a PCI path"},
		{"\"path\":\"0000:44/44:00.0/", "\"path\":\"44/44:00.0/",
		 "rails[0].path: expected a PCI path"},
		{"\"numa\":0", "\"numa\":-2", "rails[0].numa: expected an integer from -1 to 1023"},
		{"\"card\":0", "\"card\":256", "rails[0].card: expected an integer from -1 to 255"},
		{"\"card\":0", "\"cart\":0", "rails[0].cart: unknown key"},
		{"\"card\":0,", "", "rails[0]: the key \"card\" is missing"},
		{"\"pass\":true", "\"pass\":\"true\"", "rails[0].pass: expected true or false"},
		{"\"cpus\":\"0-47,96-143\"", "\"cpus\":\"0-4096\"",
		 "numa[0].cpus: expected a list of CPUs"},
		{"\"numa\":[{\"node\":0", "\"numa\":[{\"node\":-1",
		 "numa[0].node: expected an integer from 0 to 1023"},
		{"\"accels\":[{", "\"accels\":[{\"kind\":0,", "accels[0].kind: unknown key"},
		{",\"rail\":-1", "", "accels[0]: the key \"rail\" is missing"},
		{"\"rail\":-1", "\"rail\":-2", "accels[0].rail: expected an integer from -1 to 31"},
		{"\"rail\":-1", "\"rail\":32", "accels[0].rail: expected an integer from -1 to 31"},
		{"\"rail\":-1", "\"rail\":\"rdmap79s0\"", "accels[0].rail: expected an integer"},
		{"\"mode\":\"default\"", "\"mode\":\"exec\"", "env[0].mode: expected one of"},
		{"\"name\":\"FI_EFA_IFACE\"", "\"name\":\"A;B\"", "env[0].name: a variable has"},
		{"\"node\":{", "\"node\":{\"amd\":true,", "node.amd: unknown key"},
		{"\"gpu\":true,", "", "node: the key \"gpu\" is missing"},
		{"\"gpu\":true", "\"gpu\":1", "node.gpu: expected true or false"},
		{"\"provider\":\"efa\"", "\"provider\":\"e f\"", "node.provider: expected a name"},
		{"\"rdma_read\":true", "\"rdma_read\":\"yes\"",
		 "node.rdma_read: expected true or false"},
		{",\"rdma_read\":true", "", "node: the key \"rdma_read\" is missing"},
		{"\"boot_id\":\"" BOOT "\"", "\"boot_id\":5", "boot_id: expected a string"},
		{"\"rails\":[", "\"rails\":{},\"r\":[", "unknown key"},
		{"\"rails\":[{", "\"rails\":[5,{", "rails[0]"},
		{"\"sentence\":\"E209", "\"sentence\":\"\\u0007E209", "sentence: a string with a"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct nodemap *map = calloc(1, sizeof(*map));
		char *text = changed(cases[i].from, cases[i].to);
		struct err err = {""};
		int rc;

		assert_non_null(map);
		save_text(text, 0644);
		rc = load("", map, &err);
		if (rc >= 0 || rc == -ENOENT || !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d %s", cases[i].to, rc, err.text);
		assert_int_equal(map->n_rails, 0);
		assert_string_equal(map->boot_id, "");
		free(text);
		free(map);
	}
}

static void refuses_too_many_rails(void **state)
{
	struct nodemap *map = map_cpu_only(32);
	struct err err = {""};
	char *text, *at, *out = NULL;
	size_t size;

	(void)state;
	assert_int_equal(nodemap_save(path, map, &err), 0);
	assert_int_equal(load("", map, &err), 0);
	assert_int_equal(map->n_rails, 64);
	assert_int_equal(file_read(path, 1 << 20, FILE_TRUST_OWNER, &text, &size, &err), 0);
	at = strstr(text, "\"rails\":[") + strlen("\"rails\":[");
	assert_true(asprintf(&out, "%.*s{},%s", (int)(at - text), text, at) > 0);
	save_text(out, 0644);
	assert_int_equal(load("", map, &err), -E2BIG);
	assert_non_null(strstr(err.text, "rails: 65 entries, at most 64 are allowed"));
	free(out);
	free(text);
	free(map);
}

static void refuses_wrong_files(void **state)
{
	struct nodemap *map = map_full();
	struct err err = {""};
	char *big;

	(void)state;
	assert_int_equal(load("", map, &err), -ENOENT);
	save_text("[]", 0644);
	assert_int_equal(load("", map, &err), -EINVAL);
	save_text("", 0644);
	assert_int_equal(load("", map, &err), -EINVAL);
	assert_int_equal(nodemap_save(path, map, &err), 0);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(load("", map, &err), -EPERM);
	assert_int_equal(nodemap_load(path, FILE_TRUST_ANY, "", map, &err), 0);
	big = malloc(600000);
	assert_non_null(big);
	memset(big, ' ', 599999);
	big[599999] = '\0';
	save_text(big, 0644);
	assert_int_equal(load("", map, &err), -EFBIG);
	free(big);
	if (!geteuid()) {
		assert_int_equal(nodemap_save(path, map, &err), 0);
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_int_equal(load("", map, &err), -EPERM);
	}
	free(map);
}

static void refuses_another_boot(void **state)
{
	struct nodemap *map = map_full(), *read = map_new();
	struct err err = {""};

	(void)state;
	assert_int_equal(nodemap_save(path, map, &err), 0);
	assert_int_equal(load("0f0e0d0c-1111-2222-3333-444455556667", read, &err), -ESTALE);
	assert_non_null(strstr(err.text, ": written before the node was started; run"));
	assert_int_equal(read->n_rails, 0);
	assert_int_equal(load(BOOT, read, &err), 0);
	free(map);
	free(read);
}

static void goes_there_and_back(void **state)
{
	struct nodemap *(*const makers[])(void) = {map_new, map_full, map_p5en, map_p4d, map_g5};
	struct stat st;

	(void)state;
	for (size_t i = 0; i < N(makers); i++) {
		struct nodemap *map = makers[i](), *read = map_new();
		struct err err = {""};

		if (nodemap_save(path, map, &err) || load("", read, &err))
			fail_msg("%s", err.text);
		assert_memory_equal(map, read, sizeof(*map));
		free(map);
		free(read);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void p5_map_is_compact(void **state)
{
	struct nodemap *map = map_full();
	struct err err = {""};
	struct stat st;

	(void)state;
	assert_int_equal(nodemap_save(path, map, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 8192);
	free(map);
}

static void paths(void **state)
{
	static const char *const good[] = {
		"", "0000:10/10:1b.0", "0000:44/44:00.0/45:00.0/46:01.0/4f:00.0",
		"10000:e0/e0:01.0/e1:00.0", "0000:00/00:1d.0/10000:e1:00.0"};
	static const char *const bad[] = {
		"0000:10",     "0000:10/",	   "/10:1b.0",	      "0000:10/10:1B.0",
		"0000:1/1:0",  "0000:10/10:20.0",  "0:10/10:1b.0",    "0000:10/0000:10:1b.0",
		"0000:10/x",   "0000:10/10:1b.0/", "0000:10/10:1b",   "0000:10:00/10:1b.0",
		"00000000000", "0000:10/:1b.0",	   " 0000:10/10:1b.0"};
	char longest[PATH_TEXT] = "0000:10", text[PATH_TEXT];
	struct pci_path read;

	(void)state;
	for (size_t i = 0; i < N(good); i++) {
		assert_int_equal(path_text_parse(good[i], &read), 0);
		assert_string_equal(path_text_format(&read, text), good[i]);
	}
	for (size_t i = 0; i < N(bad); i++)
		if (path_text_parse(bad[i], &read) != -EINVAL)
			fail_msg("%s", bad[i]);
	for (unsigned i = 0; i < PCI_DEPTH_MAX; i++)
		text_append(longest, sizeof(longest), "/ffffffff:%02x:1f.7", i);
	assert_int_equal(path_text_parse(longest, &read), 0);
	assert_string_equal(path_text_format(&read, text), longest);
	assert_int_equal(text_append(longest, sizeof(longest), "/00:00.0"), 0);
	assert_int_equal(path_text_parse(longest, &read), -EINVAL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_forged_maps),
		TEST(refuses_too_many_rails),
		TEST(refuses_wrong_files),
		TEST(refuses_another_boot),
		TEST(goes_there_and_back),
		TEST(p5_map_is_compact),
		TEST(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
