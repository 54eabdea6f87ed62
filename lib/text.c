/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DISTANCE_MAX 64

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int text_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size ? -ENOSPC : 0;
}

int text_append(char *buf, size_t size, const char *fmt, ...)
{
	size_t used = strnlen(buf, size);
	va_list ap;
	int n;

	if (used == size)
		return -ENOSPC;
	va_start(ap, fmt);
	n = vsnprintf(buf + used, size - used, fmt, ap);
	va_end(ap);
	return n < 0 || (size_t)n >= size - used ? -ENOSPC : 0;
}

void text_printable(char *buf, size_t size, const char *src)
{
	size_t i;

	if (!size)
		return;
	for (i = 0; i + 1 < size && src[i]; i++)
		buf[i] = src[i] >= ' ' && src[i] <= '~' ? src[i] : '?';
	buf[i] = '\0';
}

int text_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	}
	if (value < min || value > max)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

bool text_is_name(const char *text, size_t max)
{
	size_t i;

	if (!is_alnum(text[0]))
		return false;
	for (i = 0; text[i]; i++)
		if (i == max || (!is_alnum(text[i]) && !strchr("._-", text[i])))
			return false;
	return i <= max;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Restricted Damerau-Levenshtein distance, three rows at a time. */
unsigned text_distance(const char *a, const char *b)
{
	unsigned rows[3][DISTANCE_MAX + 1];
	size_t na = strnlen(a, DISTANCE_MAX), nb = strnlen(b, DISTANCE_MAX);

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *now = rows[i % 3];
		const unsigned *prev = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			now[j] = min3(prev[j] + 1, now[j - 1] + 1,
				      prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[na % 3][nb];
}

const char *text_nearest(const char *word, const char *const *list, size_t n)
{
	unsigned limit = (unsigned)strnlen(word, DISTANCE_MAX) / 3, best;
	const char *nearest = NULL;

	best = limit > 2 ? limit : 2;
	for (size_t i = 0; i < n; i++) {
		unsigned distance;

		if (!list[i])
			continue;
		distance = text_distance(word, list[i]);
		/* A word that shares nothing with the entry is no near miss. */
		if (distance <= best && distance < strlen(list[i])) {
			nearest = list[i];
			if (!distance)
				break;
			best = distance - 1;
		}
	}
	return nearest;
}

int text_ranges(char *buf, size_t size, const bool *bits, size_t n)
{
	const char *comma = "";

	if (!size)
		return -ENOSPC;
	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t first = i;
		int rc;

		if (!bits[i])
			continue;
		while (i + 1 < n && bits[i + 1])
			i++;
		rc = i > first ? text_append(buf, size, "%s%zu-%zu", comma, first, i)
			       : text_append(buf, size, "%s%zu", comma, first);
		if (rc)
			return rc;
		comma = ",";
	}
	return 0;
}
