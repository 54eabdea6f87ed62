/* SPDX-License-Identifier: Apache-2.0 */
/* What optional tests found, for people. */
#ifndef EFA_LAYOUT_EXTRAS_TEXT_H
#define EFA_LAYOUT_EXTRAS_TEXT_H

#include "check.h"

/* A line for each rail of which something was measured or that did an RDMA read, one for the pairs;
 * nothing where nothing was asked for. */
void extras_print(const struct check *check);

#endif
