/* SPDX-License-Identifier: Apache-2.0 */
/* Each shipped layout is found on exactly the nodes that have it, of every shipped instance type.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "layout_match.h"
#include "text.h"

static struct layout_set layouts;
static struct type_set types;
static struct inventory inv;

/*
 * A node is a text with a letter for each card: P an interface of type efa (both functions, one
 * MAC), B plain ENA with an efa-only beside it, E efa-only, N plain ENA, "." nothing.
 */
#define NODE_TEXT (LAYOUT_CARDS_MAX + 1)

static void add_eni(unsigned card, int device, bool efa, bool ena)
{
	struct mac mac = {{2, 0, 0, (uint8_t)device, 0, (uint8_t)card}};
	struct eni *eni = &inv.facts.enis[inv.facts.n_enis++];

	*eni = (struct eni){.mac = mac, .card_index = (int)card, .device_index = device};
	text_format(eni->id, sizeof(eni->id), "eni-0000000%x%02x", (unsigned)device, card);
	eni->has_ip = ena;
	if (efa)
		inv.rails[inv.n_rails++] = (struct rail){
			.pci = {.bus = (uint8_t)card, .slot = 1},
			.stage = RAIL_USABLE,
			.has_mac = true,
			.mac = mac,
		};
	if (ena)
		inv.enas[inv.n_enas++] = (struct ena){
			.pci = {.bus = (uint8_t)card},
			.has_mac = true,
			.mac = mac,
		};
}

static void build(const char *node, bool with_facts)
{
	static const struct eni_facts none;

	memset(&inv, 0, sizeof(inv));
	inv.facts.known = true;
	for (unsigned card = 0; node[card]; card++) {
		if (strchr("PN", node[card]))
			add_eni(card, 0, node[card] == 'P', true);
		else if (node[card] == 'B')
			add_eni(card, 0, false, true);
		if (strchr("BE", node[card]))
			add_eni(card, node[card] == 'B', true, false);
	}
	inventory_join(&inv, with_facts ? &inv.facts : &none);
}

/* The node that a layout asks for. */
static void ask(const struct layout *layout, unsigned n_cards, char node[NODE_TEXT])
{
	struct card_want want[LAYOUT_CARDS_MAX];

	layout_expand(layout, n_cards, want);
	for (unsigned i = 0; i < n_cards; i++) {
		bool efa = want[i].efa == WANT_YES, ena = want[i].ena == WANT_YES;

		assert_true(want[i].efa != WANT_ANY && want[i].ena != WANT_ANY);
		if (efa && ena)
			assert_true(want[i].paired != WANT_ANY);
		node[i] = efa && ena ? (want[i].paired == WANT_YES ? 'P' : 'B')
			  : efa	     ? 'E'
			  : ena	     ? 'N'
				     : '.';
	}
	node[n_cards] = '\0';
}

static void recognized(const struct instance_type *type, char *names, size_t size)
{
	const char *found[LAYOUTS_MAX];
	const struct layout *nearest;
	size_t n = layout_recognize(&layouts, type, &inv, found, LAYOUTS_MAX, &nearest);

	names[0] = '\0';
	for (size_t i = 0; i < n; i++)
		text_append(names, size, "%s%s", i ? " " : "", found[i]);
	if (n)
		assert_string_equal(nearest->name, found[0]);
}

static unsigned count(const char *node, const char *letters)
{
	unsigned n = 0;

	for (; *node; node++)
		n += strchr(letters, *node) != NULL;
	return n;
}

/* Without metadata nothing but numbers of functions and pairs tells nodes apart. */
static bool alike(const char *a, const char *b, bool with_facts)
{
	if (with_facts || strlen(a) == 1)
		return strcmp(a, b) == 0;
	return count(a, "PBE") == count(b, "PBE") && count(a, "PBN") == count(b, "PBN") &&
	       count(a, "P") == count(b, "P");
}

/* Those of all layouts that fit the type and ask for a node like this one. */
static void expected_names(const struct instance_type *type, const char *node, bool with_facts,
			   char *names, size_t size)
{
	names[0] = '\0';
	for (size_t i = 0; i < layouts.n; i++) {
		char other[NODE_TEXT];

		if (layout_fits(&layouts.v[i], type, NULL))
			continue;
		ask(&layouts.v[i], type->cards, other);
		if (alike(node, other, with_facts))
			text_append(names, size, "%s%s", names[0] ? " " : "", layouts.v[i].name);
	}
}

static void check(const struct layout *layout, const struct instance_type *type, bool with_facts)
{
	char node[NODE_TEXT], expected[512], found[512];

	ask(layout, type->cards, node);
	build(node, with_facts);
	expected_names(type, node, with_facts, expected, sizeof(expected));
	recognized(type, found, sizeof(found));
	assert_non_null(strstr(expected, layout->name));
	if (strcmp(expected, found) != 0)
		fail_msg("%s on %s, %s facts: expected \"%s\", found \"%s\"", layout->name,
			 type->name, with_facts ? "with" : "without", expected, found);
}

