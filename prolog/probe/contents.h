/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a message, and whether it arrived as it was sent. */
#ifndef EFA_LAYOUT_PROBE_CONTENTS_H
#define EFA_LAYOUT_PROBE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTENTS_GUARD 64 /* bytes behind what is received: must stay as they were */

struct contents {
	size_t size;	     /* that was sent */
	size_t length;	     /* that arrived */
	unsigned char guard; /* what stands behind it */
};

/* The same seed gives the same bytes. */
void contents_fill(unsigned char *to, size_t size, uint32_t seed);
/* False: what is wrong, in words. got: contents->size bytes and the guard's. */
bool contents_same(const struct contents *contents, const unsigned char *sent,
		   const unsigned char *got, char *ret_text, size_t text_size);

#endif
