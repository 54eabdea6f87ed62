/* SPDX-License-Identifier: Apache-2.0 */
#include "contents.h"

#include "text.h"

/* xorshift32: cheap, and no two positions of two messages look alike for long. */
void contents_fill(unsigned char *to, size_t size, uint32_t seed)
{
	uint32_t x = seed | 1;
	size_t i;

	for (i = 0; i < size; i++) {
		if (!(i % 4)) {
			x ^= x << 13;
			x ^= x >> 17;
			x ^= x << 5;
		}
		to[i] = (unsigned char)(x >> (i % 4 * 8));
	}
}

bool contents_same(const struct contents *contents, const unsigned char *sent,
		   const unsigned char *got, char *ret_text, size_t text_size)
{
	size_t size = contents->size, i;

	if (contents->length != size) {
		text_format(ret_text, text_size, "%zu bytes sent, %zu arrived", size,
			    contents->length);
		return false;
	}
	for (i = 0; i < size && sent[i] == got[i]; i++)
		;
	if (i < size) {
		text_format(ret_text, text_size,
			    "byte %zu of %zu was sent as 0x%02x and arrived as 0x%02x", i, size,
			    sent[i], got[i]);
		return false;
	}
	for (i = size; i < size + CONTENTS_GUARD; i++) {
		if (got[i] == contents->guard)
			continue;
		text_format(ret_text, text_size,
			    "bytes behind the end of the message were written");
		return false;
	}
	return true;
}
