/* SPDX-License-Identifier: Apache-2.0 */
#include "nodemap.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "fnv.h"
#include "json.h"
#include "nodemap_impl.h"
#include "text.h"

#define MAP_BYTES_MAX (512u << 10)
#define KEYS(list)    list, sizeof(list) / sizeof(list[0])

static int need_string(const struct json *obj, const char *key, size_t min, char *buf, size_t size,
		       struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_string(value, min, buf, size, err);
}

/* A name that will stand in variables and on screens. */
static int need_name(const struct json *obj, const char *key, size_t min, char *buf,
		     struct err *err)
{
	int rc = need_string(obj, key, min, buf, NAME_TEXT, err);

	if (!rc && buf[0] && !text_is_name(buf, NAME_TEXT - 1))
		rc = json_complain(json_member(obj, key), -EINVAL, err, "expected a name");
	return rc;
}

static int need_int(const struct json *obj, const char *key, int min, int max, int *ret_int,
		    struct err *err)
{
	const struct json *value;
	int64_t number = 0;
	int rc = json_need(obj, key, &value, err);

	if (!rc)
		rc = json_int(value, min, max, &number, err);
	if (!rc)
		*ret_int = (int)number;
	return rc;
}

static int need_bool(const struct json *obj, const char *key, bool *ret_bool, struct err *err)
{
	const struct json *value;
	int rc = json_need(obj, key, &value, err);

	return rc ? rc : json_bool(value, ret_bool, err);
}

static int need_list(const struct json *obj, const char *key, size_t max,
		     const struct json **ret_list, size_t *ret_n, struct err *err)
{
	int rc = json_need(obj, key, ret_list, err);

	return rc ? rc : json_array(*ret_list, max, ret_n, err);
}

/* "pci", "path" and "numa" of a rail or an accelerator. */
static int read_place(const struct json *obj, struct pci_addr *pci, struct pci_path *path,
		      int *numa_node, struct err *err)
{
	char text[PATH_TEXT];
	int rc = need_string(obj, "pci", 1, text, PCI_ADDR_TEXT, err);

	if (!rc && pci_addr_parse(text, pci))
		rc = json_complain(json_member(obj, "pci"), -EINVAL, err,
				   "expected a PCI address such as \"0000:4f:00.0\"");
	if (!rc)
		rc = need_string(obj, "path", 0, text, sizeof(text), err);
	if (!rc && path_text_parse(text, path))
		rc = json_complain(json_member(obj, "path"), -EINVAL, err, "expected a PCI path");
	if (!rc && path->n && pci_addr_compare(&path->hop[path->n - 1], pci))
		rc = json_complain(json_member(obj, "path"), -EINVAL, err,
				   "the path ends at another device");
	return rc ? rc : need_int(obj, "numa", -1, NUMA_NUMBER_MAX, numa_node, err);
}

static int read_rail(const struct json *obj, struct map_rail *rail, struct err *err)
{
	static const char *const keys[] = {"name", "pci", "path", "numa", "card", "pass"};
	int rc = json_only_keys(obj, KEYS(keys), err);

	if (!rc)
		rc = need_name(obj, "name", 0, rail->rdma_name, err);
	if (!rc)
		rc = read_place(obj, &rail->pci, &rail->path, &rail->numa_node, err);
	if (!rc)
		rc = need_int(obj, "card", -1, 255, &rail->card_index, err);
	if (!rc)
		rc = need_bool(obj, "pass", &rail->pass, err);
	if (!rc && rail->pass && !rail->rdma_name[0])
		rc = json_complain(obj, -EINVAL, err, "a rail without a name cannot have passed");
	return rc;
}

static int read_rails(const struct json *root, struct nodemap *map, struct err *err)
{
	const struct json *list;
	int rc = need_list(root, "rails", NODE_RAILS_MAX, &list, &map->n_rails, err);

	for (size_t i = 0; !rc && i < map->n_rails; i++) {
		rc = read_rail(json_at(list, i), &map->rails[i], err);
		for (size_t j = 0; !rc && j < i; j++)
			if (!pci_addr_compare(&map->rails[i].pci, &map->rails[j].pci) ||
			    (map->rails[i].rdma_name[0] &&
			     !strcmp(map->rails[i].rdma_name, map->rails[j].rdma_name)))
				rc = json_complain(json_at(list, i), -EINVAL, err,
						   "the same rail as entry %zu", j);
	}
	return rc;
}

