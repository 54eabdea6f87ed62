/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A number of the form that "cards" uses; the longest that matters has two digits. */
static int take_number(const char *text, size_t n, unsigned min, unsigned *ret_number)
{
	char digits[8];
	uint64_t value;

	if (n >= sizeof(digits))
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
	char text[32];
	int r = json_string(value, 1, text, sizeof(text), err);

	if (r)
		return r;
	if (parse_cards(text, rule))
		return json_complain(value, -EINVAL, err,
				     "expected all, primary, others, a card number, a range such "
				     "as \"4-7\", \"every 4\" or \"every 2 from 1\" (cards 0 to "
				     "%d), found \"%s\"",
				     LAYOUT_CARDS_MAX - 1, text);
	return 0;
}

/* true, false or "any" */
static int load_want(const struct json *value, enum function_want *ret_want, struct err *err)
{
	static const char *const words[] = {"any"};
	bool yes;
	size_t word;
	int r;

	if (json_is_string(value)) {
		r = json_word(value, words, COUNT(words), &word, err);
		if (!r)
			*ret_want = WANT_ANY;
		return r;
	}
	if (!json_is_bool(value))
		return json_complain(value, -EINVAL, err, "expected true, false or \"any\"");
	r = json_bool(value, &yes, err);
	if (!r)
		*ret_want = yes ? WANT_YES : WANT_NO;
	return r;
}

static int need_want(const struct json *obj, const char *key, enum function_want *ret_want,
		     struct err *err)
{
	const struct json *value;
	int r = json_need(obj, key, &value, err);

	return r ? r : load_want(value, ret_want, err);
}

/* An optional integer; absent leaves *ret_number as it is. */
static int take_int(const struct json *obj, const char *key, int min, int max, int *ret_number,
		    struct err *err)
{
	const struct json *value = json_member(obj, key);
	int64_t number;
	int r = value ? json_int(value, min, max, &number, err) : 0;

	if (value && !r)
		*ret_number = (int)number;
	return r;
}

static int load_rule(const struct json *obj, struct layout_rule *rule, struct err *err)
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
		r = take_int(obj, "efa_device_index", 0, 255, &rule->efa_device_index, err);
	if (!r)
		r = take_int(obj, "ena_device_index", 0, 255, &rule->ena_device_index, err);
	value = json_member(obj, "paired");
	if (r || !value)
		return r;
	if (rule->efa == WANT_NO || rule->ena == WANT_NO)
		return json_complain(value, -EINVAL, err,
				     "says how EFA and ENA of a card belong together, but this "
				     "rule has only one of them");
	return load_want(value, &rule->paired, err);
}

/* What nodes the layout is meant for. */
static int load_for(const struct json *obj, struct layout *layout, struct err *err)
{
	static const char *const keys[] = {"min_cards", "max_cards", "primary_efa"};
	const struct json *primary = json_member(obj, "primary_efa");
	int min = 0, max = 0;
	bool yes;
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	if (!r)
		r = take_int(obj, "min_cards", 1, LAYOUT_CARDS_MAX, &min, err);
	if (!r)
		r = take_int(obj, "max_cards", 1, LAYOUT_CARDS_MAX, &max, err);
	if (!r && max && min > max)
		return json_complain(obj, -EINVAL, err, "min_cards %d is above max_cards %d", min,
				     max);
	if (!r && primary) {
		r = json_bool(primary, &yes, err);
		if (!r)
			layout->primary_efa = yes ? WANT_YES : WANT_NO;
	}
	layout->min_cards = (unsigned)min;
	layout->max_cards = (unsigned)max;
	return r;
}

static int load_rules(const struct json *obj, struct layout *layout, struct err *err)
{
	const struct json *rules;
	int r = json_need(obj, "cards", &rules, err);

	if (!r)
		r = json_array(rules, LAYOUT_RULES_MAX, &layout->n_rules, err);
	if (!r && !layout->n_rules)
		return json_complain(rules, -EINVAL, err, "expected at least one rule");
	for (size_t i = 0; !r && i < layout->n_rules; i++)
		r = load_rule(json_at(rules, i), &layout->rules[i], err);
	return r;
}

static int load_name(const struct json *obj, struct layout *layout, struct err *err)
{
	static const char *const taken[] = {"any", "none", "auto", "help"};
	const struct json *value;
	int r = json_need(obj, "name", &value, err);

	if (!r)
		r = json_string(value, 1, layout->name, sizeof(layout->name), err);
	if (r)
		return r;
	if (!text_is_name(layout->name, sizeof(layout->name) - 1))
		return json_complain(value, -EINVAL, err,
				     "expected letters, digits, \".\", \"_\" and \"-\", found "
				     "\"%s\"",
				     layout->name);
	for (size_t i = 0; i < COUNT(taken); i++) {
		if (!strcmp(layout->name, taken[i]))
			return json_complain(value, -EINVAL, err,
					     "\"%s\" has a meaning of its own in requests and "
					     "settings, choose another name",
					     layout->name);
	}
	return 0;
}

static int load_layout(const struct json *obj, struct layout *layout, struct err *err)
{
	static const char *const keys[] = {"name", "summary", "for", "cards"};
	const struct json *value;
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*layout = (struct layout){.primary_efa = WANT_ANY};
	if (!r)
		r = load_name(obj, layout, err);
	if (!r)
		r = json_need(obj, "summary", &value, err);
	if (!r)
		r = json_string(value, 1, layout->summary, sizeof(layout->summary), err);
	value = json_member(obj, "for");
	if (!r && value)
		r = load_for(value, layout, err);
	return r ? r : load_rules(obj, layout, err);
}

/* Into the place of the layout with this name, or behind the last. from_here: which entries of set
 * this file has given. */
static int put_layout(const struct json *obj, const struct layout *layout, struct layout_set *set,
		      bool *from_here, struct err *err)
{
	const struct layout *old = layout_find(set, layout->name);
	size_t i = old ? (size_t)(old - set->v) : set->n;

	if (old && from_here[i])
		return json_complain(obj, -EINVAL, err, "a second layout named \"%s\"",
				     layout->name);
	if (i == LAYOUTS_MAX)
		return json_complain(obj, -EOVERFLOW, err, "more than %d layouts", LAYOUTS_MAX);
	set->v[i] = *layout;
	from_here[i] = true;
	if (!old)
		set->n++;
	return 0;
}

static int load_all(const struct json *root, struct layout_set *set, struct err *err)
{
	static const char *const keys[] = {"layouts"};
	const struct json *list = NULL;
	bool from_here[LAYOUTS_MAX] = {false};
	size_t n = 0;
	int r = json_only_keys(root, keys, COUNT(keys), err);

	if (!r)
		r = json_need(root, "layouts", &list, err);
	if (!r)
		r = json_array(list, LAYOUTS_MAX, &n, err);
	for (size_t i = 0; !r && i < n; i++) {
		const struct json *obj = json_at(list, i);
		struct layout layout;

		r = load_layout(obj, &layout, err);
		if (!r)
			r = put_layout(obj, &layout, set, from_here, err);
	}
	return r;
}

int layout_set_load(struct layout_set *set, const char *path, enum file_trust trust,
		    struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	cleanup_free struct layout_set *loaded = malloc(sizeof(*loaded));
	const struct json *root;
	int r;

	if (!loaded)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	*loaded = *set;
	r = json_doc_load(path, trust, &doc, err);
	if (r)
		return r;
	r = json_doc_root(doc, &root, err);
	if (!r)
		r = load_all(root, loaded, err);
	if (r)
		return r;
	*set = *loaded;
	return 0;
}
