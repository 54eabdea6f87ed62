/* SPDX-License-Identifier: Apache-2.0 */
/* A file of instance types over a set that has some: read, written again, held against layouts. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kit.h"
#include "layout_match.h"
#include "nodes.h"
#include "sound.h"
#include "text.h"

#define MATCHED_MAX 4 /* new types of an input that are held against layouts and nodes */

static const char base_text[] =
	"{\"types\": ["
	"{\"name\": \"p5.48xlarge\", \"cards\": 32, \"max_efa\": 32, \"accels\": 8, "
	"\"confidence\": \"confirmed\", \"source\": \"s\"},"
	"{\"name\": \"q1.large\", \"cards\": 2, \"max_efa\": 2, \"rails\": [\"0000:01:00.0\", "
	"\"0000:02:00.0\"], \"accels\": 1, \"accelerator\": \"neuron\", \"neuron_rails\": "
	"[\"0000:02:00.0\"], \"confidence\": \"inferred\", \"source\": \"s\"}]}";

static struct type_set base;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err;

	(void)argc;
	(void)argv;
	CHECK_OK(type_set_load(&base, kit_file((const uint8_t *)base_text, sizeof(base_text) - 1),
			       FILE_TRUST_OWNER, &err),
		 &err);
	return 0;
}

static struct type_set copy_of(const struct type_set *set)
{
	struct type_set copy = {.n = set->n, .v = calloc(set->n + 1, sizeof(*set->v))};

	CHECK(copy.v);
	if (set->n)
		memcpy(copy.v, set->v, set->n * sizeof(*set->v));
	return copy;
}

static void sound_type(const struct instance_type *type)
{
	static const char *const words[] = {"confirmed", "inferred", "unconfirmed"};
	bool known = false;

	CHECK(text_is_name(type->name, sizeof(type->name) - 1) && strchr(type->name, '.'));
	CHECK(type->cards >= 1 && type->cards <= LAYOUT_CARDS_MAX);
	CHECK(type->max_efa >= 1 && type->max_efa <= type->cards);
	CHECK(type->primary_efa || type->max_efa < type->cards);
	CHECK(type->enis_per_card <= TYPE_ENIS_MAX && type->foreign <= NODE_FOREIGN_MAX);
	CHECK(!type->efa_device || (type->efa_device & 0xfff0) == 0xefa0);
	CHECK(type->accels <= NODE_ACCELS_MAX);
	CHECK(type->accelerator >= -1 && type->accelerator < ACCELERATORS);
	CHECK(type->accels || type->accelerator < 0);
	CHECK(!type->n_neuron_rails || type->n_neuron_rails == type->accels);
	for (size_t i = 0; i < type->n_neuron_rails; i++)
		CHECK(type->neuron_rails[i] < type->n_rail_pci);
	CHECK(!type->base[0] || text_is_name(type->base, NAME_TEXT - 1));
	CHECK_PRINTABLE(type->origin);
	CHECK_TEXT(type->source);
	for (unsigned i = 0; i < 3; i++)
		known |= !strcmp(type->confidence, words[i]);
	CHECK(known);
	CHECK(!type->n_rail_pci || type->n_rail_pci == type->max_efa);
	for (size_t i = 1; i < type->n_rail_pci; i++)
		CHECK(pci_addr_compare(&type->rail_pci[i - 1], &type->rail_pci[i]) < 0);
}

static void write_rails(struct json_out *out, const struct instance_type *type)
{
	char text[PCI_ADDR_TEXT];

	if (!type->n_rail_pci)
		return;
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < type->n_rail_pci; i++)
		json_out_string(out, NULL, pci_addr_format(&type->rail_pci[i], text));
	json_out_close(out);
	if (!type->n_neuron_rails)
		return;
	json_out_open(out, "neuron_rails", '[');
	for (size_t i = 0; i < type->n_neuron_rails; i++)
		json_out_string(out, NULL,
				pci_addr_format(&type->rail_pci[type->neuron_rails[i]], text));
	json_out_close(out);
}

