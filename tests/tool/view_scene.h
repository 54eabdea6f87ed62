/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small nodes made by hand, what they should have, and the view of them in short lines. After
 * cmocka.h; each test is one program of one file.
 */
#ifndef EFA_LAYOUT_TEST_VIEW_SCENE_H
#define EFA_LAYOUT_TEST_VIEW_SCENE_H

#include <string.h>

#include "text.h"
#include "view.h"

/*
 * A node of two switches, 10 and 20, with two network cards each: cards 0 and 1 below the first, 2
 * and 3 below the second. A card's EFA function is on bus 14 + card (or 24 + card), its ENA
 * function on 18 + card (28 + card).
 */
static struct inventory inv;
static struct instance_type type;
static struct verdict verdict;
static struct view view;

static inline int bus_of(int card, int offset)
{
	return (card < 2 ? 0x10 : 0x20) + offset + card;
}

static inline struct pci_path path_to(int card, int bus)
{
	struct pci_path path = {.n = 4, .root_bus = card < 2 ? 0x10 : 0x20};

	path.hop[0] = (struct pci_addr){.bus = path.root_bus};
	path.hop[1] = (struct pci_addr){.bus = (uint8_t)(path.root_bus + 1)};
	path.hop[2] = (struct pci_addr){.bus = (uint8_t)(path.root_bus + 2),
					.slot = (uint8_t)(bus & 31)};
	path.hop[3] = (struct pci_addr){.bus = (uint8_t)bus};
	return path;
}

static inline struct mac mac_of(int card, int device)
{
	return (struct mac){{6, 0, 0, 0, (uint8_t)device, (uint8_t)card}};
}

static inline struct eni *add_eni(int card, int device)
{
	struct eni *eni = &inv.facts.enis[inv.facts.n_enis++];

	inv.facts.known = true;
	eni->mac = mac_of(card, device);
	eni->card_index = card;
	eni->device_index = device;
	eni->rail = eni->ena = -1;
	text_format(eni->id, sizeof(eni->id), "eni-%d%d", card, device);
	return eni;
}

static inline struct rail *add_rail(int card, int device)
{
	struct rail *rail = &inv.rails[inv.n_rails++];

	rail->path = path_to(card, bus_of(card, 4));
	rail->pci = rail->path.hop[3];
	rail->stage = RAIL_USABLE;
	rail->has_mac = true;
	rail->place = PLACE_MAC;
	rail->mac = mac_of(card, device);
	rail->card_index = card;
	rail->device_index = device;
	rail->ena = -1;
	text_format(rail->rdma_name, sizeof(rail->rdma_name), "rdmap%us0", rail->pci.bus);
	text_format(rail->eni_id, sizeof(rail->eni_id), "eni-%d%d", card, device);
	return rail;
}

static inline struct ena *add_ena(int card, int device)
{
	struct ena *ena = &inv.enas[inv.n_enas++];

	ena->path = path_to(card, bus_of(card, 8));
	ena->pci = ena->path.hop[3];
	text_format(ena->driver, sizeof(ena->driver), "ena");
	text_format(ena->netdev, sizeof(ena->netdev), "ens%d", card);
	text_format(ena->operstate, sizeof(ena->operstate), "up");
	ena->has_mac = true;
	ena->mac = mac_of(card, device);
	ena->card_index = card;
	ena->device_index = device;
	text_format(ena->eni_id, sizeof(ena->eni_id), "eni-%d%d", card, device);
	return ena;
}

/* An interface with its facts: "efa", "efa-only" or "interface". */
static inline void attach(int card, const char *kind)
{
	bool efa = kind[0] == 'e', net = !strchr(kind, '-');
	struct eni *eni = add_eni(card, 0);

	if (efa) {
		eni->rail = (int)inv.n_rails;
		add_rail(card, 0);
	}
	if (net) {
		eni->ena = (int)inv.n_enas;
		if (efa)
			inv.rails[inv.n_rails - 1].ena = (int)inv.n_enas;
		add_ena(card, 0);
	}
}

