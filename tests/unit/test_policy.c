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
#include <sys/stat.h>
#include <unistd.h>

#include "policy_file.h"
#include "policy_settings.h"
#include "text.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static void refuses_with_file_line_and_key(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{"", ":1: not valid JSON"},
		{"[]", ":1: expected an object"},
		{"{\n\"chekc\": {}}", ":2: chekc: unknown key; did you mean \"check\"?"},
		{"{\"check\": 5}", ":1: check: expected an object with settings"},
		{"{\"check\":\n {\"budgt_ms\": 5}}",
		 ":2: check.budgt_ms: unknown key; did you mean \"budget_ms\"?"},
		{"{\"layout\": {\"budget_ms\": 5000}}", "layout.budget_ms: unknown key"},
		{"{\"check\": {\"budget_ms\": 499}}",
		 "check.budget_ms: expected an integer from 500 to 600000, found 499"},
		{"{\"check\": {\"budget_ms\": \"10s\"}}", "found \"10s\""},
		{"{\"check\": {\"budget_ms\": 1e4}}", "found 1e4"},
		{"{\"check\": {\"late_ms\": 60001}}", "from 0 to 60000, found 60001"},
		{"{\"check\": {\"workers\": -1}}", "from 0 to 256, found -1"},
		{"{\"check\": {\"provider\": \"\"}}",
		 "check.provider: expected 1 to 31 characters"},
		{"{\"check\": {\"provider\": \"efa;x\"}}",
		 "check.provider: expected a name of letters"},
		{"{\"layout\": {\"declared\": 1}}", "layout.declared: expected a string"},
		{"{\"layout\": {\"declared\": \"a b\"}}", "layout.declared: expected a name"},
		{"{\"layout\": {\"allow_none\": \"yes\"}}",
		 "layout.allow_none: expected true or false, found \"yes\""},
		{"{\"action\": {\"faulty\": \"drian\"}}",
		 "action.faulty: expected one of allow, warn, drain, refuse, drain-after, found "
		 "\"drian\"; did "
		 "you mean \"drain\"?"},
		{"{\"action\": {\"unknown\": \"drain\"}}",
		 "action.unknown: expected one of allow, warn, refuse, found \"drain\""},
		{"{\"action\": {\"degraded\": \"refuse\"}}",
		 "action.degraded: expected one of allow, warn, drain, drain-after, found "
		 "\"refuse\""},
		{"{\"environment\": {\"affinity\": \"gpus\"}}",
		 "environment.affinity: expected one of auto, gpu, numa, spread, all, none, found"},
		{"{\"check\": {\"rail_ms\": 5000, \"budget_ms\": 4000}}",
		 ": check.rail_ms: 5000 is more than check.budget_ms, which is 4000"},
		{"{\"check\": {\"open_ms\": 11000}}",
		 ": check.open_ms: 11000 is more than check.budget_ms, which is 10000"},
		{"{\"check\": {\"late_ms\": 10000}}",
		 ": check.late_ms: 10000 leaves no time for a test inside check.budget_ms"},
		{"{\"layout\": {\"default\": \"none\", \"allow_none\": false}}",
		 ": layout.default: none contradicts layout.allow_none"},
		{"{\"layout\": {\"default\": \"auto\"}}",
		 ": layout.default: \"auto\" is no layout"},
		{"{\"layout\": {\"default\": \"help\"}}",
		 ": layout.default: \"help\" is no layout"},
		{"{\"layout\": {\"declared\": \"any\"}}",
		 ": layout.declared: \"any\" is no layout"},
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct policy policy;
		struct err err = {""};

		memset(&policy, 'x', sizeof(policy));
		assert_true(load(cases[i].text, &policy, &err) < 0);
		if (strncmp(err.text, path, strlen(path)) != 0 ||
		    !strstr(err.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(policy.hash[0], 'x');
		assert_int_equal(policy.hash[16], 'x');
	}
}

