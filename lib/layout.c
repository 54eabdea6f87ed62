/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>
#include <string.h>

const struct layout *layout_find(const struct layout_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++) {
		if (!strcmp(set->v[i].name, name))
			return &set->v[i];
	}
	return NULL;
}

static bool rule_selects(const struct layout_rule *rule, unsigned card)
{
	switch (rule->cards) {
	case CARDS_ALL:
		return true;
	case CARDS_PRIMARY:
		return card == 0;
	case CARDS_OTHERS:
		return card > 0;
	case CARDS_RANGE:
		return card >= rule->first && card <= rule->last;
	case CARDS_EVERY:
		return card >= rule->first && (card - rule->first) % rule->every == 0;
	}
	return false;
}

void layout_expand(const struct layout *layout, unsigned n_cards, struct card_want *ret_cards)
{
	static const struct card_want nothing = {
		.paired = WANT_ANY,
		.efa_device_index = -1,
		.ena_device_index = -1,
	};

	for (unsigned card = 0; card < n_cards; card++) {
		ret_cards[card] = nothing;
		for (size_t i = 0; i < layout->n_rules; i++) {
			const struct layout_rule *rule = &layout->rules[i];

			if (!rule_selects(rule, card))
				continue;
			ret_cards[card] = (struct card_want){
				.efa = rule->efa,
				.ena = rule->ena,
				.paired = rule->paired,
				.efa_device_index = rule->efa_device_index,
				.ena_device_index = rule->ena_device_index,
			};
		}
	}
}

/* Is this one of the nodes that the layout is meant for? */
static int meant_for(const struct layout *layout, const struct instance_type *type, struct err *err)
{
	if (layout->min_cards && type->cards < layout->min_cards)
		return err_set(err, -ENOTSUP,
			       "layout %s is meant for %u or more network cards, a %s has %u",
			       layout->name, layout->min_cards, type->name, type->cards);
	if (layout->max_cards && type->cards > layout->max_cards)
		return err_set(err, -ENOTSUP,
			       "layout %s is meant for at most %u network card%s, a %s has %u",
			       layout->name, layout->max_cards, layout->max_cards == 1 ? "" : "s",
			       type->name, type->cards);
	if (layout->primary_efa == WANT_YES && !type->primary_efa)
		return err_set(err, -ENOTSUP,
			       "layout %s is meant for types whose card 0 can carry EFA, that of a "
			       "%s cannot",
			       layout->name, type->name);
	if (layout->primary_efa == WANT_NO && type->primary_efa)
		return err_set(err, -ENOTSUP,
			       "layout %s is meant for types whose card 0 cannot carry EFA, that "
			       "of a %s can",
			       layout->name, type->name);
	return 0;
}

/* A card with EFA and ENA that are not one interface has two of them. */
static bool two_interfaces(const struct card_want *want)
{
	return want->efa == WANT_YES && want->ena == WANT_YES && want->paired == WANT_NO;
}

int layout_fits(const struct layout *layout, const struct instance_type *type, struct err *err)
{
	struct card_want want[LAYOUT_CARDS_MAX];
	unsigned n_efa = 0;
	int r = meant_for(layout, type, err);

	if (r)
		return r;
	layout_expand(layout, type->cards, want);
	if (want[0].efa == WANT_YES && !type->primary_efa)
		return err_set(err, -ENOTSUP,
			       "layout %s has EFA on network card 0, which a %s cannot have there",
			       layout->name, type->name);
	for (unsigned card = 0; card < type->cards; card++) {
		n_efa += want[card].efa == WANT_YES;
		if (type->enis_per_card == 1 && two_interfaces(&want[card]))
			return err_set(err, -ENOTSUP,
				       "layout %s has two interfaces on network card %u, a card "
				       "of a %s can have one",
				       layout->name, card, type->name);
	}
	if (n_efa > type->max_efa)
		return err_set(
			err, -ENOTSUP,
			"layout %s has %u EFA devices on the %u network cards of a %s, which "
			"can have %u",
			layout->name, n_efa, type->cards, type->name, type->max_efa);
	return 0;
}
