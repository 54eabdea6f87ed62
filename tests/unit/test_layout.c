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
#define TYPE(name, more) \
	"{\"name\": \"" name "\", \"source\": \"s\", \"confidence\": \"confirmed\", " more "}"

static struct layout_set layouts;
static struct type_set types;

static int load_layouts(const char *list, struct err *err)
{
	char text[4096];

	text_format(text, sizeof(text), "{\"layouts\": [%s]}", list);
	tree_file("layouts.json", text);
	return layout_set_load(&layouts, tree_path("layouts.json"), FILE_TRUST_OWNER, err);
}

static int load_types(const char *list, struct err *err)
{
	char text[4096];

	text_format(text, sizeof(text), "{\"types\": [%s]}", list);
	tree_file("types.json", text);
	return type_set_load(&types, tree_path("types.json"), FILE_TRUST_OWNER, err);
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
	char names[32];

	(void)state;
	assert_int_equal(load_layouts(LAYOUT("a", ALL) ", " LAYOUT("b", ALL), &err), 0);
	assert_int_equal(load_layouts("{\"name\": \"a\", \"summary\": \"new\", \"cards\": [" ALL
				      "]}, " LAYOUT("c", ALL),
				      &err),
			 0);
	assert_int_equal(layouts.n, 3);
	assert_int_equal(layout_names(&layouts, names, sizeof(names)), 0);
	assert_string_equal(names, "a, b, c");
	assert_int_equal(layout_names(&layouts, names, 7), -ENOSPC);
	assert_string_equal(layout_find(&layouts, "a")->summary, "new");
	assert_null(layout_find(&layouts, "d"));
}

static void refuse_types(const char *list, const char *sentence)
{
	struct err err = {""};

	expect_sentence(load_types(list, &err), -EINVAL, &err, sentence);
	assert_int_equal(types.n, 0);
	assert_null(types.v);
}

static void refuses_malformed_types(void **state)
{
	(void)state;
	refuse_types("{}", "name");
	refuse_types(TYPE("p5", "\"cards\": 1, \"max_efa\": 1"),
		     "expected an instance type such as");
	refuse_types(TYPE("a.b", "\"cards\": 0, \"max_efa\": 1"), "cards");
	refuse_types(TYPE("a.b", "\"cards\": 65, \"max_efa\": 1"), "cards");
	refuse_types(TYPE("a.b", "\"cards\": 2, \"max_efa\": 3"), "max_efa");
	refuse_types(TYPE("a.b", "\"cards\": 2"), "max_efa");
	refuse_types(TYPE("a.b", "\"cards\": 2, \"max_efa\": 2, \"primary_efa\": false"),
		     "card 0 must carry EFA");
	refuse_types(TYPE("a.b", "\"cards\": 2, \"max_efa\": 2, \"rails\": [\"0000:4f:00.0\"]"),
		     "as many PCI addresses as max_efa, 2, found 1");
	refuse_types(TYPE("a.b", "\"cards\": 1, \"max_efa\": 1, \"rails\": [\"4f:00.0\"]"),
		     "expected a PCI address such as");
	refuse_types(TYPE("a.b", "\"cards\": 2, \"max_efa\": 2, \"rails\": [\"0000:4f:00.0\", "
				 "\"0000:4f:00.0\"]"),
		     "in rising order");
	refuse_types("{\"name\": \"a.b\", \"cards\": 1, \"max_efa\": 1, \"source\": \"s\", "
		     "\"confidence\": \"sure\"}",
		     "confidence");
	refuse_types(TYPE("a.b", "\"cards\": 1, \"max_efa\": 1") ", " TYPE(
			     "a.b", "\"cards\": 1, \"max_efa\": 1"),
		     "a second instance type named \"a.b\"");
}

static void types_are_replaced_by_name_and_kept_on_failure(void **state)
{
	struct err err = {""};

	(void)state;
	assert_int_equal(load_types(TYPE("a.b", "\"cards\": 2, \"max_efa\": 1"), &err), 0);
	assert_int_equal(
		load_types(TYPE("c.d", "\"cards\": 4, \"max_efa\": 4, \"accels\": 8") ", " TYPE(
				   "a.b", "\"cards\": 3, \"max_efa\": 2, "
					  "\"primary_efa\": false"),
			   &err),
		0);
	assert_int_equal(load_types(TYPE("a.b", "\"cards\": 9, \"max_efa\": 1") ", 7", &err),
			 -EINVAL);
	assert_int_equal(types.n, 2);
	assert_int_equal(type_find(&types, "a.b")->cards, 3);
	assert_false(type_find(&types, "a.b")->primary_efa);
	assert_int_equal(type_find(&types, "c.d")->accels, 8);
	assert_true(type_find(&types, "c.d")->primary_efa);
	assert_null(type_find(&types, "a"));
}

static void load_shipped(void)
{
	struct err err = {""};

	if (layout_set_load(&layouts, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err) ||
	    type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err))
		fail_msg("%s", err.text);
}

