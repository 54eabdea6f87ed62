/* SPDX-License-Identifier: Apache-2.0 */
/* One rule of a layout: which cards, and what is on them. */
#include <errno.h>
#include <string.h>

#include "layout_json_impl.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A number as "cards" has it: one or two digits, no leading zero. */
static int take_number(const char *text, size_t n, unsigned min, unsigned *ret_number)
{
	char digits[3];
	uint64_t value;

	if (n >= sizeof(digits) || (n > 1 && text[0] == '0'))
		return -EINVAL;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (text_u64(digits, min, LAYOUT_CARDS_MAX - 1, &value))
		return -EINVAL;
	*ret_number = (unsigned)value;
	return 0;
}

/* "every 4", "every 2 from 1" */
static int parse_every(const char *text, struct layout_rule *rule)
{
	static const char from[] = " from ";
	const char *start = strstr(text, from);
	size_t n = start ? (size_t)(start - text) : strlen(text);

	rule->cards = CARDS_EVERY;
	rule->first = 0;
	if (take_number(text, n, 1, &rule->every))
		return -EINVAL;
	if (!start)
		return 0;
	start += strlen(from);
	return take_number(start, strlen(start), 0, &rule->first);
}

static int parse_cards(const char *text, struct layout_rule *rule)
{
	static const char every[] = "every ";
	const char *dash = strchr(text, '-');

	if (!strcmp(text, "all")) {
		rule->cards = CARDS_ALL;
	} else if (!strcmp(text, "primary")) {
		rule->cards = CARDS_PRIMARY;
	} else if (!strcmp(text, "others")) {
		rule->cards = CARDS_OTHERS;
	} else if (!strncmp(text, every, strlen(every))) {
		return parse_every(text + strlen(every), rule);
	} else {
		const char *last = dash ? dash + 1 : text;

		rule->cards = CARDS_RANGE;
		if (take_number(text, dash ? (size_t)(dash - text) : strlen(text), 0,
				&rule->first) ||
		    take_number(last, strlen(last), 0, &rule->last) || rule->first > rule->last)
			return -EINVAL;
	}
	return 0;
}

static int load_cards(const struct json *value, struct layout_rule *rule, struct err *err)
{
	static const char *const words[] = {"all", "primary", "others"};
	char text[32], found[JSON_SHOWN_TEXT];
	const char *near;
	int r = json_string(value, 1, text, sizeof(text), err);

	if (r)
		return r;
	if (!parse_cards(text, rule))
		return 0;
	near = text_nearest(text, words, COUNT(words));
	return json_complain(value, -EINVAL, err,
			     "expected all, primary, others, a card number, a range such as "
			     "\"4-7\", \"every 4\" or \"every 2 from 1\" (cards 0 to %d), found "
			     "%s%s%s%s",
			     LAYOUT_CARDS_MAX - 1, json_shown(value, found),
			     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* What somebody meant who wrote a text other than "any"; "" when there is no telling. */
static const char *want_meant(const char *text)
{
	static const char *const words[] = {"any", "true", "false", "yes", "no"};
	static const char *const meant[] = {"\"any\"", "true", "false", "true", "false"};
	const char *near = text_nearest(text, words, COUNT(words));

	for (size_t i = 0; i < COUNT(words); i++)
		if (near == words[i])
			return meant[i];
	return "";
}

/* true, false or "any" */
static int load_want(const struct json *value, enum function_want *ret_want, struct err *err)
{
	char text[16] = "", found[JSON_SHOWN_TEXT];
	const char *meant = "";
	bool yes;

	if (json_is_bool(value)) {
		int r = json_bool(value, &yes, err);

		if (!r)
			*ret_want = yes ? WANT_YES : WANT_NO;
		return r;
	}
	if (json_is_string(value) && !json_string(value, 1, text, sizeof(text), NULL)) {
		if (!strcmp(text, "any")) {
			*ret_want = WANT_ANY;
			return 0;
		}
		meant = want_meant(text);
	}
	return json_complain(value, -EINVAL, err, "expected true, false or \"any\", found %s%s%s%s",
			     json_shown(value, found), meant[0] ? "; did you mean " : "", meant,
			     meant[0] ? "?" : "");
}

static int need_want(const struct json *obj, const char *key, enum function_want *ret_want,
		     struct err *err)
{
	const struct json *value;
	int r = json_need(obj, key, &value, err);

	return r ? r : load_want(value, ret_want, err);
}

/* The device index of a function that the rule has; absent leaves *ret_index as it is. */
static int load_index(const struct json *obj, const char *key, const char *function,
		      enum function_want want, int *ret_index, struct err *err)
{
	const struct json *value = json_member(obj, key);
	unsigned index;
	int r;

	if (!value)
		return 0;
	r = entry_number(obj, key, 0, 255, true, &index, err);
	if (r)
		return r;
	if (want == WANT_NO)
		return json_complain(value, -EINVAL, err,
				     "says where an %s function is, but this rule has none",
				     function);
	*ret_index = (int)index;
	return 0;
}

static int load_paired(const struct json *obj, struct layout_rule *rule, struct err *err)
{
	const struct json *value = json_member(obj, "paired");

	if (!value)
		return 0;
	if (rule->efa == WANT_NO || rule->ena == WANT_NO)
		return json_complain(value, -EINVAL, err,
				     "says how EFA and ENA of a card belong together, but this "
				     "rule has only one of them");
	return load_want(value, &rule->paired, err);
}

int layout_rule_load(const struct json *obj, struct layout_rule *rule, struct err *err)
{
	static const char *const keys[] = {
		"cards", "efa", "ena", "paired", "efa_device_index", "ena_device_index",
	};
	const struct json *value;
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*rule = (struct layout_rule){
		.paired = WANT_ANY,
		.efa_device_index = -1,
		.ena_device_index = -1,
	};
	if (!r)
		r = json_need(obj, "cards", &value, err);
	if (!r)
		r = load_cards(value, rule, err);
	if (!r)
		r = need_want(obj, "efa", &rule->efa, err);
	if (!r)
		r = need_want(obj, "ena", &rule->ena, err);
	if (!r)
		r = load_index(obj, "efa_device_index", "EFA", rule->efa, &rule->efa_device_index,
			       err);
	if (!r)
		r = load_index(obj, "ena_device_index", "ENA", rule->ena, &rule->ena_device_index,
			       err);
	return r ? r : load_paired(obj, rule, err);
}
