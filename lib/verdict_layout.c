/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define AUTO "auto"

static void note_layouts(struct judge *judge)
{
	const struct verdict_input *in = judge->in;
	const char *names[LAYOUT_NAMES_MAX];
	struct verdict *out = judge->out;

	judge->nearest = NULL;
	out->n_layouts = layout_recognize(in->layouts, in->type, in->inv, names, LAYOUT_NAMES_MAX,
					  &judge->nearest);
	for (size_t i = 0; i < out->n_layouts; i++)
		text_format(out->layouts[i], sizeof(out->layouts[i]), "%s", names[i]);
}

static void add_settings(struct judge *judge, const char *sentence)
{
	struct finding *finding = findings_add(&judge->out->findings, "E304");

	finding_subject(finding, "check");
	finding_found(finding, "layout.declared: %s", sentence);
}

/*
 * The layout that the node is held against: what the site declares, else the nearest one. NULL:
 * none. A declaration that cannot be met by this type is a mistake in the settings, not in the
 * node.
 */
static const struct layout *held_against(struct judge *judge)
{
	const struct verdict_input *in = judge->in;
	const char *declared = in->policy->layout_declared;
	const struct layout *layout;
	struct err err;

	if (!strcmp(declared, AUTO))
		return judge->nearest;
	layout = layout_find(in->layouts, declared);
	if (!layout) {
		text_format(err.text, sizeof(err.text), "there is no layout \"%s\"", declared);
		add_settings(judge, err.text);
		return NULL;
	}
	if (in->type && layout_fits(layout, in->type, &err)) {
		add_settings(judge, err.text);
		return NULL;
	}
	return layout;
}

static unsigned weight(const struct card_diff *diff)
{
	switch (diff->kind) {
	case DIFF_INVISIBLE:
		return 0;
	case DIFF_EFA_COUNT:
	case DIFF_ENA_COUNT:
		return (unsigned)abs(diff->expected - diff->found);
	case DIFF_PAIRING:
		return diff->card_index < 0 ? (unsigned)abs(diff->expected - diff->found) : 1;
	case DIFF_EFA_MISSING:
	case DIFF_EFA_EXTRA:
	case DIFF_ENA_MISSING:
	case DIFF_ENA_EXTRA:
	case DIFF_DEVICE_INDEX:
	case DIFF_KIND:
	case DIFF_PRIMARY_ENA:
		break;
	case DIFF_SWAPPED:
		return 2;
	}
	return 1;
}

/*
 * Where the site declares nothing, the nearest layout is a guess. A node that differs from it in
 * more than a quarter of its cards was launched otherwise and is not broken, and of an unknown type
 * nobody knows how it should look: draining such nodes would drain every one of their kind.
 */
static bool is_another_layout(const struct judge *judge)
{
	unsigned limit = judge->diff.n_cards / 4, sum = 0;

	if (strcmp(judge->in->policy->layout_declared, AUTO) != 0)
		return false;
	for (size_t i = 0; i < judge->diff.n; i++)
		sum += weight(&judge->diff.v[i]);
	if (!judge->in->type)
		return sum > 0;
	return sum > (limit ? limit : 1);
}

static void add_diffs(struct judge *judge, bool invisible_only)
{
	for (size_t i = 0; i < judge->diff.n; i++) {
		const struct card_diff *diff = &judge->diff.v[i];

		if (invisible_only && diff->kind != DIFF_INVISIBLE)
			continue;
		if (diff->kind != DIFF_DEVICE_INDEX)
			verdict_add_diff(judge, diff);
		else if (verdict_is_first_shift(&judge->diff, diff))
			verdict_add_shift(judge, diff);
	}
}

static void add_unknown_layout(struct judge *judge)
{
	struct finding *finding = findings_add(&judge->out->findings, "W102");

	finding_subject(finding, "node");
	finding_found(finding, "%zu difference%s to %s, the nearest", judge->diff.n,
		      judge->diff.n == 1 ? "" : "s", judge->diff.layout);
}

