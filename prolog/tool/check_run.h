/* SPDX-License-Identifier: Apache-2.0 */
/* The middle of a check by hand: read the node and test it; nothing is done about what is found. */
#ifndef EFA_LAYOUT_CHECK_RUN_H
#define EFA_LAYOUT_CHECK_RUN_H

#include "check.h"

/* With the settings that the check has. 0; -1: that failed, and the verdict says so. */
int check_run(struct check *check, bool may_test);

#endif
