/* SPDX-License-Identifier: Apache-2.0 */
#include "type_show.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "node_json.h"
#include "text.h"

static const char *accelerator_text(const struct instance_type *type)
{
	return type->accelerator < 0 ? NULL : accelerator_words[type->accelerator];
}

/* "efa1"; NULL when it is not known */
static const char *device_text(const struct instance_type *type, char buf[8])
{
	if (!type->efa_device)
		return NULL;
	text_format(buf, 8, "%04x", type->efa_device);
	return buf;
}

/* Four addresses a line. */
static void print_addresses(const struct instance_type *type)
{
	char text[PCI_ADDR_TEXT];

	for (size_t i = 0; i < type->n_rail_pci; i++)
		printf("%s%s%s",
		       i % 4 ? " "
		       : i   ? "              "
			     : "EFA addresses ",
		       pci_addr_format(&type->rail_pci[i], text),
		       i % 4 == 3 || i + 1 == type->n_rail_pci ? "\n" : "");
	for (size_t i = 0; i < type->n_neuron_rails; i++)
		printf("%sNeuron device %zu: %s\n", i ? "              " : "rails of      ", i,
		       pci_addr_format(&type->rail_pci[type->neuron_rails[i]], text));
}

static void print_layouts(const struct instance_type *type, const struct layout_set *layouts)
{
	struct err why = {""};

	printf("\nlayouts\n");
	for (size_t i = 0; i < layouts->n; i++) {
		const struct layout *layout = &layouts->v[i];

		if (layout_fits(layout, type, &why))
			printf("  %-18s no: %s\n", layout->name, why.text);
		else
			printf("  %-18s yes\n", layout->name);
	}
}

void type_show_text(const struct instance_type *type, const struct layout_set *layouts)
{
	char device[8];

	printf("instance type %s\n", type->name);
	printf("network cards %u%s\n", type->cards,
	       type->primary_efa ? "" : ", of which card 0 cannot carry EFA");
	if (type->enis_per_card)
		printf("interfaces    at most %u on each card\n", type->enis_per_card);
	printf("EFA devices   at most %u", type->max_efa);
	if (type->efa_device)
		printf(", 1d0f:%s", device_text(type, device));
	if (type->efa_gbps)
		printf(", %u Gbit/s each", type->efa_gbps);
	printf("\n");
	if (type->accels)
		printf("accelerators  %u%s%s\n", type->accels, type->accelerator < 0 ? "" : " ",
		       type->accelerator < 0 ? "" : accelerator_text(type));
	if (type->foreign)
		printf("other RDMA    %u devices of other vendors\n", type->foreign);
	printf("confidence    %s\nsource        %s\norigin        %s\n", type->confidence,
	       type->source, type->origin);
	if (type->base[0])
		printf("extends       %s%s\n", type->base,
		       strcmp(type->base, type->name) == 0 ? ", changed in place" : "");
	print_addresses(type);
	print_layouts(type, layouts);
}

/* 0 stands for what is not known. */
static void write_known(struct json_out *out, const char *key, unsigned number)
{
	if (number)
		json_out_int(out, key, number);
	else
		json_out_null(out, key);
}

static void write_tables(struct json_out *out, const struct instance_type *type)
{
	char text[PCI_ADDR_TEXT];

	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < type->n_rail_pci; i++)
		json_out_string(out, NULL, pci_addr_format(&type->rail_pci[i], text));
	json_out_close(out);
	json_out_open(out, "neuron_rails", '[');
	for (size_t i = 0; i < type->n_neuron_rails; i++)
		json_out_string(out, NULL,
				pci_addr_format(&type->rail_pci[type->neuron_rails[i]], text));
	json_out_close(out);
}

static void write_type(struct json_out *out, const struct instance_type *type)
{
	char device[8];

	json_out_string(out, "name", type->name);
	json_out_string(out, "extends", type->base[0] ? type->base : NULL);
	json_out_int(out, "cards", type->cards);
	json_out_int(out, "max_efa", type->max_efa);
	json_out_bool(out, "primary_efa", type->primary_efa);
	write_known(out, "enis_per_card", type->enis_per_card);
	json_out_string(out, "efa_device", device_text(type, device));
	write_known(out, "efa_gbps", type->efa_gbps);
	json_out_int(out, "accels", type->accels);
	json_out_string(out, "accelerator", accelerator_text(type));
	json_out_int(out, "foreign", type->foreign);
	json_out_string(out, "confidence", type->confidence);
	json_out_string(out, "source", type->source);
	json_out_string(out, "origin", type->origin);
	write_tables(out, type);
}

int type_show_json(const struct instance_type *type, const struct layout_set *layouts)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	write_type(out, type);
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < layouts->n; i++) {
		if (layout_fits(&layouts->v[i], type, NULL) == 0)
			json_out_string(out, NULL, layouts->v[i].name);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out);
}

int type_list_json(const struct type_set *types)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_open(out, "types", '[');
	for (size_t i = 0; i < types->n; i++) {
		json_out_open(out, NULL, '{');
		write_type(out, &types->v[i]);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out);
}
