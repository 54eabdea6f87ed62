/* SPDX-License-Identifier: Apache-2.0 */
/* Is a text an hwloc export that can be used? Without hwloc, which only says yes or no. */
#ifndef EFA_LAYOUT_TOPOLOGY_TEXT_H
#define EFA_LAYOUT_TOPOLOGY_TEXT_H

#include <stddef.h>

#include "err.h"

/*
 * Make an export plain (xml_text_plain: hwloc's own minimal reader takes no comments), and check
 * that it is a whole topology in the format of hwloc 2 that begins with a machine. In place, *size
 * before and after. -EINVAL with a sentence.
 */
int topology_text_prepare(char *text, size_t *size, struct err *err);

#endif
