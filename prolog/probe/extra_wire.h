/* SPDX-License-Identifier: Apache-2.0 */
/* What the helper of optional tests tells the coordinator; see wire.h. */
#ifndef EFA_LAYOUT_PROBE_EXTRA_WIRE_H
#define EFA_LAYOUT_PROBE_EXTRA_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "probe.h"

enum extra_wire_kind {
	EXTRA_WIRE_BEGIN,  /* of this item */
	EXTRA_WIRE_ALIVE,  /* it is still waited for, by a helper that looks */
	EXTRA_WIRE_RESULT, /* of this item */
};

struct extra_wire {
	uint32_t magic;
	uint32_t kind;
	uint32_t item;
	struct extra_result tests[2]; /* the second one is of the bandwidth */
};

/* Written in one piece; false when nobody listens any more. tests: NULL none. */
bool extra_wire_send(int fd, enum extra_wire_kind kind, size_t item,
		     const struct extra_result *tests);
/* Every field is inside its bounds and every text ends and is printable. */
bool extra_wire_is_sound(const struct extra_wire *wire, size_t n_items);

#endif
