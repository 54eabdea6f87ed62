/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a node into a snapshot: every file that the inventory looks at, whether the inventory can
 * make sense of it or not. Counters are never read: they cost commands to the device, and one that
 * is sick answers late or never.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_READ_H
#define EFA_LAYOUT_SNAPSHOT_READ_H

#include <stdbool.h>

#include "err.h"
#include "snapshot.h"

/*
 * root: "/" or "" for the running node; run_dir: where its ENI facts and its topology are. What is
 * absent is left out silently; what cannot be read, is too large, is no regular file, or lies
 * outside of root or run_dir by way of a link becomes an omission. Fails when root itself or /proc
 * cannot be opened, or memory runs out.
 */
int snapshot_read(const char *root, const char *run_dir, struct snapshot *snapshot,
		  struct err *err);

/* The IP addresses of the inventory's netdevs, which the running node has in no file. */
int snapshot_add_addresses(const struct inventory *inv, struct snapshot *snapshot, struct err *err);

#endif
