/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_join.h"

#include <string.h>

bool inventory_id_valid(const char *text, const char *prefix)
{
	size_t head = strlen(prefix), n = strlen(text);

	/* Eight digits before 2016, seventeen since. */
	return !strncmp(text, prefix, head) && (n - head == 8 || n - head == 17) &&
	       strspn(text + head, "0123456789abcdef") == n - head;
}

static int find_ena(const struct inventory *inv, const struct mac *mac)
{
	for (size_t i = 0; i < inv->n_enas; i++) {
		if (inv->enas[i].has_mac && mac_equal(&inv->enas[i].mac, mac))
			return (int)i;
	}
	return -1;
}

static int find_rail(const struct inventory *inv, const struct mac *mac)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].has_mac && mac_equal(&inv->rails[i].mac, mac))
			return (int)i;
	}
	return -1;
}

static void forget_joined(struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		struct rail *rail = &inv->rails[i];

		rail->card_index = rail->device_index = -1;
		rail->eni_id[0] = '\0';
		rail->ena = rail->has_mac ? find_ena(inv, &rail->mac) : -1;
		rail->place = rail->has_mac ? PLACE_MAC : PLACE_UNKNOWN;
	}
	for (size_t i = 0; i < inv->n_enas; i++) {
		inv->enas[i].card_index = inv->enas[i].device_index = -1;
		inv->enas[i].eni_id[0] = '\0';
	}
}

void inventory_give_eni(struct inventory *inv, size_t rail_index, size_t eni_index)
{
	struct rail *rail = &inv->rails[rail_index];
	struct eni *eni = &inv->facts.enis[eni_index];

	eni->rail = (int)rail_index;
	rail->card_index = eni->card_index;
	rail->device_index = eni->device_index;
	memcpy(rail->eni_id, eni->id, sizeof(rail->eni_id));
}

static void join_eni(struct inventory *inv, size_t eni_index)
{
	struct eni *eni = &inv->facts.enis[eni_index];
	int rail = find_rail(inv, &eni->mac);

	eni->rail = -1;
	eni->ena = find_ena(inv, &eni->mac);
	if (rail >= 0)
		inventory_give_eni(inv, (size_t)rail, eni_index);
	if (eni->ena >= 0) {
		struct ena *ena = &inv->enas[eni->ena];

		ena->card_index = eni->card_index;
		ena->device_index = eni->device_index;
		memcpy(ena->eni_id, eni->id, sizeof(ena->eni_id));
	}
}

void inventory_join(struct inventory *inv, const struct eni_facts *facts)
{
	if (facts != &inv->facts)
		inv->facts = *facts;
	forget_joined(inv);
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++)
		join_eni(inv, i);
	inventory_place_lost(inv);
}

const struct ena *inventory_primary_ena(const struct inventory *inv)
{
	int primary = inv->facts.known ? find_ena(inv, &inv->facts.primary) : -1;

	if (primary >= 0)
		return &inv->enas[primary];
	for (size_t i = 0; i < inv->n_enas; i++) {
		if (inv->enas[i].default_route)
			return &inv->enas[i];
	}
	return inv->n_enas == 1 ? &inv->enas[0] : NULL;
}

const char *rail_name(const struct rail *rail, char *buf)
{
	return rail->rdma_name[0] ? rail->rdma_name : pci_addr_format(&rail->pci, buf);
}
