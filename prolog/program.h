/* SPDX-License-Identifier: Apache-2.0 */
/* Root runs nothing that others could have written. */
#ifndef EFA_LAYOUT_PROGRAM_H
#define EFA_LAYOUT_PROGRAM_H

#include "err.h"

/*
 * May path be run? A regular file that can be executed, owned by root or the caller, not writable
 * by group or others. 0, -ENOENT and what else stat gives, -EACCES, -EPERM.
 */
int program_check(const char *path, struct err *err);

#endif
