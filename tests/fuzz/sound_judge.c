/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kit.h"
#include "layout_match.h"
#include "locality.h"
#include "sound.h"
#include "text.h"

void sound_want(const struct card_want *want)
{
	CHECK(want->efa <= WANT_ANY && want->ena <= WANT_ANY && want->paired <= WANT_ANY);
	CHECK(want->efa_device_index >= -1 && want->efa_device_index <= 255);
	CHECK(want->ena_device_index >= -1 && want->ena_device_index <= 255);
}

static void card_view(const struct card_view *view)
{
	CHECK(view->want_efa <= WANT_ANY && view->want_ena <= WANT_ANY);
	CHECK(view->want_paired <= WANT_ANY);
}

void sound_match(const struct layout *layout, const struct instance_type *type,
		 const struct inventory *inv)
{
	static struct layout_diff diff;

	memset(&diff, 0x5a, sizeof(diff));
	layout_match(layout, type, inv, &diff);
	CHECK(!strcmp(diff.layout, layout->name));
	CHECK(diff.n_cards >= 1 && diff.n_cards <= LAYOUT_CARDS_MAX);
	CHECK(diff.rails_want <= diff.n_cards);
	CHECK(diff.basis <= BASIS_NUMBERS);
	for (unsigned i = 0; i < diff.n_cards; i++)
		card_view(&diff.cards[i]);
	if (diff.basis == BASIS_CARDS && inv->facts.known)
		for (size_t i = 0; i < inv->facts.n_enis; i++)
			CHECK(inv->facts.enis[i].card_index < (int)diff.n_cards);
	CHECK(diff.n <= LAYOUT_DIFFS_MAX);
	for (size_t i = 0; i < diff.n; i++) {
		const struct card_diff *entry = &diff.v[i];

		CHECK(entry->card_index >= -1 && entry->card_index < (int)diff.n_cards);
		CHECK(entry->other_card >= -1 && entry->other_card < (int)diff.n_cards);
		CHECK(entry->rail >= -1 && entry->rail < (int)inv->n_rails);
		CHECK(entry->ena >= -1 && entry->ena < (int)inv->n_enas);
		CHECK(!entry->eni_id[0] || inventory_id_valid(entry->eni_id, "eni-"));
	}
}

static void recognized(const struct layout_set *set, const struct instance_type *type,
		       const struct inventory *inv)
{
	const char *names[LAYOUT_NAMES_MAX];
	const struct layout *nearest;
	size_t n = layout_recognize(set, type, inv, names, LAYOUT_NAMES_MAX, &nearest);

	CHECK(n <= LAYOUT_NAMES_MAX && (!n || nearest));
	CHECK(!nearest || (nearest >= set->v && nearest < set->v + set->n));
	for (size_t i = 0; i < n; i++)
		CHECK(layout_find(set, names[i]));
}

static void localized(const struct inventory *inv)
{
	static struct locality locality;
	size_t members = 0;

	locality_find(inv, &locality);
	CHECK(locality.n <= LOCALITY_GROUPS_MAX);
	for (size_t i = 0; i < locality.n; i++) {
		const struct locality_group *group = &locality.v[i];

		CHECK(inv->n_rails == 64 || !(group->rails >> inv->n_rails));
		CHECK(inv->n_enas == 64 || !(group->enas >> inv->n_enas));
		CHECK(inv->n_accels == 64 || !(group->accels >> inv->n_accels));
		CHECK(inv->n_foreign == 64 || !(group->foreign >> inv->n_foreign));
		members += (size_t)__builtin_popcountll(group->rails) +
			   (size_t)__builtin_popcountll(group->enas) +
			   (size_t)__builtin_popcountll(group->accels) +
			   (size_t)__builtin_popcountll(group->foreign);
		CHECK(group->empty_ports <= inv->n_ports);
	}
	/* Each function is in exactly one group. */
	CHECK(members == inv->n_rails + inv->n_enas + inv->n_accels + inv->n_foreign);
}

void sound_verdict(const struct verdict *verdict, const struct inventory *inv)
{
	CHECK(verdict->outcome <= OUTCOME_FAULTY);
	CHECK_PRINTABLE(verdict->sentence);
	CHECK(verdict->sentence[0]);
	CHECK(verdict->n_layouts <= LAYOUT_NAMES_MAX);
	for (size_t i = 0; i < verdict->n_layouts; i++)
		CHECK(text_is_name(verdict->layouts[i], NAME_TEXT - 1));
	CHECK_PRINTABLE(verdict->declared);
	CHECK(verdict->n_cards <= LAYOUT_CARDS_MAX);
	for (unsigned i = 0; i < verdict->n_cards; i++)
		card_view(&verdict->cards[i]);
	CHECK(verdict->basis <= BASIS_NUMBERS);
	CHECK(verdict->findings.n <= FINDINGS_MAX);
	for (size_t i = 0; i < verdict->findings.n; i++) {
		const struct finding *finding = &verdict->findings.v[i];

		CHECK(finding->code && finding->subject[0]);
		CHECK_PRINTABLE(finding->subject);
		CHECK_PRINTABLE(finding->expected);
		CHECK_PRINTABLE(finding->found);
		CHECK_PRINTABLE(finding->evidence);
		CHECK(finding->rail >= -1 && finding->rail < (int)inv->n_rails);
		CHECK(finding->card_index >= -1 && finding->card_index < LAYOUT_CARDS_MAX);
	}
}

static void mapped(const struct verdict_input *in, const struct verdict *verdict)
{
	static struct nodemap map;
	static const struct env_rules none;

	nodemap_build(in->inv, in->type, verdict, in->policy, in->probe, &none, 1, &map);
	nodemap_key(in->inv, in->policy, "", map.key);
	CHECK(strlen(map.key) == 16);
	sound_nodemap(&map);
}

/* Every usable rail passes, but for the first one, which fails as often as not. */
static void fill_report(const struct inventory *inv, struct probe_report *report)
{
	memset(report, 0, sizeof(*report));
	report->n = inv->n_rails;
	for (size_t i = 0; i < inv->n_rails; i++) {
		bool fails = !i && inv->n_rails % 2;

		if (inv->rails[i].stage != RAIL_USABLE)
			continue;
		report->v[i].state = fails ? PROBE_FAIL : PROBE_PASS;
		report->v[i].step = fails ? PROBE_STEP_TRANSFER : PROBE_STEP_DONE;
		report->v[i].bytes = 1;
	}
}

void sound_judge(const struct inventory *inv, const struct layout_set *layouts,
		 const struct instance_type *type)
{
	static struct verdict verdict;
	static struct probe_report report;
	static struct policy policy;
	struct verdict_input in = {
		.inv = inv, .layouts = layouts, .type = type, .policy = &policy, .probe = &report};

	sound_inventory(inv);
	localized(inv);
	recognized(layouts, type, inv);
	for (size_t i = 0; i < layouts->n; i++)
		sound_match(&layouts->v[i], type, inv);
	policy_defaults(&policy);
	fill_report(inv, &report);
	verdict_reach(&in, &verdict);
	sound_verdict(&verdict, inv);
	mapped(&in, &verdict);
	text_format(policy.layout_declared, NAME_TEXT, "%s", layouts->v[0].name);
	in.probe = NULL;
	verdict_reach(&in, &verdict);
	sound_verdict(&verdict, inv);
}
