/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs-level opening: does the device answer commands at all? */
#ifndef EFA_LAYOUT_PROBE_OPENER_H
#define EFA_LAYOUT_PROBE_OPENER_H

#include "wire.h"

struct opener {
	const char *const *names; /* of all rails */
	const uint8_t *rails;	  /* the ones to open */
	size_t n;
};

/*
 * Body of a helper; arg is a struct opener. Opens each rail, asks for port, GID and a protection
 * domain, closes it; a thread per rail, so that one that hangs in the kernel does not keep the
 * others waiting. Sends a WIRE_RESULT per rail: PROBE_PASS stands for "opened" here.
 */
void opener_main(int fd, const void *arg);

/*
 * Open one rail in this process, whose view has it. False: it does not open, and the state, step,
 * error and text of ret_result say so; else ret_result keeps what it says of a test.
 */
bool opener_try(const char *name, struct probe_result *ret_result);

#endif
