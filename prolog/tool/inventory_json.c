/* SPDX-License-Identifier: Apache-2.0 */
#include "node_json.h"

#include "json_values.h"
#include "locality.h"
#include "node_text.h"
#include "text.h"

static void write_mac(struct json_out *out, bool has_mac, const struct mac *mac)
{
	char text[MAC_TEXT];

	json_out_string(out, "mac", has_mac ? mac_format(mac, text) : NULL);
}

/* Where an interface sits. */
static void write_place(struct json_out *out, int card_index, int device_index, const char *eni_id)
{
	json_write_index(out, "card_index", card_index);
	json_write_index(out, "device_index", device_index);
	json_write_text(out, "eni_id", eni_id);
}

static void write_link(struct json_out *out, const struct pci_link *link)
{
	if (!link->speed) {
		json_out_null(out, "link");
		return;
	}
	json_out_open(out, "link", '{');
	json_out_int(out, "speed", link->speed);
	json_out_int(out, "width", link->width);
	json_out_int(out, "max_speed", link->max_speed);
	json_out_int(out, "max_width", link->max_width);
	json_out_close(out);
}

/* From the host bridge down to the function itself. */
static void write_path(struct json_out *out, const struct pci_path *path)
{
	char text[PCI_ADDR_TEXT];

	json_out_open(out, "path", '[');
	if (path->n) {
		text_format(text, sizeof(text), "pci%04x:%02x", path->root_segment, path->root_bus);
		json_out_string(out, NULL, text);
	}
	for (unsigned i = 0; i < path->n; i++)
		json_out_string(out, NULL, pci_addr_format(&path->hop[i], text));
	json_out_close(out);
}

static void write_mode(struct json_out *out, const char *key, int mode)
{
	char text[8];

	text_format(text, sizeof(text), "%04o", (unsigned)mode);
	json_out_string(out, key, mode < 0 ? NULL : text);
}

static void write_rail(struct json_out *out, const struct inventory *inv, size_t i)
{
	const struct rail *rail = &inv->rails[i];
	char id[8];

	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_out_string(out, "kind", interface_kind_text(rail_kind(rail)));
	json_write_text(out, "rdma_name", rail->rdma_name);
	json_out_string(out, "stage", rail_stage_text(rail->stage));
	json_write_pci(out, "pci", &rail->pci);
	text_format(id, sizeof(id), "%04x", rail->device_id);
	json_out_string(out, "device_id", id);
	json_write_index(out, "numa_node", rail->numa_node);
	json_write_text(out, "driver", rail->driver);
	json_write_count(out, "gbps", rail->gbps);
	json_write_index(out, "uverbs", rail->uverbs);
	write_mode(out, "uverbs_mode", rail->uverbs_mode);
	write_mac(out, rail->has_mac, &rail->mac);
	write_place(out, rail->card_index, rail->device_index, rail->eni_id);
	json_out_string(out, "placed_by", place_source_text(rail->place));
	json_out_string(out, "netdev",
			rail->ena >= 0 && inv->enas[rail->ena].netdev[0]
				? inv->enas[rail->ena].netdev
				: NULL);
	json_write_index(out, "ena", rail->ena);
	write_link(out, &rail->link);
	write_path(out, &rail->path);
	json_out_close(out);
}

static void write_ena(struct json_out *out, const struct inventory *inv, size_t i)
{
	const struct ena *ena = &inv->enas[i];

	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_write_text(out, "netdev", ena->netdev);
	json_write_pci(out, "pci", &ena->pci);
	json_write_index(out, "numa_node", ena->numa_node);
	json_write_text(out, "driver", ena->driver);
	json_write_text(out, "operstate", ena->operstate);
	write_mac(out, ena->has_mac, &ena->mac);
	write_place(out, ena->card_index, ena->device_index, ena->eni_id);
	json_out_bool(out, "default_route", ena->default_route);
	json_out_bool(out, "primary", ena == inventory_primary_ena(inv));
	json_write_index(out, "rail", ena_rail(inv, (int)i));
	json_out_open(out, "addresses", '[');
	for (size_t j = 0; j < ena->n_addresses; j++)
		json_out_string(out, NULL, ena->addresses[j]);
	json_out_close(out);
	write_link(out, &ena->link);
	write_path(out, &ena->path);
	json_out_close(out);
}

static void write_eni(struct json_out *out, const struct eni *eni)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "eni_id", eni->id);
	write_mac(out, true, &eni->mac);
	json_write_index(out, "card_index", eni->card_index);
	json_write_index(out, "device_index", eni->device_index);
	json_out_bool(out, "has_ip", eni->has_ip);
	json_write_index(out, "rail", eni->rail);
	json_write_index(out, "ena", eni->ena);
	json_out_close(out);
}

