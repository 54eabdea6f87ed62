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
		break;
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

static const char *diff_code(enum card_diff_kind kind)
{
	switch (kind) {
	case DIFF_EFA_MISSING:
		return "E101";
	case DIFF_EFA_EXTRA:
		return "E102";
	case DIFF_ENA_MISSING:
		return "E103";
	case DIFF_ENA_EXTRA:
		return "E104";
	case DIFF_DEVICE_INDEX:
		return "E105";
	case DIFF_INVISIBLE:
		return "E106";
	case DIFF_EFA_COUNT:
		return "E107";
	case DIFF_ENA_COUNT:
		return "E108";
	case DIFF_PAIRING:
		return "E109";
	}
	return "E101";
}

static void write_expected(const struct card_diff *diff, struct finding *finding)
{
	char *expected = finding->expected;
	size_t size = sizeof(finding->expected);

	switch (diff->kind) {
	case DIFF_DEVICE_INDEX:
		text_format(expected, size, "device index %d", diff->expected);
		finding_found(finding, "device index %d, not %d", diff->found, diff->expected);
		break;
	case DIFF_EFA_COUNT:
	case DIFF_ENA_COUNT:
		text_format(expected, size, "%d", diff->expected);
		finding_found(finding, "%d of %d", diff->found, diff->expected);
		break;
	case DIFF_PAIRING:
		text_format(expected, size, "%d as one interface", diff->expected);
		finding_found(finding, "%d as one interface, not %d", diff->found, diff->expected);
		break;
	case DIFF_EFA_MISSING:
	case DIFF_EFA_EXTRA:
	case DIFF_ENA_MISSING:
	case DIFF_ENA_EXTRA:
	case DIFF_INVISIBLE:
		break;
	}
}

/* Name what is there; of what is missing, where it should be. */
static void add_diff(struct judge *judge, const struct card_diff *diff)
{
	const struct inventory *inv = judge->in->inv;
	struct finding *finding = findings_add(&judge->out->findings, diff_code(diff->kind));
	char text[PCI_ADDR_TEXT], name[PCI_RDMA_NAME_TEXT];

	finding->card_index = diff->card_index;
	finding->rail = diff->rail;
	if (diff->card_index < 0)
		finding_subject(finding, "node");
	else if (diff->has_pci)
		finding_subject(finding, "card %d (rail %s, %s)", diff->card_index,
				pci_addr_rdma_name(&diff->pci, name),
				pci_addr_format(&diff->pci, text));
	else if (diff->rail >= 0)
		finding_subject(finding, "card %d (%s)", diff->card_index,
				rail_name(&inv->rails[diff->rail], text));
	else if (diff->ena >= 0 && inv->enas[diff->ena].netdev[0])
		finding_subject(finding, "card %d (%s)", diff->card_index,
				inv->enas[diff->ena].netdev);
	else
		finding_subject(finding, "card %d", diff->card_index);
	write_expected(diff, finding);
	text_format(finding->evidence, sizeof(finding->evidence), "held against layout %s%s%s",
		    judge->diff.layout, diff->eni_id[0] ? ", interface " : "", diff->eni_id);
	if (diff->card_index < 0 && diff->has_pci)
		text_append(finding->evidence, sizeof(finding->evidence),
			    ", nothing at PCI address %s", pci_addr_format(&diff->pci, text));
}

static void add_diffs(struct judge *judge)
{
	struct layout_diff *diff = &judge->diff;
	bool another = is_another_layout(judge);

	for (size_t i = 0; i < diff->n; i++)
		if (!another || diff->v[i].kind == DIFF_INVISIBLE)
			add_diff(judge, &diff->v[i]);
	if (another) {
		struct finding *finding = findings_add(&judge->out->findings, "W102");

		finding_subject(finding, "node");
		finding_found(finding, "%zu difference%s to %s, the nearest", diff->n,
			      diff->n == 1 ? "" : "s", diff->layout);
		return;
	}
	text_format(judge->out->declared, sizeof(judge->out->declared), "%s", diff->layout);
	judge->out->rails_want = diff->rails_want;
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
	else if (!inv->facts.known && !judge->diff.by_card)
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
	/* Neither type nor facts: nothing says how many functions there should be. */
	if (in->type || in->inv->facts.known)
		add_diffs(judge);
	add_unsure(judge);
}
