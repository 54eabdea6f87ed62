/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "eni_facts.h"
#include "kit.h"
#include "sound.h"
#include "text.h"

static void name_or_none(const char *buf, size_t size)
{
	kit_printable(buf, size);
	CHECK(!buf[0] || text_is_name(buf, size - 1));
}

static void place(const struct pci_addr *pci, const struct pci_path *path, int numa_node)
{
	CHECK(path->n <= PCI_DEPTH_MAX);
	CHECK(!path->n || !pci_addr_compare(&path->hop[path->n - 1], pci));
	CHECK(numa_node >= -1 && numa_node <= INT16_MAX);
	CHECK(pci->slot < 32 && pci->func < 8);
}

static void on_card(int card, int device, const char *eni_id)
{
	CHECK(card >= -1 && card < LAYOUT_CARDS_MAX);
	CHECK(device >= -1 && device <= 255);
	CHECK(!eni_id[0] || inventory_id_valid(eni_id, "eni-"));
}

static void rail(const struct inventory *inv, size_t i)
{
	const struct rail *own = &inv->rails[i];

	place(&own->pci, &own->path, own->numa_node);
	CHECK(!i || pci_addr_compare(&inv->rails[i - 1].pci, &own->pci) < 0);
	CHECK(own->stage <= RAIL_LISTED);
	name_or_none(own->driver, sizeof(own->driver));
	name_or_none(own->rdma_name, sizeof(own->rdma_name));
	CHECK(own->stage == RAIL_LISTED || !own->rdma_name[0] == (own->stage < RAIL_NO_UVERBS));
	CHECK(own->uverbs >= -1);
	CHECK(own->stage != RAIL_USABLE || own->uverbs >= 0);
	CHECK(own->uverbs_mode >= -1 && own->uverbs_mode <= 07777);
	CHECK(!own->has_mac || own->has_gid);
	on_card(own->card_index, own->device_index, own->eni_id);
	CHECK(own->ena >= -1 && own->ena < (int)inv->n_enas);
	CHECK(own->place <= PLACE_ELIMINATION);
	for (size_t j = 0; own->rdma_name[0] && j < i; j++)
		CHECK(strcmp(inv->rails[j].rdma_name, own->rdma_name) != 0);
}

static void ena(const struct inventory *inv, size_t i)
{
	const struct ena *own = &inv->enas[i];

	place(&own->pci, &own->path, own->numa_node);
	CHECK(!i || pci_addr_compare(&inv->enas[i - 1].pci, &own->pci) < 0);
	name_or_none(own->driver, sizeof(own->driver));
	name_or_none(own->netdev, sizeof(own->netdev));
	CHECK_PRINTABLE(own->operstate);
	CHECK(!own->has_mac || own->netdev[0]);
	CHECK(own->n_addresses <= ENA_ADDRESSES_MAX);
	for (size_t j = 0; j < own->n_addresses; j++)
		CHECK_PRINTABLE(own->addresses[j]);
	on_card(own->card_index, own->device_index, own->eni_id);
}

/* Nothing is behind an empty port. */
static void not_above(const struct pci_port *port, const struct pci_path *path)
{
	for (unsigned i = 0; i + 1 < path->n; i++)
		CHECK(pci_addr_compare(&path->hop[i], &port->pci));
}

static void empty_port(const struct inventory *inv, const struct pci_port *port)
{
	place(&port->pci, &port->path, -1);
	CHECK(port->bus >= -1 && port->bus <= 255);
	for (size_t i = 0; i < inv->n_rails; i++)
		not_above(port, &inv->rails[i].path);
	for (size_t i = 0; i < inv->n_enas; i++)
		not_above(port, &inv->enas[i].path);
	for (size_t i = 0; i < inv->n_accels; i++)
		not_above(port, &inv->accels[i].path);
}

