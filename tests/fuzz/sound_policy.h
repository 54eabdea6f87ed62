/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EFA_LAYOUT_FUZZ_SOUND_POLICY_H
#define EFA_LAYOUT_FUZZ_SOUND_POLICY_H

#include "policy.h"

/* Everything that holds for a policy that was read. */
void sound_policy(const struct policy *policy);

#endif