static void write_accel(struct json_out *out, const struct accel *accel, size_t i)
{
	char id[16];

	json_out_open(out, NULL, '{');
	json_out_int(out, "index", (int64_t)i);
	json_out_string(out, "kind", accel_kind_text(accel->kind));
	text_format(id, sizeof(id), "%04x:%04x", accel->vendor_id, accel->device_id);
	json_out_string(out, "id", id);
	json_write_pci(out, "pci", &accel->pci);
	json_write_index(out, "numa_node", accel->numa_node);
	write_link(out, &accel->link);
	write_path(out, &accel->path);
	json_out_close(out);
}

static void write_foreign(struct json_out *out, const struct foreign *foreign)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "rdma_name", foreign->rdma_name);
	json_write_text(out, "driver", foreign->driver);
	if (pci_addr_is_zero(&foreign->pci))
		json_out_null(out, "pci");
	else
		json_write_pci(out, "pci", &foreign->pci);
	json_write_index(out, "numa_node", foreign->numa_node);
	write_path(out, &foreign->path);
	json_out_close(out);
}

static void write_ports(struct json_out *out, const struct inventory *inv)
{
	json_out_open(out, "empty_ports", '[');
	for (size_t i = 0; i < inv->n_ports; i++) {
		json_out_open(out, NULL, '{');
		json_write_pci(out, "pci", &inv->ports[i].pci);
		json_write_index(out, "bus", inv->ports[i].bus);
		json_out_close(out);
	}
	json_out_close(out);
}

static void write_numa(struct json_out *out, const struct inventory *inv)
{
	char cpus[2 * CPU_LIST_MAX];

	json_out_open(out, "numa", '[');
	for (size_t i = 0; i < inv->n_numa; i++) {
		json_out_open(out, NULL, '{');
		json_out_int(out, "node", inv->numa[i].node);
		if (cpu_list_format(&inv->numa[i].cpus, cpus, sizeof(cpus)))
			json_out_null(out, "cpus");
		else
			json_out_string(out, "cpus", cpus);
		json_out_close(out);
	}
	json_out_close(out);
}

static void write_members(struct json_out *out, const char *key, uint64_t members)
{
	json_out_open(out, key, '[');
	for (int i = 0; members; i++, members >>= 1) {
		if (members & 1)
			json_out_int(out, NULL, i);
	}
	json_out_close(out);
}

static void write_group(struct json_out *out, const struct locality_group *group)
{
	char name[PCI_ADDR_TEXT];

	json_out_open(out, NULL, '{');
	json_write_index(out, "numa_node", group->numa_node);
	json_out_string(out, "kind", group->is_switch ? "switch" : "host-bridge");
	json_out_string(out, "at", locality_name(group, name));
	write_members(out, "rails", group->rails);
	write_members(out, "enas", group->enas);
	write_members(out, "accelerators", group->accels);
	write_members(out, "foreign", group->foreign);
	json_out_int(out, "empty_ports", group->empty_ports);
	json_out_close(out);
}

static void write_groups(struct json_out *out, const struct inventory *inv)
{
	struct locality locality;

	locality_find(inv, &locality);
	json_out_open(out, "groups", '[');
	for (size_t i = 0; i < locality.n; i++)
		write_group(out, &locality.v[i]);
	json_out_close(out);
}

void node_json_inventory(struct json_out *out, const struct inventory *inv)
{
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < inv->n_rails; i++)
		write_rail(out, inv, i);
	json_out_close(out);
	json_out_open(out, "enas", '[');
	for (size_t i = 0; i < inv->n_enas; i++)
		write_ena(out, inv, i);
	json_out_close(out);
	json_out_open(out, "enis", '[');
	for (size_t i = 0; inv->facts.known && i < inv->facts.n_enis; i++)
		write_eni(out, &inv->facts.enis[i]);
	json_out_close(out);
	json_out_open(out, "accelerators", '[');
	for (size_t i = 0; i < inv->n_accels; i++)
		write_accel(out, &inv->accels[i], i);
	json_out_close(out);
	json_out_open(out, "foreign", '[');
	for (size_t i = 0; i < inv->n_foreign; i++)
		write_foreign(out, &inv->foreign[i]);
	json_out_close(out);
	write_ports(out, inv);
	write_numa(out, inv);
	write_groups(out, inv);
}
