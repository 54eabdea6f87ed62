/* SPDX-License-Identifier: Apache-2.0 */
/* A task's rails into variables. Pure calculation: what to set, unset and say; the caller does it.
 */
#ifndef EFA_LAYOUT_TASK_ENV_H
#define EFA_LAYOUT_TASK_ENV_H

#include <stddef.h>

#include "assign.h"
#include "nodemap.h"

/* The task's own value of a variable, or NULL; borrowed until the next call. */
typedef const char *(*env_get_fn)(const char *name, void *arg);

struct env_change {
	char name[64];
	char value[2304]; /* 64 rails of 31 bytes and commas */
	bool unset;
	int rule; /* of the map's rules that decided; -1: none, the name is ours */
};

struct task_env {
	size_t n;
	struct env_change v[2 * ENV_RULES_MAX + 16]; /* by rules, of an outer task, our own */
	size_t n_warnings;
	char warnings[8][256]; /* for the task's first local task to print */
};

/*
 * Always: EFA_LAYOUT (layout, or the node's first one when that is empty), EFA_LAYOUT_RAILS
 * ("rdmap79s0,rdmap80s0"), EFA_LAYOUT_RAIL_COUNT, EFA_LAYOUT_PRIMARY_NETDEV, EFA_LAYOUT_VERDICT,
 * EFA_LAYOUT_AFFINITY (what decided), EFA_LAYOUT_LIBFABRIC. Then the rules of the map. A variable
 * is never set to an empty list (an empty FI_EFA_IFACE makes libfabric abort the application): what
 * has no value is unset where the task has it. Nothing at all when the site does not want
 * variables.
 *
 * EFA_LAYOUT_LIBFABRIC is the version that the rules were held against: the user's, who may bring a
 * libfabric ("2.3"), else the node's.
 *
 * A batch script is a task, and steps inherit its variables. EFA_LAYOUT_SET says what was set here,
 * with a hash of each value, so that a step does not take the outer task's rails for a wish of the
 * user: what is still as it was set is set anew or removed, what the user changed stays. No name is
 * set that is neither ours nor a rule's, and none is removed that is not either of these or in the
 * record.
 * task_env is large: allocate it.
 */
void task_env_build(const struct nodemap *map, const char *layout, const struct rail_choice *choice,
		    env_get_fn get, void *arg, struct task_env *ret_env);

/* The changes of a task that is to have nothing of ours: what an outer task of its job was given
 * goes away, what the user has set or changed stays. */
void task_env_clear(env_get_fn get, void *arg, struct task_env *ret_env);

#endif