/* After read_rails. */
static int read_accels(const struct json *root, struct nodemap *map, struct err *err)
{
	static const char *const keys[] = {"pci", "path", "numa", "rail"};
	const struct json *list;
	int rc = need_list(root, "accels", NODE_ACCELS_MAX, &list, &map->n_accels, err);

	for (size_t i = 0; !rc && i < map->n_accels; i++) {
		struct map_accel *accel = &map->accels[i];

		rc = json_only_keys(json_at(list, i), KEYS(keys), err);
		if (!rc)
			rc = read_place(json_at(list, i), &accel->pci, &accel->path,
					&accel->numa_node, err);
		if (!rc)
			rc = need_int(json_at(list, i), "rail", -1, (int)map->n_rails - 1,
				      &accel->rail, err);
	}
	return rc;
}

static int read_numa(const struct json *root, struct nodemap *map, struct err *err)
{
	static const char *const keys[] = {"node", "cpus"};
	cleanup_free char *text = malloc(CPUS_TEXT);
	const struct json *list;
	int rc = need_list(root, "numa", NODE_NUMA_MAX, &list, &map->n_numa, err);

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; !rc && i < map->n_numa; i++) {
		const struct json *entry = json_at(list, i);

		rc = json_only_keys(entry, KEYS(keys), err);
		if (!rc)
			rc = need_int(entry, "node", 0, NUMA_NUMBER_MAX, &map->numa[i].node, err);
		if (!rc)
			rc = need_string(entry, "cpus", 0, text, CPUS_TEXT, err);
		if (!rc && cpu_list_parse(text, &map->numa[i].cpus))
			rc = json_complain(json_member(entry, "cpus"), -EINVAL, err,
					   "expected a list of CPUs such as \"0-47,96-143\"");
	}
	return rc;
}

static int read_node(const struct json *root, struct nodemap *map, struct err *err)
{
	static const char *const keys[] = {"kernel", "provider",    "gpu",
					   "neuron", "other_accel", "rdma_read"};
	struct env_node *node = &map->node;
	const struct json *obj;
	bool flag = false;
	int rc = json_need(root, "node", &obj, err);

	if (!rc)
		rc = json_only_keys(obj, KEYS(keys), err);
	if (!rc)
		rc = need_string(obj, "kernel", 0, node->kernel, sizeof(node->kernel), err);
	if (!rc)
		rc = need_name(obj, "provider", 0, node->provider, err);
	if (!rc)
		rc = need_bool(obj, "gpu", &node->gpu, err);
	if (!rc)
		rc = need_bool(obj, "neuron", &node->neuron, err);
	if (!rc)
		rc = need_bool(obj, "other_accel", &node->other_accel, err);
	if (!rc && json_member(obj, "rdma_read") && json_is_null(json_member(obj, "rdma_read")))
		return 0;
	if (!rc)
		rc = need_bool(obj, "rdma_read", &flag, err);
	node->rdma_read = flag ? ENV_TRUE : ENV_FALSE;
	return rc;
}

static int read_env(const struct json *root, struct nodemap *map, struct err *err)
{
	const struct json *list;
	int rc = need_list(root, "env", ENV_RULES_MAX, &list, &map->env.n, err);

	for (size_t i = 0; !rc && i < map->env.n; i++)
		rc = env_rule_parse(json_at(list, i), &map->env.v[i], err);
	return rc;
}

static int read_layouts(const struct json *root, struct nodemap *map, struct err *err)
{
	const struct json *list;
	int rc = need_list(root, "layouts", LAYOUT_NAMES_MAX, &list, &map->n_layouts, err);

	for (size_t i = 0; !rc && i < map->n_layouts; i++) {
		rc = json_string(json_at(list, i), 1, map->layouts[i], NAME_TEXT, err);
		if (!rc && !text_is_name(map->layouts[i], NAME_TEXT - 1))
			rc = json_complain(json_at(list, i), -EINVAL, err, "expected a name");
	}
	return rc;
}

