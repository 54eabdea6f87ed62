/* SPDX-License-Identifier: Apache-2.0 */
#include "nodemap.h"

#include <string.h>

#include "fnv.h"
#include "text.h"

/* Names come from the system; one that could not be read back is left out. */
static void copy_name(char *to, const char *from)
{
	text_format(to, NAME_TEXT, "%s", text_is_name(from, NAME_TEXT - 1) ? from : "");
}

/* A rail that was tested must have passed; one that was not is given the benefit of the doubt if
 * its device is there. */
static bool is_usable(const struct rail *rail, const struct probe_report *probe, size_t i)
{
	enum probe_state state = PROBE_NOT_TESTED;

	if (probe && probe->outcome == PROBE_RAN && i < probe->n)
		state = probe->v[i].state;
	return rail->stage == RAIL_USABLE && (state == PROBE_PASS || state == PROBE_NOT_TESTED);
}

static void copy_rails(const struct inventory *inv, const struct probe_report *probe,
		       struct nodemap *map)
{
	map->n_rails = inv->n_rails;
	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *from = &inv->rails[i];
		struct map_rail *to = &map->rails[i];

		copy_name(to->rdma_name, from->rdma_name);
		to->pci = from->pci;
		to->path = from->path;
		to->numa_node = from->numa_node;
		to->card_index = from->card_index;
		to->pass = to->rdma_name[0] && is_usable(from, probe, i);
	}
}

static int find_rail(const struct nodemap *map, const struct pci_addr *pci)
{
	for (size_t i = 0; i < map->n_rails; i++)
		if (!pci_addr_compare(&map->rails[i].pci, pci))
			return (int)i;
	return -1;
}

/* Neuron device `number`: a table's index is not the place among the inventory's accelerators. */
static void wire(const struct instance_type *type, size_t number, struct nodemap *map)
{
	struct map_accel *accel = &map->accels[number];
	int rail = -1;

	if (number < type->n_neuron_rails)
		rail = find_rail(map, &type->rail_pci[type->neuron_rails[number]]);
	*accel = (struct map_accel){
		.numa_node = rail < 0 ? -1 : map->rails[rail].numa_node,
		.rail = rail,
	};
}

static void copy_accels(const struct inventory *inv, const struct instance_type *type,
			struct nodemap *map)
{
	map->n_accels = inv->n_accels;
	for (size_t i = 0; i < inv->n_accels; i++) {
		if (type && type->n_neuron_rails)
			wire(type, i, map);
		else
			map->accels[i] = (struct map_accel){
				.pci = inv->accels[i].pci,
				.path = inv->accels[i].path,
				.numa_node = inv->accels[i].numa_node,
				.rail = -1,
			};
	}
}

static void copy_numa(const struct inventory *inv, struct nodemap *map)
{
	map->n_numa = inv->n_numa;
	for (size_t i = 0; i < inv->n_numa; i++) {
		map->numa[i].node = inv->numa[i].node;
		map->numa[i].cpus = inv->numa[i].cpus;
	}
}

/* Every rail that tasks can use; one that is known not to is enough for a no. */
static enum env_truth rdma_read(const struct nodemap *map, const struct probe_report *probe)
{
	bool any = false, all = true;

	for (size_t i = 0; probe && i < map->n_rails && i < probe->n; i++) {
		if (!map->rails[i].pass)
			continue;
		if (probe->v[i].rdma_read == PROBE_NO)
			return ENV_FALSE;
		all &= probe->v[i].rdma_read == PROBE_YES;
		any = true;
	}
	return any && all ? ENV_TRUE : ENV_UNSAID;
}

static void fill_node(const struct inventory *inv, const struct policy *policy,
		      const struct probe_report *probe, struct nodemap *map)
{
	struct env_node *node = &map->node;

	memcpy(node->instance_type, map->instance_type, sizeof(node->instance_type));
	text_printable(node->kernel, sizeof(node->kernel), inv->kernel);
	text_format(node->provider, sizeof(node->provider), "%s", policy->provider);
	for (size_t i = 0; i < inv->n_accels; i++) {
		enum accel_kind kind = inv->accels[i].kind;

		node->gpu |= kind == ACCEL_NVIDIA || kind == ACCEL_AMD;
		node->neuron |= kind == ACCEL_NEURON;
		node->other_accel |= kind == ACCEL_HABANA;
	}
	node->rdma_read = rdma_read(map, probe);
}

bool nodemap_take_policy(struct nodemap *map, const struct policy *policy)
{
	bool has = !strcmp(map->layout_default, policy->layout_default) &&
		   map->job_rules == (policy->jobs.n > 0) &&
		   map->affinity_default == policy->affinity_default &&
		   map->environment == policy->environment;

	copy_name(map->layout_default, policy->layout_default);
	map->job_rules = policy->jobs.n > 0;
	map->affinity_default = policy->affinity_default;
	map->environment = policy->environment;
	return !has;
}

