/* SPDX-License-Identifier: Apache-2.0 */
/* A file of layouts over a set that has some: read, written again, expanded, held against nodes. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kit.h"
#include "nodes.h"
#include "sound.h"
#include "text.h"

#define MATCHED_MAX 8 /* new layouts of an input that are held against nodes */

static const char base_text[] =
	"{\"layouts\": ["
	"{\"name\": \"all-efa\", \"summary\": \"s\", \"cards\": [{\"cards\": \"all\", "
	"\"efa\": true, \"ena\": true, \"paired\": true}]},"
	"{\"name\": \"other\", \"summary\": \"s\", \"for\": {\"max_cards\": 4}, \"cards\": "
	"[{\"cards\": \"every 2 from 1\", \"efa\": \"any\", \"ena\": false}]}]}";

static struct layout_set base;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err;

	(void)argc;
	(void)argv;
	CHECK_OK(layout_set_load(&base, kit_file((const uint8_t *)base_text, sizeof(base_text) - 1),
				 FILE_TRUST_OWNER, &err),
		 &err);
	return 0;
}

static void sound_rule(const struct layout_rule *rule)
{
	sound_want(&(struct card_want){rule->efa, rule->ena, rule->paired, rule->efa_device_index,
				       rule->ena_device_index});
	CHECK(rule->cards <= CARDS_EVERY);
	CHECK(rule->cards != CARDS_RANGE ||
	      (rule->first <= rule->last && rule->last < LAYOUT_CARDS_MAX));
	CHECK(rule->cards != CARDS_EVERY ||
	      (rule->every && rule->every < LAYOUT_CARDS_MAX && rule->first < LAYOUT_CARDS_MAX));
	CHECK(rule->paired == WANT_ANY || (rule->efa != WANT_NO && rule->ena != WANT_NO));
}

static void sound_layout(const struct layout *layout)
{
	CHECK(text_is_name(layout->name, sizeof(layout->name) - 1));
	CHECK_TEXT(layout->summary);
	CHECK(!layout->base[0] || text_is_name(layout->base, NAME_TEXT - 1));
	CHECK_PRINTABLE(layout->origin);
	CHECK(layout->min_cards <= LAYOUT_CARDS_MAX && layout->max_cards <= LAYOUT_CARDS_MAX);
	CHECK(!layout->max_cards || layout->min_cards <= layout->max_cards);
	CHECK(layout->primary_efa <= WANT_ANY);
	CHECK(layout->n_rules >= 1 && layout->n_rules <= LAYOUT_RULES_MAX);
	for (size_t i = 0; i < layout->n_rules; i++)
		sound_rule(&layout->rules[i]);
}

static void write_want(struct json_out *out, const char *key, enum function_want want)
{
	if (want == WANT_ANY)
		json_out_string(out, key, "any");
	else
		json_out_bool(out, key, want == WANT_YES);
}

static void write_rule(struct json_out *out, const struct layout_rule *rule)
{
	static const char *const words[] = {"all", "primary", "others"};
	char cards[32];

	if (rule->cards == CARDS_RANGE)
		text_format(cards, sizeof(cards), "%u-%u", rule->first, rule->last);
	else if (rule->cards == CARDS_EVERY)
		text_format(cards, sizeof(cards), "every %u from %u", rule->every, rule->first);
	else
		text_format(cards, sizeof(cards), "%s", words[rule->cards]);
	json_out_open(out, NULL, '{');
	json_out_string(out, "cards", cards);
	write_want(out, "efa", rule->efa);
	write_want(out, "ena", rule->ena);
	if (rule->paired != WANT_ANY)
		write_want(out, "paired", rule->paired);
	if (rule->efa_device_index >= 0)
		json_out_int(out, "efa_device_index", rule->efa_device_index);
	if (rule->ena_device_index >= 0)
		json_out_int(out, "ena_device_index", rule->ena_device_index);
	json_out_close(out);
}

static void write_layout(struct json_out *out, const struct layout *layout)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "name", layout->name);
	json_out_string(out, "summary", layout->summary);
	json_out_open(out, "for", '{');
	if (layout->min_cards)
		json_out_int(out, "min_cards", layout->min_cards);
	if (layout->max_cards)
		json_out_int(out, "max_cards", layout->max_cards);
	if (layout->primary_efa != WANT_ANY)
		write_want(out, "primary_efa", layout->primary_efa);
	json_out_close(out);
	json_out_open(out, "cards", '[');
	for (size_t i = 0; i < layout->n_rules; i++)
		write_rule(out, &layout->rules[i]);
	json_out_close(out);
	json_out_close(out);
}

