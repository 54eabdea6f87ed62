/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, 64 bits: tells texts apart (cache keys). It protects against nothing. */
#ifndef EFA_LAYOUT_FNV_H
#define EFA_LAYOUT_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_TEXT  17 /* 16 hex digits and NUL */

/* Go on with the hash over size more bytes; begin with FNV_START. */
uint64_t fnv_add(uint64_t hash, const void *data, size_t size);
/* The text with its NUL, so that "ab", "c" and "a", "bc" differ. */
uint64_t fnv_add_text(uint64_t hash, const char *text);
/* 16 lower-case hex digits. buf: at least FNV_TEXT bytes. Returns buf. */
const char *fnv_format(uint64_t hash, char *buf);

#endif
