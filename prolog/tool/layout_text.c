/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_text.h"

#include "text.h"

const char *layout_rule_cards_text(const struct layout_rule *rule, char *buf)
{
	switch (rule->cards) {
	case CARDS_ALL:
		return "all";
	case CARDS_PRIMARY:
		return "primary";
	case CARDS_OTHERS:
		return "others";
	case CARDS_RANGE:
		text_format(buf, LAYOUT_WORDS_TEXT, "%u", rule->first);
		if (rule->last > rule->first)
			text_append(buf, LAYOUT_WORDS_TEXT, "-%u", rule->last);
		return buf;
	case CARDS_EVERY:
		text_format(buf, LAYOUT_WORDS_TEXT, "every %u", rule->every);
		if (rule->first)
			text_append(buf, LAYOUT_WORDS_TEXT, " from %u", rule->first);
		return buf;
	}
	return "";
}

/* A card where one function or both may be there or not. */
static const char *loose_want_text(const struct card_want *want, char *buf)
{
	if (want->ena == WANT_NO)
		return "efa-only or none";
	if (want->efa == WANT_NO)
		return "interface or none";
	text_format(buf, LAYOUT_WORDS_TEXT, "%s%s",
		    want->efa == WANT_YES   ? "EFA, with or without ENA"
		    : want->ena == WANT_YES ? "ENA, with or without EFA"
					    : "anything",
		    want->paired == WANT_ANY   ? ""
		    : want->paired == WANT_YES ? "; both as one interface"
					       : "; both as two interfaces");
	return buf;
}

const char *card_want_text(const struct card_want *want, char *buf)
{
	if (want->efa == WANT_ANY || want->ena == WANT_ANY)
		return loose_want_text(want, buf);
	if (want->efa == WANT_NO)
		return want->ena == WANT_NO ? "none" : "interface";
	if (want->ena == WANT_NO)
		return "efa-only";
	return want->paired == WANT_YES	 ? "efa"
	       : want->paired == WANT_NO ? "interface and efa-only"
					 : "efa, or interface and efa-only";
}

const char *layout_meant_text(const struct layout *layout, char *buf)
{
	unsigned min = layout->min_cards, max = layout->max_cards;
	bool cards = min || max, primary = layout->primary_efa != WANT_ANY;

	if (!cards && !primary)
		return "all nodes";
	text_format(buf, LAYOUT_WORDS_TEXT, "nodes with ");
	if (min && max)
		text_append(buf, LAYOUT_WORDS_TEXT, "%u to %u network cards", min, max);
	else if (max)
		text_append(buf, LAYOUT_WORDS_TEXT, "at most %u network card%s", max,
			    max == 1 ? "" : "s");
	else if (min)
		text_append(buf, LAYOUT_WORDS_TEXT, "%u or more network cards", min);
	if (primary)
		text_append(buf, LAYOUT_WORDS_TEXT, "%sa card 0 that can%s carry EFA",
			    cards ? " and " : "", layout->primary_efa == WANT_YES ? "" : "not");
	return buf;
}

const char *function_want_text(enum function_want want)
{
	return want == WANT_ANY ? "any" : want == WANT_YES ? "yes" : "no";
}
