/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slurm's host lists, "n[001-010,20]-x[1-2],m3": is a name one of them? Nothing is expanded: a list
 * of a million names costs no more than its text.
 */
#ifndef EFA_LAYOUT_HOSTLIST_H
#define EFA_LAYOUT_HOSTLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define HOSTLIST_MAX_NAME 255

/*
 * Names are parted by commas or blanks. A range is as wide as its first number is written: [08-11]
 * has 08, 09, 10, 11, and [8-11] has 8, 9, 10, 11, so "n8" and "n08" are two names (as `scontrol
 * show hostnames` has it). 0 with *ret_has, or -EINVAL: the whole list is checked, also behind the
 * name, and what Slurm reads in surprising ways is refused (blanks or nothing within brackets,
 * ranges that run backwards or end nowhere, text behind the last bracket).
 */
int hostlist_has(const char *list, const char *name, bool *ret_has, struct err *err);

#endif
