/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "layout.h"

#define ALL "{\"cards\": \"all\", \"efa\": true, \"ena\": false}"
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
	expect_fit("ena-primary", "hpc7a.96xlarge", NULL);
	expect_fit("efa-only", "hpc6id.32xlarge", NULL);
	expect_fit("ena-primary", "hpc6id.32xlarge",
		   "layout ena-primary has two interfaces on network card 0, a card of a "
		   "hpc6id.32xlarge can have one");
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
		T(refuses_malformed_types),
		T(types_are_replaced_by_name_and_kept_on_failure),
		T(shipped_types_have_the_known_numbers),
		T(layouts_fit_where_the_hardware_allows),
		T(every_shipped_layout_fits_some_shipped_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
