/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variables of a task are ours: EFA_LAYOUT_SET, "NAME:0123abcd,NAME:...", with a hash of each
 * value. A batch script is a task, and its steps inherit its variables: what is still as it was set
 * is no wish of the user. Users may write anything there; what fits no value is no record.
 */
#ifndef EFA_LAYOUT_TASK_ENV_RECORD_H
#define EFA_LAYOUT_TASK_ENV_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "env_rules.h"
#include "task_env.h"

#define ENV_RECORD "EFA_LAYOUT_SET"

struct env_record {
	size_t n;
	char name[ENV_RULES_MAX + 1][ENV_NAME_TEXT];
};

/* Those that stand as an outer task of this job got them from us. */
void env_record_read(env_get_fn get, void *arg, struct env_record *ret_record);
bool env_record_has(const struct env_record *record, const char *name);
/* One more into the text of a record; what does not fit is left out. */
void env_record_add(char *text, size_t size, const char *name, const char *value);

#endif
