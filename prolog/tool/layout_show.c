/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_show.h"

#include <stdio.h>
#include <string.h>

#include "layout_text.h"
#include "text.h"

#define TYPES_NAMED 8 /* types that a text names one by one */

static size_t count_types(const struct layout *layout, const struct type_set *types)
{
	size_t n = 0;

	for (size_t i = 0; i < types->n; i++)
		n += layout_fits(layout, &types->v[i], NULL) == 0;
	return n;
}

static void print_types(const struct layout *layout, const struct type_set *types)
{
	size_t n = count_types(layout, types), named = 0;

	printf("types      %zu of the %zu that are known%s", n, types->n,
	       n && n <= TYPES_NAMED ? ": " : "\n");
	if (n == 0 || n > TYPES_NAMED)
		return;
	for (size_t i = 0; i < types->n; i++) {
		if (layout_fits(layout, &types->v[i], NULL) == 0)
			printf("%s%s", types->v[i].name, ++named < n ? ", " : "\n");
	}
}

static void print_indexes(int efa, int ena)
{
	if (efa >= 0)
		printf(", EFA at device index %d", efa);
	if (ena >= 0)
		printf(", ENA at device index %d", ena);
}

static void print_rules(const struct layout *layout)
{
	char words[LAYOUT_WORDS_TEXT];

	printf("\nrules (of those that select a card, the last counts)\n");
	for (size_t i = 0; i < layout->n_rules; i++) {
		const struct layout_rule *rule = &layout->rules[i];

		printf("  %-16s EFA %s, ENA %s", layout_rule_cards_text(rule, words),
		       function_want_text(rule->efa), function_want_text(rule->ena));
		if (rule->paired != WANT_ANY)
			printf(", %s",
			       rule->paired == WANT_YES ? "one interface" : "two interfaces");
		print_indexes(rule->efa_device_index, rule->ena_device_index);
		printf("\n");
	}
}

static bool same_want(const struct card_want *a, const struct card_want *b)
{
	return a->efa == b->efa && a->ena == b->ena && a->paired == b->paired &&
	       a->efa_device_index == b->efa_device_index &&
	       a->ena_device_index == b->ena_device_index;
}

/* Cards of which the same is wanted are one line. */
static void print_cards(const struct card_want *want, unsigned n)
{
	bool done[LAYOUT_CARDS_MAX] = {false};
	char words[LAYOUT_WORDS_TEXT], ranges[4 * LAYOUT_CARDS_MAX];

	for (unsigned first = 0; first < n; first++) {
		bool same[LAYOUT_CARDS_MAX] = {false};
		unsigned count = 0;

		if (done[first])
			continue;
		for (unsigned card = first; card < n; card++) {
			same[card] = same_want(&want[first], &want[card]);
			done[card] |= same[card];
			count += same[card];
		}
		text_ranges(ranges, sizeof(ranges), same, n);
		printf("  card%s %s: %s", count == 1 ? "" : "s", ranges,
		       card_want_text(&want[first], words));
		print_indexes(want[first].efa_device_index, want[first].ena_device_index);
		printf("\n");
	}
}

static void print_expanded(const struct layout *layout, const struct instance_type *type)
{
	struct card_want want[LAYOUT_CARDS_MAX];
	struct err why = {""};

	printf("\non a %s (%u network card%s, at most %u EFA device%s)\n", type->name, type->cards,
	       type->cards == 1 ? "" : "s", type->max_efa, type->max_efa == 1 ? "" : "s");
	layout_expand(layout, type->cards, want);
	print_cards(want, type->cards);
	if (layout_fits(layout, type, &why))
		printf("  which it cannot have: %s\n", why.text);
}

void layout_show_text(const struct layout *layout, const struct type_set *types,
		      const struct instance_type *type)
{
	char words[LAYOUT_WORDS_TEXT];

	printf("layout     %s\n", layout->name);
	printf("summary    %s\n", layout->summary);
	printf("meant for  %s\n", layout_meant_text(layout, words));
	printf("origin     %s\n", layout->origin);
	if (layout->base[0])
		printf("extends    %s%s\n", layout->base,
		       strcmp(layout->base, layout->name) == 0 ? ", changed in place" : "");
	print_types(layout, types);
	print_rules(layout);
	if (type)
		print_expanded(layout, type);
}
