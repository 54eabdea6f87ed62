/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a site can say, loaded in one go: shipped data first, then the site's own files
 * over it. */
#ifndef EFA_LAYOUT_SITE_H
#define EFA_LAYOUT_SITE_H

#include "env_rules.h"
#include "err.h"
#include "file.h"
#include "layout.h"
#include "policy.h"
#include "policy_files.h"

/*
 * Files: <data_dir>/{layouts,instance-types,environment}.json (must exist), then
 * <site_dir>/{policy,layouts,instance-types,environment}.json and <site_dir>/policy.d (each may be
 * absent).
 */
struct site {
	struct policy policy;
	struct policy_files files; /* what the policy is made of */
	struct layout_set layouts;
	struct type_set types;
	struct env_rules env;
};

/*
 * site is large: allocate it. On failure it is empty and needs no site_done. Also checks what no
 * single file can: names of layouts in the policy exist.
 */
int site_load(struct site *site, const char *data_dir, const char *site_dir, enum file_trust trust,
	      struct err *err);
/* The same with a policy of these files instead of the site's own. */
int site_load_policy(struct site *site, const struct policy_files *files, const char *data_dir,
		     const char *site_dir, enum file_trust trust, struct err *err);
void site_done(struct site *site);

/* Layouts alone, for the client side of the plugin. */
int site_load_layouts(struct layout_set *set, const char *data_dir, const char *site_dir,
		      enum file_trust trust, struct err *err);
/* Environment rules alone, for looking at them. rules is large: allocate it. */
int site_load_env(struct env_rules *rules, const char *data_dir, const char *site_dir,
		  enum file_trust trust, struct err *err);
/* Instance types alone; on failure set is empty. The caller's type_set_done. */
int site_load_types(struct type_set *set, const char *data_dir, const char *site_dir,
		    enum file_trust trust, struct err *err);

#endif
