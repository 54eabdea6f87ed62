/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "eni_facts.h"
#include "layout_match.h"

static struct layout_set layouts;
static struct type_set types;
static struct inventory inv;
static struct layout_diff diff;

static void must(int r, const struct err *err)
{
	if (r)
		fail_msg("%s", err->text);
}

/* One difference as text: kind, card, expected/found, what was found, address. */
static void describe(const struct card_diff *d, char *buf, size_t size)
{
	static const char *const kinds[] = {
		[DIFF_EFA_MISSING] = "efa-missing",
		[DIFF_EFA_EXTRA] = "efa-extra",
		[DIFF_ENA_MISSING] = "ena-missing",
		[DIFF_ENA_EXTRA] = "ena-extra",
		[DIFF_DEVICE_INDEX] = "index",
		[DIFF_PAIRING] = "pairing",
		[DIFF_INVISIBLE] = "invisible",
		[DIFF_EFA_COUNT] = "efa-count",
		[DIFF_ENA_COUNT] = "ena-count",
		[DIFF_SWAPPED] = "swapped",
		[DIFF_KIND] = "kind",
		[DIFF_PRIMARY_ENA] = "primary-ena",
	};
	char pci[PCI_ADDR_TEXT];

	text_append(buf, size, "%s%s", buf[0] ? "; " : "", kinds[d->kind]);
	if (d->card_index >= 0)
		text_append(buf, size, " card %d", d->card_index);
	if (d->other_card >= 0)
		text_append(buf, size, " and %d", d->other_card);
	if (d->expected >= 0 || d->found >= 0)
		text_append(buf, size, " %d/%d", d->expected, d->found);
	if (d->rail >= 0)
		text_append(buf, size, " rail %d", d->rail);
	if (d->ena >= 0)
		text_append(buf, size, " %s", inv.enas[d->ena].netdev);
	if (d->has_pci)
		text_append(buf, size, " at %s", pci_addr_format(&d->pci, pci));
}

static void expect_diff(const char *layout, const char *expected)
{
	char found[4096] = "";

	layout_match(layout_find(&layouts, layout), type_find(&types, inv.instance_type), &inv,
		     &diff);
	for (size_t i = 0; i < diff.n; i++)
		describe(&diff.v[i], found, sizeof(found));
	assert_string_equal(diff.layout, layout);
	assert_string_equal(found, expected);
}

/* Read a node of make-node, with its facts if it has any. */
static void load_node(const char *words)
{
	static struct eni_facts facts;
	struct err err = {""};

	tree_make(words);
	must(inventory_scan(tree, &inv, &err), &err);
	memset(&facts, 0, sizeof(facts));
	if (!strstr(words, "--no-facts"))
		must(eni_facts_load(tree_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER,
				    inv.boot_id, &facts, &err),
		     &err);
	inventory_join(&inv, &facts);
}

/* Names of all exact matches and the nearest layout. */
static void expect_recognized(const char *names, const char *nearest)
{
	const char *found[8];
	char text[256] = "";
	const struct layout *near;
	size_t n = layout_recognize(&layouts, type_find(&types, inv.instance_type), &inv, found, 8,
				    &near);

	for (size_t i = 0; i < n; i++)
		text_append(text, sizeof(text), "%s%s", i ? ", " : "", found[i]);
	assert_string_equal(text, names);
	assert_string_equal(near ? near->name : "none", nearest);
}

static void expect_node(const char *words, const char *names, const char *nearest)
{
	char without[256];

	load_node(words);
	expect_recognized(names, nearest);
	text_format(without, sizeof(without), "%s --no-facts", words);
	load_node(without);
	expect_recognized(names, nearest);
}

