/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts and instance types that start from another one, and where each entry came from. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "layout.h"

static struct layout_set layouts;
static struct type_set types;

static void load_layouts(const char *name, const char *list)
{
	char text[2048];
	struct err err = {""};

	text_format(text, sizeof(text), "{\"layouts\": [\n%s]}", list);
	tree_file(name, text);
	if (layout_set_load(&layouts, tree_path(name), FILE_TRUST_OWNER, &err))
		fail_msg("%s", err.text);
}

static void load_types(const char *name, const char *list)
{
	char text[2048];
	struct err err = {""};

	text_format(text, sizeof(text), "{\"types\": [\n%s]}", list);
	tree_file(name, text);
	if (type_set_load(&types, tree_path(name), FILE_TRUST_OWNER, &err))
		fail_msg("%s", err.text);
}

/* What each of n cards should have: both, the pair of one interface, EFA, ENA, nothing. */
static void expect_cards(const char *name, const char *expected)
{
	struct card_want want[LAYOUT_CARDS_MAX];
	char found[LAYOUT_CARDS_MAX + 1] = "";
	size_t n = strlen(expected);

	layout_expand(layout_find(&layouts, name), (unsigned)n, want);
	for (size_t i = 0; i < n; i++) {
		bool both = want[i].efa == WANT_YES && want[i].ena == WANT_YES;

		found[i] = both && want[i].paired == WANT_YES ? 'P'
			   : both			      ? 'B'
			   : want[i].efa == WANT_YES	      ? 'E'
			   : want[i].ena == WANT_YES	      ? 'N'
							      : '.';
	}
	assert_string_equal(found, expected);
}

static void expect_origin(const char *origin, const char *file, unsigned line)
{
	char expected[ORIGIN_TEXT];

	text_format(expected, sizeof(expected), "%s:%u", tree_path(file), line);
	assert_string_equal(origin, expected);
}

static const char shipped_layouts[] =
	"{\"name\": \"base\", \"summary\": \"shipped\", \"for\": {\"min_cards\": 2, "
	"\"primary_efa\": true},\n \"cards\": [{\"cards\": \"primary\", \"efa\": true, \"ena\": "
	"true, \"paired\": true},\n{\"cards\": \"others\", \"efa\": true, \"ena\": false}]},\n"
	"{\"name\": \"other\", \"summary\": \"another\", \"cards\": [{\"cards\": \"all\", \"efa\": "
	"true, \"ena\": false}]}";

static void own_rules_come_after_the_base_s(void **state)
{
	const struct layout *ours;

	(void)state;
	load_layouts("shipped.json", shipped_layouts);
	load_layouts("site.json",
		     "{\"name\": \"ours\", \"extends\": \"base\",\n \"cards\": [{\"cards\": "
		     "\"every 2\", \"efa\": true, \"ena\": true, \"paired\": false}]}");
	expect_cards("base", "PEEEE");
	expect_cards("ours", "BEBEB");
	ours = layout_find(&layouts, "ours");
	assert_int_equal(ours->n_rules, 3);
	assert_string_equal(ours->summary, "shipped");
	assert_int_equal(ours->min_cards, 2);
	assert_int_equal(ours->primary_efa, WANT_YES);
	assert_string_equal(ours->base, "base");
	expect_origin(ours->origin, "site.json", 2);
	assert_string_equal(layout_find(&layouts, "base")->base, "");
	expect_origin(layout_find(&layouts, "base")->origin, "shipped.json", 2);
	expect_origin(layout_find(&layouts, "other")->origin, "shipped.json", 5);
}

static void own_bounds_and_summary_replace_the_base_s(void **state)
{
	const struct layout *ours;

	(void)state;
	load_layouts("shipped.json", shipped_layouts);
	load_layouts("site.json", "{\"name\": \"ours\", \"extends\": \"base\", \"summary\": "
				  "\"mine\", \"for\": {\"max_cards\": 4}}");
	ours = layout_find(&layouts, "ours");
	assert_string_equal(ours->summary, "mine");
	assert_int_equal(ours->min_cards, 0);
	assert_int_equal(ours->max_cards, 4);
	assert_int_equal(ours->primary_efa, WANT_ANY);
	expect_cards("ours", "PEE");
}