void nodemap_build(const struct inventory *inv, const struct instance_type *type,
		   const struct verdict *verdict, const struct policy *policy,
		   const struct probe_report *probe, const struct env_rules *env,
		   uint64_t tested_ms, struct nodemap *ret_map)
{
	const struct ena *primary = inventory_primary_ena(inv);
	struct nodemap *map = ret_map;

	memset(map, 0, sizeof(*map));
	text_format(map->boot_id, sizeof(map->boot_id), "%s", inv->boot_id);
	if (probe)
		text_format(map->libfabric, sizeof(map->libfabric), "%s", probe->libfabric);
	map->tested_ms = tested_ms;
	map->outcome = verdict->outcome;
	text_format(map->sentence, sizeof(map->sentence), "%s", verdict->sentence);
	text_printable(map->instance_type, sizeof(map->instance_type), inv->instance_type);
	map->n_layouts = verdict->n_layouts;
	memcpy(map->layouts, verdict->layouts, sizeof(map->layouts));
	if (primary)
		copy_name(map->primary_netdev, primary->netdev);
	map->rails_want = verdict->rails_want;
	nodemap_take_policy(map, policy);
	copy_rails(inv, probe, map);
	copy_accels(inv, type, map);
	copy_numa(inv, map);
	fill_node(inv, policy, probe, map);
	env_rules_reduce(env, &map->node, &map->env);
}

static uint64_t add_pci(uint64_t hash, const struct pci_addr *addr)
{
	char text[PCI_ADDR_TEXT];

	return fnv_add_text(hash, pci_addr_format(addr, text));
}

static uint64_t add_mac(uint64_t hash, bool has_mac, const struct mac *mac)
{
	return has_mac ? fnv_add(hash, mac->byte, sizeof(mac->byte)) : fnv_add_text(hash, "-");
}

static uint64_t add_number(uint64_t hash, long number)
{
	char text[24];

	text_format(text, sizeof(text), "%ld", number);
	return fnv_add_text(hash, text);
}

static uint64_t add_devices(uint64_t hash, const struct inventory *inv)
{
	hash = add_number(hash, (long)inv->n_rails);
	for (size_t i = 0; i < inv->n_rails; i++) {
		const struct rail *rail = &inv->rails[i];

		hash = add_pci(hash, &rail->pci);
		hash = fnv_add_text(hash, rail->rdma_name);
		hash = add_number(hash, (long)rail->stage);
		hash = add_number(hash, rail->uverbs);
		hash = add_number(hash, rail->uverbs_mode);
		hash = add_mac(hash, rail->has_mac, &rail->mac);
	}
	hash = add_number(hash, (long)inv->n_enas);
	for (size_t i = 0; i < inv->n_enas; i++) {
		const struct ena *ena = &inv->enas[i];

		hash = add_pci(hash, &ena->pci);
		hash = fnv_add_text(hash, ena->netdev);
		hash = add_mac(hash, ena->has_mac, &ena->mac);
	}
	hash = add_number(hash, (long)inv->n_accels);
	for (size_t i = 0; i < inv->n_accels; i++)
		hash = add_pci(hash, &inv->accels[i].pci);
	return hash;
}

/* Facts that come late (after the first check of a boot) change what can be judged. */
static uint64_t add_facts(uint64_t hash, const struct eni_facts *facts)
{
	if (!facts->known)
		return fnv_add_text(hash, "no facts");
	for (size_t i = 0; i < facts->n_enis; i++) {
		hash = add_mac(hash, true, &facts->enis[i].mac);
		hash = add_number(hash, facts->enis[i].card_index);
		hash = add_number(hash, facts->enis[i].device_index);
	}
	return hash;
}

void nodemap_key(const struct inventory *inv, const struct policy *policy, const char *libfabric,
		 char *buf)
{
	uint64_t hash = FNV_START;

	hash = fnv_add_text(hash, inv->instance_type);
	hash = fnv_add_text(hash, inv->kernel);
	hash = fnv_add_text(hash, inv->efa_driver);
	hash = fnv_add_text(hash, libfabric);
	hash = fnv_add_text(hash, policy->hash);
	hash = add_number(hash, (long)inv->slurmd_memlock);
	hash = add_devices(hash, inv);
	fnv_format(add_facts(hash, &inv->facts), buf);
}

bool nodemap_has_layout(const struct nodemap *map, const char *name)
{
	for (size_t i = 0; i < map->n_layouts; i++)
		if (!strcmp(map->layouts[i], name))
			return true;
	return false;
}
