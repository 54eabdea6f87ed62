/* SPDX-License-Identifier: Apache-2.0 */
/* Every sentence with which a file of layouts is refused, with line and key. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "layout.h"

#define SHIPPED(name)                                                        \
	"{\"layouts\": [{\"name\": \"" name "\", \"summary\": \"s\",\n"      \
	" \"cards\": [{\"cards\": \"all\", \"efa\": true, \"ena\": true},\n" \
	"  {\"cards\": \"1\", \"efa\": true, \"ena\": false}]}]}\n"

/* A layout named x, its keys on the second line; a rule of one, its keys on the third. */
#define LAYOUT(keys) "{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"s\", " keys "}]}"
#define ALL	     "{\"cards\": \"all\", \"efa\": true, \"ena\": true}"
#define RULE(keys)   LAYOUT("\"cards\": [\n{" keys "}]")
#define CARDS(cards) RULE("\"cards\": \"" cards "\", \"efa\": true, \"ena\": true")
#define CARDS_WANTED                                                                            \
	":3: layouts[0].cards[0].cards: expected all, primary, others, a card number, a range " \
	"such as \"4-7\", \"every 4\" or \"every 2 from 1\" (cards 0 to 63), found "

static struct layout_set layouts;

struct refusal {
	const char *text, *sentence;
};

static void refuse(const struct refusal *refusal)
{
	static struct layout_set before;
	char expected[512], path[256];
	struct err err = {""};
	int r;

	before = layouts;
	tree_file("site.json", refusal->text);
	text_format(path, sizeof(path), "%s", tree_path("site.json"));
	text_format(expected, sizeof(expected), "%s%s", path, refusal->sentence);
	r = layout_set_load(&layouts, path, FILE_TRUST_OWNER, &err);
	assert_string_equal(err.text, expected);
	assert_true(r == -EINVAL || r == -ERANGE || r == -E2BIG || r == -EEXIST);
	assert_memory_equal(&before, &layouts, sizeof(layouts));
}