static void refuses_file_that_others_may_write(void **state)
{
	struct policy policy;
	struct err err = {""};

	(void)state;
	assert_int_equal(load("{}", &policy, &err), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(policy_load(path, FILE_TRUST_OWNER, &policy, &err), -EPERM);
	assert_int_equal(policy_load(path, FILE_TRUST_ANY, &policy, &err), 0);
}

static void absent_file_gives_defaults(void **state)
{
	struct policy defaults, policy;
	struct err err;

	(void)state;
	policy_defaults(&defaults);
	assert_int_equal(policy_load(path, FILE_TRUST_OWNER, &policy, &err), 0);
	assert_memory_equal(&policy, &defaults, sizeof(policy));
}

static void defaults_are_these(void **state)
{
	struct policy policy;

	(void)state;
	policy_defaults(&policy);
	assert_string_equal(policy.layout_declared, "auto");
	assert_string_equal(policy.layout_default, "any");
	assert_true(policy.layout_allow_none);
	assert_int_equal(policy.budget_ms, 10000);
	assert_int_equal(policy.open_ms, 1000);
	assert_int_equal(policy.rail_ms, 2000);
	assert_int_equal(policy.late_ms, 0);
	assert_int_equal(policy.workers, 0);
	assert_int_equal(policy.cache_ttl_s, 60);
	assert_string_equal(policy.provider, "efa");
	assert_int_equal(policy.on_faulty, ACTION_DRAIN);
	assert_int_equal(policy.on_degraded, ACTION_WARN);
	assert_int_equal(policy.on_fabric, ACTION_DRAIN);
	assert_int_equal(policy.on_unknown, ACTION_ALLOW);
	assert_int_equal(policy.affinity_default, AFFINITY_AUTO);
	assert_true(policy.environment);
	assert_int_equal(strspn(policy.hash, "0123456789abcdef"), 16);
}

static void shipped_file_is_the_defaults(void **state)
{
	struct policy defaults, policy;
	struct err err = {""};
	char *text;
	size_t size;

	(void)state;
	policy_defaults(&defaults);
	if (policy_load(SOURCE_DIR "/etc/policy.json", FILE_TRUST_ANY, &policy, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(&policy, &defaults, offsetof(struct policy, origin));
	/* And it shows every setting. */
	assert_int_equal(file_read(SOURCE_DIR "/etc/policy.json", 1 << 16, FILE_TRUST_ANY, &text,
				   &size, &err),
			 0);
	for (size_t i = 0; i < policy_settings_n; i++) {
		char key[64];

		text_format(key, sizeof(key), "\"%s\":", policy_settings[i].name);
		if (!strstr(text, key))
			fail_msg("%s is missing", key);
	}
	free(text);
}

static void sets_every_setting(void **state)
{
	static const char text[] =
		"{\"layout\": {\"declared\": \"efa-only\", \"default\": \"none\", "
		"\"allow_none\": true},\n"
		"\"check\": {\"budget_ms\": 500, \"open_ms\": 10, \"rail_ms\": 20, \"late_ms\": 30,"
		" \"workers\": 4, \"cache_ttl_s\": 0, \"provider\": \"tcp\"},\n"
		"\"action\": {\"faulty\": \"warn\", \"degraded\": \"drain\", \"fabric\": "
		"\"refuse\", \"unknown\": \"refuse\"},\n"
		"\"environment\": {\"affinity\": \"spread\", \"set\": false}}\n";
	struct policy policy, defaults;
	struct err err = {""};

	(void)state;
	policy_defaults(&defaults);
	if (load(text, &policy, &err))
		fail_msg("%s", err.text);
	assert_string_equal(policy.layout_declared, "efa-only");
	assert_string_equal(policy.layout_default, "none");
	assert_int_equal(policy.budget_ms, 500);
	assert_int_equal(policy.open_ms, 10);
	assert_int_equal(policy.rail_ms, 20);
	assert_int_equal(policy.late_ms, 30);
	assert_int_equal(policy.workers, 4);
	assert_int_equal(policy.cache_ttl_s, 0);
	assert_string_equal(policy.provider, "tcp");
	assert_int_equal(policy.on_faulty, ACTION_WARN);
	assert_int_equal(policy.on_degraded, ACTION_DRAIN);
	assert_int_equal(policy.on_fabric, ACTION_REFUSE);
	assert_int_equal(policy.on_unknown, ACTION_REFUSE);
	assert_int_equal(policy.affinity_default, AFFINITY_SPREAD);
	assert_false(policy.environment);
	assert_string_not_equal(policy.hash, defaults.hash);
}

static void hash_follows_the_settings(void **state)
{
	struct policy a, b, c;
	struct err err;

	(void)state;
	assert_int_equal(load("{\"check\": {\"rail_ms\": 2001}}", &a, &err), 0);
	assert_int_equal(load("{\"check\":\n{ \"rail_ms\" : 2001,\"open_ms\":1000}}", &b, &err), 0);
	assert_int_equal(load("{\"check\": {\"rail_ms\": 2002}}", &c, &err), 0);
	assert_string_equal(a.hash, b.hash);
	assert_string_not_equal(a.hash, c.hash);
}

static void value_is(const struct policy *policy, const char *name, const char *sentence)
{
	struct policy_value value;
	char text[512];

	memset(&value, 'x', sizeof(value));
	policy_value(policy, name, &value);
	policy_value_text(&value, text, sizeof(text));
	assert_string_equal(text, sentence);
}

static void knows_file_and_line_of_each_setting(void **state)
{
	char sentence[256];
	struct policy a, b;
	struct err err;

	(void)state;
	policy_defaults(&a);
	value_is(&a, "action.faulty", "action.faulty = drain (default)");
	assert_int_equal(load("{\n\"action\": {\n  \"fabric\":\n    \"warn\",\n"
			      "  \"faulty\": \"drain\"},\n\"check\": {\"rail_ms\": 70}}",
			      &a, &err),
			 0);
	/* One that says what is the default anyway stands there all the same. */
	text_format(sentence, sizeof(sentence), "action.faulty = drain (%s line 5)", path);
	value_is(&a, "action.faulty", sentence);
	text_format(sentence, sizeof(sentence), "action.fabric = warn (%s line 4)", path);
	value_is(&a, "action.fabric", sentence);
	text_format(sentence, sizeof(sentence), "check.rail_ms = 70 (%s line 6)", path);
	value_is(&a, "check.rail_ms", sentence);
	value_is(&a, "action.unknown", "action.unknown = allow (default)");
	value_is(&a, "action.enforce", "action.enforce = true (default)");
	value_is(&a, "environment.affinity", "environment.affinity = auto (default)");
	/* The same settings elsewhere are the same settings. */
	assert_int_equal(load("{\"check\": {\"rail_ms\": 70}, \"action\": {\"fabric\": \"warn\"}}",
			      &b, &err),
			 0);
	assert_string_equal(a.hash, b.hash);
	value_is(&b, "action.faulty", "action.faulty = drain (default)");
}

/* Every row has a place of its own, and names are found in full. */
static void every_setting_has_an_origin(void **state)
{
	char name[64], file[256], sentence[320];
	struct policy policy;
	struct policy_value value;
	struct err err;

	(void)state;
	for (size_t i = 0; i < policy_settings_n; i++) {
		const struct setting *setting = &policy_settings[i];
		bool word = setting->type != SETTING_UINT && setting->type != SETTING_BOOL;

		text_format(name, sizeof(name), "%s.%s", setting->group, setting->name);
		text_format(file, sizeof(file), "{\"%s\":\n\n{\"%s\": %s%s%s}}", setting->group,
			    setting->name, word ? "\"" : "", setting->preset, word ? "\"" : "");
		if (load(file, &policy, &err))
			fail_msg("%s: %s", file, err.text);
		for (size_t k = 0; k < policy_settings_n; k++)
			assert_int_equal(policy.origin.line[k], k == i ? 3 : 0);
		policy_value(&policy, name, &value);
		text_format(sentence, sizeof(sentence), "%s %s %s 3", name, setting->preset, path);
		text_format(file, sizeof(file), "%s %s %s %u", value.name, value.value, value.file,
			    value.line);
		assert_string_equal(file, sentence);
	}
}

static void action_words_come_back(void **state)
{
	enum policy_action action = ACTION_WARN;

	(void)state;
	assert_false(policy_action_parse("Drain", &action));
	assert_false(policy_action_parse("", &action));
	assert_int_equal(action, ACTION_WARN);
	for (unsigned i = 0; i < POLICY_ACTIONS; i++) {
		assert_true(
			policy_action_parse(policy_action_text((enum policy_action)i), &action));
		assert_int_equal(action, i);
	}
}

static void prints_one_line_a_setting(void **state)
{
	struct policy policy;
	char *text = NULL;
	size_t size, lines = 0;
	FILE *to = open_memstream(&text, &size);
	struct err err;

	(void)state;
	assert_non_null(to);
	assert_int_equal(load("{\"check\": {\"rail_ms\": 1500}}", &policy, &err), 0);
	policy_print(&policy, to);
	fclose(to);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, policy_settings_n);
	assert_non_null(strstr(text, "check.rail_ms = 1500 (default 2000): time for the loopback"));
	assert_non_null(strstr(text, "action.unknown = allow (default allow): "));
	assert_non_null(strstr(text, "environment.set = true (default true): "));
	free(text);
}

/* The manual says of every setting what the table says. */
static void manual_is_complete(void **state)
{
	char *text;
	size_t size;
	struct err err = {""};

	(void)state;
	if (file_read(SOURCE_DIR "/prolog/efa-layout-policy.5", 1 << 18, FILE_TRUST_ANY, &text,
		      &size, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < policy_settings_n; i++) {
		const struct setting *setting = &policy_settings[i];
		char head[128];

		text_format(head, sizeof(head), ".It Cm %s.%s No (default Cm %s ) ", setting->group,
			    setting->name, setting->preset);
		head[strlen(head) - 1] = '\0';
		if (!strstr(text, head))
			fail_msg("the manual lacks \"%s\"", head);
	}
	free(text);
}

static void words_of_actions(void **state)
{
	(void)state;
	assert_string_equal(policy_action_text(ACTION_ALLOW), "allow");
	assert_string_equal(policy_action_text(ACTION_REFUSE), "refuse");
	assert_string_equal(policy_action_text((enum policy_action)9), "?");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refuses_with_file_line_and_key),
		TEST(refuses_file_that_others_may_write),
		TEST(absent_file_gives_defaults),
		TEST(defaults_are_these),
		TEST(shipped_file_is_the_defaults),
		TEST(sets_every_setting),
		TEST(hash_follows_the_settings),
		TEST(knows_file_and_line_of_each_setting),
		TEST(every_setting_has_an_origin),
		TEST(action_words_come_back),
		TEST(prints_one_line_a_setting),
		TEST(manual_is_complete),
		TEST(words_of_actions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