static void an_entry_that_extends_itself_changes_in_place(void **state)
{
	(void)state;
	load_layouts("shipped.json", shipped_layouts);
	load_layouts("site.json",
		     "{\"name\": \"base\", \"extends\": \"base\", \"cards\": [{\"cards\": \"2\", "
		     "\"efa\": false, \"ena\": true}]},\n{\"name\": \"next\", \"extends\": "
		     "\"base\", \"cards\": [{\"cards\": \"3\", \"efa\": false, \"ena\": false}]}");
	assert_int_equal(layouts.n, 3);
	assert_string_equal(layouts.v[0].name, "base");
	assert_string_equal(layouts.v[0].base, "base");
	expect_origin(layouts.v[0].origin, "site.json", 2);
	expect_cards("base", "PENE");
	/* An entry of the same file, as changed, is a base too. */
	expect_cards("next", "PEN.");
	assert_int_equal(layout_find(&layouts, "next")->n_rules, 4);
	expect_origin(layout_find(&layouts, "next")->origin, "site.json", 3);
	/* Another file may change it once more. */
	load_layouts("more.json", "{\"name\": \"base\", \"extends\": \"other\"}");
	expect_cards("base", "EEEE");
	assert_string_equal(layouts.v[0].summary, "another");
}

static void an_entry_without_base_replaces_all_of_it(void **state)
{
	(void)state;
	load_layouts("shipped.json", shipped_layouts);
	load_layouts("site.json", "{\"name\": \"base\", \"summary\": \"new\", \"cards\": "
				  "[{\"cards\": \"1\", \"efa\": true, \"ena\": false}]}");
	expect_cards("base", ".E.");
	assert_int_equal(layouts.v[0].min_cards, 0);
	assert_string_equal(layouts.v[0].base, "");
}

static const char shipped_types[] =
	"{\"name\": \"p.big\", \"cards\": 4, \"max_efa\": 3, \"primary_efa\": false, "
	"\"enis_per_card\": 2,\n \"efa_device\": \"efa2\", \"efa_gbps\": 200, \"accels\": 2, "
	"\"accelerator\": \"neuron\", \"foreign\": 1,\n \"confidence\": \"confirmed\", "
	"\"source\": \"a capture\",\n \"rails\": [\"0000:10:00.0\", \"0000:20:00.0\", "
	"\"0000:30:00.0\"],\n \"neuron_rails\": [\"0000:30:00.0\", \"0000:10:00.0\"]}";

static const struct instance_type *extended(const char *keys)
{
	char text[512];

	load_types("shipped.json", shipped_types);
	text_format(text, sizeof(text), "{\"name\": \"p.new\", \"extends\": \"p.big\"%s}", keys);
	load_types("site.json", text);
	return type_find(&types, "p.new");
}

static void a_type_inherits_every_key(void **state)
{
	const struct instance_type *type = extended("");

	(void)state;
	assert_int_equal(type->cards, 4);
	assert_int_equal(type->max_efa, 3);
	assert_false(type->primary_efa);
	assert_int_equal(type->enis_per_card, 2);
	assert_int_equal(type->efa_device, 0xefa2);
	assert_int_equal(type->efa_gbps, 200);
	assert_int_equal(type->accels, 2);
	assert_int_equal(type->accelerator, ACCEL_NEURON);
	assert_int_equal(type->foreign, 1);
	assert_string_equal(type->confidence, "confirmed");
	assert_string_equal(type->source, "a capture");
	assert_int_equal(type->n_rail_pci, 3);
	assert_int_equal(type->rail_pci[2].bus, 0x30);
	assert_int_equal(type->n_neuron_rails, 2);
	assert_int_equal(type->neuron_rails[0], 2);
	assert_int_equal(type->neuron_rails[1], 0);
	assert_string_equal(type->base, "p.big");
	expect_origin(type->origin, "site.json", 2);
}

