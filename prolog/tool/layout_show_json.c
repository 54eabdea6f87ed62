/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "layout_show.h"
#include "layout_text.h"

static void write_want(struct json_out *out, const char *key, enum function_want want)
{
	if (want == WANT_ANY)
		json_out_string(out, key, "any");
	else
		json_out_bool(out, key, want == WANT_YES);
}

/* A number of which this one means that there is none. */
static void write_unless(struct json_out *out, const char *key, int64_t number, int64_t none)
{
	if (number == none)
		json_out_null(out, key);
	else
		json_out_int(out, key, number);
}

static void write_functions(struct json_out *out, const struct card_want *want)
{
	write_want(out, "efa", want->efa);
	write_want(out, "ena", want->ena);
	write_want(out, "paired", want->paired);
	write_unless(out, "efa_device_index", want->efa_device_index, -1);
	write_unless(out, "ena_device_index", want->ena_device_index, -1);
}

void layout_head_json(struct json_out *out, const struct layout *layout)
{
	json_out_string(out, "name", layout->name);
	json_out_string(out, "summary", layout->summary);
	json_out_string(out, "extends", layout->base[0] ? layout->base : NULL);
	json_out_string(out, "origin", layout->origin);
	json_out_open(out, "for", '{');
	write_unless(out, "min_cards", layout->min_cards, 0);
	write_unless(out, "max_cards", layout->max_cards, 0);
	if (layout->primary_efa == WANT_ANY)
		json_out_null(out, "primary_efa");
	else
		json_out_bool(out, "primary_efa", layout->primary_efa == WANT_YES);
	json_out_close(out);
}

static void write_rules(struct json_out *out, const struct layout *layout)
{
	char words[LAYOUT_WORDS_TEXT];

	json_out_open(out, "rules", '[');
	for (size_t i = 0; i < layout->n_rules; i++) {
		const struct layout_rule *rule = &layout->rules[i];
		const struct card_want want = {
			.efa = rule->efa,
			.ena = rule->ena,
			.paired = rule->paired,
			.efa_device_index = rule->efa_device_index,
			.ena_device_index = rule->ena_device_index,
		};

		json_out_open(out, NULL, '{');
		json_out_string(out, "cards", layout_rule_cards_text(rule, words));
		write_functions(out, &want);
		json_out_close(out);
	}
	json_out_close(out);
}

static void write_expanded(struct json_out *out, const struct layout *layout,
			   const struct instance_type *type)
{
	struct card_want want[LAYOUT_CARDS_MAX];
	char words[LAYOUT_WORDS_TEXT];
	struct err why = {""};
	int rc = layout_fits(layout, type, &why);

	json_out_open(out, "on", '{');
	json_out_string(out, "type", type->name);
	json_out_bool(out, "possible", rc == 0);
	json_out_string(out, "why_not", rc ? why.text : NULL);
	json_out_open(out, "cards", '[');
	layout_expand(layout, type->cards, want);
	for (unsigned card = 0; card < type->cards; card++) {
		json_out_open(out, NULL, '{');
		json_out_int(out, "card", card);
		json_out_string(out, "interfaces", card_want_text(&want[card], words));
		write_functions(out, &want[card]);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
}

void layout_show_json(struct json_out *out, const struct layout *layout,
		      const struct type_set *types, const struct instance_type *type)
{
	layout_head_json(out, layout);
	write_rules(out, layout);
	json_out_open(out, "types", '[');
	for (size_t i = 0; i < types->n; i++) {
		if (layout_fits(layout, &types->v[i], NULL) == 0)
			json_out_string(out, NULL, types->v[i].name);
	}
	json_out_close(out);
	if (type)
		write_expanded(out, layout, type);
	else
		json_out_null(out, "on");
}