static void write_type(struct json_out *out, const struct instance_type *type)
{
	char text[PCI_ADDR_TEXT];

	json_out_open(out, NULL, '{');
	json_out_string(out, "name", type->name);
	json_out_int(out, "cards", type->cards);
	json_out_int(out, "max_efa", type->max_efa);
	json_out_bool(out, "primary_efa", type->primary_efa);
	if (type->enis_per_card)
		json_out_int(out, "enis_per_card", type->enis_per_card);
	text_format(text, sizeof(text), "%x", type->efa_device);
	if (type->efa_device)
		json_out_string(out, "efa_device", text);
	if (type->efa_gbps)
		json_out_int(out, "efa_gbps", type->efa_gbps);
	json_out_int(out, "accels", type->accels);
	if (type->accelerator >= 0)
		json_out_string(out, "accelerator", accelerator_words[type->accelerator]);
	json_out_int(out, "foreign", type->foreign);
	json_out_string(out, "source", type->source);
	json_out_string(out, "confidence", type->confidence);
	write_rails(out, type);
	json_out_close(out);
}

/* The set as a file; to be freed. */
static char *written(const struct type_set *set)
{
	struct json_out *out = json_out_new(false);
	const char *text;
	char *copy;
	size_t size;
	struct err err;

	CHECK(out);
	json_out_open(out, NULL, '{');
	json_out_open(out, "types", '[');
	for (size_t i = 0; i < set->n; i++)
		write_type(out, &set->v[i]);
	json_out_close(out);
	json_out_close(out);
	CHECK_OK(json_out_done(out, &text, &size, &err), &err);
	copy = strdup(text);
	CHECK(copy);
	json_out_free(out);
	return copy;
}

/* A type that extends another may be another one, or none, when the file is read twice. */
static bool any_extends(const struct type_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].base[0])
			return true;
	return false;
}

static void reads_the_same(const struct type_set *set, const char *path)
{
	struct type_set again = copy_of(set), fresh = {0};
	char *text = written(set), *other;
	struct err err;

	if (!any_extends(set)) {
		CHECK_OK(type_set_load(&again, path, FILE_TRUST_OWNER, &err), &err);
		other = written(&again);
		CHECK(!strcmp(text, other));
		free(other);
	}
	path = kit_file((const uint8_t *)text, strlen(text));
	CHECK_OK(type_set_load(&fresh, path, FILE_TRUST_OWNER, &err), &err);
	other = written(&fresh);
	CHECK(!strcmp(text, other));
	free(other);
	free(text);
	type_set_done(&again);
	type_set_done(&fresh);
}

static void used(const struct instance_type *type)
{
	const struct layout_set *layouts = nodes_layouts();
	struct pci_addr missing[NODE_RAILS_MAX];

	for (size_t i = 0; i < layouts->n; i++) {
		struct err err = {""};
		int rc = layout_fits(&layouts->v[i], type, &err);

		if (rc)
			kit_refused(rc, &err);
	}
	for (unsigned i = 0; i < NODES_N; i++) {
		CHECK(layout_missing_pci(type, nodes_get(i), missing) <= NODE_RAILS_MAX);
		for (size_t j = 0; j < layouts->n; j++)
			sound_match(&layouts->v[j], type, nodes_get(i));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct type_set set = copy_of(&base);
	const struct instance_type *before = set.v;
	const char *path = kit_file(data, size);
	struct err err = {""};
	unsigned matched = 0;
	int rc = type_set_load(&set, path, FILE_TRUST_OWNER, &err);

	if (rc) {
		kit_refused(rc, &err);
		CHECK(set.n == base.n && set.v == before);
		CHECK(!memcmp(set.v, base.v, base.n * sizeof(*base.v)));
		type_set_done(&set);
		return 0;
	}
	CHECK(set.n >= base.n && set.n <= TYPES_MAX);
	for (size_t i = 0; i < set.n; i++) {
		sound_type(&set.v[i]);
		CHECK(type_find(&set, set.v[i].name) == &set.v[i]);
		if (i < base.n)
			CHECK(!strcmp(set.v[i].name, base.v[i].name));
		if (matched < MATCHED_MAX &&
		    (i >= base.n || memcmp(&set.v[i], &base.v[i], sizeof(set.v[i])))) {
			used(&set.v[i]);
			matched++;
		}
	}
	reads_the_same(&set, path);
	type_set_done(&set);
	return 0;
}
