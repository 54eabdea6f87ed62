/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "inventory.h"
#include "text.h"

static struct inventory inv;
static struct eni_facts facts;

static struct mac mac(uint8_t last)
{
	return (struct mac){{0x06, 0x4e, 0xfa, 0, 0, last}};
}

static void add_rail(uint8_t last)
{
	struct rail *rail = &inv.rails[inv.n_rails++];

	*rail = (struct rail){.card_index = -1, .device_index = -1, .ena = -1, .uverbs = -1};
	rail->pci.bus = (uint8_t)inv.n_rails;
	rail->has_mac = last != 0;
	rail->mac = mac(last);
}

static void add_ena(uint8_t last)
{
	struct ena *ena = &inv.enas[inv.n_enas++];

	*ena = (struct ena){.card_index = -1, .device_index = -1};
	text_format(ena->netdev, sizeof(ena->netdev), "ens%zu", inv.n_enas);
	ena->has_mac = last != 0;
	ena->mac = mac(last);
}

static void add_eni(uint8_t last, int card, int device)
{
	struct eni *eni = &facts.enis[facts.n_enis++];

	*eni = (struct eni){.mac = mac(last), .card_index = card, .device_index = device};
	text_format(eni->id, sizeof(eni->id), "eni-000000%02x", last);
}

static int setup(void **state)
{
	(void)state;
	memset(&inv, 0, sizeof(inv));
	memset(&facts, 0, sizeof(facts));
	facts.known = true;
	return 0;
}

static void pairs_without_facts(void **state)
{
	(void)state;
	add_rail(1);
	add_rail(2);
	add_rail(0); /* MAC unknown */
	add_ena(2);
	add_ena(3);
	add_ena(0);
	facts.known = false;
	add_eni(1, 5, 6); /* not to be believed */
	inventory_join(&inv, &facts);
	assert_int_equal(inv.rails[0].ena, -1);
	assert_int_equal(inv.rails[1].ena, 0);
	assert_int_equal(inv.rails[2].ena, -1);
	assert_int_equal(inv.rails[0].card_index, -1);
	assert_int_equal(inv.enas[0].card_index, -1);
	assert_false(inv.facts.known);
}

static void gives_cards_and_ids_from_the_facts(void **state)
{
	(void)state;
	add_rail(1);
	add_rail(2);
	add_ena(1);
	add_ena(9); /* not in the facts */
	add_eni(1, 0, 0);
	add_eni(2, 1, 1);
	add_eni(3, 2, 1); /* neither netdev nor EFA device */
	inventory_join(&inv, &facts);
	assert_int_equal(inv.rails[0].card_index, 0);
	assert_int_equal(inv.rails[0].ena, 0);
	assert_string_equal(inv.rails[0].eni_id, "eni-00000001");
	assert_int_equal(inv.rails[1].card_index, 1);
	assert_int_equal(inv.rails[1].device_index, 1);
	assert_int_equal(inv.rails[1].ena, -1);
	assert_int_equal(inv.enas[0].card_index, 0);
	assert_string_equal(inv.enas[0].eni_id, "eni-00000001");
	assert_int_equal(inv.enas[1].card_index, -1);
	assert_string_equal(inv.enas[1].eni_id, "");
	assert_int_equal(inv.facts.enis[0].rail, 0);
	assert_int_equal(inv.facts.enis[0].ena, 0);
	assert_int_equal(inv.facts.enis[1].rail, 1);
	assert_int_equal(inv.facts.enis[1].ena, -1);
	assert_int_equal(inv.facts.enis[2].rail, -1);
	assert_int_equal(inv.facts.enis[2].ena, -1);
}

static void joining_again_forgets_what_no_longer_holds(void **state)
{
	(void)state;
	add_rail(1);
	add_ena(1);
	add_eni(1, 3, 1);
	inventory_join(&inv, &facts);
	assert_int_equal(inv.rails[0].card_index, 3);
	inv.enas[0].mac = mac(7);
	inv.facts.enis[0].mac = mac(8);
	inventory_join(&inv, &inv.facts); /* in place */
	assert_int_equal(inv.rails[0].card_index, -1);
	assert_string_equal(inv.rails[0].eni_id, "");
	assert_int_equal(inv.rails[0].ena, -1);
	assert_int_equal(inv.facts.enis[0].rail, -1);
	assert_int_equal(inv.facts.enis[0].ena, -1);
	assert_int_equal(inv.facts.n_enis, 1);
}

static void the_primary_comes_from_facts_then_route_then_being_alone(void **state)
{
	(void)state;
	assert_null(inventory_primary_ena(&inv));
	add_ena(1);
	assert_ptr_equal(inventory_primary_ena(&inv), &inv.enas[0]);
	add_ena(2);
	assert_null(inventory_primary_ena(&inv));
	inv.enas[1].default_route = true;
	assert_ptr_equal(inventory_primary_ena(&inv), &inv.enas[1]);
	facts.primary = mac(1);
	inventory_join(&inv, &facts);
	assert_ptr_equal(inventory_primary_ena(&inv), &inv.enas[0]);
	facts.primary = mac(5); /* a primary that is not there */
	inventory_join(&inv, &facts);
	assert_ptr_equal(inventory_primary_ena(&inv), &inv.enas[1]);
}

static void ids_have_a_prefix_and_8_or_17_digits(void **state)
{
	(void)state;
	assert_true(inventory_id_valid("i-01234567", "i-"));
	assert_true(inventory_id_valid("eni-0123456789abcdef0", "eni-"));
	assert_false(inventory_id_valid("eni-0123456789abcdef", "eni-"));
	assert_false(inventory_id_valid("eni-0123456789ABCDEF0", "eni-"));
	assert_false(inventory_id_valid("i-0123456\n", "i-"));
	assert_false(inventory_id_valid("i-", "i-"));
	assert_false(inventory_id_valid("", "i-"));
	assert_false(inventory_id_valid("x-01234567", "i-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(pairs_without_facts, setup),
		cmocka_unit_test_setup(gives_cards_and_ids_from_the_facts, setup),
		cmocka_unit_test_setup(joining_again_forgets_what_no_longer_holds, setup),
		cmocka_unit_test_setup(the_primary_comes_from_facts_then_route_then_being_alone,
				       setup),
		cmocka_unit_test(ids_have_a_prefix_and_8_or_17_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
