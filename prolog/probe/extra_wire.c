/* SPDX-License-Identifier: Apache-2.0 */
#include "extra_wire.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"

#define EXTRA_WIRE_MAGIC 0xefa1a0b2u

_Static_assert(sizeof(struct extra_wire) <= PIPE_BUF, "a message is written in one piece");
_Static_assert(sizeof(struct extra_wire) <= HELPER_MESSAGE_MAX, "the coordinator can take it");

bool extra_wire_send(int fd, enum extra_wire_kind kind, size_t item,
		     const struct extra_result *tests)
{
	struct extra_wire wire;
	ssize_t n;

	memset(&wire, 0, sizeof(wire));
	wire.magic = EXTRA_WIRE_MAGIC;
	wire.kind = kind;
	wire.item = (uint32_t)item;
	if (tests)
		memcpy(wire.tests, tests, sizeof(wire.tests));
	do {
		n = write(fd, &wire, sizeof(wire));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(wire);
}

static bool is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!text[i])
			return true;
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return false;
}

static bool is_sound(const struct extra_result *test)
{
	return (unsigned)test->state <= EXTRA_NOT_TESTED &&
	       (test->state == EXTRA_DONE) == (test->value != 0) && test->value <= INT64_MAX &&
	       is_text(test->text, sizeof(test->text));
}

bool extra_wire_is_sound(const struct extra_wire *wire, size_t n_items)
{
	return wire->magic == EXTRA_WIRE_MAGIC && wire->kind <= EXTRA_WIRE_RESULT &&
	       wire->item < n_items && is_sound(&wire->tests[0]) && is_sound(&wire->tests[1]);
}