static void healthy_nodes_have_exactly_their_layout(void **state)
{
	(void)state;
	expect_node("p5.48xlarge all-efa", "all-efa", "all-efa");
	expect_node("p5.48xlarge efa-only", "efa-only", "efa-only");
	expect_node("p5.48xlarge ena-primary", "ena-primary", "ena-primary");
	expect_node("p5.48xlarge efa-every-4th", "efa-every-4th", "efa-every-4th");
	expect_node("p5en.48xlarge efa-only", "efa-only", "efa-only");
	expect_node("p4d.24xlarge all-efa", "all-efa", "all-efa");
	expect_node("p4d.24xlarge efa-only", "efa-only", "efa-only");
	expect_node("p4d.24xlarge ena-primary", "ena-primary", "ena-primary");
	expect_node("p6-b300.48xlarge ena-primary-only", "ena-primary-only", "ena-primary-only");
	/* With one card these are the same. */
	expect_node("c5n.18xlarge all-efa", "all-efa, efa-only, single", "all-efa");
	expect_node("c5n.18xlarge ena-primary", "ena-primary", "ena-primary");
	expect_node("c6i.4xlarge none", "", "none");
}

/* The node without rail number i, as if its function were not there. */
static void lose_rail(const struct inventory *healthy, size_t i, bool facts)
{
	static const struct eni_facts none;

	inv = *healthy;
	inv.n_rails--;
	memmove(&inv.rails[i], &inv.rails[i + 1], (inv.n_rails - i) * sizeof(inv.rails[0]));
	inventory_join(&inv, facts ? &healthy->facts : &none);
}

static void check_missing(const char *layout, unsigned rail, bool facts)
{
	/* The card of each rail of a switch: see SHUFFLE in make-node. */
	static const unsigned order[] = {0, 2, 1, 3};
	const struct card_diff *entry = &diff.v[0];

	expect_recognized("", layout);
	layout_match(layout_find(&layouts, layout), type_find(&types, "p5.48xlarge"), &inv, &diff);
	assert_int_equal(diff.basis == BASIS_CARDS, facts);
	assert_int_equal(diff.rails_want, 32);
	assert_int_equal(diff.n_cards, 32);
	assert_int_equal(diff.n, 1);
	assert_true(entry->has_pci);
	assert_int_equal(entry->pci.bus, 0x4f + 0x11 * (rail / 4) + rail % 4);
	if (facts) {
		assert_int_equal(entry->card_index, rail / 4 * 4 + order[rail % 4]);
	} else {
		assert_int_equal(entry->kind, DIFF_EFA_COUNT);
		assert_int_equal(entry->expected, 32);
		assert_int_equal(entry->found, 31);
	}
}

static void every_missing_rail_is_found(void **state)
{
	static const char *const names[] = {"all-efa", "efa-only", "ena-primary"};
	static struct inventory healthy;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char words[96];

		text_format(words, sizeof(words), "p5.48xlarge %s", names[i]);
		load_node(words);
		healthy = inv;
		for (unsigned rail = 0; rail < 32; rail++) {
			lose_rail(&healthy, rail, true);
			check_missing(names[i], rail, true);
			lose_rail(&healthy, rail, false);
			/* efa-only without its first EFA looks, without metadata, like
			 * ena-primary without any of its own, which is likelier. */
			if (i == 1 && rail == 0)
				expect_recognized("", "ena-primary");
			else
				check_missing(names[i], rail, false);
		}
	}
}

