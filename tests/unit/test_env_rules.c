/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env_rules.h"
#include "json.h"
#include "text.h"

#define N(list)	  (sizeof(list) / sizeof((list)[0]))
#define RULE(...) "{\"environment\": [{" __VA_ARGS__ "}]}"

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	text_format(dir, sizeof(dir), "/var/tmp/test_env_rules.XXXXXX");
	return mkdtemp(dir) && !text_format(path, sizeof(path), "%s/environment.json", dir) ? 0
											    : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int load(struct env_rules *rules, const char *text, struct err *err)
{
	assert_int_equal(file_replace(path, text, strlen(text), 0644, err), 0);
	return env_rules_load(rules, path, FILE_TRUST_OWNER, err);
}

static void refuses_with_place_and_reason(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"{}", ":1: the key \"environment\" is missing"},
		{"[]", ":1: expected an object"},
		{"{\"environment\": {}}", "environment: expected a list"},
		{"{\"environment\": [], \"rules\": []}", "rules: unknown key"},
		{"{\"environment\": [5]}", "environment[0]: expected an object, a rule"},
		{RULE("\"name\": \"A\", \"modus\": \"warn\""),
		 "environment[0].modus: unknown key; did you mean \"mode\"?"},
		{RULE("\"mode\": \"unset\""), "environment[0]: the key \"name\" is missing"},
		{RULE("\"name\": \"A\""), "environment[0]: the key \"mode\" is missing"},
		{RULE("\"name\": \"\", \"mode\": \"unset\""), "name: expected 1 to 63 characters"},
		{RULE("\"name\": \"A=B\", \"mode\": \"unset\""), "name: a variable has letters"},
		{RULE("\"name\": \"1A\", \"mode\": \"unset\""), "name: a variable has letters"},
		{RULE("\"name\": \"A\\nB\", \"mode\": \"unset\""), "a control character"},
		{RULE("\"name\": \"EFA_LAYOUT_RAILS\", \"mode\": \"unset\""),
		 "name: variables that begin with EFA_LAYOUT are set without a rule"},
		{RULE("\"name\": \"A\", \"mode\": \"set\""),
		 "mode: expected one of default, force, unset, warn, found \"set\""},
		{RULE("\"name\": \"A\", \"mode\": \"default\""), "mode default needs a value"},
		{RULE("\"name\": \"A\", \"mode\": \"force\", \"value\": \"\""),
		 "value: expected 1 to 255 characters, found 0"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"value\": \"x\""),
		 "value: mode unset has no value"},
		{RULE("\"name\": \"A\", \"mode\": \"force\", \"value\": \"x\", \"text\": \"t\""),
		 "text: mode force has no text"},
		{RULE("\"name\": \"A\", \"mode\": \"warn\""), "mode warn needs a text"},
		{RULE("\"name\": \"A\", \"mode\": \"default\", \"value\": \"{rail}\""),
		 "value: unknown placeholder at \"{rail}\"; there are {rails}"},
		{RULE("\"name\": \"A\", \"mode\": \"default\", \"value\": \"a}\""),
		 "value: unknown placeholder at \"}\""},
		{RULE("\"name\": \"A\", \"mode\": \"default\", \"value\": \"{{rails}\""),
		 "value: unknown placeholder at \"{{rails}\""},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": true"),
		 "when: expected an object with conditions"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"narow\": true}"),
		 "when.narow: unknown key; did you mean \"narrow\"?"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"empty\": 1}"),
		 "when.empty: expected true or false, found 1"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"unless\": \"x y\"}"),
		 "when.unless: a variable has letters"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"libfabric_min\": 2}"),
		 "when.libfabric_min: expected a string, found 2"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"libfabric_min\": \"2\"}"),
		 "when.libfabric_min: expected a version such as \"1.18\""},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", "
		      "\"when\": {\"libfabric_below\": \"1.x\"}"),
		 "when.libfabric_below: expected a version"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", "
		      "\"when\": {\"libfabric_min\": \"1.20\", \"libfabric_below\": \"1.19\"}"),
		 "when: no version is at least libfabric_min and below libfabric_below"},
		{"{\"environment\": [{\"name\": \"A\", \"mode\": \"unset\"},\n"
		 "{\"name\": \"A\", \"mode\": \"force\", \"value\": \"x\"}]}",
		 ":2: environment[1]: A has a rule with the same conditions before; remove one"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rules rules = {.n = 0};
		struct err err = {""};
		int rc = load(&rules, cases[i].text, &err);

		if (rc >= 0 || rc == -ENOENT || strncmp(err.text, path, strlen(path)) != 0 ||
		    !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d %s", cases[i].text, rc, err.text);
		assert_int_equal(rules.n, 0);
	}
}