/* What this layout has on the node, for people and for counting. */
static void note_cards(struct judge *judge)
{
	const struct layout_diff *diff = &judge->diff;
	struct verdict *out = judge->out;

	out->n_cards = diff->n_cards;
	out->basis = diff->basis;
	memcpy(out->cards, diff->cards, sizeof(out->cards));
}

/* Findings that the differences come to: a shift of device indexes is one. */
static size_t count_findings(const struct layout_diff *diff)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->n; i++)
		n += verdict_is_first_shift(diff, &diff->v[i]);
	return n;
}

/*
 * A node that was launched with another layout differs from the declared one in many places for one
 * reason. That is the smaller explanation when the other layout and what is left to differ from it
 * are fewer than the differences to the declared one.
 */
static void explain_by_other(struct judge *judge)
{
	const struct layout *other = judge->nearest;
	struct layout_diff declared = judge->diff;
	struct finding *finding;

	if (!other || declared.n < 2 || declared.basis != BASIS_CARDS ||
	    !strcmp(other->name, declared.layout))
		return;
	layout_match(other, judge->in->type, judge->in->inv, &judge->diff);
	if (count_findings(&judge->diff) + 1 >= count_findings(&declared)) {
		judge->diff = declared;
		return;
	}
	finding = findings_add(&judge->out->findings, "E114");
	finding_subject(finding, "node");
	text_format(finding->expected, sizeof(finding->expected), "layout %s", declared.layout);
	finding_found(finding, "layout %s", other->name);
	text_format(finding->evidence, sizeof(finding->evidence),
		    "%zu differences to layout %s, %zu to layout %s", declared.n, declared.layout,
		    judge->diff.n, other->name);
}

static void judge_layout(struct judge *judge)
{
	if (is_another_layout(judge)) {
		add_diffs(judge, true);
		add_unknown_layout(judge);
		return;
	}
	text_format(judge->out->declared, sizeof(judge->out->declared), "%s", judge->diff.layout);
	judge->out->rails_want = judge->diff.rails_want;
	explain_by_other(judge);
	add_diffs(judge, false);
}

/* A node without EFA: as it should be, or launched without, or a type that nobody has described. */
static void add_without_efa(struct judge *judge)
{
	const struct instance_type *type = judge->in->type;
	struct finding *finding = findings_add(&judge->out->findings, type ? "W104" : "I102");

	finding_subject(finding, "node");
	if (type)
		finding_found(finding, "%s can have %u", type->name, type->max_efa);
}

static void add_unsure(struct judge *judge)
{
	const struct inventory *inv = judge->in->inv;
	struct finding *finding;

	if (!judge->in->type) {
		finding = findings_add(&judge->out->findings, "W101");
		finding_subject(finding, "node");
		finding_found(finding, "%s",
			      inv->instance_type[0] ? inv->instance_type : "no product name");
	}
	if (!judge->in->type && !inv->facts.known)
		finding_subject(findings_add(&judge->out->findings, "W103"), "node");
	else if (!inv->facts.known && judge->diff.basis != BASIS_CARDS)
		finding_subject(findings_add(&judge->out->findings, "I101"), "node");
}

void verdict_layout(struct judge *judge)
{
	const struct verdict_input *in = judge->in;
	bool declared = strcmp(in->policy->layout_declared, AUTO) != 0;
	const struct layout *layout;

	note_layouts(judge);
	judge->out->rails_want = (unsigned)in->inv->n_rails;
	/* nearest is NULL when there is neither an EFA function nor a trace of one. */
	if (!judge->nearest && !(declared && in->type)) {
		add_without_efa(judge);
		return;
	}
	layout = held_against(judge);
	if (!layout)
		return;
	layout_match(layout, in->type, in->inv, &judge->diff);
	note_cards(judge);
	/* Neither type nor facts: nothing says how many functions there should be. */
	if (in->type || in->inv->facts.known)
		judge_layout(judge);
	add_unsure(judge);
}
