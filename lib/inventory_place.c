/* SPDX-License-Identifier: Apache-2.0 */
/* Rails that their GID does not give away: placed by what is left, or not at all. */
#include "inventory_join.h"

#include <string.h>

static bool has_partner(const struct inventory *inv, size_t ena)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].ena == (int)ena)
			return true;
	}
	return false;
}

static bool is_lost(const struct rail *rail)
{
	return !rail->has_mac && rail->place == PLACE_UNKNOWN;
}

/* The level at which the rail's nearest ENA function without partner is; 0: none. */
static unsigned nearest_level(const struct inventory *inv, const struct rail *rail,
			      unsigned *ret_count, size_t *ret_ena)
{
	unsigned best = 0;

	*ret_count = 0;
	for (size_t i = 0; i < inv->n_enas; i++) {
		unsigned level = pci_path_common(&rail->path, &inv->enas[i].path);

		if (!level || level < best || !inv->enas[i].has_mac || has_partner(inv, i))
			continue;
		*ret_count = level > best ? 1 : *ret_count + 1;
		best = level;
		*ret_ena = i;
	}
	return best;
}

static unsigned lost_near(const struct inventory *inv, size_t ena, unsigned level)
{
	unsigned n = 0;

	for (size_t i = 0; i < inv->n_rails; i++)
		n += is_lost(&inv->rails[i]) &&
		     pci_path_common(&inv->rails[i].path, &inv->enas[ena].path) >= level;
	return n;
}

/* Interfaces of the facts that are neither an EFA device nor an ENA function, on one card (-1:
 * any). *ret_eni: the last of them. */
static unsigned count_invisible(const struct eni_facts *facts, int card, size_t *ret_eni)
{
	unsigned n = 0;

	for (size_t i = 0; facts->known && i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];

		if (eni->rail >= 0 || eni->ena >= 0 || (card >= 0 && eni->card_index != card))
			continue;
		n++;
		*ret_eni = i;
	}
	return n;
}

/* The card of the ENA function is the rail's; of the interfaces there, the one that is left over,
 * else the ENA function's own. */
static void place_beside(struct inventory *inv, size_t rail_index, size_t ena_index)
{
	struct rail *rail = &inv->rails[rail_index];
	const struct ena *ena = &inv->enas[ena_index];
	size_t left = 0;
	unsigned n = 0;

	rail->place = PLACE_PCI;
	if (inv->facts.known && ena->card_index >= 0)
		n = count_invisible(&inv->facts, ena->card_index, &left);
	if (n) {
		inventory_give_eni(inv, rail_index, left);
		return;
	}
	rail->ena = (int)ena_index;
	rail->card_index = ena->card_index;
	rail->device_index = ena->device_index;
	memcpy(rail->eni_id, ena->eni_id, sizeof(rail->eni_id));
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++) {
		if (inv->facts.enis[i].ena == (int)ena_index)
			inv->facts.enis[i].rail = (int)rail_index;
	}
}

static void place_by_pci(struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		unsigned level, count;
		size_t ena = 0;

		if (!is_lost(&inv->rails[i]))
			continue;
		level = nearest_level(inv, &inv->rails[i], &count, &ena);
		if (level && count == 1 && lost_near(inv, ena, level) == 1)
			place_beside(inv, i, ena);
	}
}

/* One rail left, one interface left. An ENA function without MAC may be what is behind it, too. */
static void place_by_elimination(struct inventory *inv)
{
	size_t lost = 0, eni = 0;
	unsigned n_lost = 0;

	for (size_t i = 0; i < inv->n_enas; i++) {
		if (!inv->enas[i].has_mac)
			return;
	}
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (!is_lost(&inv->rails[i]))
			continue;
		n_lost++;
		lost = i;
	}
	if (n_lost != 1 || count_invisible(&inv->facts, -1, &eni) != 1)
		return;
	inventory_give_eni(inv, lost, eni);
	inv->rails[lost].place = PLACE_ELIMINATION;
}

void inventory_place_lost(struct inventory *inv)
{
	place_by_pci(inv);
	place_by_elimination(inv);
}
