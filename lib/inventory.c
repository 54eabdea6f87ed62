/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory_join.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

bool inventory_id_valid(const char *text, const char *prefix)
{
	size_t head = strlen(prefix), n = strlen(text);

	/* Eight digits before 2016, seventeen since. */
	return !strncmp(text, prefix, head) && (n - head == 8 || n - head == 17) &&
	       strspn(text + head, "0123456789abcdef") == n - head;
}

bool inventory_type_valid(const char *text)
{
	return text_is_name(text, NAME_TEXT - 1) && strchr(text, '.');
}

static int compare_rails(const void *a, const void *b)
{
	return pci_addr_compare(&((const struct rail *)a)->pci, &((const struct rail *)b)->pci);
}

static int compare_enas(const void *a, const void *b)
{
	return pci_addr_compare(&((const struct ena *)a)->pci, &((const struct ena *)b)->pci);
}

static int compare_accels(const void *a, const void *b)
{
	return pci_addr_compare(&((const struct accel *)a)->pci, &((const struct accel *)b)->pci);
}

static int compare_foreign(const void *a, const void *b)
{
	return strcmp(((const struct foreign *)a)->rdma_name,
		      ((const struct foreign *)b)->rdma_name);
}

static int compare_ports(const void *a, const void *b)
{
	return pci_addr_compare(&((const struct pci_port *)a)->pci,
				&((const struct pci_port *)b)->pci);
}

void inventory_sort(struct inventory *inv)
{
	qsort(inv->rails, inv->n_rails, sizeof(inv->rails[0]), compare_rails);
	qsort(inv->enas, inv->n_enas, sizeof(inv->enas[0]), compare_enas);
	qsort(inv->accels, inv->n_accels, sizeof(inv->accels[0]), compare_accels);
	qsort(inv->foreign, inv->n_foreign, sizeof(inv->foreign[0]), compare_foreign);
	qsort(inv->ports, inv->n_ports, sizeof(inv->ports[0]), compare_ports);
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
