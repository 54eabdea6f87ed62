/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "layout_json_impl.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What nodes the layout is meant for, in place of what its base said of that. */
static int load_for(const struct json *obj, struct layout *layout, struct err *err)
{
	static const char *const keys[] = {"min_cards", "max_cards", "primary_efa"};
	const struct json *primary = json_member(obj, "primary_efa");
	unsigned min = 0, max = 0;
	bool yes;
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	if (!r)
		r = entry_number(obj, "min_cards", 1, LAYOUT_CARDS_MAX, false, &min, err);
	if (!r)
		r = entry_number(obj, "max_cards", 1, LAYOUT_CARDS_MAX, false, &max, err);
	if (!r && max && min > max)
		return json_complain(obj, -EINVAL, err, "min_cards %u is above max_cards %u", min,
				     max);
	if (!r && primary)
		r = json_bool(primary, &yes, err);
	if (r)
		return r;
	layout->primary_efa = !primary ? WANT_ANY : yes ? WANT_YES : WANT_NO;
	layout->min_cards = min;
	layout->max_cards = max;
	return 0;
}

/* The rules, behind those of the base. */
static int load_rules(const struct json *obj, struct layout *layout, struct err *err)
{
	const struct json *rules = json_member(obj, "cards");
	size_t base = layout->n_rules, n;
	int r;

	if (!rules && base)
		return 0;
	r = json_need(obj, "cards", &rules, err);
	if (!r)
		r = json_array(rules, LAYOUT_RULES_MAX, &n, err);
	if (!r && !n)
		return json_complain(rules, -EINVAL, err, "expected at least one rule");
	if (!r && base + n > LAYOUT_RULES_MAX)
		return json_complain(rules, -E2BIG, err,
				     "%zu rules after the %zu of layout %s, at most %d together "
				     "are allowed",
				     n, base, layout->base, LAYOUT_RULES_MAX);
	for (size_t i = 0; !r && i < n; i++)
		r = layout_rule_load(json_at(rules, i), &layout->rules[base + i], err);
	if (!r)
		layout->n_rules = base + n;
	return r;
}

/* Start from the layout that "extends" names. */
static int load_base(const struct json *obj, const struct layout_set *set, struct layout *layout,
		     struct err *err)
{
	const struct json *value = json_member(obj, "extends");
	const char *names[LAYOUTS_MAX];
	const struct layout *base;
	char name[NAME_TEXT];

	if (!value)
		return 0;
	if (!json_string(value, 1, name, sizeof(name), NULL)) {
		base = layout_find(set, name);
		if (base) {
			*layout = *base;
			memcpy(layout->base, name, sizeof(name));
			return 0;
		}
	}
	for (size_t i = 0; i < set->n; i++)
		names[i] = set->v[i].name;
	return entry_unknown_base(value, "layout", names, set->n, err);
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

static int load_layout(const struct json *obj, const struct layout_set *set, struct layout *layout,
		       struct err *err)
{
	static const char *const keys[] = {"name", "extends", "summary", "for", "cards"};
	const struct json *summary = json_member(obj, "summary");
	const struct json *meant = json_member(obj, "for");
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*layout = (struct layout){.primary_efa = WANT_ANY};
	if (!r)
		r = load_base(obj, set, layout, err);
	if (!r)
		r = load_name(obj, layout, err);
	if (!r && (summary || !layout->base[0]))
		r = entry_text(obj, "summary", layout->summary, sizeof(layout->summary), err);
	if (!r && meant)
		r = load_for(meant, layout, err);
	if (!r)
		json_origin(obj, layout->origin, sizeof(layout->origin));
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
		return entry_repeated(obj, "layout", layout->name, old->origin, err);
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
	int r = json_file_keys(root, keys, COUNT(keys), err);

	if (!r)
		r = json_need(root, "layouts", &list, err);
	if (!r)
		r = json_array(list, LAYOUTS_MAX, &n, err);
	for (size_t i = 0; !r && i < n; i++) {
		const struct json *obj = json_at(list, i);
		struct layout layout;

		r = load_layout(obj, set, &layout, err);
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
