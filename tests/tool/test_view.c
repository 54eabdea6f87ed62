/* SPDX-License-Identifier: Apache-2.0 */
/* Found against expected, interface by interface, on small nodes made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "view_scene.h"

static void without_a_layout_nothing_is_marked(void **state)
{
	(void)state;
	start("efa", "efa-only");
	verdict.n_cards = 0;
	attach(0, "efa");
	attach(3, "interface");
	add_eni(1, 0);
	build();
	assert_false(view.compared);
	EXPECT("-0 efa/ usable usable", "-1 invisible/ none none", "-3 interface/ none usable");
	assert_true(view_is_riddle(&view.rows[1]));
	/* As many cards as the type has, and what is known to be on them. */
	assert_int_equal(view.n_cards, 4);
	assert_true(view.cards_known);
	assert_int_equal(view.cards[3].net, SHOWN_FINE);
	assert_int_equal(view.cards[2].efa, SHOWN_NONE);
}

static void an_unknown_type_without_facts_is_not_compared(void **state)
{
	(void)state;
	start("efa", "efa-only");
	verdict.basis = BASIS_NUMBERS;
	verdict.declared[0] = '\0';
	add_rail(0, 0)->card_index = -1;
	view_build(&inv, NULL, &verdict, &view);
	assert_false(view.compared);
	assert_int_equal(view.n_rows, 1);
	assert_int_equal(view.n_cards, 0);
}

static void a_healthy_node(void **state)
{
	(void)state;
	start("efa", "efa-only");
	for (int card = 3; card >= 0; card--)
		attach(card, card ? "efa-only" : "efa");
	build();
	EXPECT("=0 efa/efa usable usable", "=1 efa-only/efa-only usable none",
	       "=2 efa-only/efa-only usable none", "=3 efa-only/efa-only usable none");
	for (int card = 0; card < 4; card++) {
		assert_int_equal(view.rows[card].efa_group, group_at(card < 2 ? 0x10 : 0x20));
		assert_int_equal(view.cards[card].efa, SHOWN_FINE);
		assert_false(view.cards[card].differs);
		assert_int_equal(view.cards[card].paired, card == 0);
	}
	assert_int_equal(view.n_missing, 0);
	assert_string_equal(view_row_eni(&view, &view.rows[2]), "eni-20");
}

/* The one missing function has the one address that is empty, and so a place. */
static void one_missing_rail(void **state)
{
	char text[PCI_ADDR_TEXT];

	(void)state;
	for (int listed = 0; listed < 2; listed++) {
		start("efa", "efa-only");
		attach(0, "efa");
		attach(1, "efa-only");
		attach(2, "efa-only");
		if (listed)
			add_eni(3, 0);
		build();
		assert_string_equal(line(3), listed ? "!3 invisible/efa-only missing none"
						    : "!3 -/efa-only missing none");
		assert_int_equal(view.n_rows, 4);
		assert_string_equal(pci_addr_format(view_row_pci(&view.rows[3]), text),
				    "0000:27:00.0");
		assert_int_equal(view.rows[3].efa_group, group_at(0x20));
		assert_true(view_efa_in(&view.rows[3], group_at(0x20)));
		assert_false(view_efa_in(&view.rows[3], -1));
		assert_string_equal(view_row_eni(&view, &view.rows[3]), listed ? "eni-30" : "");
		assert_string_equal(view_row_state(&view, &view.rows[3]),
				    listed ? "absent" : "missing");
		assert_int_equal(view.n_missing, 1);
		assert_int_equal(view.cards[3].efa, SHOWN_MISSING);
		assert_true(view.cards[3].differs);
	}
}

/* Which card is at which of several empty addresses is not known: a row for each of both. */
static void several_missing_rails(void **state)
{
	(void)state;
	start("efa", "efa-only");
	attach(0, "efa");
	attach(2, "efa-only");
	build();
	EXPECT("=0 efa/efa usable usable", "!1 -/efa-only missing none",
	       "=2 efa-only/efa-only usable none", "!3 -/efa-only missing none",
	       "!-1 -/ missing none", "!-1 -/ missing none");
	assert_int_equal(view.rows[1].use, ROW_OF_CARD);
	assert_false(view.rows[1].has_hole);
	assert_false(view_efa_in(&view.rows[1], -1));
	assert_int_equal(view.rows[4].use, ROW_OF_PLACE);
	assert_int_equal(view.rows[4].efa_group, group_at(0x10));
	assert_int_equal(view.rows[5].efa_group, group_at(0x20));
	assert_int_equal(view.n_missing, 2);
}

static void a_missing_rail_without_an_address(void **state)
{
	(void)state;
	start("efa", "efa-only");
	type.n_rail_pci = 0;
	attach(0, "efa");
	attach(1, "efa-only");
	attach(2, "efa-only");
	build();
	assert_string_equal(line(3), "!3 -/efa-only missing none");
	assert_null(view_row_pci(&view.rows[3]));
	assert_true(view_efa_in(&view.rows[3], -1));
}