static void every_layout_is_found_on_every_type_that_can_have_it(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < types.n; i++) {
		for (size_t j = 0; j < layouts.n; j++) {
			if (layout_fits(&layouts.v[j], &types.v[i], NULL))
				continue;
			check(&layouts.v[j], &types.v[i], true);
			check(&layouts.v[j], &types.v[i], false);
			n++;
		}
	}
	assert_true(n > 1000);
}

/* "P1E31" is one P and 31 E. */
static void spell(const char *runs, char node[NODE_TEXT])
{
	size_t n = 0;

	while (*runs) {
		char letter = *runs++;
		char *end;

		for (unsigned long left = strtoul(runs, &end, 10); left; left--)
			node[n++] = letter;
		runs = end;
	}
	node[n] = '\0';
}

/* What was typed in from AWS's recommendations and from captures, not derived from the layouts. */
static void known_nodes_have_these_layouts(void **state)
{
	static const struct {
		const char *type, *node, *names;
	} cases[] = {
		{"p5.48xlarge", "P32", "all-efa"},
		{"p5.48xlarge", "P1E31", "efa-only"},
		{"p5.48xlarge", "B1E31", "ena-primary"},
		{"p5.48xlarge", "P1E3P1E3P1E3P1E3P1E3P1E3P1E3P1E3", "efa-every-4th"},
		{"p5.48xlarge", "B1E3B1E3B1E3B1E3B1E3B1E3B1E3B1E3", "ena-every-4th"},
		{"p5.48xlarge", "N1E31", ""},
		{"p5.48xlarge", "E32", ""},
		{"p5.48xlarge", "P1E30P1", ""},
		{"p5.48xlarge", "P1", ""},
		{"p5en.48xlarge", "P1E15", "efa-only"},
		{"p5en.48xlarge", "B16", ""},
		{"p4d.24xlarge", "P4", "all-efa"},
		{"p4d.24xlarge", "P1E3", "efa-only"},
		{"p4d.24xlarge", "B1E3", "ena-primary"},
		{"p6-b200.48xlarge", "P1E3P1E3", "efa-every-4th"},
		{"p6-b300.48xlarge", "N1E16", "ena-primary-only"},
		{"p6-b300.48xlarge", "N1E1P1E1P1E1P1E1P1E1P1E1P1E1P1E1P1", "gb200-alternating"},
		{"p6-b300.48xlarge", "N1P16", ""},
		{"p6-b300.48xlarge", "N1E15", ""},
		{"p6e-gb200.36xlarge", "N1E1P1E1P1E1P1E1P1E1P1E1P1E1P1E1P1", "gb200-alternating"},
		{"p6e-gb200.36xlarge", "N1E16", "ena-primary-only"},
		{"p6e-gb200.36xlarge", "N1P1E1P1E1P1E1P1E1P1E1P1E1P1E1P1E1", ""},
		{"trn1.32xlarge", "P8", "all-efa"},
		{"hpc7a.96xlarge", "P2", "all-efa"},
		{"hpc7a.96xlarge", "P1E1", "efa-only"},
		{"hpc7a.96xlarge", "B1E1", "ena-primary"},
		/* One interface on each card: what would need two is not on offer. */
		{"hpc6id.32xlarge", "P1E1", "efa-only"},
		{"hpc6id.32xlarge", "B1E1", ""},
		{"hpc6a.48xlarge", "P1", "all-efa efa-only single"},
		{"hpc6a.48xlarge", "B1", "ena-primary"},
		{"hpc6a.48xlarge", "N1", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char node[NODE_TEXT], found[512];

		print_message("%s %s\n", cases[i].type, cases[i].node);
		spell(cases[i].node, node);
		build(node, true);
		recognized(type_find(&types, cases[i].type), found, sizeof(found));
		assert_string_equal(found, cases[i].names);
	}
}

static void all_that_were_promised_are_there(void **state)
{
	static const char *const names[] = {
		"all-efa",	 "efa-only",	  "ena-primary",       "ena-primary-only",
		"efa-every-4th", "ena-every-4th", "gb200-alternating", "single",
	};

	(void)state;
	assert_int_equal(layouts.n, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < layouts.n; i++)
		assert_string_equal(layouts.v[i].name, names[i]);
}

static int load_data(void **state)
{
	struct err err = {""};

	(void)state;
	if (!layout_set_load(&layouts, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err) &&
	    !type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err))
		return 0;
	print_error("%s\n", err.text);
	return -1;
}

static int free_data(void **state)
{
	(void)state;
	type_set_done(&types);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_were_promised_are_there),
		cmocka_unit_test(known_nodes_have_these_layouts),
		cmocka_unit_test(every_layout_is_found_on_every_type_that_can_have_it),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
