/* SPDX-License-Identifier: Apache-2.0 */
#include "p5_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "text.h"

#define SWITCHES  8
#define RAILS_PER 4
#define BUSES_PER 0x11
#define FIRST_BUS 0x44

static int fill_boot_id(struct nodemap *map, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t n;
	int rc = file_read("/proc/sys/kernel/random/boot_id", 64, FILE_TRUST_ANY, &text, &n, err);

	if (rc)
		return rc;
	text[strcspn(text, "\n")] = '\0';
	return text_format(map->boot_id, sizeof(map->boot_id), "%s", text);
}

/* Root port, upstream port, downstream port, function. */
static void fill_path(struct pci_path *path, uint8_t root, uint8_t slot, uint8_t func,
		      const struct pci_addr *end)
{
	*path = (struct pci_path){.root_bus = root, .n = 4};
	path->hop[0] = (struct pci_addr){.bus = root};
	path->hop[1] = (struct pci_addr){.bus = (uint8_t)(root + 1)};
	path->hop[2] = (struct pci_addr){.bus = (uint8_t)(root + 2), .slot = slot, .func = func};
	path->hop[3] = *end;
}

static void fill_switch(struct nodemap *map, unsigned number)
{
	uint8_t root = (uint8_t)(FIRST_BUS + BUSES_PER * number);
	int numa = number >= SWITCHES / 2;
	struct map_accel *accel = &map->accels[map->n_accels++];

	for (uint8_t i = 0; i < RAILS_PER; i++) {
		struct map_rail *rail = &map->rails[map->n_rails];

		rail->pci = (struct pci_addr){.bus = (uint8_t)(root + 0x0b + i)};
		fill_path(&rail->path, root, 1, i, &rail->pci);
		text_format(rail->rdma_name, sizeof(rail->rdma_name), "rdmap%us0", rail->pci.bus);
		rail->numa_node = numa;
		rail->card_index = (int)map->n_rails++;
		rail->pass = true;
	}
	accel->pci = (struct pci_addr){.bus = (uint8_t)(root + 0x0f)};
	accel->numa_node = numa;
	accel->rail = -1;
	fill_path(&accel->path, root, 1, 4, &accel->pci);
}

static void fill_rule(struct nodemap *map, const char *name, const char *value, enum env_mode mode,
		      const char *text, bool when_narrow)
{
	struct env_rule *rule = &map->env.v[map->env.n++];

	text_format(rule->name, sizeof(rule->name), "%s", name);
	text_format(rule->value, sizeof(rule->value), "%s", value);
	text_format(rule->text, sizeof(rule->text), "%s", text);
	rule->mode = mode;
	rule->when.narrow = when_narrow ? ENV_TRUE : ENV_UNSAID;
}

int p5_map(struct nodemap *map, struct err *err)
{
	memset(map, 0, sizeof(*map));
	text_format(map->key, sizeof(map->key), "0123456789abcdef");
	text_format(map->instance_type, sizeof(map->instance_type), "p5.48xlarge");
	text_format(map->node.instance_type, sizeof(map->node.instance_type), "p5.48xlarge");
	text_format(map->node.kernel, sizeof(map->node.kernel), "6.1.0-18-amd64");
	text_format(map->node.provider, sizeof(map->node.provider), "efa");
	map->node.gpu = true;
	map->node.rdma_read = ENV_TRUE;
	text_format(map->layouts[0], NAME_TEXT, "efa-only");
	text_format(map->libfabric, sizeof(map->libfabric), "2.1");
	text_format(map->primary_netdev, sizeof(map->primary_netdev), "enp71s0");
	text_format(map->sentence, sizeof(map->sentence), "all 32 rails passed");
	map->n_layouts = 1;
	map->tested_ms = 1;
	map->outcome = OUTCOME_HEALTHY;
	text_format(map->layout_default, NAME_TEXT, "any");
	map->rails_want = 32;
	map->affinity_default = AFFINITY_AUTO;
	map->environment = true;
	for (unsigned i = 0; i < SWITCHES; i++)
		fill_switch(map, i);
	map->n_numa = 2;
	map->numa[1].node = 1;
	for (unsigned cpu = 0; cpu < 96; cpu++) {
		cpu_list_add(&map->numa[cpu / 48].cpus, cpu);
		cpu_list_add(&map->numa[cpu / 48].cpus, cpu + 96);
	}
	fill_rule(map, "FI_PROVIDER", "efa", ENV_DEFAULT, "", false);
	fill_rule(map, "FI_EFA_IFACE", "{rails}", ENV_DEFAULT, "", true);
	fill_rule(map, "FI_EFA_MTU_SIZE", "", ENV_UNSET, "it makes libfabric end the application",
		  false);
	return fill_boot_id(map, err);
}
