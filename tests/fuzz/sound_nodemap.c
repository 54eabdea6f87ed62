/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "assign.h"
#include "kit.h"
#include "sound.h"

void sound_same_rule(const struct env_rule *a, const struct env_rule *b)
{
	CHECK(!strcmp(a->name, b->name) && !strcmp(a->value, b->value));
	CHECK(a->mode == b->mode && !strcmp(a->text, b->text));
	CHECK(!strcmp(a->source, b->source));
	/* Both were parsed, or made of what was parsed: into zeroed memory. */
	CHECK(!memcmp(&a->when, &b->when, sizeof(a->when)));
}

static void same_place(const struct pci_addr *pci, const struct pci_path *path,
		       const struct pci_addr *other_pci, const struct pci_path *other_path)
{
	CHECK(!pci_addr_compare(pci, other_pci) && path->n == other_path->n);
	CHECK(!path->n || (path->root_segment == other_path->root_segment &&
			   path->root_bus == other_path->root_bus));
	for (unsigned i = 0; i < path->n; i++)
		CHECK(!pci_addr_compare(&path->hop[i], &other_path->hop[i]));
}

static void same_lists(const struct nodemap *a, const struct nodemap *b)
{
	CHECK(a->n_rails == b->n_rails && a->n_accels == b->n_accels && a->n_numa == b->n_numa);
	for (size_t i = 0; i < a->n_rails; i++) {
		const struct map_rail *x = &a->rails[i], *y = &b->rails[i];

		same_place(&x->pci, &x->path, &y->pci, &y->path);
		CHECK(!strcmp(x->rdma_name, y->rdma_name) && x->numa_node == y->numa_node);
		CHECK(x->card_index == y->card_index && x->pass == y->pass);
	}
	for (size_t i = 0; i < a->n_accels; i++) {
		const struct map_accel *x = &a->accels[i], *y = &b->accels[i];

		same_place(&x->pci, &x->path, &y->pci, &y->path);
		CHECK(x->numa_node == y->numa_node && x->rail == y->rail);
	}
	for (size_t i = 0; i < a->n_numa; i++) {
		CHECK(a->numa[i].node == b->numa[i].node);
		CHECK(!memcmp(&a->numa[i].cpus, &b->numa[i].cpus, sizeof(a->numa[i].cpus)));
	}
	CHECK(a->env.n == b->env.n);
	for (size_t i = 0; i < a->env.n; i++)
		sound_same_rule(&a->env.v[i], &b->env.v[i]);
}

static void same(const struct nodemap *a, const struct nodemap *b)
{
	CHECK(!strcmp(a->boot_id, b->boot_id) && !strcmp(a->key, b->key));
	CHECK(a->tested_ms == b->tested_ms && a->outcome == b->outcome);
	CHECK(!strcmp(a->sentence, b->sentence));
	CHECK(!strcmp(a->instance_type, b->instance_type));
	CHECK(!strcmp(a->libfabric, b->libfabric));
	CHECK(!strcmp(a->primary_netdev, b->primary_netdev));
	CHECK(a->affinity_default == b->affinity_default && a->environment == b->environment);
	CHECK(a->n_layouts == b->n_layouts);
	for (size_t i = 0; i < a->n_layouts; i++)
		CHECK(!strcmp(a->layouts[i], b->layouts[i]));
	CHECK(!strcmp(a->node.instance_type, b->node.instance_type));
	CHECK(!strcmp(a->node.kernel, b->node.kernel));
	CHECK(!strcmp(a->node.provider, b->node.provider));
	CHECK(a->node.gpu == b->node.gpu && a->node.neuron == b->node.neuron);
	CHECK(a->node.other_accel == b->node.other_accel);
	CHECK(a->node.rdma_read == b->node.rdma_read);
	same_lists(a, b);
}

/* What tasks are given is among the rails that can be used. */
static void assigned(const struct nodemap *map)
{
	struct task_place place = {.local_id = 1, .local_count = 3};
	struct rail_choice choice;
	uint64_t usable = 0;

	for (size_t i = 0; i < map->n_rails; i++)
		usable |= (uint64_t)map->rails[i].pass << i;
	for (unsigned turn = 0; turn < 3 * (AFFINITY_NONE + 1); turn++) {
		place.n_accels = turn % 3 == 1 && map->n_accels ? 1 : 0;
		place.has_cpus = turn % 3 == 2;
		if (place.has_cpus && map->n_numa)
			place.cpus = map->numa[map->n_numa - 1].cpus;
		assign_rails(map, (enum affinity)(turn / 3), &place, &choice);
		CHECK(!(choice.rails & ~usable));
		CHECK(choice.used <= AFFINITY_NONE);
		CHECK(!choice.narrow || choice.rails);
		CHECK_PRINTABLE(choice.why);
	}
}

void sound_nodemap(const struct nodemap *map)
{
	static struct nodemap again;
	struct err err = {""};

	memset(&again, 0x5a, sizeof(again));
	CHECK_OK(nodemap_save(kit_path("map.json"), map, &err), &err);
	CHECK_OK(nodemap_load(kit_path("map.json"), FILE_TRUST_OWNER, map->boot_id, &again, &err),
		 &err);
	same(map, &again);
	assigned(&again);
}
