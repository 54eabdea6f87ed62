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
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"source\": \"\""),
		 "source: expected 1 to 127 characters, found 0"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"source\": \"man\\u00e4\""),
		 "source: expected printable ASCII"},
		{RULE("\"name\": \"A\", \"mode\": \"unset\", \"sauce\": \"x\""),
		 "sauce: unknown key; did you mean \"source\"?"},
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
	assert_int_equal(rules.n_files, 1);
	assert_string_equal(rules.files[rules.v[1].file], path);
	/* A bad file changes nothing. */
	assert_true(load(&rules, RULE("\"name\": \"B\""), &err) < 0);
	assert_int_equal(rules.n, 2);
	assert_string_equal(rules.v[0].value, "2");
}

/* Which file and line a rule came from stays known. */
static void origins_are_kept(void **state)
{
	struct env_rules *rules = calloc(1, sizeof(*rules));
	char shipped[sizeof(path)], other[sizeof(path)];
	struct err err = {""};

	(void)state;
	assert_non_null(rules);
	text_format(shipped, sizeof(shipped), "%s", path);
	assert_int_equal(load(rules,
			      "{\"environment\": [\n{\"name\": \"A\", \"mode\": \"unset\"},\n"
			      "{\"name\": \"B\", \"mode\": \"unset\"}]}",
			      &err),
			 0);
	text_format(path, sizeof(path), "%s/site.json", dir);
	assert_int_equal(load(rules,
			      "{\"environment\": [\n\n\n{\"name\": \"A\", \"mode\": \"force\", "
			      "\"value\": \"1\"}]}",
			      &err),
			 0);
	unlink(path);
	assert_int_equal(rules->n, 2);
	assert_string_equal(rules->v[0].name, "B");
	assert_string_equal(rules->files[rules->v[0].file], shipped);
	assert_int_equal(rules->v[0].line, 3);
	assert_string_equal(rules->v[1].name, "A");
	assert_string_equal(rules->files[rules->v[1].file], path);
	assert_int_equal(rules->v[1].line, 4);
	for (unsigned i = 0; i < 3; i++) {
		text_format(path, sizeof(path), "%s/%u.json", dir, i);
		text_format(other, sizeof(other), "%s", path);
		assert_int_equal(load(rules, "{\"environment\": []}", &err), i < 2 ? 0 : -E2BIG);
		unlink(other);
	}
	assert_non_null(strstr(err.text, "environment rules of more than 4 files"));
	text_format(path, sizeof(path), "%s", shipped);
	free(rules);
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
	assert_int_equal(rules.n, 6);
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
		TEST(origins_are_kept),
		TEST(manual_example_loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