static void absent_file_is_told_apart(void **state)
{
	struct env_rules rules = {.n = 0};
	struct err err;

	(void)state;
	assert_int_equal(env_rules_load(&rules, path, FILE_TRUST_OWNER, &err), -ENOENT);
}

/* Rules with names V0, V1, ... */
static char *many(size_t first, size_t n)
{
	char *text = NULL, *comma = "";
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	fprintf(to, "{\"environment\": [");
	for (size_t i = first; i < first + n; i++, comma = ",")
		fprintf(to, "%s{\"name\": \"V%zu\", \"mode\": \"force\", \"value\": \"%zu\"}",
			comma, i, i);
	fprintf(to, "]}");
	fclose(to);
	return text;
}

static void refuses_too_many(void **state)
{
	struct env_rules *rules = calloc(1, sizeof(*rules));
	char *text = many(0, ENV_RULES_MAX + 1);
	struct err err;

	(void)state;
	assert_non_null(rules);
	assert_int_equal(load(rules, text, &err), -E2BIG);
	free(text);
	text = many(0, ENV_RULES_MAX);
	assert_int_equal(load(rules, text, &err), 0);
	free(text);
	assert_int_equal(rules->n, ENV_RULES_MAX);
	text = many(ENV_RULES_MAX, 1);
	assert_int_equal(load(rules, text, &err), -E2BIG);
	assert_non_null(strstr(err.text, ": 65 environment rules together, at most 64 fit"));
	assert_int_equal(rules->n, ENV_RULES_MAX);
	free(text);
	/* Replacing needs no more room. */
	text = many(3, 2);
	assert_int_equal(load(rules, text, &err), 0);
	assert_int_equal(rules->n, ENV_RULES_MAX);
	free(text);
	free(rules);
}

static void site_replaces_by_name(void **state)
{
	struct env_rules rules = {.n = 0};
	struct err err = {""};

	(void)state;
	assert_int_equal(load(&rules,
			      "{\"environment\": ["
			      "{\"name\": \"A\", \"mode\": \"unset\", \"when\": {\"empty\": true}},"
			      "{\"name\": \"A\", \"mode\": \"default\", \"value\": \"1\"},"
			      "{\"name\": \"B\", \"mode\": \"default\", \"value\": \"2\"}]}",
			      &err),
			 0);
	assert_int_equal(rules.n, 3);
	assert_int_equal(
		load(&rules, RULE("\"name\": \"A\", \"mode\": \"force\", \"value\": \"3\""), &err),
		0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.v[0].name, "B");
	assert_string_equal(rules.v[1].name, "A");
	assert_int_equal(rules.v[1].mode, ENV_FORCE);
	assert_string_equal(rules.v[1].value, "3");
	/* A bad file changes nothing. */
	assert_true(load(&rules, RULE("\"name\": \"B\""), &err) < 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.v[0].value, "2");
}

