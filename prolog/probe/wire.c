/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"

#define WIRE_MAGIC 0xefa1a0b1u

_Static_assert(sizeof(struct wire) <= PIPE_BUF, "a message is written in one piece");
_Static_assert(sizeof(struct wire) <= HELPER_MESSAGE_MAX, "the coordinator can take it");

void wire_init(struct wire *wire, enum wire_kind kind, size_t rail)
{
	memset(wire, 0, sizeof(*wire));
	wire->magic = WIRE_MAGIC;
	wire->kind = kind;
	wire->rail = (uint32_t)rail;
}

bool wire_send(int fd, const struct wire *wire)
{
	ssize_t n;

	do {
		n = write(fd, wire, sizeof(*wire));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*wire);
}

static bool is_text(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (!text[i])
			return true;
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return false;
}

bool wire_is_sound(const struct wire *wire, size_t n_rails)
{
	const struct probe_result *v = &wire->result;

	return wire->magic == WIRE_MAGIC && wire->kind <= WIRE_ALIVE && wire->rail < n_rails &&
	       (unsigned)v->state <= PROBE_CRASHED && (unsigned)v->step <= PROBE_STEP_DONE &&
	       (v->state == PROBE_PASS) == (v->step == PROBE_STEP_DONE && v->bytes) &&
	       v->fi_error >= 0 && v->fi_error < 100000 && v->prov_error >= 0 &&
	       v->prov_error < 100000 && (unsigned)v->rdma_read <= PROBE_YES &&
	       is_text(v->text, sizeof(v->text)) &&
	       is_text(wire->provider, sizeof(wire->provider)) &&
	       is_text(wire->fabric, sizeof(wire->fabric));
}