static void the_wrong_kind(void **state)
{
	(void)state;
	start("efa", "efa-only");
	attach(0, "efa-only");
	attach(1, "interface");
	attach(2, "efa");
	attach(3, "efa-only");
	build();
	EXPECT("!0 efa-only/efa usable missing", "!1 interface/efa-only missing extra",
	       "!2 efa/efa-only usable extra", "=3 efa-only/efa-only usable none");
	/* What is missing beside a rail is where the rail is. */
	assert_int_equal(view.rows[0].net_group, group_at(0x10));
	assert_int_equal(view.cards[1].efa, SHOWN_MISSING);
	assert_int_equal(view.cards[1].net, SHOWN_EXTRA);
}

static void what_no_layout_has(void **state)
{
	(void)state;
	start("interface", "nothing");
	attach(0, "efa");
	attach(1, "efa-only");
	attach(2, "interface");
	build();
	EXPECT("!0 efa/interface extra usable", "!1 efa-only/nothing extra none",
	       "!2 interface/nothing none extra");
}

static void further_interfaces_beside(void **state)
{
	(void)state;
	start("interface", "efa-only");
	attach(0, "interface");
	attach(0, "interface");
	attach(1, "efa-only");
	attach(1, "interface");
	attach(2, "efa-only");
	attach(3, "efa-only");
	build();
	EXPECT("=0 interface/interface none usable", "=0 interface/interface none usable",
	       "=1 efa-only/efa-only usable none", "!1 interface/nothing none extra",
	       "=2 efa-only/efa-only usable none", "=3 efa-only/efa-only usable none");
}

static void both_halves_are_missing(void **state)
{
	(void)state;
	start("both", "efa");
	attach(2, "efa");
	attach(3, "interface");
	build();
	EXPECT("!0 -/efa-only missing none", "!0 -/interface none missing",
	       "!1 -/efa missing missing", "=2 efa/efa usable usable",
	       "!3 interface/efa missing usable", "!-1 -/ missing none", "!-1 -/ missing none",
	       "!-1 -/ missing none");
}

static void pairing(void **state)
{
	(void)state;
	start("both", "efa");
	attach(0, "efa");
	attach(1, "interface");
	attach(1, "efa-only");
	attach(2, "efa");
	attach(3, "efa");
	build();
	EXPECT("!0 efa/interface+efa-only usable usable", "!1 efa-only/efa usable none",
	       "!1 interface/efa none usable", "=2 efa/efa usable usable",
	       "=3 efa/efa usable usable");
	assert_true(view_differs_otherwise(&view.rows[0]));
	assert_false(view_differs_otherwise(&view.rows[3]));
}

static void device_index(void **state)
{
	(void)state;
	start("efa", "efa-only");
	for (int card = 0; card < 4; card++)
		attach(card, card ? "efa-only" : "efa");
	verdict.cards[2].differs = true;
	build();
	assert_string_equal(line(2), "!2 efa-only/efa-only usable none");
	assert_true(view_differs_otherwise(&view.rows[2]));
	assert_true(view.cards[2].differs);
}

static void broken_functions(void **state)
{
	(void)state;
	start("efa", "efa-only");
	for (int card = 0; card < 4; card++)
		attach(card, card ? "efa-only" : "efa");
	inv.rails[1].stage = RAIL_UNBOUND;
	inv.rails[2].stage = RAIL_NO_RDMA;
	inv.rails[3].stage = RAIL_NO_UVERBS;
	inv.enas[0].netdev[0] = '\0';
	build();
	EXPECT("!0 efa/efa usable faulty", "!1 efa-only/efa-only faulty none",
	       "!2 efa-only/efa-only faulty none", "!3 efa-only/efa-only faulty none");
	assert_string_equal(view_row_state(&view, &view.rows[1]), "no-driver");
	assert_string_equal(view_row_state(&view, &view.rows[2]), "no-rdma-device");
	assert_string_equal(view_row_state(&view, &view.rows[3]), "no-uverbs");
	assert_false(view_differs_otherwise(&view.rows[1]));
}

static void a_saved_topology_is_listed(void **state)
{
	(void)state;
	start("efa", "efa-only");
	for (int card = 0; card < 4; card++)
		attach(card, card ? "efa-only" : "efa");
	for (int i = 0; i < 4; i++)
		inv.rails[i].stage = RAIL_LISTED;
	inv.enas[0].listed = true;
	inv.enas[0].driver[0] = '\0';
	build();
	assert_string_equal(line(0), "=0 efa/efa listed listed");
	assert_string_equal(line(1), "=1 efa-only/efa-only listed none");
	/* Written with netdevs, but not of this function; and without any. */
	inv.enas[0].netdev[0] = '\0';
	memcpy(inv.origin[PART_NETDEVS], "here", sizeof("here"));
	build();
	assert_string_equal(line(0), "!0 efa/efa listed faulty");
	inv.origin[PART_NETDEVS][0] = '\0';
	build();
	assert_string_equal(line(0), "=0 efa/efa listed listed");
}

