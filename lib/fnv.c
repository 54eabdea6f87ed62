/* SPDX-License-Identifier: Apache-2.0 */
#include "fnv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t fnv_add(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *byte = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * FNV_PRIME;
	return hash;
}

uint64_t fnv_add_text(uint64_t hash, const char *text)
{
	return fnv_add(hash, text, strlen(text) + 1);
}

const char *fnv_format(uint64_t hash, char *buf)
{
	snprintf(buf, FNV_TEXT, "%016" PRIx64, hash);
	return buf;
}
