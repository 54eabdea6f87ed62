/* SPDX-License-Identifier: Apache-2.0 */
#include "eni_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "layout.h"
#include "text.h"

#define COUNT(array)	 (sizeof(array) / sizeof((array)[0]))
#define DEVICE_INDEX_MAX 255

static int compare_enis(const void *a, const void *b)
{
	const struct eni *x = a, *y = b;

	if (x->card_index != y->card_index)
		return x->card_index < y->card_index ? -1 : 1;
	if (x->device_index != y->device_index)
		return x->device_index < y->device_index ? -1 : 1;
	return memcmp(x->mac.byte, y->mac.byte, sizeof(x->mac.byte));
}

static int check_place(const struct eni *eni, struct err *err)
{
	if (eni->card_index < 0 || eni->card_index >= LAYOUT_CARDS_MAX)
		return err_set(err, -EINVAL,
			       "interface %s: expected a network card from 0 to %d, found %d",
			       eni->id, LAYOUT_CARDS_MAX - 1, eni->card_index);
	if (eni->device_index < 0 || eni->device_index > DEVICE_INDEX_MAX)
		return err_set(err, -EINVAL,
			       "interface %s: expected a device index from 0 to %d, found %d",
			       eni->id, DEVICE_INDEX_MAX, eni->device_index);
	return 0;
}

static int check_unique(const struct eni_facts *facts, size_t i, struct err *err)
{
	const struct eni *eni = &facts->enis[i];
	char mac[MAC_TEXT];

	for (size_t j = 0; j < i; j++) {
		if (mac_equal(&facts->enis[j].mac, &eni->mac))
			return err_set(err, -EINVAL, "two interfaces with the MAC address %s",
				       mac_format(&eni->mac, mac));
		if (!strcmp(facts->enis[j].id, eni->id))
			return err_set(err, -EINVAL, "two interfaces with the id %s", eni->id);
	}
	return 0;
}

int eni_facts_settle(struct eni_facts *facts, struct err *err)
{
	bool has_primary = false;
	char mac[MAC_TEXT];

	if (!facts->n_enis)
		return err_set(err, -EINVAL, "no interface at all");
	for (size_t i = 0; i < facts->n_enis; i++) {
		int r = check_place(&facts->enis[i], err);

		if (!r)
			r = check_unique(facts, i, err);
		if (r)
			return r;
		has_primary |= mac_equal(&facts->enis[i].mac, &facts->primary);
	}
	if (!has_primary)
		return err_set(err, -EINVAL,
			       "the primary MAC address %s is none of the interfaces'",
			       mac_format(&facts->primary, mac));
	qsort(facts->enis, facts->n_enis, sizeof(facts->enis[0]), compare_enis);
	return 0;
}

static int load_text(const struct json *obj, const char *key, size_t min, char *buf, size_t size,
		     const struct json **ret_value, struct err *err)
{
	int r = json_need(obj, key, ret_value, err);

	return r ? r : json_string(*ret_value, min, buf, size, err);
}

static int load_mac(const struct json *obj, const char *key, struct mac *ret_mac, struct err *err)
{
	const struct json *value;
	char text[MAC_TEXT];
	int r = load_text(obj, key, 1, text, sizeof(text), &value, err);

	if (!r && mac_parse(text, ret_mac))
		return json_complain(value, -EINVAL, err,
				     "expected a MAC address such as \"06:4e:fa:10:00:00\", found "
				     "\"%s\"",
				     text);
	return r;
}

static int load_id(const struct json *obj, const char *key, const char *prefix, char *buf,
		   size_t size, struct err *err)
{
	const struct json *value;
	int r = load_text(obj, key, 1, buf, size, &value, err);

	if (!r && !inventory_id_valid(buf, prefix))
		return json_complain(value, -EINVAL, err,
				     "expected \"%s\" and 8 or 17 hexadecimal digits, found \"%s\"",
				     prefix, buf);
	return r;
}

static int load_number(const struct json *obj, const char *key, int max, int *ret_number,
		       struct err *err)
{
	const struct json *value;
	int64_t number;
	int r = json_need(obj, key, &value, err);

	if (!r)
		r = json_int(value, 0, max, &number, err);
	if (!r)
		*ret_number = (int)number;
	return r;
}

static int load_eni(const struct json *obj, struct eni *eni, struct err *err)
{
	static const char *const keys[] = {"mac", "id", "card", "device", "ip"};
	const struct json *ip;
	int r = json_only_keys(obj, keys, COUNT(keys), err);

	*eni = (struct eni){.rail = -1, .ena = -1};
	if (!r)
		r = load_mac(obj, "mac", &eni->mac, err);
	if (!r)
		r = load_id(obj, "id", "eni-", eni->id, sizeof(eni->id), err);
	if (!r)
		r = load_number(obj, "card", LAYOUT_CARDS_MAX - 1, &eni->card_index, err);
	if (!r)
		r = load_number(obj, "device", DEVICE_INDEX_MAX, &eni->device_index, err);
	if (!r)
		r = json_need(obj, "ip", &ip, err);
	return r ? r : json_bool(ip, &eni->has_ip, err);
}

