/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of environment rules: read and written, held against a node, in words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "env_rules.h"
#include "json.h"
#include "text.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int parse(const char *text, struct env_rule *ret_rule, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root;
	int rc = json_doc_parse("rule", text, strlen(text), &doc, err);

	if (!rc)
		rc = json_doc_root(doc, &root, err);
	return rc ? rc : env_rule_parse(root, ret_rule, err);
}

static void refuses_conditions_that_make_no_sense(void **state)
{
	static const struct {
		const char *when, *sentence;
	} cases[] = {
		{"\"libfabric_min\": \"1.20\", \"libfabric_below\": \"1.19\"",
		 "when: no version is at least libfabric_min and below libfabric_below"},
		{"\"familiy\": \"p5\"", "when.familiy: unknown key; did you mean \"family\"?"},
		{"\"rdma_raed\": true", "unknown key; did you mean \"rdma_read\"?"},
		{"\"with\": \"A B\"", "when.with: a variable has letters"},
		{"\"with\": \"B\", \"unless\": \"B\"", "when: with and unless name the same"},
		{"\"is\": \"\"", "when.is: expected 1 to 127 characters, found 0"},
		{"\"is\": \"1\", \"on\": true", "when: of empty, on, is and at_most only one"},
		{"\"empty\": false, \"at_most\": 0", "when: of empty, on, is and at_most only one"},
		{"\"at_most\": \"0\"", "when.at_most: expected an integer"},
		{"\"at_most\": 2147483648", "when.at_most: expected an integer from -2147483648"},
		{"\"affinity\": \"auto\"", "when.affinity: expected one of gpu, numa, spread"},
		{"\"affinity\": \"gpus\"", "when.affinity: expected one of gpu, numa"},
		{"\"affinity\": []", "when.affinity: an empty list can never hold"},
		{"\"affinity\": [\"gpu\", \"gpu\"]", "when.affinity[1]: listed twice"},
		{"\"affinity\": 1",
		 "when.affinity: expected one of gpu, numa, spread, all, none, found 1"},
		{"\"mpi\": []", "when.mpi: an empty list can never hold"},
		{"\"mpi\": [\"pmix\", 5]", "when.mpi[1]: expected a string, found 5"},
		{"\"mpi\": \"pmix,pmi2\"", "when.mpi: expected a name"},
		{"\"family\": [\"p5\", \"p5en\", \"p5\"]", "when.family[2]: listed twice"},
		{"\"family\": [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]",
		 "when.family: 9 entries, at most 8"},
		{"\"family\": [\"a234567890123456789012345678901\","
		 "\"b234567890123456789012345678901\",\"c234567890123456789012345678901\","
		 "\"d\"]",
		 "when.family: the names together are longer than 95 characters"},
		{"\"provider\": [\"efa\"]", "when.provider: expected a string, found a list"},
		{"\"accel\": \"cpu\"", "when.accel: expected one of gpu, neuron"},
		{"\"accel\": 1", "when.accel: expected true, false, \"gpu\" or \"neuron\""},
		{"\"kernel_below\": \"5\"", "when.kernel_below: expected a version such as"},
		{"\"rdma_read\": \"yes\"", "when.rdma_read: expected true or false"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rule rule;
		struct err err = {""};
		char text[512];
		int rc;

		text_format(text, sizeof(text), "{\"name\":\"A\",\"mode\":\"unset\",\"when\":{%s}}",
			    cases[i].when);
		rc = parse(text, &rule, &err);
		if (rc >= 0 || rc == -ENOENT || !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %d %s", cases[i].when, rc, err.text);
	}
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
	struct env_rule rule;
	struct err err = {""};

	if (parse(text, &rule, &err))
		fail_msg("%s", err.text);
	return rule;
}

static void rule_goes_there_and_back(void **state)
{
	static const char *const cases[] = {
		"{\"name\":\"A_b1\",\"mode\":\"unset\"}\n",
		"{\"name\":\"_A\",\"mode\":\"warn\",\"text\":\"say \\\"so\\\"\"}\n",
		"{\"name\":\"OMPI_MCA_btl_tcp_if_include\",\"mode\":\"default\","
		"\"value\":\"{primary_netdev}\",\"when\":{\"unless\":\"X\"}}\n",
		"{\"name\":\"A\",\"mode\":\"force\",\"value\":\"{rails}:{rail_count}\","
		"\"source\":\"fi_efa(7)\",\"when\":{"
		"\"narrow\":true,\"rails\":true,\"empty\":true,\"with\":\"C\",\"unless\":\"B\","
		"\"affinity\":\"none\",\"mpi\":\"pmi2\","
		"\"libfabric_min\":\"1.18\",\"libfabric_below\":\"2.0\",\"accel\":true,"
		"\"family\":\"p6-b200\",\"provider\":\"efa\",\"kernel_below\":\"5.13\","
		"\"rdma_read\":true}}\n",
		"{\"name\":\"A\",\"mode\":\"unset\",\"when\":{\"narrow\":false,\"rails\":false,"
		"\"on\":false,\"affinity\":[\"gpu\",\"spread\",\"all\"],"
		"\"mpi\":[\"pmix\",\"none\"],\"accel\":\"neuron\",\"family\":[\"p5\",\"p5en\"],"
		"\"rdma_read\":false}}\n",
		"{\"name\":\"A\",\"mode\":\"unset\",\"when\":{\"is\":\"a b\",\"accel\":false}}\n",
		"{\"name\":\"A\",\"mode\":\"unset\",\"when\":{\"at_most\":-7,\"accel\":\"gpu\"}}\n",
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

/* A p5 node, and one without accelerators, of which nothing is known. */
static const struct env_node p5 = {.instance_type = "p5.48xlarge",
				   .kernel = "5.10.228-219.884.amzn2",
				   .provider = "efa",
				   .gpu = true,
				   .rdma_read = ENV_TRUE};
static const struct env_node trn = {.instance_type = "trn2.48xlarge",
				    .kernel = "6.1.0-18-amd64",
				    .provider = "tcp",
				    .neuron = true,
				    .rdma_read = ENV_FALSE};
static const struct env_node blank = {.kernel = "unknown"};

static void reduces_to_what_can_hold(void **state)
{
	static const struct {
		const char *when;
		bool on_p5, on_trn, on_blank;
	} cases[] = {
		{"{}", true, true, true},
		{"{\"accel\":true}", true, true, false},
		{"{\"accel\":false}", false, false, true},
		{"{\"accel\":\"gpu\"}", true, false, false},
		{"{\"accel\":\"neuron\"}", false, true, false},
		{"{\"provider\":\"efa\"}", true, false, false},
		{"{\"family\":\"p5\"}", true, false, false},
		{"{\"family\":\"p\"}", false, false, false},
		{"{\"family\":\"p5e\"}", false, false, false},
		{"{\"family\":[\"p5en\",\"trn2\"]}", false, true, false},
		{"{\"kernel_below\":\"5.13\"}", true, false, false},
		{"{\"kernel_below\":\"5.10\"}", false, false, false},
		{"{\"kernel_below\":\"6.2\"}", true, true, false},
		{"{\"rdma_read\":true}", true, false, false},
		{"{\"rdma_read\":false}", false, true, false},
		{"{\"accel\":\"gpu\",\"rdma_read\":false}", false, false, false},
		{"{\"libfabric_min\":\"9.0\",\"narrow\":true,\"empty\":true,\"rails\":true,"
		 "\"unless\":\"B\",\"with\":\"C\",\"mpi\":\"pmix\",\"affinity\":\"gpu\"}",
		 true, true, true},
	};
	const struct env_node *const nodes[] = {&p5, &trn, &blank};

	(void)state;
	for (size_t i = 0; i < N(cases) * N(nodes); i++) {
		bool expected[] = {cases[i / 3].on_p5, cases[i / 3].on_trn, cases[i / 3].on_blank};
		struct env_rules *rules = calloc(1, sizeof(*rules)), *kept = malloc(sizeof(*kept));
		struct env_when of_task, against;
		char text[256];

		assert_true(rules && kept);
		text_format(text, sizeof(text),
			    "{\"name\":\"A\",\"mode\":\"unset\",\"source\":\"s\",\"when\":%s}",
			    cases[i / 3].when);
		rules->n = 1;
		rules->v[0] = parse_rule(text);
		env_rules_reduce(rules, nodes[i % 3], kept);
		if (kept->n != expected[i % 3])
			fail_msg("%s on %s", cases[i / 3].when, nodes[i % 3]->instance_type);
		env_when_against(&rules->v[0].when, nodes[i % 3], &against);
		assert_int_equal(env_when_is_none(&against), expected[i % 3]);
		/* What is settled is gone, what depends on the task stays. */
		env_when_of_task(&rules->v[0].when, &of_task);
		if (kept->n) {
			assert_memory_equal(&kept->v[0].when, &of_task, sizeof(of_task));
			assert_string_equal(kept->v[0].source, "");
		}
		free(rules);
		free(kept);
	}
}

static void libfabric_by_version(void **state)
{
	static const struct {
		const char *when;
		unsigned version;
		bool holds;
	} cases[] = {
		{"{}", 0, true},
		{"{\"libfabric_min\":\"2.0\"}", 0, false},
		{"{\"libfabric_below\":\"2.0\"}", 0, false},
		{"{\"libfabric_min\":\"2.0\"}", 1022, false},
		{"{\"libfabric_min\":\"2.0\"}", 2000, true},
		{"{\"libfabric_min\":\"1.9\"}", 1017, true},
		{"{\"libfabric_below\":\"1.20\"}", 1019, true},
		{"{\"libfabric_below\":\"1.20\"}", 1020, false},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rule rule;
		char text[256];

		text_format(text, sizeof(text), "{\"name\":\"A\",\"mode\":\"unset\",\"when\":%s}",
			    cases[i].when);
		rule = parse_rule(text);
		if (env_when_libfabric(&rule.when, cases[i].version) != cases[i].holds)
			fail_msg("%s with %u", cases[i].when, cases[i].version);
	}
}

static void conditions_in_words(void **state)
{
	static const struct {
		const char *when, *words;
	} cases[] = {
		{"{}", ""},
		{"{\"narrow\":true,\"libfabric_min\":\"2.0\"}",
		 "libfabric is at least 2.0, the rails are narrowed"},
		{"{\"narrow\":false,\"rails\":false,\"rdma_read\":false,\"accel\":false}",
		 "the node has no accelerators, not every rail can do RDMA read, "
		 "the node has no usable rail, the rails are not narrowed"},
		{"{\"family\":[\"p5\",\"p5en\",\"p5e\"],\"provider\":\"efa\","
		 "\"kernel_below\":\"5.13\",\"libfabric_below\":\"1.20\"}",
		 "the instance family is p5 or p5en or p5e, the site's provider is efa, "
		 "the kernel is older than 5.13, libfabric is older than 1.20"},
		{"{\"accel\":\"gpu\",\"affinity\":[\"gpu\",\"numa\"],\"mpi\":\"pmix\","
		 "\"with\":\"B\",\"unless\":\"C\",\"is\":\"x y\"}",
		 "the node has GPUs, the rails were chosen by gpu or numa, --mpi is pmix, "
		 "it is \"x y\", B is set, C is not set"},
		{"{\"at_most\":-1}", "it is a number of at most -1"},
		{"{\"on\":true}", "it means yes"},
		{"{\"empty\":false}", "it is not empty"},
	};
	char buf[ENV_WHEN_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct env_rule rule;
		char text[512];

		text_format(text, sizeof(text), "{\"name\":\"A\",\"mode\":\"unset\",\"when\":%s}",
			    cases[i].when);
		rule = parse_rule(text);
		assert_string_equal(env_when_text(&rule.when, buf), cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_conditions_that_make_no_sense),
		cmocka_unit_test(versions),
		cmocka_unit_test(rule_goes_there_and_back),
		cmocka_unit_test(reduces_to_what_can_hold),
		cmocka_unit_test(libfabric_by_version),
		cmocka_unit_test(conditions_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
