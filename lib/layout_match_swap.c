/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_match_impl.h"

static bool is_as_wanted(enum function_want want, bool found)
{
	return want == WANT_ANY || found == (want == WANT_YES);
}

static bool suits(const struct card *card, const struct card_want *want)
{
	if (!is_as_wanted(want->efa, card->n_rails) || !is_as_wanted(want->ena, card->n_enas))
		return false;
	return !card->n_rails || !card->n_enas || is_as_wanted(want->paired, card->paired);
}

/* Does the card differ, and is everything on it visible? */
static bool is_odd(const struct match *m, unsigned at)
{
	const struct card *card = &m->cards[at];

	return !card->settled && card->invisible < 0 && card->hidden_ena < 0 &&
	       !suits(card, &m->want[at]);
}

void match_swaps(struct match *m)
{
	/* Functions that sit nobody knows where could be what a card lacks. */
	if (m->loose_rails || m->loose_enas)
		return;
	for (unsigned a = 0; a < m->diff->n_cards; a++) {
		for (unsigned b = a + 1; b < m->diff->n_cards && is_odd(m, a); b++) {
			if (!is_odd(m, b) || !suits(&m->cards[a], &m->want[b]) ||
			    !suits(&m->cards[b], &m->want[a]))
				continue;
			match_add(m, DIFF_SWAPPED, (int)a)->other_card = (int)b;
			m->cards[a].settled = m->cards[b].settled = true;
		}
	}
}