static void refuse_all(const struct refusal *refusals, size_t n)
{
	struct err err = {""};

	tree_file("shipped.json", SHIPPED("ours"));
	if (layout_set_load(&layouts, tree_path("shipped.json"), FILE_TRUST_OWNER, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		refuse(&refusals[i]);
}

#define REFUSE(refusals) refuse_all(refusals, sizeof(refusals) / sizeof((refusals)[0]))

static void files(void **state)
{
	static const struct refusal refusals[] = {
		{"", ":1: not valid JSON: the text ends too early, nothing is in it"},
		{"[]", ":1: expected an object, found a list"},
		{"{}", ":1: the key \"layouts\" is missing"},
		{"{\n\"layout\": []}", ":2: layout: unknown key; did you mean \"layouts\"?"},
		{"{\"layouts\": [],\n\"types\": []}", ":2: types: unknown key; there are layouts"},
		{"{\"layouts\": {}}", ":1: layouts: expected a list, found an object"},
		{"{\"layouts\": [],\n\"layouts\": []}",
		 ":2: layouts: this key was given before, in line 1; remove one"},
		{"{\"layouts\": [\n7]}", ":2: layouts[0]: expected an object, found 7"},
		{"{\"layouts\": [\n[]]}", ":2: layouts[0]: expected an object, found a list"},
	};

	(void)state;
	REFUSE(refusals);
}

static void names_and_texts(void **state)
{
#define NAME(name) \
	"{\"layouts\": [\n{\"name\": \"" name "\", \"summary\": \"s\", \"cards\": [" ALL "]}]}"
	static const struct refusal refusals[] = {
		{"{\"layouts\": [\n{}]}", ":2: layouts[0]: the key \"name\" is missing"},
		{"{\"layouts\": [\n{\"name\": 5}]}",
		 ":2: layouts[0].name: expected a string, found 5"},
		{"{\"layouts\": [\n{\"nane\": \"x\"}]}",
		 ":2: layouts[0].nane: unknown key; did you mean \"name\"?"},
		{"{\"layouts\": [\n{\"name\": \"x\", \"rules\": []}]}",
		 ":2: layouts[0].rules: unknown key; there are name, extends, summary, for, cards"},
		{NAME(""), ":2: layouts[0].name: expected 1 to 31 characters, found 0"},
		{NAME("x y"), ":2: layouts[0].name: expected letters, digits, \".\", \"_\" and "
			      "\"-\", found \"x y\""},
		{NAME("-x"), ":2: layouts[0].name: expected letters, digits, \".\", \"_\" and "
			     "\"-\", found \"-x\""},
		{NAME("a2345678901234567890123456789012"),
		 ":2: layouts[0].name: expected 1 to 31 characters, found 32"},
		{NAME("none"), ":2: layouts[0].name: \"none\" has a meaning of its own in requests "
			       "and settings, choose another name"},
		{"{\"layouts\": [\n{\"name\": \"x\"}]}",
		 ":2: layouts[0]: the key \"summary\" is missing"},
		{"{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"\"}]}",
		 ":2: layouts[0].summary: expected 1 to 127 characters, found 0"},
		{"{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"a\\nb\"}]}",
		 ":2: layouts[0].summary: a string with a control character"},
		{"{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"s\"}]}",
		 ":2: layouts[0]: the key \"cards\" is missing"},
	};

	(void)state;
	REFUSE(refusals);
}

static void a_name_given_twice(void **state)
{
	char sentence[256];
	struct refusal refusal = {
		"{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"s\", \"cards\": [" ALL "]},\n"
		"{\"name\": \"x\", \"summary\": \"s\", \"cards\": [" ALL "]}]}",
		sentence};

	(void)state;
	text_format(sentence, sizeof(sentence),
		    ":3: layouts[1]: a second layout named \"x\" in this file, the first is at "
		    "%s:2",
		    tree_path("site.json"));
	refuse(&refusal);
	/* Extending what this file has given does not change it in place. */
	refusal.text = "{\"layouts\": [\n{\"name\": \"x\", \"summary\": \"s\", \"cards\": [" ALL
		       "]},\n{\"name\": \"x\", \"extends\": \"x\"}]}";
	refuse(&refusal);
}

static void nodes_it_is_for(void **state)
{
#define FOR(keys) LAYOUT("\"for\": {" keys "}, \"cards\": [" ALL "]")
	static const struct refusal refusals[] = {
		{LAYOUT("\"for\": []"), ":2: layouts[0].for: expected an object, found a list"},
		{FOR("\"min_card\": 1"),
		 ":2: layouts[0].for.min_card: unknown key; did you mean \"min_cards\"?"},
		{FOR("\"min_cards\": 0"),
		 ":2: layouts[0].for.min_cards: expected an integer from 1 to 64, found 0"},
		{FOR("\"max_cards\": 65"),
		 ":2: layouts[0].for.max_cards: expected an integer from 1 to 64, found 65"},
		{FOR("\"max_cards\": 1.5"),
		 ":2: layouts[0].for.max_cards: expected an integer from 1 to 64, found 1.5"},
		{FOR("\"min_cards\": 3, \"max_cards\": 2"),
		 ":2: layouts[0].for: min_cards 3 is above max_cards 2"},
		{FOR("\"primary_efa\": \"any\""),
		 ":2: layouts[0].for.primary_efa: expected true or false, found \"any\""},
	};

	(void)state;
	REFUSE(refusals);
}

static void rules(void **state)
{
	static const struct refusal refusals[] = {
		{LAYOUT("\"cards\": {}"), ":2: layouts[0].cards: expected a list, found an object"},
		{LAYOUT("\"cards\": []"), ":2: layouts[0].cards: expected at least one rule"},
		{LAYOUT("\"cards\": [5]"), ":2: layouts[0].cards[0]: expected an object, found 5"},
		{LAYOUT("\"cards\": [" ALL "," ALL "," ALL "," ALL "," ALL "," ALL "," ALL "," ALL
			"," ALL "]"),
		 ":2: layouts[0].cards: 9 entries, at most 8 are allowed"},
		{RULE(""), ":3: layouts[0].cards[0]: the key \"cards\" is missing"},
		{RULE("\"card\": \"1\""),
		 ":3: layouts[0].cards[0].card: unknown key; did you mean \"cards\"?"},
		{RULE("\"cards\": 1"), ":3: layouts[0].cards[0].cards: expected a string, found 1"},
		{CARDS("primry"), CARDS_WANTED "\"primry\"; did you mean \"primary\"?"},
		{CARDS("other"), CARDS_WANTED "\"other\"; did you mean \"others\"?"},
		{CARDS("every"), CARDS_WANTED "\"every\""},
		{CARDS("64"), CARDS_WANTED "\"64\""},
		{CARDS("07"), CARDS_WANTED "\"07\""},
		{CARDS("7-4"), CARDS_WANTED "\"7-4\""},
		{CARDS("every 0"), CARDS_WANTED "\"every 0\""},
		{RULE("\"cards\": \"1\", \"efa\": true"),
		 ":3: layouts[0].cards[0]: the key \"ena\" is missing"},
		{RULE("\"cards\": \"1\", \"ena\": true"),
		 ":3: layouts[0].cards[0]: the key \"efa\" is missing"},
		{RULE("\"cards\": \"1\", \"efa\": 1"),
		 ":3: layouts[0].cards[0].efa: expected true, false or \"any\", found 1"},
		{RULE("\"cards\": \"1\", \"efa\": \"no\""),
		 ":3: layouts[0].cards[0].efa: expected true, false or \"any\", found \"no\"; "
		 "did you mean false?"},
		{RULE("\"cards\": \"1\", \"efa\": \"maybe possibly not\""),
		 ":3: layouts[0].cards[0].efa: expected true, false or \"any\", found \"maybe "
		 "possibly not\""},
		{RULE("\"cards\": \"1\", \"efa\": \"Any\""),
		 ":3: layouts[0].cards[0].efa: expected true, false or \"any\", found \"Any\"; "
		 "did you mean \"any\"?"},
		{RULE("\"cards\": \"1\", \"efa\": \"true\""),
		 ":3: layouts[0].cards[0].efa: expected true, false or \"any\", found \"true\"; "
		 "did you mean true?"},
		{RULE("\"cards\": \"1\", \"efa\": true, \"ena\": true, \"paired\": 0"),
		 ":3: layouts[0].cards[0].paired: expected true, false or \"any\", found 0"},
		{RULE("\"cards\": \"1\", \"efa\": true, \"ena\": false, \"paired\": true"),
		 ":3: layouts[0].cards[0].paired: says how EFA and ENA of a card belong together, "
		 "but this rule has only one of them"},
		{RULE("\"cards\": \"1\", \"efa\": true, \"ena\": true, \"efa_device_index\": 256"),
		 ":3: layouts[0].cards[0].efa_device_index: expected an integer from 0 to 255, "
		 "found 256"},
		{RULE("\"cards\": \"1\", \"efa\": false, \"ena\": true, \"efa_device_index\": 1"),
		 ":3: layouts[0].cards[0].efa_device_index: says where an EFA function is, but "
		 "this rule has none"},
		{RULE("\"cards\": \"1\", \"efa\": true, \"ena\": false, \"ena_device_index\": 1"),
		 ":3: layouts[0].cards[0].ena_device_index: says where an ENA function is, but "
		 "this rule has none"},
	};

	(void)state;
	REFUSE(refusals);
}

static void bases(void **state)
{
#define EXTENDS(base, keys) \
	"{\"layouts\": [\n{\"name\": \"y\", \"extends\": " base ", \"cards\": [" keys "]}]}"
	static const struct refusal refusals[] = {
		{EXTENDS("\"our\"", ALL), ":2: layouts[0].extends: there is no layout \"our\" "
					  "before this entry; did you mean \"ours\"?"},
		{EXTENDS("\"entirely-different\"", ALL),
		 ":2: layouts[0].extends: there is no layout \"entirely-different\" before this "
		 "entry"},
		/* Itself, when nobody has described it before. */
		{EXTENDS("\"y\"", ALL),
		 ":2: layouts[0].extends: there is no layout \"y\" before this entry"},
		{EXTENDS("7", ALL), ":2: layouts[0].extends: expected a string, found 7"},
		{EXTENDS("\"ours\"", ""), ":2: layouts[0].cards: expected at least one rule"},
		{EXTENDS("\"ours\"", ALL "," ALL "," ALL "," ALL "," ALL "," ALL "," ALL),
		 ":2: layouts[0].cards: 7 rules after the 2 of layout ours, at most 8 together "
		 "are allowed"},
		/* A later entry of the file is no base. */
		{"{\"layouts\": [\n{\"name\": \"y\", \"extends\": \"z\"},\n{\"name\": \"z\", "
		 "\"extends\": \"ours\"}]}",
		 ":2: layouts[0].extends: there is no layout \"z\" before this entry"},
	};

	(void)state;
	REFUSE(refusals);
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
		T(files),	    T(names_and_texts), T(a_name_given_twice),
		T(nodes_it_is_for), T(rules),		T(bases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
