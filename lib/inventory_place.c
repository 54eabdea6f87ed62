/* SPDX-License-Identifier: Apache-2.0 */
/* Rails that their GID does not give away: placed by what is left, or not at all. */
#include "inventory_join.h"

/* May a rail be missing beside this ENA function? Not where its interface or its card has one. */
static bool lacks_rail(const struct inventory *inv, size_t ena)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *rail = &inv->rails[i];

		if (rail->ena == (int)ena ||
		    (rail->card_index >= 0 && rail->card_index == inv->enas[ena].card_index))
			return false;
	}
	return inv->enas[ena].has_mac;
}

static bool is_lost(const struct rail *rail)
{
	return !rail->has_mac && rail->place == PLACE_UNKNOWN;
}

/* The level at which the rail's nearest ENA functions without rail are, and how many; 0: none. */
static unsigned nearest_level(const struct inventory *inv, const struct rail *rail,
			      unsigned *ret_count, size_t *ret_ena)
{
	unsigned best = 0;

	*ret_count = 0;
	for (size_t i = 0; i < inv->n_enas; i++) {
		unsigned level = pci_path_common(&rail->path, &inv->enas[i].path);

		if (!level || level < best || !lacks_rail(inv, i))
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
 * any). *ret_eni: the last of them. One with an IP address lacks its ENA function, not a rail. */
static unsigned count_invisible(const struct eni_facts *facts, int card, size_t *ret_eni)
{
	unsigned n = 0;

	for (size_t i = 0; facts->known && i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];

		if (eni->rail >= 0 || eni->ena >= 0 || eni->has_ip ||
		    (card >= 0 && eni->card_index != card))
			continue;
		n++;
		*ret_eni = i;
	}
	return n;
}

/* The rail is the other half of the ENA function's own interface. */
static void pair(struct inventory *inv, size_t rail_index, size_t ena_index)
{
	struct rail *rail = &inv->rails[rail_index];

	rail->ena = (int)ena_index;
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++) {
		if (inv->facts.enis[i].ena == (int)ena_index)
			inventory_give_eni(inv, rail_index, i);
	}
}

/*
 * The rail is on the ENA function's card: on an interface there that is left over, else on the ENA
 * function's own. An interface left over on another card may be the rail's as well: then nothing
 * is said.
 */
static void place_beside(struct inventory *inv, size_t rail_index, size_t ena_index)
{
	int card = inv->enas[ena_index].card_index;
	size_t eni = 0;
	unsigned here = card >= 0 ? count_invisible(&inv->facts, card, &eni) : 0;

	if (here == 1)
		inventory_give_eni(inv, rail_index, eni);
	else if (!count_invisible(&inv->facts, -1, &eni))
		pair(inv, rail_index, ena_index);
	else
		return;
	inv->rails[rail_index].place = PLACE_PCI;
}

/* Without facts an ENA function near a rail may be a plain interface. Not so where every rail that
 * can tell has its other half. */
static bool all_have_halves(const struct inventory *inv)
{
	size_t halves = 0;

	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].has_mac && inv->rails[i].ena < 0)
			return false;
		halves += inv->rails[i].has_mac;
	}
	return halves > 0;
}

static void place_by_pci(struct inventory *inv)
{
	if (!inv->facts.known && !all_have_halves(inv))
		return;
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

/* One rail left, one interface left, and nothing else that either may belong to. */
static void place_by_elimination(struct inventory *inv)
{
	size_t lost = 0, eni = 0, ena = 0;
	unsigned n_lost = 0, n_near = 0;

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
	if (n_lost != 1 || nearest_level(inv, &inv->rails[lost], &n_near, &ena) ||
	    count_invisible(&inv->facts, -1, &eni) != 1)
		return;
	inventory_give_eni(inv, lost, eni);
	inv->rails[lost].place = PLACE_ELIMINATION;
}

void inventory_place_lost(struct inventory *inv)
{
	place_by_pci(inv);
	place_by_elimination(inv);
}