static void versions(void **state)
{
	static const struct {
		const char *text;
		unsigned number;
	} cases[] = {{"1.17", 1017},  {"2.0", 2000}, {"2.1.0", 2001}, {"1.22.1amzn1", 1022},
		     {"", 0},	      {"1", 0},	     {"1.", 0},	      {".1", 0},
		     {"1.17beta", 0}, {"v1.17", 0},  {"1.1234", 0},   {"-1.2", 0},
		     {"1 .2", 0},     {"1.17 ", 0}};

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		if (env_libfabric_version(cases[i].text) != cases[i].number)
			fail_msg("%s: %u", cases[i].text, env_libfabric_version(cases[i].text));
}

static struct env_rule parse_rule(const char *text)
{
	struct json_doc *doc = NULL;
	const struct json *root;
	struct env_rule rule = {.name = ""};
	struct err err = {""};

	if (json_doc_parse("rule", text, strlen(text), &doc, &err) ||
	    json_doc_root(doc, &root, &err) || env_rule_parse(root, &rule, &err))
		fail_msg("%s", err.text);
	json_doc_free(doc);
	return rule;
}

static void rule_goes_there_and_back(void **state)
{
	static const char *const cases[] = {
		"{\"name\":\"A_b1\",\"mode\":\"unset\"}\n",
		"{\"name\":\"_A\",\"mode\":\"warn\",\"text\":\"say \\\"so\\\"\"}\n",
		"{\"name\":\"OMPI_MCA_btl_tcp_if_include\",\"mode\":\"default\","
		"\"value\":\"{primary_netdev}\",\"when\":{\"unless\":\"X\"}}\n",
		"{\"name\":\"A\",\"mode\":\"force\",\"value\":\"{rails}:{rail_count}\",\"when\":{"
		"\"narrow\":true,\"rails\":true,\"empty\":true,\"accel\":true,\"unless\":\"B\","
		"\"libfabric_min\":\"1.18\",\"libfabric_below\":\"2.0\"}}\n",
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rule rule = parse_rule(cases[i]);
		struct json_out *out = json_out_new(false);
		const char *text;
		size_t size;
		struct err err;

		env_rule_write(out, &rule);
		assert_int_equal(json_out_done(out, &text, &size, &err), 0);
		assert_string_equal(text, cases[i]);
		json_out_free(out);
	}
}

static void reduces_to_what_holds(void **state)
{
	static const struct {
		const char *when, *libfabric;
		bool accel, kept;
	} cases[] = {
		{"{}", "", false, true},
		{"{\"accel\":true}", "1.17", false, false},
		{"{\"accel\":true}", "1.17", true, true},
		{"{\"libfabric_min\":\"2.0\"}", "", true, false},
		{"{\"libfabric_below\":\"2.0\"}", "", true, false},
		{"{\"libfabric_min\":\"2.0\"}", "1.22", true, false},
		{"{\"libfabric_min\":\"2.0\"}", "2.0", true, true},
		{"{\"libfabric_min\":\"1.9\"}", "1.17", true, true},
		{"{\"libfabric_below\":\"1.20\"}", "1.19.1", true, true},
		{"{\"libfabric_below\":\"1.20\"}", "1.20", true, false},
		{"{\"narrow\":true,\"empty\":true,\"rails\":true,\"unless\":\"B\"}", "", false,
		 true},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rules rules = {.n = 1}, kept = {.n = 9};
		char text[256];

		text_format(text, sizeof(text), "{\"name\":\"A\",\"mode\":\"unset\",\"when\":%s}",
			    cases[i].when);
		rules.v[0] = parse_rule(text);
		env_rules_reduce(&rules, cases[i].libfabric, cases[i].accel, &kept);
		if (kept.n != cases[i].kept)
			fail_msg("%s with %s", cases[i].when, cases[i].libfabric);
		if (!kept.n)
			continue;
		/* What is settled is gone, what depends on the task stays. */
		assert_int_equal(kept.v[0].libfabric_min, 0);
		assert_int_equal(kept.v[0].libfabric_below, 0);
		assert_false(kept.v[0].when_accel);
		assert_int_equal(kept.v[0].when_narrow, rules.v[0].when_narrow);
		assert_int_equal(kept.v[0].when_empty, rules.v[0].when_empty);
		assert_int_equal(kept.v[0].when_rails, rules.v[0].when_rails);
		assert_string_equal(kept.v[0].unless, rules.v[0].unless);
	}
}