/* One of two cards has the rail whose MAC cannot be read; which, nobody knows. */
static void rails_of_unknown_mac(void **state)
{
	(void)state;
	start("efa", "efa-only");
	attach(0, "efa");
	attach(1, "efa-only");
	add_eni(2, 0);
	add_eni(3, 0);
	*add_rail(2, 0) = (struct rail){.path = path_to(2, bus_of(2, 4)),
					.pci = {.bus = (uint8_t)bus_of(2, 4)},
					.stage = RAIL_UNBOUND,
					.card_index = -1,
					.device_index = -1,
					.ena = -1};
	build();
	EXPECT("=0 efa/efa usable usable", "=1 efa-only/efa-only usable none",
	       "-2 invisible/efa-only none none", "-3 invisible/efa-only none none",
	       "!-1 efa?/ faulty none", "!-1 -/efa-only missing none");
	assert_true(view_is_riddle(&view.rows[2]));
	assert_int_equal(view.rows[5].efa_group, group_at(0x20));
	assert_int_equal(view.cards[2].efa, SHOWN_WANTED);
	assert_false(view.cards[2].differs);
	assert_int_equal(view.n_missing, 1);
}

/* The same where the other half of the interface says which card it is. */
static void rails_of_unknown_mac_beside_their_half(void **state)
{
	(void)state;
	start("efa", "efa");
	for (int card = 0; card < 4; card++)
		attach(card, card < 2 ? "efa" : "interface");
	for (int card = 2; card < 4; card++) {
		struct rail *rail = add_rail(card, 0);

		rail->stage = RAIL_NO_RDMA;
		rail->has_mac = false;
		rail->place = PLACE_UNKNOWN;
		rail->card_index = rail->device_index = -1;
	}
	build();
	EXPECT("=0 efa/efa usable usable", "=1 efa/efa usable usable",
	       "-2 interface/efa wanted usable", "-3 interface/efa wanted usable",
	       "!-1 efa?/ faulty none", "!-1 efa?/ faulty none");
	assert_int_equal(view.cards[3].efa, SHOWN_WANTED);
	assert_int_equal(view.n_missing, 0);
}

static void numbers_alone(void **state)
{
	(void)state;
	start("efa", "efa-only");
	verdict.basis = BASIS_ADDRESSES;
	for (int card = 0; card < 3; card++) {
		struct rail *rail = add_rail(card, 0);

		rail->card_index = rail->device_index = -1;
	}
	build();
	EXPECT("--1 efa-only/ usable none", "--1 efa-only/ usable none",
	       "--1 efa-only/ usable none", "!-1 -/efa-only missing none",
	       "!-1 -/interface none missing");
	assert_false(view.cards_known);
	assert_int_equal(view.rows[3].efa_group, group_at(0x20));
	assert_int_equal(view.rows[3].use, ROW_BOTH);
	/* The strip says what the layout has, not what is there. */
	for (int card = 0; card < 4; card++)
		assert_int_equal(view.cards[card].efa, SHOWN_WANTED);
	assert_int_equal(view.cards[0].net, SHOWN_WANTED);
	assert_int_equal(view.cards[1].net, SHOWN_NONE);
}

static void a_single_card_needs_no_facts(void **state)
{
	(void)state;
	start("efa", "nothing");
	verdict.n_cards = type.cards = 1;
	add_rail(0, 0)->card_index = -1;
	build();
	verdict.cards[0].has_efa = verdict.cards[0].differs = true;
	view_build(&inv, &type, &verdict, &view);
	EXPECT("!0 efa-only/efa usable missing");
	assert_true(view.cards_known);
	assert_int_equal(view.cards[0].efa, SHOWN_FINE);
}

static void numa_nodes_with_the_unknown_one_last(void **state)
{
	(void)state;
	start("efa", "efa-only");
	attach(0, "efa");
	inv.rails[0].numa_node = inv.enas[0].numa_node = -1;
	inv.n_numa = 2;
	inv.numa[0].node = 0;
	inv.numa[1].node = 1;
	build();
	assert_int_equal(view.n_numa, 3);
	assert_int_equal(view.numa[0], 0);
	assert_int_equal(view.numa[1], 1);
	assert_int_equal(view.numa[2], -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_layout_nothing_is_marked),
		cmocka_unit_test(an_unknown_type_without_facts_is_not_compared),
		cmocka_unit_test(a_healthy_node),
		cmocka_unit_test(one_missing_rail),
		cmocka_unit_test(several_missing_rails),
		cmocka_unit_test(a_missing_rail_without_an_address),
		cmocka_unit_test(the_wrong_kind),
		cmocka_unit_test(what_no_layout_has),
		cmocka_unit_test(further_interfaces_beside),
		cmocka_unit_test(both_halves_are_missing),
		cmocka_unit_test(pairing),
		cmocka_unit_test(device_index),
		cmocka_unit_test(broken_functions),
		cmocka_unit_test(a_saved_topology_is_listed),
		cmocka_unit_test(rails_of_unknown_mac),
		cmocka_unit_test(rails_of_unknown_mac_beside_their_half),
		cmocka_unit_test(numbers_alone),
		cmocka_unit_test(a_single_card_needs_no_facts),
		cmocka_unit_test(numa_nodes_with_the_unknown_one_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
