/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy may say, and its writer probably did not mean. Never an error: a site may have its
 * reasons. */
#ifndef EFA_LAYOUT_POLICY_HINTS_H
#define EFA_LAYOUT_POLICY_HINTS_H

#include "instance_type.h"
#include "policy.h"

/* file: "" and line 0: about what stands nowhere. Borrowed for the call. */
struct policy_hint {
	const char *name; /* setting, or "jobs[1]" */
	const char *file;
	unsigned line;
	const char *text;
};
typedef void (*policy_hint_fn)(const struct policy_hint *hint, void *arg);

/* All hints about a policy that was parsed. types: what nodes may be. */
void policy_hints(const struct policy *policy, const struct type_set *types, policy_hint_fn hint,
		  void *arg);

#endif