/* The set as a file; to be freed. */
static char *written(const struct layout_set *set)
{
	struct json_out *out = json_out_new(false);
	const char *text;
	char *copy;
	size_t size;
	struct err err;

	CHECK(out);
	json_out_open(out, NULL, '{');
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < set->n; i++)
		write_layout(out, &set->v[i]);
	json_out_close(out);
	json_out_close(out);
	CHECK_OK(json_out_done(out, &text, &size, &err), &err);
	copy = strdup(text);
	CHECK(copy);
	json_out_free(out);
	return copy;
}

/* A layout that extends another may be another one, or too long, when the file is read twice. */
static bool any_extends(const struct layout_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].base[0])
			return true;
	return false;
}

/* A set that is written and read again, and one into which the same file is read twice, stay as
 * they are. */
static void reads_the_same(const struct layout_set *set, const char *path)
{
	static struct layout_set again;
	char *text = written(set), *other;
	struct err err;

	if (!any_extends(set)) {
		again = *set;
		CHECK_OK(layout_set_load(&again, path, FILE_TRUST_OWNER, &err), &err);
		other = written(&again);
		CHECK(!strcmp(text, other));
		free(other);
	}
	memset(&again, 0, sizeof(again));
	path = kit_file((const uint8_t *)text, strlen(text));
	CHECK_OK(layout_set_load(&again, path, FILE_TRUST_OWNER, &err), &err);
	other = written(&again);
	CHECK(!strcmp(text, other));
	free(other);
	free(text);
}

static bool selects(const struct layout_rule *rule, unsigned card)
{
	if (rule->cards == CARDS_RANGE)
		return rule->first <= card && card <= rule->last;
	if (rule->cards == CARDS_EVERY) {
		for (unsigned at = rule->first; at <= card; at += rule->every)
			if (at == card)
				return true;
		return false;
	}
	return rule->cards == CARDS_ALL || (rule->cards == CARDS_PRIMARY) == !card;
}

/* The last rule that selects a card is what is wanted there; without one, nothing is. */
static void sound_card(const struct layout *layout, unsigned card, const struct card_want *want)
{
	const struct layout_rule *rule = NULL;

	sound_want(want);
	for (size_t i = layout->n_rules; !rule && i-- > 0;)
		if (selects(&layout->rules[i], card))
			rule = &layout->rules[i];
	CHECK(want->efa == (rule ? rule->efa : WANT_NO));
	CHECK(want->ena == (rule ? rule->ena : WANT_NO));
	CHECK(want->paired == (rule ? rule->paired : WANT_ANY));
	CHECK(want->efa_device_index == (rule ? rule->efa_device_index : -1));
	CHECK(want->ena_device_index == (rule ? rule->ena_device_index : -1));
}

static void expanded(const struct layout *layout)
{
	static const char *const types[] = {"c5n.18xlarge", "p4d.24xlarge", "p5.48xlarge",
					    "p6-b300.48xlarge"};
	struct card_want want[LAYOUT_CARDS_MAX];

	for (unsigned n = 1; n <= LAYOUT_CARDS_MAX; n *= 4) {
		memset(want, 0x5a, sizeof(want));
		layout_expand(layout, n, want);
		for (unsigned i = 0; i < n; i++)
			sound_card(layout, i, &want[i]);
	}
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct err err = {""};
		int rc = layout_fits(layout, type_find(nodes_types(), types[i]), &err);

		if (rc)
			kit_refused(rc, &err);
	}
	for (unsigned i = 0; i < NODES_N; i++) {
		const struct inventory *inv = nodes_get(i);

		sound_match(layout, type_find(nodes_types(), inv->instance_type), inv);
		sound_match(layout, NULL, inv);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct layout_set set;
	const char *path = kit_file(data, size);
	struct err err = {""};
	unsigned matched = 0;
	int rc;

	set = base;
	rc = layout_set_load(&set, path, FILE_TRUST_OWNER, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&set, &base, sizeof(set)));
		return 0;
	}
	CHECK(set.n >= base.n && set.n <= LAYOUTS_MAX);
	for (size_t i = 0; i < set.n; i++) {
		sound_layout(&set.v[i]);
		CHECK(layout_find(&set, set.v[i].name) == &set.v[i]);
		if (i < base.n)
			CHECK(!strcmp(set.v[i].name, base.v[i].name));
		if (matched < MATCHED_MAX && memcmp(&set.v[i], &base.v[i], sizeof(set.v[i]))) {
			expanded(&set.v[i]);
			matched++;
		}
	}
	reads_the_same(&set, path);
	return 0;
}
