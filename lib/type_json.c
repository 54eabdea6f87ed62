/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "layout_json_impl.h"
#include "text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EFA_GBPS_MAX 3200

static int load_name(const struct json *obj, struct instance_type *type, struct err *err)
{
	const struct json *value = json_member(obj, "name");
	char found[JSON_SHOWN_TEXT];
	int r = entry_text(obj, "name", type->name, sizeof(type->name), err);

	if (!r && (!text_is_name(type->name, sizeof(type->name) - 1) || !strchr(type->name, '.')))
		return json_complain(value, -EINVAL, err,
				     "expected an instance type such as p5.48xlarge, found %s",
				     json_shown(value, found));
	return r;
}

/* Start from the type that "extends" names. */
static int load_base(const struct json *obj, const struct type_set *set, struct instance_type *type,
		     struct err *err)
{
	const struct json *value = json_member(obj, "extends");
	const char *names[TYPES_MAX];
	const struct instance_type *base;
	char name[NAME_TEXT];

	if (!value)
		return 0;
	if (!json_string(value, 1, name, sizeof(name), NULL)) {
		base = type_find(set, name);
		if (base) {
			*type = *base;
			memcpy(type->base, name, sizeof(name));
			return 0;
		}
	}
	for (size_t i = 0; i < set->n; i++)
		names[i] = set->v[i].name;
	return entry_unknown_base(value, "instance type", names, set->n, err);
}

static int load_cards(const struct json *obj, struct instance_type *type, struct err *err)
{
	const struct json *primary = json_member(obj, "primary_efa");
	bool needed = !type->base[0];
	int r = entry_number(obj, "cards", 1, LAYOUT_CARDS_MAX, needed, &type->cards, err);

	if (!r)
		r = entry_number(obj, "max_efa", 1, type->cards, needed, &type->max_efa, err);
	if (!r && type->max_efa > type->cards)
		return json_complain(obj, -EINVAL, err,
				     "cards %u is below max_efa %u of %s; give a max_efa too",
				     type->cards, type->max_efa, type->base);
	if (!r && primary)
		r = json_bool(primary, &type->primary_efa, err);
	if (!r && !type->primary_efa && type->max_efa == type->cards)
		return json_complain(primary ? primary : obj, -EINVAL, err,
				     "max_efa equals cards, so card 0 must carry EFA");
	if (!r)
		r = entry_number(obj, "enis_per_card", 1, TYPE_ENIS_MAX, false,
				 &type->enis_per_card, err);
	return r;
}

/* "efa0" to "efaf": the PCI device ids that belong to EFA, as libfabric has it. */
static int load_device(const struct json *obj, struct instance_type *type, struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	const struct json *value = json_member(obj, "efa_device");
	char text[5], found[JSON_SHOWN_TEXT];
	const char *digit;

	if (!value)
		return 0;
	if (!json_string(value, 4, text, sizeof(text), NULL) && !strncmp(text, "efa", 3)) {
		digit = strchr(digits, text[3]);
		if (digit) {
			type->efa_device = (uint16_t)(0xefa0 + (digit - digits));
			return 0;
		}
	}
	return json_complain(value, -EINVAL, err,
			     "expected a PCI device id of EFA, \"efa0\" to \"efaf\", found %s",
			     json_shown(value, found));
}

static int load_accels(const struct json *obj, struct instance_type *type, struct err *err)
{
	const struct json *value = json_member(obj, "accelerator");
	size_t word;
	int r = entry_number(obj, "accels", 0, NODE_ACCELS_MAX, false, &type->accels, err);

	if (!r && !type->accels)
		type->accelerator = -1;
	if (r || !value)
		return r;
	r = json_word(value, accelerator_words, ACCELERATORS, &word, err);
	if (!r && !type->accels)
		return json_complain(value, -EINVAL, err,
				     "says what accels are, but the entry has no accels");
	if (!r)
		type->accelerator = (int)word;
	return r;
}

static int load_source(const struct json *obj, struct instance_type *type, struct err *err)
{
	static const char *const words[] = {"confirmed", "inferred", "unconfirmed"};
	const struct json *confidence = json_member(obj, "confidence");
	bool needed = !type->base[0];
	size_t word;
	int r = 0;

	if (needed || json_member(obj, "source"))
		r = entry_text(obj, "source", type->source, sizeof(type->source), err);
	if (!r && needed)
		r = json_need(obj, "confidence", &confidence, err);
	if (r || !confidence)
		return r;
	r = json_word(confidence, words, COUNT(words), &word, err);
	if (!r)
		memcpy(type->confidence, words[word], strlen(words[word]) + 1);
	return r;
}

static int load_type(const struct json *obj, const struct type_set *set, struct instance_type *type,
		     struct err *err)
{
	static const char *const keys[] = {
		"name",		 "extends",    "cards",	   "max_efa",	 "primary_efa",
		"enis_per_card", "efa_device", "efa_gbps", "accels",	 "accelerator",
		"foreign",	 "rails",      "source",   "confidence", "neuron_rails",
	};
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*type = (struct instance_type){.primary_efa = true, .accelerator = -1};
	if (!r)
		r = load_base(obj, set, type, err);
	if (!r)
		r = load_name(obj, type, err);
	if (!r)
		r = load_cards(obj, type, err);
	if (!r)
		r = load_device(obj, type, err);
	if (!r)
		r = entry_number(obj, "efa_gbps", 1, EFA_GBPS_MAX, false, &type->efa_gbps, err);
	if (!r)
		r = load_accels(obj, type, err);
	if (!r)
		r = entry_number(obj, "foreign", 0, NODE_FOREIGN_MAX, false, &type->foreign, err);
	if (!r)
		r = load_source(obj, type, err);
	if (!r)
		json_origin(obj, type->origin, sizeof(type->origin));
	return r ? r : type_rails_load(obj, type, err);
}

/* Into the place of the type with this name, or behind the last; set->v has room for it.
 * from_here: which entries of set this file has given. */
static int put_type(const struct json *obj, const struct instance_type *type, struct type_set *set,
		    bool *from_here, struct err *err)
{
	const struct instance_type *old = type_find(set, type->name);
	size_t i = old ? (size_t)(old - set->v) : set->n;

	if (old && from_here[i])
		return entry_repeated(obj, "instance type", type->name, old->origin, err);
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

		r = load_type(obj, set, &type, err);
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
	int r = json_file_keys(root, keys, COUNT(keys), err);

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
