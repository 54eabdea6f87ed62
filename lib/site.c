/* SPDX-License-Identifier: Apache-2.0 */
#include "site.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "text.h"

/* How one kind of file is read into its part of struct site. */
typedef int (*load_fn)(void *into, const char *path, enum file_trust trust, struct err *err);

static int load_layouts(void *into, const char *path, enum file_trust trust, struct err *err)
{
	return layout_set_load(into, path, trust, err);
}

static int load_types(void *into, const char *path, enum file_trust trust, struct err *err)
{
	return type_set_load(into, path, trust, err);
}

static int load_env(void *into, const char *path, enum file_trust trust, struct err *err)
{
	return env_rules_load(into, path, trust, err);
}

static int join_path(char *buf, size_t size, const char *dir, const char *file, struct err *err)
{
	if (text_format(buf, size, "%s/%s", dir, file))
		return err_set(err, -ENAMETOOLONG, "%.64s...: the directory's name is too long",
			       dir);
	return 0;
}

/* The shipped file, which must be there, then the site's own, which need not. */
static int load_both(void *into, const char *file, load_fn load, const char *data_dir,
		     const char *site_dir, enum file_trust trust, struct err *err)
{
	struct err own = {""};
	char path[PATH_MAX];
	int rc;

	rc = join_path(path, sizeof(path), data_dir, file, err);
	if (!rc)
		rc = load(into, path, trust, err);
	if (!rc)
		rc = join_path(path, sizeof(path), site_dir, file, err);
	if (rc)
		return rc;
	rc = load(into, path, trust, &own);
	return rc && rc != -ENOENT ? err_set(err, rc, "%s", own.text) : 0;
}

/* A layout name of a setting; words: that are none, and stand for something else. */
static int need_layout(const struct site *site, const struct policy *policy, const char *setting,
		       const char *name, const char *const *words, struct err *err)
{
	const char *names[LAYOUTS_MAX];
	const char *near;

	for (; *words; words++)
		if (!strcmp(name, *words))
			return 0;
	if (layout_find(&site->layouts, name))
		return 0;
	for (size_t i = 0; i < site->layouts.n; i++)
		names[i] = site->layouts.v[i].name;
	near = text_nearest(name, names, site->layouts.n);
	return policy_complain(
		policy, setting, NULL, -EINVAL, err, "there is no layout \"%s\"%s%s%s", name,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int need_allowed(const struct site *site, const struct policy *policy, struct err *err)
{
	static const char *const words[] = {"all", "any", NULL};
	char names[POLICY_VALUE_TEXT], *rest = names, *name;
	int rc = 0;

	text_format(names, sizeof(names), "%s", policy->layout_allow);
	while (!rc && (name = strsep(&rest, ",")))
		rc = need_layout(site, policy, "layout.allow", name, words, err);
	return rc;
}

static int need_layouts(const struct site *site, const struct policy *policy, struct err *err)
{
	static const char *const declared[] = {"auto", NULL};
	static const char *const asked[] = {"any", "none", NULL};
	int rc;

	rc = need_layout(site, policy, "layout.declared", policy->layout_declared, declared, err);
	if (!rc)
		rc = need_layout(site, policy, "layout.default", policy->layout_default, asked,
				 err);
	return rc ? rc : need_allowed(site, policy, err);
}

/* What no single file can check. */
static int check_names(const struct site *site, struct err *err)
{
	const struct policy *policy = &site->policy;
	int rc = need_layouts(site, policy, err);

	for (size_t i = 0; !rc && i < policy->jobs.n; i++) {
		struct policy taken;

		policy_take(policy, i, &taken);
		rc = need_layouts(site, &taken, err);
	}
	return rc;
}

static int load_data(struct site *site, const char *data_dir, const char *site_dir,
		     enum file_trust trust, struct err *err)
{
	int rc;

	rc = load_both(&site->layouts, "layouts.json", load_layouts, data_dir, site_dir, trust,
		       err);
	if (!rc)
		rc = load_both(&site->types, "instance-types.json", load_types, data_dir, site_dir,
			       trust, err);
	if (!rc)
		rc = load_both(&site->env, "environment.json", load_env, data_dir, site_dir, trust,
			       err);
	return rc ? rc : check_names(site, err);
}

int site_load_policy(struct site *site, const struct policy_files *files, const char *data_dir,
		     const char *site_dir, enum file_trust trust, struct err *err)
{
	int rc;

	memset(site, 0, sizeof(*site));
	rc = policy_parse(files, &site->policy, err);
	if (!rc)
		rc = load_data(site, data_dir, site_dir, trust, err);
	if (rc)
		site_done(site);
	return rc;
}

int site_load(struct site *site, const char *data_dir, const char *site_dir, enum file_trust trust,
	      struct err *err)
{
	struct policy_files files;
	int rc;

	memset(site, 0, sizeof(*site));
	rc = policy_files_read(site_dir, trust, &files, err);
	if (!rc)
		rc = site_load_policy(site, &files, data_dir, site_dir, trust, err);
	if (rc)
		policy_files_done(&files);
	else
		site->files = files;
	return rc;
}

void site_done(struct site *site)
{
	if (!site)
		return;
	policy_files_done(&site->files);
	type_set_done(&site->types);
	memset(site, 0, sizeof(*site));
}

int site_load_layouts(struct layout_set *set, const char *data_dir, const char *site_dir,
		      enum file_trust trust, struct err *err)
{
	int rc;

	memset(set, 0, sizeof(*set));
	rc = load_both(set, "layouts.json", load_layouts, data_dir, site_dir, trust, err);
	if (rc)
		memset(set, 0, sizeof(*set));
	return rc;
}

int site_load_env(struct env_rules *rules, const char *data_dir, const char *site_dir,
		  enum file_trust trust, struct err *err)
{
	memset(rules, 0, sizeof(*rules));
	return load_both(rules, "environment.json", load_env, data_dir, site_dir, trust, err);
}

int site_load_types(struct type_set *set, const char *data_dir, const char *site_dir,
		    enum file_trust trust, struct err *err)
{
	int rc;

	memset(set, 0, sizeof(*set));
	rc = load_both(set, "instance-types.json", load_types, data_dir, site_dir, trust, err);
	if (rc)
		type_set_done(set);
	return rc;
}