static size_t count_name(const struct env_rules *rules, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++)
		n += !strcmp(rules->v[i].name, name);
	return n;
}

static void shipped_rules(void **state)
{
	/* aws-ofi-nccl sets these itself as its version needs them. */
	static const char *const left_alone[] = {
		"NCCL_BUFFSIZE",	   "NCCL_P2P_NET_CHUNKSIZE", "NCCL_NVLS_CHUNKSIZE",
		"NCCL_NET_FORCE_FLUSH",	   "NCCL_NETDEVS_POLICY",    "NCCL_NVLS_ENABLE",
		"NCCL_TUNER_PLUGIN",	   "NCCL_TOPO_FILE",	     "NCCL_PROTO",
		"FI_EFA_FORK_SAFE",	   "FI_EFA_USE_DEVICE_RDMA", "NCCL_NVLSTREE_MAX_CHUNKSIZE",
		"OFI_NCCL_PROVIDER_FILTER"};
	struct env_rules *rules = calloc(1, sizeof(*rules)), *kept = calloc(1, sizeof(*kept));
	struct err err = {""};

	(void)state;
	assert_true(rules && kept);
	if (env_rules_load(rules, SOURCE_DIR "/etc/environment.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < N(left_alone); i++)
		assert_int_equal(count_name(rules, left_alone[i]), 0);
	env_rules_reduce(rules, "1.17", true, kept);
	assert_int_equal(count_name(kept, "FI_PROVIDER"), 1);
	assert_int_equal(count_name(kept, "FI_EFA_IFACE"), 1); /* the empty one alone */
	assert_int_equal(count_name(kept, "FI_EFA_MTU_SIZE"), 0);
	assert_int_equal(count_name(kept, "FI_EFA_SHM_MAX_MEDIUM_SIZE"), 1);
	env_rules_reduce(rules, "1.18", true, kept);
	assert_int_equal(count_name(kept, "FI_EFA_MTU_SIZE"), 1);
	assert_int_equal(count_name(kept, "FI_EFA_TX_IOV_LIMIT"), 0);
	env_rules_reduce(rules, "2.1", false, kept);
	assert_int_equal(count_name(kept, "FI_EFA_IFACE"), 2);
	assert_int_equal(count_name(kept, "FI_EFA_RX_IOV_LIMIT"), 1);
	assert_int_equal(count_name(kept, "FI_EFA_SHM_MAX_MEDIUM_SIZE"), 0);
	free(rules);
	free(kept);
}

/* The manual's example of a site file is one. */
static void manual_example_loads(void **state)
{
	struct env_rules rules = {.n = 0};
	struct err err = {""};
	char *text, *at, *end;
	size_t size;

	(void)state;
	assert_int_equal(file_read(SOURCE_DIR "/prolog/efa-layout-policy.5", 1 << 18,
				   FILE_TRUST_ANY, &text, &size, &err),
			 0);
	at = strstr(text, "{\n  \"environment\"");
	assert_non_null(at);
	end = strstr(at, ".Ed");
	assert_non_null(end);
	*end = '\0';
	if (load(&rules, at, &err))
		fail_msg("%s", err.text);
	assert_int_equal(rules.n, 3);
	free(text);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_with_place_and_reason),
		TEST(absent_file_is_told_apart),
		TEST(refuses_too_many),
		TEST(site_replaces_by_name),
		TEST(versions),
		TEST(rule_goes_there_and_back),
		TEST(reduces_to_what_holds),
		TEST(shipped_rules),
		TEST(manual_example_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
