/* SPDX-License-Identifier: Apache-2.0 */
/* Which libfabric tests rails: only the test program loads it, so that is who is asked. */
#ifndef EFA_LAYOUT_LIBFABRIC_H
#define EFA_LAYOUT_LIBFABRIC_H

#include <stddef.h>

#include "err.h"

/*
 * Ask the test program for the version ("1.17") of the libfabric that it loads; it has a second to
 * answer. 0, or a negative errno with a sentence (program_check's, child_run's, -ETIMEDOUT, -EPROTO
 * for an answer that is none); buf is only written on success.
 */
int libfabric_ask_version(const char *probe, char *buf, size_t size, struct err *err);

#endif
