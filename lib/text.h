/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded formatting, strict number parsing, word lists. */
#ifndef EFA_LAYOUT_TEXT_H
#define EFA_LAYOUT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Format into buf. Returns 0, or -ENOSPC when the text does not fit (buf then holds what fits,
 * ended by NUL). */
int text_format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Append to the text already in buf; same result as text_format. */
int text_append(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Copy src for showing to people: every byte outside printable ASCII becomes '?', cut at size. For
 * texts that come from users, files, sysfs or the network and end in a log, a terminal or a drain
 * reason. buf may be src.
 */
void text_printable(char *buf, size_t size, const char *src);

/* Decimal number, digits only (no sign, no blanks), min <= value <= max. 0, -EINVAL, or -ERANGE. */
int text_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* True for a name that may be used anywhere: 1..max bytes of [A-Za-z0-9._-], first one a letter or
 * digit. */
bool text_is_name(const char *text, size_t max);

/* Edit distance (insert, delete, replace, swap of neighbours), at most 64 bytes of each are looked
 * at. */
unsigned text_distance(const char *a, const char *b);

/*
 * The entry of list (n entries, NULL entries skipped) that the writer of word may have meant:
 * distance <= 2, or <= a third of the word; NULL when none is near. The result is borrowed from
 * list.
 */
const char *text_nearest(const char *word, const char *const *list, size_t n);

/*
 * Numbers of a bitmap as a compact list, "0-3,7", into buf. bits: array of n booleans. Returns 0 or
 * -ENOSPC.
 */
int text_ranges(char *buf, size_t size, const bool *bits, size_t n);

#endif