static void damage_is_named_by_card(void **state)
{
	static const struct {
		const char *node, *layout, *diff;
	} cases[] = {
		/* Its interface is in the metadata and shows nothing. */
		{"p4d.24xlarge efa-only --missing 2", "efa-only",
		 "invisible card 2 at 0000:90:1b.0"},
		/* The ENA half is still there. */
		{"p4d.24xlarge all-efa --missing 2", "all-efa",
		 "efa-missing card 2 ens129 at 0000:90:1b.0"},
		{"p4d.24xlarge efa-only --missing 0", "efa-only",
		 "efa-missing card 0 ens32 at 0000:10:1b.0"},
		{"p4d.24xlarge ena-primary --missing 0", "ena-primary",
		 "invisible card 0 at 0000:10:1b.0"},
		{"p4d.24xlarge efa-only --detached 3", "efa-only",
		 "efa-missing card 3 at 0000:a0:1b.0"},
		/* Several missing: nothing tells which address belongs to which card. */
		{"p4d.24xlarge efa-only --missing 1 --missing 3", "efa-only",
		 "invisible card 1; invisible card 3"},
		{"p4d.24xlarge all-efa --no-ena 1", "all-efa", "ena-missing card 1 rail 1"},
		{"p4d.24xlarge all-efa --no-ena 1 --missing 1", "all-efa",
		 "invisible card 1 at 0000:20:1b.0"},
		{"p4d.24xlarge efa-only --extra-ena 2", "efa-only", "ena-extra card 2 ens129"},
		{"p4d.24xlarge efa-only --swap 0 2", "efa-only", "swapped card 0 and 2"},
		{"p5.48xlarge efa-every-4th --swap 4 5", "efa-every-4th", "swapped card 4 and 5"},
		{"p5.48xlarge efa-every-4th --swap 4 5 --swap 0 31", "efa-every-4th",
		 "swapped card 0 and 5; swapped card 4 and 31"},
		{"p4d.24xlarge efa-only --no-ena 0", "efa-only", "primary-ena card 0 rail 0"},
		{"p4d.24xlarge ena-primary --no-ena 0", "ena-primary", "primary-ena card 0"},
		/* Without GID the rail is there all the same, and mostly nothing else is left. */
		{"p4d.24xlarge efa-only --unbound 2", "efa-only", ""},
		{"p4d.24xlarge efa-only --no-gid 0", "efa-only", ""},
		{"p4d.24xlarge all-efa --unbound 1 --unbound 3", "all-efa", ""},
		{"p4d.24xlarge ena-primary --unbound 0", "ena-primary", ""},
		{"p4d.24xlarge efa-only --unbound 2 --missing 3", "efa-only",
		 "efa-count 4/3 at 0000:a0:1b.0"},
		{"p4d.24xlarge all-efa --unbound 2 --no-ena 2", "all-efa", "ena-missing card 2"},
		/* Other layouts than the node's. */
		{"p4d.24xlarge efa-only", "all-efa",
		 "ena-missing card 1 rail 1; ena-missing card 2 rail 2; ena-missing card 3 rail 3"},
		{"p4d.24xlarge all-efa", "efa-only",
		 "ena-extra card 1 ens65; ena-extra card 2 ens129; ena-extra card 3 ens161"},
		{"p4d.24xlarge efa-only", "ena-primary", "pairing card 0 0/1 rail 0 ens32"},
		{"p4d.24xlarge ena-primary", "efa-only", "pairing card 0 1/0 rail 0 ens32"},
		{"p4d.24xlarge efa-only", "ena-primary-only", "efa-extra card 0 rail 0"},
		{"p4d.24xlarge efa-only --unbound 0", "ena-primary-only",
		 "efa-extra card 0 rail 0"},
		{"p4d.24xlarge ena-primary --unbound 0", "ena-primary-only",
		 "efa-extra card 0 rail 0"},
		/* One card needs no facts. */
		{"c5n.18xlarge all-efa --no-facts", "ena-primary",
		 "pairing card 0 0/1 rail 0 ens5"},
		{"c5n.18xlarge all-efa --no-facts --missing 0", "single",
		 "efa-missing card 0 ens5"},
		{"c5n.18xlarge all-efa --no-facts --unbound 0", "single", ""},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s as %s\n", cases[i].node, cases[i].layout);
		load_node(cases[i].node);
		expect_diff(cases[i].layout, cases[i].diff);
		assert_int_equal(diff.basis, BASIS_CARDS);
	}
}

