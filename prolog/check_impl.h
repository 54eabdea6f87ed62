/* SPDX-License-Identifier: Apache-2.0 */
/* Private to check*.c. */
#ifndef EFA_LAYOUT_CHECK_IMPL_H
#define EFA_LAYOUT_CHECK_IMPL_H

#include "check.h"

/* What became of the rails while they were tested. */
enum change { CHANGE_NONE, CHANGE_GONE, CHANGE_NEW };

/* Put together what was read of the node. */
void check_join(struct check *check);
/* Read the node again; where its rails are the same all is left as it is. Results of rails that
 * are gone are dropped. */
enum change check_scan_changes(struct check *check);

#endif