static void a_type_replaces_the_keys_that_it_gives(void **state)
{
	const struct instance_type *type = extended(
		", \"primary_efa\": true, \"enis_per_card\": 1, \"efa_device\": \"efaf\", "
		"\"efa_gbps\": 400, \"foreign\": 0, \"confidence\": \"inferred\", \"source\": "
		"\"ours\", \"neuron_rails\": [\"0000:20:00.0\", \"0000:20:00.0\"]");

	(void)state;
	assert_true(type->primary_efa);
	assert_int_equal(type->enis_per_card, 1);
	assert_int_equal(type->efa_device, 0xefaf);
	assert_int_equal(type->efa_gbps, 400);
	assert_int_equal(type->foreign, 0);
	assert_string_equal(type->confidence, "inferred");
	assert_string_equal(type->source, "ours");
	assert_int_equal(type->neuron_rails[0], 1);
	assert_int_equal(type->neuron_rails[1], 1);
	assert_int_equal(type->n_rail_pci, 3);
}

/* Addresses that the new numbers make wrong are not inherited. */
static void stale_tables_are_dropped(void **state)
{
	static const struct {
		const char *keys;
		size_t n_rails, n_neuron_rails;
		int accelerator;
	} cases[] = {
		{", \"cards\": 5", 3, 2, ACCEL_NEURON},
		{", \"max_efa\": 3", 3, 2, ACCEL_NEURON},
		{", \"max_efa\": 2", 0, 0, ACCEL_NEURON},
		{", \"accels\": 4", 3, 0, ACCEL_NEURON},
		{", \"accels\": 0", 3, 0, -1},
		{", \"accelerator\": \"nvidia\"", 3, 0, ACCEL_NVIDIA},
		{", \"max_efa\": 2, \"rails\": [\"0000:20:00.0\", \"0000:30:00.0\"]", 2, 0,
		 ACCEL_NEURON},
		{", \"rails\": [\"0000:10:00.0\", \"0000:20:00.0\", \"0000:30:00.0\"]", 3, 0,
		 ACCEL_NEURON},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct instance_type *type = extended(cases[i].keys);

		print_message("%s\n", cases[i].keys);
		assert_int_equal(type->n_rail_pci, cases[i].n_rails);
		assert_int_equal(type->n_neuron_rails, cases[i].n_neuron_rails);
		assert_int_equal(type->accelerator, cases[i].accelerator);
	}
}

static void a_shipped_type_changes_in_place(void **state)
{
	const struct instance_type *type;

	(void)state;
	load_types("shipped.json", shipped_types);
	load_types("more.json", "{\"name\": \"q.big\", \"extends\": \"p.big\"}");
	load_types("site.json", "{\"name\": \"p.big\", \"extends\": \"p.big\", \"max_efa\": 1}");
	assert_int_equal(types.n, 2);
	type = &types.v[0];
	assert_string_equal(type->name, "p.big");
	assert_int_equal(type->max_efa, 1);
	assert_int_equal(type->cards, 4);
	assert_int_equal(type->n_rail_pci, 0);
	expect_origin(type->origin, "site.json", 2);
	assert_int_equal(types.v[1].max_efa, 3);
}

static void the_end_of_a_long_path_is_kept(void **state)
{
	char name[256] = "";

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		text_append(name, sizeof(name), "directory/");
	text_append(name, sizeof(name), "site.json");
	load_layouts(name, shipped_layouts);
	assert_int_equal(strlen(layouts.v[0].origin), ORIGIN_TEXT - 1);
	assert_non_null(strstr(layouts.v[0].origin, "directory/directory/site.json:2"));
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
		T(own_rules_come_after_the_base_s),
		T(own_bounds_and_summary_replace_the_base_s),
		T(an_entry_that_extends_itself_changes_in_place),
		T(an_entry_without_base_replaces_all_of_it),
		T(a_type_inherits_every_key),
		T(a_type_replaces_the_keys_that_it_gives),
		T(stale_tables_are_dropped),
		T(a_shipped_type_changes_in_place),
		T(the_end_of_a_long_path_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
