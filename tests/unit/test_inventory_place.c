/* SPDX-License-Identifier: Apache-2.0 */
/* Where rails belong whose GID does not say so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "eni_facts.h"
#include "inventory.h"

static struct inventory inv;

/* What is found of a node, as one text: each rail that was placed otherwise than by its MAC. */
static const char *places(const char *words)
{
	static const char *const how[] = {"lost", "mac", "pci", "left"};
	static char text[512];
	static struct eni_facts facts;
	struct err err = {""};

	tree_make(words);
	if (inventory_scan(tree, &inv, &err))
		fail_msg("%s", err.text);
	memset(&facts, 0, sizeof(facts));
	if (!strstr(words, "--no-facts") &&
	    eni_facts_load(tree_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER, inv.boot_id,
			   &facts, &err))
		fail_msg("%s", err.text);
	inventory_join(&inv, &facts);
	text[0] = '\0';
	for (size_t i = 0; i < inv.n_rails; i++) {
		const struct rail *rail = &inv.rails[i];

		if (rail->place != PLACE_MAC)
			text_append(text, sizeof(text), "%s%zu %s card %d ena %d",
				    text[0] ? "; " : "", i, how[rail->place], rail->card_index,
				    rail->ena);
	}
	return text;
}

static void nothing_is_guessed(void **state)
{
	static const char *const cases[][2] = {
		/* Two rails, two interfaces: either could be the other's. */
		{"p5.48xlarge efa-only --no-gid 1 --no-gid 9",
		 "1 lost card -1 ena -1; 9 lost card -1 ena -1"},
		/* Two on one switch, one ENA function: either could be its other half. */
		{"p5.48xlarge efa-only --no-gid 0 --no-gid 1",
		 "0 lost card -1 ena -1; 1 lost card -1 ena -1"},
		/* The rail near the ENA function, or the one whose function is gone? */
		{"p5.48xlarge efa-only --no-gid 0 --missing 9", "0 lost card -1 ena -1"},
		{"p5.48xlarge efa-only --no-gid 3 --missing 9", "3 lost card -1 ena -1"},
		/* Two pairs on one switch have lost their GIDs. */
		{"p5.48xlarge all-efa --no-gid 0 --no-gid 1",
		 "0 lost card -1 ena -1; 1 lost card -1 ena -1"},
		/* Is the ENA function its other half, or a plain interface? Only facts could tell.
		 */
		{"p5.48xlarge ena-primary --no-gid 1 --no-facts", "1 lost card -1 ena -1"},
		{"p4d.24xlarge ena-primary --no-gid 0 --no-facts", "0 lost card -1 ena -1"},
		{"c5n.18xlarge all-efa --no-gid 0 --no-facts", "0 lost card -1 ena -1"},
		/* Nothing is known of cards without facts. */
		{"p5.48xlarge efa-only --no-gid 5 --no-facts", "5 lost card -1 ena -1"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i][0]);
		assert_string_equal(places(cases[i][0]), cases[i][1]);
	}
}

static void the_only_answer_is_taken(void **state)
{
	static const char *const cases[][2] = {
		{"p5.48xlarge efa-only", ""},
		/* One host bridge a card: the ENA function there is its other half. */
		{"p4d.24xlarge all-efa --no-gid 2", "2 pci card 2 ena 2"},
		{"p4d.24xlarge all-efa --unbound 1 --no-rdma 3",
		 "1 pci card 1 ena 1; 3 pci card 3 ena 3"},
		{"p4d.24xlarge efa-only --no-gid 0", "0 pci card 0 ena 0"},
		/* Two interfaces on the card: the one that is left. */
		{"p4d.24xlarge ena-primary --no-gid 0", "0 pci card 0 ena -1"},
		/* A switch with four pairs, three of them known; see SHUFFLE in make-node. */
		{"p5.48xlarge all-efa --no-gid 9", "9 pci card 10 ena 10"},
		{"p5.48xlarge all-efa --no-gid 9 --no-gid 21",
		 "9 pci card 10 ena 10; 21 pci card 22 ena 22"},
		{"p5.48xlarge efa-only --no-gid 0", "0 pci card 0 ena 0"},
		/* No ENA function near it: the interface that is left. */
		{"p5.48xlarge efa-only --no-gid 31", "31 left card 31 ena -1"},
		{"p5.48xlarge efa-only --unbound 3", "3 left card 3 ena -1"},
		{"p5.48xlarge ena-primary --no-gid 0", "0 pci card 0 ena -1"},
		{"p6-b300.48xlarge ena-primary-only --no-gid 7", "7 left card 8 ena -1"},
		/* Without facts it is a pair, but on which card nobody knows. */
		{"p4d.24xlarge all-efa --no-gid 2 --no-facts", "2 pci card -1 ena 2"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i][0]);
		assert_string_equal(places(cases[i][0]), cases[i][1]);
	}
}

/* The facts know of the rail, too: its interface is no longer one that nothing accounts for. */
static void the_interface_is_accounted_for(void **state)
{
	(void)state;
	places("p5.48xlarge efa-only --no-gid 31");
	assert_string_equal(inv.rails[31].eni_id, "eni-0efa000100000001f");
	for (size_t i = 0; i < inv.facts.n_enis; i++)
		assert_true(inv.facts.enis[i].rail >= 0);
	places("p4d.24xlarge all-efa --no-gid 2");
	assert_int_equal(inv.facts.enis[2].rail, 2);
	assert_int_equal(inv.facts.enis[2].ena, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(nothing_is_guessed),
		T(the_only_answer_is_taken),
		T(the_interface_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
