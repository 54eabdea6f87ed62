/* SPDX-License-Identifier: Apache-2.0 */
#include "nodemap.h"

#include <errno.h>

#include "cleanup.h"
#include "json.h"
#include "nodemap_impl.h"

static void write_place(struct json_out *out, const struct pci_addr *pci,
			const struct pci_path *path, int numa_node)
{
	char text[PATH_TEXT];

	json_out_string(out, "pci", pci_addr_format(pci, text));
	json_out_string(out, "path", path_text_format(path, text));
	json_out_int(out, "numa", numa_node);
}

static void write_rails(struct json_out *out, const struct nodemap *map)
{
	json_out_open(out, "rails", '[');
	for (size_t i = 0; i < map->n_rails; i++) {
		const struct map_rail *rail = &map->rails[i];

		json_out_open(out, NULL, '{');
		json_out_string(out, "name", rail->rdma_name);
		write_place(out, &rail->pci, &rail->path, rail->numa_node);
		json_out_int(out, "card", rail->card_index);
		json_out_bool(out, "pass", rail->pass);
		json_out_close(out);
	}
	json_out_close(out);
}

static int write_places(struct json_out *out, const struct nodemap *map, struct err *err)
{
	cleanup_free char *cpus = malloc(CPUS_TEXT);

	if (!cpus)
		return err_set(err, -ENOMEM, "out of memory");
	json_out_open(out, "accels", '[');
	for (size_t i = 0; i < map->n_accels; i++) {
		json_out_open(out, NULL, '{');
		write_place(out, &map->accels[i].pci, &map->accels[i].path,
			    map->accels[i].numa_node);
		json_out_int(out, "rail", map->accels[i].rail);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_open(out, "numa", '[');
	for (size_t i = 0; i < map->n_numa; i++) {
		if (cpu_list_format(&map->numa[i].cpus, cpus, CPUS_TEXT))
			return err_set(err, -ENOSPC, "CPUs of a NUMA node: too many to write");
		json_out_open(out, NULL, '{');
		json_out_int(out, "node", map->numa[i].node);
		json_out_string(out, "cpus", cpus);
		json_out_close(out);
	}
	json_out_close(out);
	return 0;
}

static void write_node(struct json_out *out, const struct env_node *node)
{
	json_out_open(out, "node", '{');
	json_out_string(out, "kernel", node->kernel);
	json_out_string(out, "provider", node->provider);
	json_out_bool(out, "gpu", node->gpu);
	json_out_bool(out, "neuron", node->neuron);
	json_out_bool(out, "other_accel", node->other_accel);
	if (node->rdma_read == ENV_UNSAID)
		json_out_null(out, "rdma_read");
	else
		json_out_bool(out, "rdma_read", node->rdma_read == ENV_TRUE);
	json_out_close(out);
}

static int write_map(struct json_out *out, const struct nodemap *map, struct err *err)
{
	int rc;

	json_out_open(out, NULL, '{');
	json_out_int(out, "version", MAP_VERSION);
	json_out_string(out, "boot_id", map->boot_id);
	json_out_string(out, "key", map->key);
	json_out_int(out, "tested_ms", (int64_t)map->tested_ms);
	json_out_string(out, "outcome", outcome_text(map->outcome));
	json_out_string(out, "sentence", map->sentence);
	json_out_string(out, "instance_type", map->instance_type);
	json_out_open(out, "layouts", '[');
	for (size_t i = 0; i < map->n_layouts; i++)
		json_out_string(out, NULL, map->layouts[i]);
	json_out_close(out);
	json_out_string(out, "libfabric", map->libfabric);
	json_out_string(out, "primary_netdev", map->primary_netdev);
	json_out_string(out, "layout_default", map->layout_default);
	json_out_int(out, "rails_want", map->rails_want);
	json_out_bool(out, "job_rules", map->job_rules);
	json_out_string(out, "affinity", affinity_text(map->affinity_default));
	json_out_bool(out, "environment", map->environment);
	write_rails(out, map);
	rc = write_places(out, map, err);
	write_node(out, &map->node);
	json_out_open(out, "env", '[');
	for (size_t i = 0; i < map->env.n; i++)
		env_rule_write(out, &map->env.v[i]);
	json_out_close(out);
	json_out_close(out);
	return rc;
}

int nodemap_save(const char *path, const struct nodemap *map, struct err *err)
{
	struct json_out *out = json_out_new(false);
	const char *text;
	size_t size;
	int rc;

	if (!out)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = write_map(out, map, err);
	if (!rc)
		rc = json_out_done(out, &text, &size, err);
	if (!rc)
		rc = file_replace(path, text, size, 0644, err);
	json_out_free(out);
	return rc;
}