static void other_functions(const struct inventory *inv)
{
	CHECK(inv->n_accels <= NODE_ACCELS_MAX);
	for (size_t i = 0; i < inv->n_accels; i++) {
		const struct accel *own = &inv->accels[i];

		place(&own->pci, &own->path, own->numa_node);
		CHECK(!i || pci_addr_compare(&inv->accels[i - 1].pci, &own->pci) < 0);
		CHECK(own->kind <= ACCEL_AMD);
	}
	CHECK(inv->n_foreign <= NODE_FOREIGN_MAX);
	for (size_t i = 0; i < inv->n_foreign; i++) {
		const struct foreign *own = &inv->foreign[i];

		CHECK(own->path.n <= PCI_DEPTH_MAX);
		CHECK_PRINTABLE(own->rdma_name);
		CHECK_PRINTABLE(own->driver);
	}
	CHECK(inv->n_ports <= NODE_PORTS_MAX);
	for (size_t i = 0; i < inv->n_ports; i++) {
		empty_port(inv, &inv->ports[i]);
		CHECK(!i || pci_addr_compare(&inv->ports[i - 1].pci, &inv->ports[i].pci) < 0);
	}
}

static void host(const struct inventory *inv)
{
	name_or_none(inv->instance_type, sizeof(inv->instance_type));
	CHECK(!inv->instance_id[0] || inventory_id_valid(inv->instance_id, "i-"));
	CHECK_PRINTABLE(inv->boot_id);
	CHECK_PRINTABLE(inv->kernel);
	CHECK_PRINTABLE(inv->efa_driver);
	CHECK_PRINTABLE(inv->libfabric);
	CHECK(inv->memlock >= LIMIT_UNKNOWN && inv->slurmd_memlock >= LIMIT_UNKNOWN);
	CHECK(inv->huge_pages >= LIMIT_UNKNOWN && inv->huge_pages_free >= LIMIT_UNKNOWN);
	for (size_t i = 0; i < INVENTORY_PARTS; i++)
		CHECK_PRINTABLE(inv->origin[i]);
	CHECK(inv->n_numa <= NODE_NUMA_MAX);
	for (size_t i = 0; i < inv->n_numa; i++) {
		CHECK(inv->numa[i].node >= 0 && inv->numa[i].node <= INT16_MAX);
		CHECK(!i || inv->numa[i - 1].node < inv->numa[i].node);
		CHECK(cpu_list_count(&inv->numa[i].cpus) > 0);
	}
}

void sound_inventory(const struct inventory *inv)
{
	const struct ena *primary = inventory_primary_ena(inv);
	unsigned routes = 0;

	CHECK(inv->n_rails <= NODE_RAILS_MAX);
	for (size_t i = 0; i < inv->n_rails; i++)
		rail(inv, i);
	CHECK(inv->n_enas <= NODE_ENAS_MAX);
	for (size_t i = 0; i < inv->n_enas; i++) {
		ena(inv, i);
		routes += inv->enas[i].default_route;
	}
	CHECK(routes <= 1);
	CHECK(!primary || (primary >= inv->enas && primary < inv->enas + inv->n_enas));
	other_functions(inv);
	host(inv);
}

void sound_facts(const struct eni_facts *facts, const struct inventory *inv)
{
	bool has_primary = false;

	CHECK(facts->known);
	CHECK_TEXT(facts->boot_id);
	name_or_none(facts->instance_type, sizeof(facts->instance_type));
	CHECK(inventory_id_valid(facts->instance_id, "i-"));
	CHECK(facts->n_enis > 0 && facts->n_enis <= NODE_ENIS_MAX);
	for (size_t i = 0; i < facts->n_enis; i++) {
		const struct eni *eni = &facts->enis[i];

		on_card(eni->card_index, eni->device_index, eni->id);
		CHECK(eni->id[0] && eni->card_index >= 0 && eni->device_index >= 0);
		CHECK(!i || facts->enis[i - 1].card_index <= eni->card_index);
		CHECK(eni->rail >= -1 && eni->rail < (inv ? (int)inv->n_rails : 0));
		CHECK(eni->ena >= -1 && eni->ena < (inv ? (int)inv->n_enas : 0));
		has_primary |= mac_equal(&eni->mac, &facts->primary);
	}
	CHECK(has_primary);
}
