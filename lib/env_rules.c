/* SPDX-License-Identifier: Apache-2.0 */
#include "env_rules.h"

#include <errno.h>
#include <string.h>

#include "json.h"

static bool has_name(const struct env_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (!strcmp(rules->v[i].name, name))
			return true;
	return false;
}

static bool same_conditions(const struct env_rule *a, const struct env_rule *b)
{
	return !strcmp(a->name, b->name) && a->when_narrow == b->when_narrow &&
	       a->when_rails == b->when_rails && a->when_empty == b->when_empty &&
	       a->when_accel == b->when_accel && !strcmp(a->unless, b->unless) &&
	       a->libfabric_min == b->libfabric_min && a->libfabric_below == b->libfabric_below;
}

static int parse_list(const struct json *list, struct env_rules *ret_rules, struct err *err)
{
	struct env_rules rules = {0};
	size_t n;
	int rc = json_array(list, ENV_RULES_MAX, &n, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct env_rule *rule = &rules.v[rules.n];

		rc = env_rule_parse(json_at(list, i), rule, err);
		if (rc)
			return rc;
		for (size_t j = 0; j < rules.n; j++)
			if (same_conditions(rule, &rules.v[j]))
				return json_complain(json_at(list, i), -EINVAL, err,
						     "%s has a rule with the same conditions "
						     "before; remove one",
						     rule->name);
		rules.n++;
	}
	*ret_rules = rules;
	return 0;
}

/* The rules of `site` over those of `rules`. */
static int merge(struct env_rules *rules, const struct env_rules *site, const char *path,
		 struct err *err)
{
	struct env_rules merged = {0};

	for (size_t i = 0; i < rules->n; i++)
		if (!has_name(site, rules->v[i].name))
			merged.v[merged.n++] = rules->v[i];
	if (merged.n + site->n > ENV_RULES_MAX)
		return err_set(err, -E2BIG, "%s: %zu environment rules together, at most %d fit",
			       path, merged.n + site->n, ENV_RULES_MAX);
	memcpy(&merged.v[merged.n], site->v, site->n * sizeof(site->v[0]));
	merged.n += site->n;
	*rules = merged;
	return 0;
}

int env_rules_load(struct env_rules *rules, const char *path, enum file_trust trust,
		   struct err *err)
{
	static const char *const keys[] = {"environment"};
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root, *list;
	struct env_rules site;
	int rc = json_doc_load(path, trust, &doc, err);

	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = json_only_keys(root, keys, 1, err);
	if (rc)
		return rc;
	/* A key that is missing must not look like a file that is missing. */
	if (json_need(root, "environment", &list, err))
		return -EINVAL;
	rc = parse_list(list, &site, err);
	return rc ? rc : merge(rules, &site, path, err);
}

static bool holds(const struct env_rule *rule, unsigned version, bool accel)
{
	if (rule->when_accel && !accel)
		return false;
	if ((rule->libfabric_min || rule->libfabric_below) && !version)
		return false;
	if (version < rule->libfabric_min)
		return false;
	return !rule->libfabric_below || version < rule->libfabric_below;
}

void env_rules_reduce(const struct env_rules *rules, const char *libfabric, bool accel,
		      struct env_rules *ret_rules)
{
	unsigned version = env_libfabric_version(libfabric);
	struct env_rules kept = {0};

	for (size_t i = 0; i < rules->n; i++) {
		if (!holds(&rules->v[i], version, accel))
			continue;
		kept.v[kept.n] = rules->v[i];
		kept.v[kept.n].libfabric_min = 0;
		kept.v[kept.n].libfabric_below = 0;
		kept.v[kept.n].when_accel = false;
		kept.n++;
	}
	*ret_rules = kept;
}
