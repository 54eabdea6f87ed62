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

/* A layout name of the policy, where "any" and its like have been sorted out before. */
static int need_layout(const struct site *site, const char *key, const char *name, struct err *err)
{
	const char *names[LAYOUTS_MAX];
	const char *near;

	if (layout_find(&site->layouts, name))
		return 0;
	for (size_t i = 0; i < site->layouts.n; i++)
		names[i] = site->layouts.v[i].name;
	near = text_nearest(name, names, site->layouts.n);
	return err_set(err, -EINVAL, "policy: %s: there is no layout \"%s\"%s%s%s", key, name,
		       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* What no single file can check. */
static int check_names(const struct site *site, struct err *err)
{
	const struct policy *policy = &site->policy;
	int rc = 0;

	if (strcmp(policy->layout_declared, "auto") != 0)
		rc = need_layout(site, "layout.declared", policy->layout_declared, err);
	if (!rc && strcmp(policy->layout_default, "any") != 0 &&
	    strcmp(policy->layout_default, "none") != 0)
		rc = need_layout(site, "layout.default", policy->layout_default, err);
	return rc;
}

/* An absent file is no error, and must not leave a sentence behind either. */
static int load_policy(struct site *site, const char *site_dir, enum file_trust trust,
		       struct err *err)
{
	struct err own = {""};
	char path[PATH_MAX];
	int rc;

	rc = join_path(path, sizeof(path), site_dir, "policy.json", err);
	if (rc)
		return rc;
	rc = policy_load(path, trust, &site->policy, &own);
	return rc ? err_set(err, rc, "%s", own.text) : 0;
}

static int load_all(struct site *site, const char *data_dir, const char *site_dir,
		    enum file_trust trust, struct err *err)
{
	int rc;

	rc = load_policy(site, site_dir, trust, err);
	if (!rc)
		rc = load_both(&site->layouts, "layouts.json", load_layouts, data_dir, site_dir,
			       trust, err);
	if (!rc)
		rc = load_both(&site->types, "instance-types.json", load_types, data_dir, site_dir,
			       trust, err);
	if (!rc)
		rc = load_both(&site->env, "environment.json", load_env, data_dir, site_dir, trust,
			       err);
	return rc ? rc : check_names(site, err);
}

int site_load(struct site *site, const char *data_dir, const char *site_dir, enum file_trust trust,
	      struct err *err)
{
	int rc;

	memset(site, 0, sizeof(*site));
	rc = load_all(site, data_dir, site_dir, trust, err);
	if (rc) {
		type_set_done(&site->types);
		memset(site, 0, sizeof(*site));
	}
	return rc;
}

void site_done(struct site *site)
{
	if (!site)
		return;
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