static void shipped_types_have_the_known_numbers(void **state)
{
	static const struct {
		const char *name;
		unsigned cards, max_efa, accels, first_bus, last_bus;
	} known[] = {
		{"p4d.24xlarge", 4, 4, 8, 0x10, 0xa0},
		{"p4de.24xlarge", 4, 4, 8, 0x10, 0xa0},
		{"p5.48xlarge", 32, 32, 8, 0x4f, 0xc9},
		{"p5e.48xlarge", 32, 32, 8, 0, 0},
		{"p5.4xlarge", 1, 1, 1, 0, 0},
		{"p5en.48xlarge", 16, 16, 8, 0x55, 0xa3},
		{"p6-b200.48xlarge", 8, 8, 8, 0x4f, 0x85},
		{"p6-b300.48xlarge", 17, 16, 8, 0x56, 0xc0},
		{"p6e-gb200.36xlarge", 17, 16, 4, 0, 0},
		{"trn1.32xlarge", 8, 8, 16, 0x10, 0xa0},
		{"trn1n.32xlarge", 16, 16, 16, 0x10, 0xa0},
		{"trn2.48xlarge", 16, 16, 16, 0x56, 0xf6},
		{"dl1.24xlarge", 4, 4, 8, 0, 0},
		{"hpc6a.48xlarge", 1, 1, 0, 0, 0},
		{"hpc6id.32xlarge", 2, 2, 0, 0, 0},
		{"hpc7a.12xlarge", 2, 2, 0, 0, 0},
		{"hpc7g.16xlarge", 1, 1, 0, 0, 0},
		{"hpc8a.96xlarge", 2, 2, 0, 0, 0},
		{"c5n.18xlarge", 1, 1, 0, 0, 0},
		{"c6in.32xlarge", 2, 2, 0, 0, 0},
		{"g6e.24xlarge", 2, 2, 4, 0, 0},
		{"g5.48xlarge", 1, 1, 8, 0, 0},
		{"u7in-32tb.224xlarge", 2, 2, 0, 0, 0},
	};

	(void)state;
	load_shipped();
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct instance_type *type = type_find(&types, known[i].name);

		print_message("%s\n", known[i].name);
		assert_non_null(type);
		assert_int_equal(type->cards, known[i].cards);
		assert_int_equal(type->max_efa, known[i].max_efa);
		assert_int_equal(type->accels, known[i].accels);
		assert_int_equal(type->primary_efa, type->cards != 17);
		if (!known[i].last_bus)
			continue;
		assert_int_equal(type->n_rail_pci, type->max_efa);
		assert_int_equal(type->rail_pci[0].bus, known[i].first_bus);
		assert_int_equal(type->rail_pci[type->n_rail_pci - 1].bus, known[i].last_bus);
	}
}

static void expect_fit(const char *layout, const char *type, const char *refusal)
{
	struct err err = {""};
	int r = layout_fits(layout_find(&layouts, layout), type_find(&types, type), &err);

	assert_int_equal(r, refusal ? -ENOTSUP : 0);
	if (refusal && !strstr(err.text, refusal))
		fail_msg("expected \"%s\" in \"%s\"", refusal, err.text);
}

static void layouts_fit_where_the_hardware_allows(void **state)
{
	struct err err = {""};

	(void)state;
	load_shipped();
	expect_fit("all-efa", "p5.48xlarge", NULL);
	expect_fit("efa-only", "p5.48xlarge", NULL);
	expect_fit("ena-primary", "p5.48xlarge", NULL);
	expect_fit("efa-every-4th", "p5.48xlarge", NULL);
	expect_fit("ena-primary-only", "p6-b300.48xlarge", NULL);
	expect_fit("gb200-alternating", "p6e-gb200.36xlarge", NULL);
	expect_fit("single", "c5n.18xlarge", NULL);
	expect_fit(
		"all-efa", "p6-b300.48xlarge",
		"layout all-efa has EFA on network card 0, which a p6-b300.48xlarge cannot have");
	expect_fit("ena-primary-only", "p5.48xlarge", "card 0 cannot carry EFA");
	expect_fit("efa-every-4th", "p4d.24xlarge",
		   "is meant for 5 or more network cards, a p4d.24xlarge has 4");
	expect_fit("single", "p4d.24xlarge", "at most 1 network card, a p4d.24xlarge has 4");
	assert_int_equal(load_types(TYPE("a.b", "\"cards\": 3, \"max_efa\": 2"), &err), 0);
	expect_fit("all-efa", "a.b", "has 3 EFA devices on the 3 network cards of a a.b, which");
	assert_int_equal(load_layouts("{\"name\": \"x\", \"summary\": \"s\", "
				      "\"for\": {\"primary_efa\": true}, \"cards\": [" ALL "]}",
				      &err),
			 0);
	expect_fit("x", "p6-b300.48xlarge", "whose card 0 can carry EFA");
}

static void every_shipped_layout_fits_some_shipped_type(void **state)
{
	(void)state;
	load_shipped();
	for (size_t i = 0; i < layouts.n; i++) {
		size_t n = 0;

		for (size_t j = 0; j < types.n; j++)
			n += !layout_fits(&layouts.v[i], &types.v[j], NULL);
		assert_true(n > 0);
	}
	/* And every type has one. */
	for (size_t j = 0; j < types.n; j++) {
		size_t n = 0;

		for (size_t i = 0; i < layouts.n; i++)
			n += !layout_fits(&layouts.v[i], &types.v[j], NULL);
		assert_true(n > 0);
	}
}

static int setup(void **state)
{
	memset(&layouts, 0, sizeof(layouts));
	memset(&types, 0, sizeof(types));
	return tree_setup(state);
}

static int teardown(void **state)
{
	type_set_done(&types);
	return tree_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(refuses_malformed_layouts),
		T(refuses_malformed_rules),
		T(refuses_malformed_cards),
		T(refuses_more_than_its_bounds),
		T(expands_every_selector),
		T(the_last_rule_that_selects_a_card_wins),
		T(a_later_file_replaces_by_name),
		T(refuses_malformed_types),
		T(types_are_replaced_by_name_and_kept_on_failure),
		T(shipped_types_have_the_known_numbers),
		T(layouts_fit_where_the_hardware_allows),
		T(every_shipped_layout_fits_some_shipped_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
