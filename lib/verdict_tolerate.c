/* SPDX-License-Identifier: Apache-2.0 */
/* Rails that the site can do without: layout.rails. */
#include "verdict_impl.h"

#include <string.h>

/* E106 is about any interface; one of a card without EFA is no rail. Without a layout nobody knows.
 */
static bool is_invisible_rail(const struct verdict *verdict, const struct finding *finding)
{
	const struct card_view *card;

	if (!verdict->declared[0] || finding->card_index < 0 ||
	    (unsigned)finding->card_index >= verdict->n_cards)
		return false;
	card = &verdict->cards[finding->card_index];
	return card->want_efa == WANT_YES && !card->has_efa;
}

static bool is_about_rail(const struct verdict *verdict, const struct finding *finding)
{
	if (!strcmp(finding->code->code, "E106"))
		return is_invisible_rail(verdict, finding);
	return !strncmp(finding->code->code, "E2", 2);
}

/* But for what is tolerated, it has the layout that it is held against. */
static void note_layout(struct verdict *out)
{
	for (size_t i = 0; i < out->n_layouts; i++)
		if (!strcmp(out->layouts[i], out->declared))
			return;
	if (out->declared[0] && out->n_layouts < LAYOUT_NAMES_MAX)
		memcpy(out->layouts[out->n_layouts++], out->declared, NAME_TEXT);
}

void verdict_tolerate(struct judge *judge)
{
	const struct rails_wish *wish = &judge->in->policy->rails;
	struct verdict *out = judge->out;
	const size_t n_accels = judge->in->inv->n_accels;
	size_t n = 0;

	/* For each of no accelerators: that says nothing about this node. */
	if (wish->kind == RAILS_ALL || (wish->kind == RAILS_PER_GPU && !n_accels))
		return;
	out->rails_asked = rails_wish_count(wish, out->rails_want, (unsigned)n_accels);
	if (out->findings.dropped || judge->rails_may < out->rails_asked)
		return;
	for (size_t i = 0; i < out->findings.n; i++) {
		const struct finding *finding = &out->findings.v[i];

		if (finding->code->severity != SEVERITY_ERROR || finding->code->owner != OWNER_NODE)
			continue;
		if (!is_about_rail(out, finding))
			return;
		n++;
	}
	out->tolerated = n > 0;
	if (out->tolerated)
		note_layout(out);
}
