/* SPDX-License-Identifier: Apache-2.0 */
/* Environment rules are data: name, value with placeholders, mode, and when they hold. */
#ifndef EFA_LAYOUT_ENV_RULES_H
#define EFA_LAYOUT_ENV_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "file.h"
#include "inventory.h"

struct json;
struct json_out;

#define ENV_RULES_MAX 64

enum env_mode {
	ENV_DEFAULT, /* set unless the task has it already */
	ENV_FORCE,   /* set */
	ENV_UNSET,   /* remove */
	ENV_WARN     /* say so when the task has it; leave it */
};

struct env_rule {
	char name[64];	 /* [A-Za-z_][A-Za-z0-9_]*, not EFA_LAYOUT... */
	char value[256]; /* placeholders {rails} {rail_count} {primary_netdev} {layout}; a rule
			    whose placeholder is empty is skipped */
	enum env_mode mode;
	char text[160]; /* ENV_WARN and ENV_UNSET: what to tell */
	/* when: all that are given must hold */
	bool when_narrow;	/* the task's rails are narrowed */
	bool when_rails;	/* the node has at least one rail that can be used */
	bool when_empty;	/* the task has the variable, and it is empty */
	char unless[64];	/* the task does not have this other variable; "" no such bound */
	unsigned libfabric_min; /* major * 1000 + minor, 0 none: known on the node */
	unsigned libfabric_below;
	bool when_accel; /* the node has accelerators */
};

struct env_rules {
	size_t n;
	struct env_rule v[ENV_RULES_MAX];
};

/*
 * {"environment": [{"name", "value", "mode", "text", "when": {"narrow", "rails", "empty", "unless",
 * "libfabric_min", "libfabric_below", "accel"}}]}; see efa-layout-policy(5). Several rules may have
 * one name when their conditions differ. Site files after the shipped one: rules of the names in
 * the file replace all earlier ones of these names. rules is unchanged on failure; an absent file
 * is -ENOENT, and nothing else is.
 */
int env_rules_load(struct env_rules *rules, const char *path, enum file_trust trust,
		   struct err *err);
/* One rule out of, and into, a document (also used by the node map). */
int env_rule_parse(const struct json *value, struct env_rule *ret_rule, struct err *err);
void env_rule_write(struct json_out *out, const struct env_rule *rule);
/* The first two numbers of "1.17" or "2.1.0" as major * 1000 + minor; 0: not a version. */
unsigned env_libfabric_version(const char *text);
/* Keep the rules that hold on a node, without the conditions that are settled thereby: libfabric is
 * "1.17" or "" (unknown: rules that ask for a version are dropped). */
void env_rules_reduce(const struct env_rules *rules, const char *libfabric, bool accel,
		      struct env_rules *ret_rules);

#endif