static void damage_is_counted_without_cards(void **state)
{
	static const struct {
		const char *node, *layout, *diff;
	} cases[] = {
		{"p4d.24xlarge efa-only --missing 2", "efa-only", "efa-count 4/3 at 0000:90:1b.0"},
		{"p4d.24xlarge efa-only --missing 1 --missing 2", "efa-only", "efa-count 4/2"},
		{"p4d.24xlarge efa-only --missing 0", "efa-only", "efa-count 4/3 at 0000:10:1b.0"},
		{"p4d.24xlarge all-efa --no-ena 1", "all-efa", "ena-count 4/3"},
		{"p4d.24xlarge efa-only --extra-ena 1", "efa-only", "ena-count 1/2"},
		{"p4d.24xlarge efa-only --unbound 0", "efa-only", ""},
		{"p4d.24xlarge efa-only --no-gid 0", "efa-only", ""},
		{"p4d.24xlarge ena-primary", "efa-only", "pairing 1/0"},
		{"p4d.24xlarge efa-only", "ena-primary", "pairing 0/1"},
		{"p4d.24xlarge all-efa", "efa-only", "ena-count 1/4"},
		{"p4d.24xlarge efa-only", "all-efa", "ena-count 4/1"},
		{"p4d.24xlarge efa-only", "ena-primary-only", "efa-count 3/4"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char words[128];

		print_message("%s as %s\n", cases[i].node, cases[i].layout);
		text_format(words, sizeof(words), "%s --no-facts", cases[i].node);
		load_node(words);
		expect_diff(cases[i].layout, cases[i].diff);
		assert_int_not_equal(diff.basis, BASIS_CARDS);
	}
}

static void the_nearest_layout_is_the_likely_one(void **state)
{
	static const char *const cases[][2] = {
		{"p5.48xlarge efa-only --missing 0", "efa-only"},
		{"p5.48xlarge ena-primary --missing 0", "ena-primary"},
		{"p5.48xlarge ena-primary --missing 9 --no-facts", "ena-primary"},
		{"p5.48xlarge efa-only --missing 9 --no-facts", "efa-only"},
		{"p5.48xlarge all-efa --missing 9 --no-ena 3 --no-facts", "all-efa"},
		{"p5.48xlarge all-efa --no-ena 3 --no-facts", "all-efa"},
		{"p5.48xlarge efa-every-4th --detached 8", "efa-every-4th"},
		{"p5.48xlarge efa-only --swap 0 5", "efa-only"},
		{"p6-b300.48xlarge ena-primary-only --missing 3", "ena-primary-only"},
		{"p6-b300.48xlarge ena-primary-only --missing 3 --no-facts", "ena-primary-only"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i][0]);
		load_node(cases[i][0]);
		expect_recognized("", cases[i][1]);
	}
}

static void an_unknown_type_is_matched_by_what_is_there(void **state)
{
	(void)state;
	load_node("p4d.24xlarge efa-only");
	text_format(inv.instance_type, sizeof(inv.instance_type), "x9.huge");
	expect_recognized("efa-only", "efa-only");
	expect_diff("efa-only", "");
	assert_int_equal(diff.n_cards, 4);
	/* The metadata still names what is missing, but no table says where. */
	load_node("p4d.24xlarge efa-only --missing 2");
	text_format(inv.instance_type, sizeof(inv.instance_type), "x9.huge");
	expect_diff("efa-only", "invisible card 2");
	/* Without a table the empty port of its switch says where, other switches' say nothing. */
	load_node("p5.48xlarge efa-only --missing 2");
	text_format(inv.instance_type, sizeof(inv.instance_type), "x9.huge");
	expect_diff("efa-only", "invisible card 1 at 0000:51:00.0");
	/* Without metadata nothing can be missing. */
	load_node("p4d.24xlarge efa-only --missing 2 --no-facts");
	text_format(inv.instance_type, sizeof(inv.instance_type), "x9.huge");
	expect_recognized("efa-only", "efa-only");
	expect_diff("efa-only", "");
	assert_int_equal(diff.n_cards, 3);
	load_node("c6i.4xlarge none --no-facts");
	expect_recognized("", "none");
	expect_diff("all-efa", "efa-count 1/0");
}

static void an_invisible_interface_on_a_node_without_efa_is_no_silence(void **state)
{
	(void)state;
	load_node("p4d.24xlarge efa-only --missing 0 --missing 1 --missing 2 --missing 3");
	expect_recognized("", "efa-only");
	load_node("c5n.18xlarge all-efa --missing 0");
	expect_recognized("", "none");
}

static void facts_with_two_efa_functions_on_a_card_are_not_used(void **state)
{
	(void)state;
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < inv.facts.n_enis; i++)
		inv.facts.enis[i].card_index = 0;
	inventory_join(&inv, &inv.facts);
	expect_diff("efa-only", "");
	assert_int_not_equal(diff.basis, BASIS_CARDS);
	expect_recognized("efa-only", "efa-only");
}

