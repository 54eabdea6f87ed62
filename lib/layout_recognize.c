/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_match.h"

/* Does anything on the node speak of EFA? An interface that is nowhere to be seen may be one. */
static bool has_efa(const struct inventory *inv)
{
	if (inv->n_rails)
		return true;
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++) {
		if (inv->facts.enis[i].rail < 0 && inv->facts.enis[i].ena < 0)
			return true;
	}
	return false;
}

/* Of an unknown type, the number of cards found is all there is to go by. */
static bool meant_for_cards(const struct layout *layout, unsigned n_cards)
{
	return n_cards >= layout->min_cards && (!layout->max_cards || n_cards <= layout->max_cards);
}

static bool is_nearer(const struct layout_diff *diff, size_t best_n, unsigned best_strain)
{
	return diff->n < best_n || (diff->n == best_n && diff->strain < best_strain);
}

size_t layout_recognize(const struct layout_set *set, const struct instance_type *type,
			const struct inventory *inv, const char **ret_names, size_t max,
			const struct layout **ret_nearest)
{
	struct layout_diff diff;
	size_t best_n = 0, n = 0;
	unsigned best_strain = 0;

	*ret_nearest = NULL;
	if (!has_efa(inv))
		return 0;
	for (size_t i = 0; i < set->n; i++) {
		const struct layout *layout = &set->v[i];

		if (type && layout_fits(layout, type, NULL))
			continue;
		layout_match(layout, type, inv, &diff);
		if (!type && !meant_for_cards(layout, diff.n_cards))
			continue;
		if (!*ret_nearest || is_nearer(&diff, best_n, best_strain)) {
			*ret_nearest = layout;
			best_n = diff.n;
			best_strain = diff.strain;
		}
		if (!diff.n && n < max)
			ret_names[n++] = layout->name;
	}
	return n;
}
