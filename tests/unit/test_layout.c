/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "layout.h"

#define LAYOUT(name, rules) "{\"name\": \"" name "\", \"summary\": \"s\", \"cards\": [" rules "]}"
#define ALL		    "{\"cards\": \"all\", \"efa\": true, \"ena\": false}"

static struct layout_set layouts;

static int load_layouts(const char *list, struct err *err)
{
	char text[4096];

	text_format(text, sizeof(text), "{\"layouts\": [%s]}", list);
	tree_file("layouts.json", text);
	return layout_set_load(&layouts, tree_path("layouts.json"), FILE_TRUST_OWNER, err);
}

static void expect_sentence(int r, int code, const struct err *err, const char *sentence)
{
	/* A number out of its range has a code of its own. */
	assert_true(r == code || (code == -EINVAL && r == -ERANGE));
	if (!strstr(err->text, ".json:") || !strstr(err->text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err->text);
}

static void refuse_layouts(const char *list, const char *sentence)
{
	static struct layout_set before;
	struct err err = {""};

	before = layouts;
	expect_sentence(load_layouts(list, &err), -EINVAL, &err, sentence);
	assert_memory_equal(&before, &layouts, sizeof(layouts));
}

static void refuse_rule(const char *rule, const char *sentence)
{
	char text[512];

	text_format(text, sizeof(text), LAYOUT("x", "%s"), rule);
	refuse_layouts(text, sentence);
}

static void refuse_cards(const char *cards)
{
	char text[256];

	text_format(text, sizeof(text), "{\"cards\": \"%s\", \"efa\": true, \"ena\": true}", cards);
	refuse_rule(text, "expected all, primary, others, a card number, a range such as");
}

static void refuses_malformed_layouts(void **state)
{
	struct err err = {""};

	(void)state;
	tree_file("layouts.json", "{}");
	expect_sentence(
		layout_set_load(&layouts, tree_path("layouts.json"), FILE_TRUST_OWNER, &err),
		-EINVAL, &err, "layouts");
	refuse_layouts("1", "object");
	refuse_layouts("{\"name\": \"x\"}", "summary");
	refuse_layouts("{\"nane\": \"x\"}", "did you mean");
	refuse_layouts("{\"name\": \"x\", \"summary\": \"s\"}", "cards");
	refuse_layouts(LAYOUT("x", ""), "expected at least one rule");
	refuse_layouts(LAYOUT("x y", ALL), "expected letters, digits");
	refuse_layouts(LAYOUT("any", ALL), "\"any\" has a meaning of its own");
	refuse_layouts(LAYOUT("none", ALL), "\"none\" has a meaning of its own");
	refuse_layouts(LAYOUT("auto", ALL), "\"auto\" has a meaning of its own");
	refuse_layouts(LAYOUT("help", ALL), "\"help\" has a meaning of its own");
	refuse_layouts(LAYOUT("x", ALL) ", " LAYOUT("x", ALL), "a second layout named \"x\"");
	refuse_layouts("{\"name\": \"x\", \"summary\": \"s\", \"for\": 5, \"cards\": [" ALL "]}",
		       "for: expected an object");
	refuse_layouts("{\"name\": \"x\", \"summary\": \"s\", \"for\": {\"min_cards\": 3, "
		       "\"max_cards\": 2}, \"cards\": [" ALL "]}",
		       "min_cards 3 is above max_cards 2");
	refuse_layouts("{\"name\": \"x\", \"summary\": \"s\", \"for\": {\"primary_efa\": 1}, "
		       "\"cards\": [" ALL "]}",
		       "primary_efa");
}

static void refuses_malformed_rules(void **state)
{
	(void)state;
	refuse_rule("{\"cards\": \"all\", \"efa\": true}", "ena");
	refuse_rule("{\"cards\": \"all\", \"efa\": 1, \"ena\": true}",
		    "expected true, false or \"any\"");
	refuse_rule("{\"cards\": \"all\", \"efa\": \"yes\", \"ena\": true}", "any");
	refuse_rule("{\"cards\": \"all\", \"efa\": true, \"ena\": false, \"paired\": true}",
		    "has only one of them");
	refuse_rule("{\"cards\": \"all\", \"efa\": true, \"ena\": true, \"efa_device_index\": 256}",
		    "efa_device_index");
	refuse_rule("{\"cards\": \"\", \"efa\": true, \"ena\": true}", "cards");
	refuse_rule("{\"cards\": 1, \"efa\": true, \"ena\": true}", "cards");
}

static void refuses_malformed_cards(void **state)
{
	static const char *const cards[] = {
		"64",
		"-1",
		"4-3",
		"1-64",
		"1-",
		"-",
		"1-2-3",
		"+1",
		" 1",
		"1 ",
		"All",
		"every ",
		"every 0",
		"every 65",
		"every x",
		"every4",
		"every 4 ",
		"every 4 to",
		"every 4 from",
		"every 4 from x",
		"every 4 from 64",
		"every  4",
		"00000000001",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
		refuse_cards(cards[i]);
}

static void refuses_more_than_its_bounds(void **state)
{
	struct err err = {""};
	char rules[1024] = "", list[2048], site[64 * 96] = "", text[64 * 96 + 32];

	(void)state;
	for (unsigned i = 0; i <= LAYOUT_RULES_MAX; i++)
		text_append(rules, sizeof(rules), "%s" ALL, i ? ", " : "");
	text_format(list, sizeof(list), LAYOUT("x", "%s"), rules);
	expect_sentence(load_layouts(list, &err), -E2BIG, &err, "at most 8");
	/* The bound holds for all files together. */
	assert_int_equal(load_layouts(LAYOUT("x", ALL), &err), 0);
	for (unsigned i = 0; i < LAYOUTS_MAX; i++)
		text_append(site, sizeof(site),
			    "%s{\"name\":\"n%u\",\"summary\":\"s\",\"cards\":[" ALL "]}",
			    i ? "," : "", i);
	text_format(text, sizeof(text), "{\"layouts\": [%s]}", site);
	tree_file("many.json", text);
	expect_sentence(layout_set_load(&layouts, tree_path("many.json"), FILE_TRUST_OWNER, &err),
			-EOVERFLOW, &err, "more than 64 layouts");
	assert_int_equal(layouts.n, 1);
}

static void expand(const char *cards, unsigned n, const char *expected)
{
	char text[256], found[LAYOUT_CARDS_MAX + 1];
	struct card_want want[LAYOUT_CARDS_MAX];
	struct err err = {""};

	text_format(text, sizeof(text),
		    LAYOUT("x", "{\"cards\": \"%s\", \"efa\": true, \"ena\": false}"), cards);
	if (load_layouts(text, &err))
		fail_msg("%s", err.text);
	layout_expand(layout_find(&layouts, "x"), n, want);
	for (unsigned i = 0; i < n; i++) {
		found[i] = want[i].efa == WANT_YES ? 'E' : '.';
		assert_int_equal(want[i].ena, WANT_NO);
		assert_int_equal(want[i].efa_device_index, -1);
	}
	found[n] = '\0';
	assert_string_equal(found, expected);
}

static void expands_every_selector(void **state)
{
	(void)state;
	expand("all", 3, "EEE");
	expand("primary", 3, "E..");
	expand("primary", 1, "E");
	expand("others", 3, ".EE");
	expand("others", 1, ".");
	expand("2", 4, "..E.");
	expand("1-2", 5, ".EE..");
	expand("2-63", 4, "..EE");
	expand("every 4", 9, "E...E...E");
	expand("every 2 from 1", 6, ".E.E.E");
	expand("every 1 from 3", 5, "...EE");
	expand("63", 3, "...");
}

static void the_last_rule_that_selects_a_card_wins(void **state)
{
	struct card_want want[4];
	struct err err = {""};

	(void)state;
	if (load_layouts(LAYOUT("x", ALL ", {\"cards\": \"1-2\", \"efa\": \"any\", \"ena\": true, "
					 "\"paired\": \"any\", \"ena_device_index\": 3}, "
					 "{\"cards\": \"2\", \"efa\": true, \"ena\": true, "
					 "\"paired\": false, \"efa_device_index\": 1}"),
			 &err))
		fail_msg("%s", err.text);
	layout_expand(layout_find(&layouts, "x"), 4, want);
	assert_int_equal(want[0].efa, WANT_YES);
	assert_int_equal(want[0].ena, WANT_NO);
	assert_int_equal(want[1].efa, WANT_ANY);
	assert_int_equal(want[1].ena_device_index, 3);
	assert_int_equal(want[1].paired, WANT_ANY);
	assert_int_equal(want[2].paired, WANT_NO);
	assert_int_equal(want[2].efa_device_index, 1);
	assert_int_equal(want[2].ena_device_index, -1);
	assert_int_equal(want[3].ena, WANT_NO);
}

static void a_later_file_replaces_by_name(void **state)
{
	struct err err = {""};

	(void)state;
	assert_int_equal(load_layouts(LAYOUT("a", ALL) ", " LAYOUT("b", ALL), &err), 0);
	assert_int_equal(load_layouts("{\"name\": \"a\", \"summary\": \"new\", \"cards\": [" ALL
				      "]}, " LAYOUT("c", ALL),
				      &err),
			 0);
	assert_int_equal(layouts.n, 3);
	assert_string_equal(layouts.v[0].name, "a");
	assert_string_equal(layouts.v[1].name, "b");
	assert_string_equal(layouts.v[2].name, "c");
	assert_string_equal(layout_find(&layouts, "a")->summary, "new");
	assert_null(layout_find(&layouts, "d"));
}

static int setup(void **state)
{
	memset(&layouts, 0, sizeof(layouts));
	return tree_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, tree_teardown)
		T(refuses_malformed_layouts),	  T(refuses_malformed_rules),
		T(refuses_malformed_cards),	  T(refuses_more_than_its_bounds),
		T(expands_every_selector),	  T(the_last_rule_that_selects_a_card_wins),
		T(a_later_file_replaces_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