static void device_indexes_are_compared_where_a_layout_has_them(void **state)
{
	struct layout old = *layout_find(&layouts, "all-efa");
	const struct instance_type *type = type_find(&types, "p4d.24xlarge");

	(void)state;
	load_node("p4d.24xlarge all-efa"); /* device 0 on card 0, 1 on all others */
	old.rules[0].efa_device_index = 1;
	old.rules[0].ena_device_index = 1;
	layout_match(&old, type, &inv, &diff);
	assert_int_equal(diff.n, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(diff.v[i].kind, DIFF_DEVICE_INDEX);
		assert_int_equal(diff.v[i].card_index, 0);
		assert_int_equal(diff.v[i].expected, 1);
		assert_int_equal(diff.v[i].found, 0);
		assert_string_equal(diff.v[i].eni_id, "eni-0efa0000000000000");
	}
	assert_int_equal(diff.v[0].rail, 0);
	assert_int_equal(diff.v[1].ena, 0);
}

static void any_is_right_either_way(void **state)
{
	struct layout any = *layout_find(&layouts, "efa-only");
	const struct instance_type *type = type_find(&types, "p4d.24xlarge");
	static const char *const nodes[] = {
		"p4d.24xlarge efa-only",
		"p4d.24xlarge all-efa",
		"p4d.24xlarge efa-only --extra-ena 2",
		"p4d.24xlarge efa-only --extra-ena 2 --no-facts",
		"p4d.24xlarge all-efa --no-facts",
	};

	(void)state;
	any.rules[1].ena = WANT_ANY;
	for (unsigned i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		load_node(nodes[i]);
		layout_match(&any, type, &inv, &diff);
		assert_int_equal(diff.n, 0);
	}
	any.rules[1].efa = WANT_ANY;
	load_node("p4d.24xlarge efa-only --unbound 2 --detached 3");
	layout_match(&any, type, &inv, &diff);
	assert_int_equal(diff.n, 0);
	assert_int_equal(diff.rails_want, 1);
}

static void missing_addresses_come_from_the_table(void **state)
{
	struct pci_addr pci[TYPE_RAILS_MAX];
	const struct instance_type *type = type_find(&types, "p4d.24xlarge");

	(void)state;
	load_node("p4d.24xlarge efa-only --missing 1 --missing 3");
	assert_int_equal(layout_missing_pci(type, &inv, pci), 2);
	assert_int_equal(pci[0].bus, 0x20);
	assert_int_equal(pci[1].bus, 0xa0);
	assert_int_equal(layout_missing_pci(NULL, &inv, pci), 0);
	assert_int_equal(layout_missing_pci(type_find(&types, "p5e.48xlarge"), &inv, pci), 0);
	/* An EFA function elsewhere: the table is not this node's. */
	inv.rails[0].pci.slot = 3;
	assert_int_equal(layout_missing_pci(type, &inv, pci), 0);
	expect_diff("efa-only", "invisible card 1; invisible card 3");
}

static void the_result_has_room_for_no_more_names_than_asked(void **state)
{
	const char *names[1] = {NULL};
	const struct layout *nearest;

	(void)state;
	load_node("c5n.18xlarge all-efa");
	assert_int_equal(layout_recognize(&layouts, type_find(&types, "c5n.18xlarge"), &inv, names,
					  1, &nearest),
			 1);
	assert_string_equal(names[0], "all-efa");
	assert_int_equal(layout_recognize(&(struct layout_set){0}, NULL, &inv, names, 1, &nearest),
			 0);
	assert_null(nearest);
}

static int load_data(void **state)
{
	struct err err = {""};

	(void)state;
	must(layout_set_load(&layouts, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err), &err);
	must(type_set_load(&types, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY, &err),
	     &err);
	return 0;
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
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(healthy_nodes_have_exactly_their_layout),
		T(every_missing_rail_is_found),
		T(damage_is_named_by_card),
		T(damage_is_counted_without_cards),
		T(the_nearest_layout_is_the_likely_one),
		T(an_unknown_type_is_matched_by_what_is_there),
		T(an_invisible_interface_on_a_node_without_efa_is_no_silence),
		T(facts_with_two_efa_functions_on_a_card_are_not_used),
		T(device_indexes_are_compared_where_a_layout_has_them),
		T(any_is_right_either_way),
		T(missing_addresses_come_from_the_table),
		T(the_result_has_room_for_no_more_names_than_asked),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
