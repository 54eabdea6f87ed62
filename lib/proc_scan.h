/* SPDX-License-Identifier: Apache-2.0 */
/* Processes of a node by the name of their program. */
#ifndef EFA_LAYOUT_PROC_SCAN_H
#define EFA_LAYOUT_PROC_SCAN_H

#include "err.h"
#include "sysfs.h"

/* proc: the open <root>/proc; pid: the process's directory in it. Less than 0 ends the scan. */
typedef int (*proc_fn)(const struct sysfs_dir *proc, const char *pid, void *data);

/*
 * Call fn for each process below <root>/proc ("" or "/" for the running node) that the kernel knows
 * by this name (at most 15 characters of the program's file). One that ends meanwhile is not there.
 * What fn returned, or the error of reading the directory.
 */
int proc_scan(const char *root, const char *name, proc_fn fn, void *data, struct err *err);

#endif
