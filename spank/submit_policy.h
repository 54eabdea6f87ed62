/* SPDX-License-Identifier: Apache-2.0 */
/* What the site's policy says to the user of a client, as far as a submit host can know it. */
#ifndef EFA_LAYOUT_SUBMIT_POLICY_H
#define EFA_LAYOUT_SUBMIT_POLICY_H

#include "args.h"
#include "policy.h"

/*
 * The policy for this user, to be freed. NULL where it cannot be read, or where it depends on what
 * only the node knows (partition, account, QOS, reservation): the node decides then.
 */
struct policy *submit_policy(const struct plugin_dirs *dirs);

#endif
