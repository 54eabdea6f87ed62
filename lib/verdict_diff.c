/* SPDX-License-Identifier: Apache-2.0 */
/* Findings about what a layout has otherwise than the node. */
#include "verdict_impl.h"

#include "text.h"

/* Of a card without card number nothing more than numbers is known. */
static const char *code_of(enum card_diff_kind kind)
{
	static const char *const codes[] = {
		[DIFF_EFA_MISSING] = "E101",  [DIFF_EFA_EXTRA] = "E102",
		[DIFF_ENA_MISSING] = "E103",  [DIFF_ENA_EXTRA] = "E104",
		[DIFF_DEVICE_INDEX] = "E105", [DIFF_INVISIBLE] = "E106",
		[DIFF_EFA_COUNT] = "E107",    [DIFF_ENA_COUNT] = "E108",
		[DIFF_PAIRING] = "E109",      [DIFF_SWAPPED] = "E110",
		[DIFF_PRIMARY_ENA] = "E111",  [DIFF_KIND] = "E112",
	};

	return codes[kind];
}

static const char *kind_text(bool efa, bool ena)
{
	if (efa && ena)
		return "EFA with ENA";
	return efa ? "EFA alone" : ena ? "ENA alone" : "nothing";
}

static const char *wanted_text(const struct card_view *view)
{
	return kind_text(view->want_efa == WANT_YES, view->want_ena == WANT_YES);
}

static const char *found_text(const struct card_view *view)
{
	return kind_text(view->has_efa, view->has_ena);
}

static void write_swap(const struct judge *judge, const struct card_diff *diff,
		       struct finding *finding)
{
	const struct card_view *a = &judge->diff.cards[diff->card_index];
	const struct card_view *b = &judge->diff.cards[diff->other_card];

	text_format(finding->expected, sizeof(finding->expected), "%s on %d, %s on %d",
		    wanted_text(a), diff->card_index, wanted_text(b), diff->other_card);
	finding_found(finding, "%s on %d, %s on %d", found_text(a), diff->card_index, found_text(b),
		      diff->other_card);
}

static void write_expected(const struct judge *judge, const struct card_diff *diff,
			   struct finding *finding)
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
	case DIFF_SWAPPED:
		write_swap(judge, diff, finding);
		break;
	case DIFF_KIND:
		text_format(expected, size, "%s",
			    wanted_text(&judge->diff.cards[diff->card_index]));
		finding_found(finding, "%s", found_text(&judge->diff.cards[diff->card_index]));
		break;
	case DIFF_EFA_MISSING:
	case DIFF_EFA_EXTRA:
	case DIFF_ENA_MISSING:
	case DIFF_ENA_EXTRA:
	case DIFF_PRIMARY_ENA:
	case DIFF_INVISIBLE:
		break;
	}
}

/* Name what is there; of what is missing, where it should be. */
static void write_subject(const struct judge *judge, const struct card_diff *diff,
			  struct finding *finding)
{
	const struct inventory *inv = judge->in->inv;
	char text[PCI_ADDR_TEXT], name[PCI_RDMA_NAME_TEXT];

	if (diff->card_index < 0)
		finding_subject(finding, "node");
	else if (diff->other_card >= 0)
		finding_subject(finding, "cards %d and %d", diff->card_index, diff->other_card);
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
}

/* Where EFA functions are missing whose cards nobody knows. */
static void add_addresses(const struct judge *judge, const struct card_diff *diff, char *buf,
			  size_t size)
{
	struct pci_addr pci[NODE_RAILS_MAX];
	char text[PCI_ADDR_TEXT];
	size_t n = layout_missing_pci(judge->in->type, judge->in->inv, pci);

	/* Others than those that the layout misses: then they say nothing. */
	if (diff->expected - diff->found != (int)n)
		return;
	for (size_t i = 0; i < n; i++) {
		if (text_append(buf, size, "%s %s", i ? "," : ", nothing at PCI address",
				pci_addr_format(&pci[i], text)))
			return;
	}
}

void verdict_add_diff(struct judge *judge, const struct card_diff *diff)
{
	struct finding *finding = findings_add(&judge->out->findings, code_of(diff->kind));

	finding->card_index = diff->card_index;
	finding->rail = diff->rail;
	write_subject(judge, diff, finding);
	write_expected(judge, diff, finding);
	text_format(finding->evidence, sizeof(finding->evidence), "held against layout %s%s%s",
		    judge->diff.layout, diff->eni_id[0] ? ", interface " : "", diff->eni_id);
	if (diff->kind == DIFF_EFA_COUNT && diff->found < diff->expected)
		add_addresses(judge, diff, finding->evidence, sizeof(finding->evidence));
}

static bool is_same_shift(const struct card_diff *a, const struct card_diff *b)
{
	return b->kind == DIFF_DEVICE_INDEX && a->expected == b->expected && a->found == b->found &&
	       (a->rail >= 0) == (b->rail >= 0);
}

bool verdict_is_first_shift(const struct layout_diff *diff, const struct card_diff *entry)
{
	if (entry->kind != DIFF_DEVICE_INDEX)
		return true;
	for (const struct card_diff *at = diff->v; at < entry; at++) {
		if (is_same_shift(entry, at))
			return false;
	}
	return true;
}

/* The same wrong device index on several cards was one decision when the node was launched. */
void verdict_add_shift(struct judge *judge, const struct card_diff *first)
{
	const struct layout_diff *diff = &judge->diff;
	bool cards[LAYOUT_CARDS_MAX] = {false};
	struct finding *finding;
	char text[48];
	size_t n = 0;

	for (const struct card_diff *at = first; at < diff->v + diff->n; at++) {
		if (!is_same_shift(first, at))
			continue;
		cards[at->card_index] = true;
		n++;
	}
	verdict_add_diff(judge, first);
	if (n < 2)
		return;
	finding = &judge->out->findings.v[judge->out->findings.n - 1];
	text_ranges(text, sizeof(text), cards, LAYOUT_CARDS_MAX);
	finding_subject(finding, "cards %s", text);
	text_format(finding->evidence, sizeof(finding->evidence), "held against layout %s",
		    diff->layout);
}
