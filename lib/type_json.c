/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int load_count(const struct json *obj, const char *key, int min, int max, bool needed,
		      unsigned *ret_count, struct err *err)
{
	const struct json *value = json_member(obj, key);
	int64_t number;
	int r;

	if (!value && !needed)
		return 0;
	r = json_need(obj, key, &value, err);
	if (!r)
		r = json_int(value, min, max, &number, err);
	if (!r)
		*ret_count = (unsigned)number;
	return r;
}

static int load_text(const struct json *obj, const char *key, char *buf, size_t size,
		     struct err *err)
{
	const struct json *value;
	int r = json_need(obj, key, &value, err);

	return r ? r : json_string(value, 1, buf, size, err);
}

static int load_name(const struct json *obj, struct instance_type *type, struct err *err)
{
	int r = load_text(obj, "name", type->name, sizeof(type->name), err);

	if (!r && (!text_is_name(type->name, sizeof(type->name) - 1) || !strchr(type->name, '.')))
		return json_complain(json_member(obj, "name"), -EINVAL, err,
				     "expected an instance type such as p5.48xlarge, found \"%s\"",
				     type->name);
	return r;
}

static int load_confidence(const struct json *obj, struct instance_type *type, struct err *err)
{
	static const char *const words[] = {"confirmed", "inferred", "unconfirmed"};
	const struct json *value;
	size_t word;
	int r = json_need(obj, "confidence", &value, err);

	if (!r)
		r = json_word(value, words, COUNT(words), &word, err);
	if (!r)
		memcpy(type->confidence, words[word], strlen(words[word]) + 1);
	return r;
}

static int load_rails(const struct json *list, struct instance_type *type, struct err *err)
{
	size_t n;
	int r = json_array(list, TYPE_RAILS_MAX, &n, err);

	if (r)
		return r;
	if (n != type->max_efa)
		return json_complain(list, -EINVAL, err,
				     "expected as many PCI addresses as max_efa, %u, found %zu",
				     type->max_efa, n);
	for (size_t i = 0; i < n; i++) {
		const struct json *value = json_at(list, i);
		char text[PCI_ADDR_TEXT];

		r = json_string(value, 1, text, sizeof(text), err);
		if (r)
			return r;
		if (pci_addr_parse(text, &type->rail_pci[i]))
			return json_complain(value, -EINVAL, err,
					     "expected a PCI address such as \"0000:4f:00.0\", "
					     "found \"%s\"",
					     text);
		if (i && pci_addr_compare(&type->rail_pci[i - 1], &type->rail_pci[i]) >= 0)
			return json_complain(value, -EINVAL, err,
					     "expected PCI addresses in rising order, found \"%s\"",
					     text);
	}
	type->n_rail_pci = n;
	return 0;
}

static int load_type(const struct json *obj, struct instance_type *type, struct err *err)
{
	static const char *const keys[] = {
		"name",	  "cards", "max_efa", "primary_efa",
		"accels", "rails", "source",  "confidence",
	};
	const struct json *primary = json_member(obj, "primary_efa");
	const struct json *rails = json_member(obj, "rails");
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*type = (struct instance_type){.primary_efa = true};
	if (!r)
		r = load_name(obj, type, err);
	if (!r)
		r = load_count(obj, "cards", 1, LAYOUT_CARDS_MAX, true, &type->cards, err);
	if (!r)
		r = load_count(obj, "max_efa", 1, (int)type->cards, true, &type->max_efa, err);
	if (!r && primary)
		r = json_bool(primary, &type->primary_efa, err);
	if (!r && !type->primary_efa && type->max_efa == type->cards)
		return json_complain(primary, -EINVAL, err,
				     "max_efa equals cards, so card 0 must carry EFA");
	if (!r)
		r = load_count(obj, "accels", 0, NODE_ACCELS_MAX, false, &type->accels, err);
	if (!r)
		r = load_text(obj, "source", type->source, sizeof(type->source), err);
	if (!r)
		r = load_confidence(obj, type, err);
	return r || !rails ? r : load_rails(rails, type, err);
}

/* Into the place of the type with this name, or behind the last; set->v has room for it.
 * from_here: which entries of set this file has given. */
static int put_type(const struct json *obj, const struct instance_type *type, struct type_set *set,
		    bool *from_here, struct err *err)
{
	const struct instance_type *old = type_find(set, type->name);
	size_t i = old ? (size_t)(old - set->v) : set->n;

	if (old && from_here[i])
		return json_complain(obj, -EINVAL, err, "a second instance type named \"%s\"",
				     type->name);
	if (i == TYPES_MAX)
		return json_complain(obj, -EOVERFLOW, err, "more than %d instance types",
				     TYPES_MAX);
	set->v[i] = *type;
	from_here[i] = true;
	if (!old)
		set->n++;
	return 0;
}

static int load_list(const struct json *list, size_t n, struct type_set *set, struct err *err)
{
	bool from_here[TYPES_MAX] = {false};
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		const struct json *obj = json_at(list, i);
		struct instance_type type;

		r = load_type(obj, &type, err);
		if (!r)
			r = put_type(obj, &type, set, from_here, err);
	}
	return r;
}

static int load_all(const struct json *root, struct type_set *set, struct err *err)
{
	static const char *const keys[] = {"types"};
	const struct json *list;
	struct type_set loaded = {0};
	size_t n = 0;
	int r = json_only_keys(root, keys, COUNT(keys), err);

	if (!r)
		r = json_need(root, "types", &list, err);
	if (!r)
		r = json_array(list, TYPES_MAX, &n, err);
	if (r)
		return r;
	loaded.v = calloc(set->n + n + 1, sizeof(*loaded.v));
	if (!loaded.v)
		return json_complain(list, -ENOMEM, err, "out of memory");
	if (set->n)
		memcpy(loaded.v, set->v, set->n * sizeof(*set->v));
	loaded.n = set->n;
	r = load_list(list, n, &loaded, err);
	if (r) {
		type_set_done(&loaded);
		return r;
	}
	type_set_done(set);
	*set = loaded;
	return 0;
}

int type_set_load(struct type_set *set, const char *path, enum file_trust trust, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root;
	int r = json_doc_load(path, trust, &doc, err);

	if (r)
		return r;
	r = json_doc_root(doc, &root, err);
	if (!r)
		r = load_all(root, set, err);
	return r;
}
