/* SPDX-License-Identifier: Apache-2.0 */
/* How efa-layout-slurm ends: between it and controller.c. */
#ifndef EFA_LAYOUT_HELPER_STATUS_H
#define EFA_LAYOUT_HELPER_STATUS_H

enum helper_status {
	HELPER_DONE = 0,
	HELPER_FAILED = 1, /* the controller refused or did not answer */
	HELPER_USAGE = 2,
	HELPER_LIMIT = 3, /* as many nodes are drained as may be: this one stays */
	HELPER_OTHERS = 4 /* the node's state or reason is not ours to change */
};

#endif