static int read_key(const struct json *root, struct nodemap *map, struct err *err)
{
	const struct json *value;
	int64_t tested_ms = 0;
	int rc = need_string(root, "boot_id", 0, map->boot_id, sizeof(map->boot_id), err);

	if (!rc)
		rc = need_string(root, "key", 0, map->key, sizeof(map->key), err);
	if (!rc && map->key[0] && strspn(map->key, "0123456789abcdef") != FNV_TEXT - 1)
		rc = json_complain(json_member(root, "key"), -EINVAL, err,
				   "expected 16 hexadecimal digits");
	if (!rc)
		rc = json_need(root, "tested_ms", &value, err);
	if (!rc)
		rc = json_int(value, 0, INT64_MAX, &tested_ms, err);
	map->tested_ms = (uint64_t)tested_ms;
	return rc;
}

static int read_verdict(const struct json *root, struct nodemap *map, struct err *err)
{
	char word[NAME_TEXT];
	int rails_want = 0;
	int rc = need_string(root, "outcome", 1, word, sizeof(word), err);

	if (!rc && !outcome_parse(word, &map->outcome))
		rc = json_complain(json_member(root, "outcome"), -EINVAL, err,
				   "not an outcome: \"%s\"", word);
	if (!rc)
		rc = need_string(root, "sentence", 0, map->sentence, sizeof(map->sentence), err);
	if (!rc)
		rc = need_string(root, "instance_type", 0, map->instance_type,
				 sizeof(map->instance_type), err);
	if (!rc)
		rc = need_string(root, "libfabric", 0, map->libfabric, sizeof(map->libfabric), err);
	if (!rc)
		rc = need_name(root, "primary_netdev", 0, map->primary_netdev, err);
	if (!rc)
		rc = need_name(root, "layout_default", 0, map->layout_default, err);
	if (!rc)
		rc = need_int(root, "rails_want", 0, NODE_RAILS_MAX, &rails_want, err);
	if (!rc)
		rc = need_bool(root, "job_rules", &map->job_rules, err);
	map->rails_want = (unsigned)rails_want;
	if (!rc)
		rc = need_string(root, "affinity", 1, word, sizeof(word), err);
	if (!rc && affinity_parse(word, &map->affinity_default))
		rc = json_complain(json_member(root, "affinity"), -EINVAL, err,
				   "not an affinity: \"%s\"", word);
	return rc ? rc : need_bool(root, "environment", &map->environment, err);
}

static int read_map(const struct json *root, struct nodemap *map, struct err *err)
{
	static const char *const keys[] = {
		"version",	  "boot_id",	    "key",	 "tested_ms",
		"outcome",	  "sentence",	    "layouts",	 "instance_type",
		"libfabric",	  "primary_netdev", "affinity",	 "environment",
		"layout_default", "rails_want",	    "job_rules", "rails",
		"accels",	  "numa",	    "node",	 "env"};
	int version, rc = json_only_keys(root, KEYS(keys), err);

	if (!rc)
		rc = need_int(root, "version", MAP_VERSION, MAP_VERSION, &version, err);
	if (!rc)
		rc = read_key(root, map, err);
	if (!rc)
		rc = read_verdict(root, map, err);
	if (!rc)
		rc = read_layouts(root, map, err);
	if (!rc)
		rc = read_rails(root, map, err);
	if (!rc)
		rc = read_accels(root, map, err);
	if (!rc)
		rc = read_numa(root, map, err);
	if (!rc)
		rc = read_node(root, map, err);
	memcpy(map->node.instance_type, map->instance_type, sizeof(map->node.instance_type));
	return rc ? rc : read_env(root, map, err);
}

int nodemap_load(const char *path, enum file_trust trust, const char *boot_id,
		 struct nodemap *ret_map, struct err *err)
{
	cleanup_json_doc struct json_doc *doc = NULL;
	cleanup_free struct nodemap *map = calloc(1, sizeof(*map));
	cleanup_free char *text = NULL;
	const struct json *root;
	size_t size;
	int rc;

	if (!map)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	rc = file_read(path, MAP_BYTES_MAX, trust, &text, &size, err);
	if (!rc)
		rc = json_doc_parse(path, text, size, &doc, err);
	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = read_map(root, map, err);
	if (rc)
		return rc;
	if (*boot_id && strcmp(map->boot_id, boot_id) != 0)
		return err_set(err, -ESTALE,
			       "%s: written before the node was started; run efa-layout check",
			       path);
	*ret_map = *map;
	return 0;
}
