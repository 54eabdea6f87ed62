/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a helper tells the coordinator: whole structs through a pipe, each below PIPE_BUF and so
 * written in one piece. Both ends are one program; a helper may nevertheless have gone mad, so the
 * coordinator believes nothing that wire_is_sound has not seen.
 */
#ifndef EFA_LAYOUT_PROBE_WIRE_H
#define EFA_LAYOUT_PROBE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"

enum wire_kind {
	WIRE_STEP,     /* rail enters result.step */
	WIRE_RESULT,   /* rail's result */
	WIRE_PROVIDER, /* the provider that listed domains: its name and fabric */
	WIRE_LEAVE,    /* the worker ends and leaves its other rails untested */
	WIRE_NO_INFO, /* fi_getinfo failed, or a rail alone does not open: the result says it; flag:
			 the provider exists */
	WIRE_ALIVE,   /* rail is still waited for, by a worker that looks */
};

struct wire {
	uint32_t magic;
	uint32_t kind;
	uint32_t rail;
	uint32_t flag;
	struct probe_result result;
	char provider[NAME_TEXT];
	char fabric[NAME_TEXT];
};

/* A message with everything else empty. */
void wire_init(struct wire *wire, enum wire_kind kind, size_t rail);
/* Write it in one piece; false when nobody listens any more. */
bool wire_send(int fd, const struct wire *wire);
/* Every field is inside its bounds and every text ends and is printable. */
bool wire_is_sound(const struct wire *wire, size_t n_rails);

#endif
