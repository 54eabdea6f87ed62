/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EFA_LAYOUT_POLICY_DIFF_H
#define EFA_LAYOUT_POLICY_DIFF_H

/* A command of "policy": argv[0] is its name. Returns an exit status, those of diff(1). */
int policy_diff(int argc, char **argv);

#endif