static int load_enis(const struct json *root, struct eni_facts *facts, struct err *err)
{
	const struct json *list;
	int r = json_need(root, "interfaces", &list, err);

	if (!r)
		r = json_array(list, NODE_ENIS_MAX, &facts->n_enis, err);
	for (size_t i = 0; !r && i < facts->n_enis; i++)
		r = load_eni(json_at(list, i), &facts->enis[i], err);
	if (!r && eni_facts_settle(facts, err)) {
		struct err why = err ? *err : (struct err){""};

		return json_complain(list, -EINVAL, err, "%s", why.text);
	}
	return r;
}

static int load_head(const struct json *root, struct eni_facts *facts, struct err *err)
{
	const struct json *value;
	int r = load_text(root, "boot_id", 0, facts->boot_id, sizeof(facts->boot_id), &value, err);

	if (!r)
		r = load_text(root, "instance_type", 1, facts->instance_type,
			      sizeof(facts->instance_type), &value, err);
	if (!r && !text_is_name(facts->instance_type, sizeof(facts->instance_type) - 1))
		return json_complain(value, -EINVAL, err,
				     "expected an instance type such as p5.48xlarge, found \"%s\"",
				     facts->instance_type);
	if (!r)
		r = load_id(root, "instance_id", "i-", facts->instance_id,
			    sizeof(facts->instance_id), err);
	return r ? r : load_mac(root, "primary", &facts->primary, err);
}

static int load_doc(struct json_doc *doc, const char *name, const char *boot_id,
		    struct eni_facts *ret_facts, struct err *err)
{
	static const char *const keys[] = {
		"boot_id", "instance_type", "instance_id", "primary", "interfaces",
	};
	struct eni_facts facts = {.known = true};
	const struct json *root;
	int r = json_doc_root(doc, &root, err);

	if (!r)
		r = json_only_keys(root, keys, COUNT(keys), err);
	if (!r)
		r = load_head(root, &facts, err);
	if (!r)
		r = load_enis(root, &facts, err);
	if (r)
		return r;
	if (boot_id[0] && strcmp(boot_id, facts.boot_id) != 0)
		return err_set(err, -ESTALE,
			       "%s: written in boot %s, this is boot %s: run efa-layout facts "
			       "--write",
			       name, facts.boot_id[0] ? facts.boot_id : "unknown", boot_id);
	*ret_facts = facts;
	return 0;
}

int eni_facts_load(const char *path, enum file_trust trust, const char *boot_id,
		   struct eni_facts *ret_facts, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	int r = json_doc_load(path, trust, &doc, err);

	return r ? r : load_doc(doc, path, boot_id, ret_facts, err);
}

int eni_facts_parse(const char *name, const char *text, const char *boot_id,
		    struct eni_facts *ret_facts, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	int r = json_doc_parse(name, text, strlen(text), &doc, err);

	return r ? r : load_doc(doc, name, boot_id, ret_facts, err);
}

static void write_eni(struct json_out *out, const struct eni *eni)
{
	char mac[MAC_TEXT];

	json_out_open(out, NULL, '{');
	json_out_string(out, "mac", mac_format(&eni->mac, mac));
	json_out_string(out, "id", eni->id);
	json_out_int(out, "card", eni->card_index);
	json_out_int(out, "device", eni->device_index);
	json_out_bool(out, "ip", eni->has_ip);
	json_out_close(out);
}

int eni_facts_save(const char *path, const struct eni_facts *facts, struct err *err)
{
	struct json_out *out = json_out_new(true);
	char mac[MAC_TEXT];
	const char *text;
	size_t size;
	int r;

	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	json_out_open(out, NULL, '{');
	json_out_string(out, "boot_id", facts->boot_id);
	json_out_string(out, "instance_type", facts->instance_type);
	json_out_string(out, "instance_id", facts->instance_id);
	json_out_string(out, "primary", mac_format(&facts->primary, mac));
	json_out_open(out, "interfaces", '[');
	for (size_t i = 0; i < facts->n_enis; i++)
		write_eni(out, &facts->enis[i]);
	json_out_close(out);
	json_out_close(out);
	r = json_out_done(out, &text, &size, err);
	if (!r)
		r = file_replace(path, text, size, 0644, err);
	json_out_free(out);
	return r;
}