/* What a card should have: "efa", "efa-only", "interface", "both" (not paired), "nothing". */
static inline void want(int card, const char *kind)
{
	struct card_view *view_of = &verdict.cards[card];
	bool both = strcmp(kind, "both") == 0, efa = strcmp(kind, "efa") == 0;

	view_of->want_efa = both || efa || strcmp(kind, "efa-only") == 0 ? WANT_YES : WANT_NO;
	view_of->want_ena = both || efa || strcmp(kind, "interface") == 0 ? WANT_YES : WANT_NO;
	view_of->want_paired = efa ? WANT_YES : both ? WANT_NO : WANT_ANY;
}

static inline void start(const char *first, const char *others)
{
	memset(&inv, 0, sizeof(inv));
	memset(&verdict, 0, sizeof(verdict));
	memset(&type, 0, sizeof(type));
	type.cards = 4;
	for (int card = 0; card < 4; card++)
		type.rail_pci[type.n_rail_pci++] = (struct pci_addr){
			.bus = (uint8_t)bus_of(card, 4)};
	verdict.n_cards = 4;
	text_format(verdict.declared, sizeof(verdict.declared), "some-layout");
	for (int card = 0; card < 4; card++)
		want(card, card ? others : first);
}

/* What is found on each card, and whether that is what it should be, as the verdict has it. */
static inline void build(void)
{
	for (unsigned i = 0; i < verdict.n_cards && verdict.basis == BASIS_CARDS; i++) {
		struct card_view *card = &verdict.cards[i];
		bool invisible = false, loose = false;

		for (size_t j = 0; j < inv.n_rails; j++) {
			loose |= inv.rails[j].card_index < 0;
			if (inv.rails[j].card_index != (int)i)
				continue;
			card->has_efa = true;
			card->paired |= inv.rails[j].ena >= 0;
		}
		for (size_t j = 0; j < inv.n_enas; j++)
			card->has_ena |= inv.enas[j].card_index == (int)i;
		for (size_t j = 0; j < inv.facts.n_enis; j++)
			invisible |= inv.facts.enis[j].card_index == (int)i &&
				     inv.facts.enis[j].rail < 0 && inv.facts.enis[j].ena < 0;
		card->differs |= (card->want_efa == WANT_YES) != card->has_efa ||
				 (card->want_ena == WANT_YES) != card->has_ena || invisible ||
				 (card->want_paired != WANT_ANY && card->has_efa && card->has_ena &&
				  card->paired != (card->want_paired == WANT_YES));
		if (loose && !card->has_efa && card->want_efa == WANT_YES) {
			card->has_efa = true; /* accounted for */
			card->differs = false;
		}
	}
	view_build(&inv, &type, &verdict, &view);
}

/* "!2 interface/efa-only EFA:missing ENA:extra": mark, card, kind, expected, halves. */
static inline const char *line(size_t i)
{
	static char text[128];
	const struct view_row *row = &view.rows[i];

	text_format(text, sizeof(text), "%c%d %s/%s %s %s", "-=!"[row->mark], row -> card_index,
		    interface_kind_text(row->kind), row -> expected, shown_text(row->efa),
		    shown_text(row->net));
	return text;
}

static inline void expect_rows(size_t n, const char *const *rows)
{
	for (size_t i = 0; i < n && i < view.n_rows; i++)
		assert_string_equal(line(i), rows[i]);
	assert_int_equal(view.n_rows, n);
}

#define EXPECT(...)                                                \
	do {                                                       \
		static const char *const rows[] = {__VA_ARGS__};   \
		expect_rows(sizeof(rows) / sizeof(rows[0]), rows); \
	} while (0)

static inline int group_at(uint8_t bus)
{
	for (size_t i = 0; i < view.locality.n; i++)
		if (view.locality.v[i].root_bus == bus)
			return (int)i;
	return -1;
}

#endif
