/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes.h"

#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "text.h"

struct plan {
	const char *type;
	unsigned cards, first_efa; /* cards from first_efa on have EFA */
	bool all_ena;		   /* every card has ENA, else the first alone */
	int no_gid;		   /* rail without GID, -1 none */
	bool facts;
};

static struct pci_path path_to(const struct pci_addr *pci)
{
	return (struct pci_path){.root_bus = 0x40, .n = 1, .hop = {*pci}};
}

static struct mac mac_of(unsigned card)
{
	return (struct mac){{0x06, 0x4e, 0xfa, 0x10, 0, (uint8_t)card}};
}

static void add_rail(struct inventory *inv, unsigned card, bool has_gid)
{
	struct rail *rail = &inv->rails[inv->n_rails++];

	rail->pci = (struct pci_addr){.bus = (uint8_t)(0x40 + card), .slot = 1};
	rail->path = path_to(&rail->pci);
	rail->device_id = 0xefa1;
	rail->stage = RAIL_USABLE;
	rail->uverbs = (int)card;
	rail->has_gid = rail->has_mac = has_gid;
	if (has_gid)
		rail->mac = mac_of(card);
	text_format(rail->driver, sizeof(rail->driver), "efa");
	pci_addr_rdma_name(&rail->pci, rail->rdma_name);
}

static void add_ena(struct inventory *inv, unsigned card)
{
	struct ena *ena = &inv->enas[inv->n_enas++];

	ena->pci = (struct pci_addr){.bus = (uint8_t)(0x40 + card), .slot = 0};
	ena->path = path_to(&ena->pci);
	ena->has_mac = true;
	ena->mac = mac_of(card);
	text_format(ena->driver, sizeof(ena->driver), "ena");
	text_format(ena->netdev, sizeof(ena->netdev), "eth%u", card);
}

static void add_eni(struct inventory *inv, unsigned card, bool has_ip)
{
	struct eni *eni = &inv->facts.enis[inv->facts.n_enis++];

	*eni = (struct eni){.mac = mac_of(card), .card_index = (int)card, .has_ip = has_ip};
	eni->device_index = card ? 1 : 0;
	text_format(eni->id, sizeof(eni->id), "eni-%08x", card);
}

static struct inventory *make(const struct plan *plan)
{
	struct inventory *inv = calloc(1, sizeof(*inv));

	CHECK(inv);
	text_format(inv->instance_type, sizeof(inv->instance_type), "%s", plan->type);
	inv->facts.known = plan->facts;
	inv->facts.primary = mac_of(0);
	for (unsigned card = 0; card < plan->cards; card++) {
		bool has_ena = plan->all_ena || !card;

		if (card >= plan->first_efa)
			add_rail(inv, card, (int)inv->n_rails != plan->no_gid);
		if (has_ena)
			add_ena(inv, card);
		if (plan->facts)
			add_eni(inv, card, has_ena);
	}
	inventory_join(inv, &inv->facts);
	return inv;
}

const struct inventory *nodes_get(unsigned i)
{
	static const struct plan plans[NODES_N] = {
		{"p5.48xlarge", 32, 0, false, -1, true},
		{"p5.48xlarge", 32, 0, false, -1, false},
		{"p4d.24xlarge", 4, 0, true, 2, true},
		{"p6-b300.48xlarge", 17, 1, false, -1, true},
		{"unknown.64xlarge", 64, 0, true, -1, true},
		{"c5n.18xlarge", 1, 0, true, -1, false},
	};
	static const struct inventory *made[NODES_N];

	if (!made[i])
		made[i] = make(&plans[i]);
	return made[i];
}

const struct layout_set *nodes_layouts(void)
{
	static struct layout_set set;
	struct err err;

	if (!set.n)
		CHECK_OK(
			layout_set_load(&set, SOURCE_DIR "/etc/layouts.json", FILE_TRUST_ANY, &err),
			&err);
	return &set;
}

const struct type_set *nodes_types(void)
{
	static struct type_set set;
	struct err err;

	if (!set.n)
		CHECK_OK(type_set_load(&set, SOURCE_DIR "/etc/instance-types.json", FILE_TRUST_ANY,
				       &err),
			 &err);
	return &set;
}
