/* SPDX-License-Identifier: Apache-2.0 */
/* One number in sysfs, read strictly. */
#ifndef EFA_LAYOUT_PROBE_ATTRIBUTE_H
#define EFA_LAYOUT_PROBE_ATTRIBUTE_H

#include <stdint.h>

#include "err.h"

/*
 * The decimal number in the file name of the directory dir. -EIO (empty), -EINVAL (not a number, or
 * more than 64 bits), and what opening and reading give, such as -ENOENT.
 */
int attribute_read(int dir, const char *name, uint64_t *ret_value, struct err *err);

#endif
