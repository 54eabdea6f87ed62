/* SPDX-License-Identifier: Apache-2.0 */
#include "env_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "json.h"
#include "text.h"

static bool has_name(const struct env_rules *rules, const char *name)
{
	for (size_t i = 0; i < rules->n; i++)
		if (!strcmp(rules->v[i].name, name))
			return true;
	return false;
}

/* Both were parsed into zeroed memory. */
static bool same_conditions(const struct env_rule *a, const struct env_rule *b)
{
	return !strcmp(a->name, b->name) && !memcmp(&a->when, &b->when, sizeof(a->when));
}

static int parse_list(const struct json *list, struct env_rules *rules, struct err *err)
{
	size_t n;
	int rc = json_array(list, ENV_RULES_MAX, &n, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct env_rule *rule = &rules->v[rules->n];

		rc = env_rule_parse(json_at(list, i), rule, err);
		if (rc)
			return rc;
		for (size_t j = 0; j < rules->n; j++)
			if (same_conditions(rule, &rules->v[j]))
				return json_complain(json_at(list, i), -EINVAL, err,
						     "%s has a rule with the same conditions "
						     "before; remove one",
						     rule->name);
		rule->line = json_line(json_at(list, i));
		rules->n++;
	}
	return 0;
}

static int add_file(struct env_rules *rules, const char *path, unsigned *ret_file, struct err *err)
{
	size_t length = strlen(path),
	       skip = length >= ENV_FILE_TEXT ? length - ENV_FILE_TEXT + 1 : 0;
	size_t i = 0;

	while (i < rules->n_files && strcmp(rules->files[i], path + skip) != 0)
		i++;
	if (i == ENV_FILES_MAX)
		return err_set(err, -E2BIG, "%s: environment rules of more than %d files", path,
			       ENV_FILES_MAX);
	*ret_file = (unsigned)i;
	if (i == rules->n_files)
		text_format(rules->files[rules->n_files++], ENV_FILE_TEXT, "%s", path + skip);
	return 0;
}

/* The rules of `site` over those of `rules`. */
static int merge(struct env_rules *rules, const struct env_rules *site, const char *path,
		 struct err *err)
{
	size_t kept = 0;
	unsigned file = 0;
	int rc;

	for (size_t i = 0; i < rules->n; i++)
		kept += !has_name(site, rules->v[i].name);
	if (kept + site->n > ENV_RULES_MAX)
		return err_set(err, -E2BIG, "%s: %zu environment rules together, at most %d fit",
			       path, kept + site->n, ENV_RULES_MAX);
	rc = add_file(rules, path, &file, err);
	if (rc)
		return rc;
	kept = 0;
	for (size_t i = 0; i < rules->n; i++)
		if (!has_name(site, rules->v[i].name))
			rules->v[kept++] = rules->v[i];
	memcpy(&rules->v[kept], site->v, site->n * sizeof(site->v[0]));
	rules->n = kept + site->n;
	for (size_t i = kept; i < rules->n; i++)
		rules->v[i].file = file;
	return 0;
}

int env_rules_load(struct env_rules *rules, const char *path, enum file_trust trust,
		   struct err *err)
{
	static const char *const keys[] = {"environment"};
	cleanup_free struct env_rules *site = calloc(1, sizeof(*site));
	cleanup_json_doc struct json_doc *doc = NULL;
	const struct json *root, *list;
	int rc = site ? json_doc_load(path, trust, &doc, err)
		      : err_set(err, -ENOMEM, "%s: out of memory", path);

	if (!rc)
		rc = json_doc_root(doc, &root, err);
	if (!rc)
		rc = json_file_keys(root, keys, 1, err);
	if (rc)
		return rc;
	/* A key that is missing must not look like a file that is missing. */
	if (json_need(root, "environment", &list, err))
		return -EINVAL;
	rc = parse_list(list, site, err);
	return rc ? rc : merge(rules, site, path, err);
}

void env_rules_reduce(const struct env_rules *rules, const struct env_node *node,
		      struct env_rules *ret_rules)
{
	memset(ret_rules, 0, sizeof(*ret_rules));
	for (size_t i = 0; i < rules->n; i++) {
		const struct env_rule *rule = &rules->v[i];
		struct env_rule *kept = &ret_rules->v[ret_rules->n];
		struct env_when against;

		env_when_against(&rule->when, node, &against);
		if (!env_when_is_none(&against))
			continue;
		*kept = *rule;
		env_when_of_task(&rule->when, &kept->when);
		memset(kept->source, 0, sizeof(kept->source));
		kept->file = kept->line = 0;
		ret_rules->n++;
	}
}
