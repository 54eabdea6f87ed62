/* SPDX-License-Identifier: Apache-2.0 */
/* Environment rules are data: name, value with placeholders, mode, and when they hold. */
#ifndef EFA_LAYOUT_ENV_RULES_H
#define EFA_LAYOUT_ENV_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "env_rules_when.h"
#include "err.h"
#include "file.h"

#define ENV_RULES_MAX 64
#define ENV_FILES_MAX 4
#define ENV_FILE_TEXT 256

enum env_mode {
	ENV_DEFAULT, /* set unless the task has it already */
	ENV_FORCE,   /* set */
	ENV_UNSET,   /* remove */
	ENV_WARN     /* say so when the task has it; leave it */
};

struct env_rule {
	char name[ENV_NAME_TEXT]; /* not EFA_LAYOUT... */
	char value[256]; /* placeholders {rails} {rail_count} {primary_netdev} {layout}; a rule
			    whose placeholder is empty is skipped */
	enum env_mode mode;
	char text[160];	  /* ENV_WARN and ENV_UNSET: what to tell */
	char source[128]; /* where it can be read that this is so: printable ASCII, "" not said */
	struct env_when when;
	unsigned file, line; /* where it stands: index into the files; 0: no line is known */
};

struct env_rules {
	size_t n;
	struct env_rule v[ENV_RULES_MAX];
	size_t n_files;
	char files[ENV_FILES_MAX][ENV_FILE_TEXT]; /* in order of loading; of a long name the end */
};

/*
 * {"environment": [{"name", "value", "mode", "text", "source", "when": {...}}]}; see
 * efa-layout-policy(5). Several rules may have one name when their conditions differ. Site files
 * after the shipped one: rules of the names in the file replace all earlier ones of these names.
 * rules is unchanged on failure; an absent file is -ENOENT, and nothing else is.
 */
int env_rules_load(struct env_rules *rules, const char *path, enum file_trust trust,
		   struct err *err);
/* One rule out of, and into, a document (also used by the node map). On failure ret_rule is
 * undefined. */
int env_rule_parse(const struct json *value, struct env_rule *ret_rule, struct err *err);
void env_rule_write(struct json_out *out, const struct env_rule *rule);
/* "default", ... */
const char *env_mode_text(enum env_mode mode);
/*
 * Keep the rules that may hold for a task of this node, without the conditions that are settled
 * thereby and without what tasks do not need: source, file and line. Conditions on libfabric stay,
 * for a job may bring its own.
 */
void env_rules_reduce(const struct env_rules *rules, const struct env_node *node,
		      struct env_rules *ret_rules);

#endif
