/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy show: the settings in force, or the environment rules. */
#ifndef EFA_LAYOUT_POLICY_SHOW_H
#define EFA_LAYOUT_POLICY_SHOW_H

#include <stdbool.h>

#include "env_rules.h"
#include "nodemap.h"
#include "policy.h"

/* A command of "policy": argv[0] is its name. Returns an exit status. */
int policy_show(int argc, char **argv);

/* Every setting with what it is, where it was set, its default and what it means. Returns an exit
 * status. */
int policy_settings_show(const struct policy *policy, bool json);
/* One line a setting, and where it was set. Returns an exit status. */
int policy_origin_show(const struct policy *policy);
/* Every rule with all that it says; map: of the node that it is held against, NULL none. Returns an
 * exit status. */
int policy_env_show(const struct env_rules *rules, const struct nodemap *map, bool json);

#endif
