/* SPDX-License-Identifier: Apache-2.0 */
#include "node_names.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define DIGITS_MAX 9 /* longer ones are a serial number, not a place in a row */

/* A name cut in front of the number at its end. */
struct parts {
	size_t head;  /* bytes before the number */
	size_t width; /* digits of it, 0: there is none */
	uint64_t number;
};

bool node_name_valid(const char *name)
{
	return text_is_name(name, NODE_NAME_TEXT - 1);
}

static struct parts split(const char *name)
{
	size_t n = strlen(name), head = n;
	struct parts parts = {.head = n};

	while (head && isdigit((unsigned char)name[head - 1]))
		head--;
	/* A name that is nothing but digits is no list's beginning. */
	if (!head || head == n || n - head > DIGITS_MAX)
		return parts;
	parts.head = head;
	parts.width = n - head;
	text_u64(name + head, 0, UINT64_MAX, &parts.number);
	return parts;
}

static int compare(const void *pa, const void *pb)
{
	const char *a = pa, *b = pb;
	struct parts in_a = split(a), in_b = split(b);
	size_t head = in_a.head < in_b.head ? in_a.head : in_b.head;
	int order = memcmp(a, b, head);

	if (!order && in_a.head != in_b.head)
		order = in_a.head < in_b.head ? -1 : 1;
	if (!order && in_a.number != in_b.number)
		order = in_a.number < in_b.number ? -1 : 1;
	return order ? order : strcmp(a, b);
}

static bool same_head(const char *a, const char *b)
{
	struct parts in_a = split(a), in_b = split(b);

	return in_a.width && in_b.width && in_a.head == in_b.head && !memcmp(a, b, in_a.head);
}

/* Is b what Slurm makes of a's number and by more? Slurm pads to the width of a range's start. */
static bool is_next(const char *a, const char *b, uint64_t by)
{
	struct parts parts = split(a);
	char text[NODE_NAME_TEXT];

	text_format(text, sizeof(text), "%.*s%0*" PRIu64, (int)parts.head, a, (int)parts.width,
		    parts.number + by);
	return !strcmp(text, b);
}

/* The names of one head, from first to before end: "head[1-3,07]", or the only one as it is. */
static int append_group(char (*names)[NODE_NAME_TEXT], size_t first, size_t end, char *buf,
			size_t size)
{
	size_t head = split(names[first]).head;
	int rc;

	if (end - first == 1)
		return text_append(buf, size, "%s%s", buf[0] ? "," : "", names[first]);
	rc = text_append(buf, size, "%s%.*s[", buf[0] ? "," : "", (int)head, names[first]);
	for (size_t i = first; !rc && i < end;) {
		size_t last = i;

		while (last + 1 < end && is_next(names[i], names[last + 1], last + 1 - i))
			last++;
		rc = text_append(buf, size, "%s%s", i > first ? "," : "", names[i] + head);
		if (!rc && last > i)
			rc = text_append(buf, size, "-%s", names[last] + head);
		i = last + 1;
	}
	return rc ? rc : text_append(buf, size, "]");
}

static size_t drop_doubles(char (*names)[NODE_NAME_TEXT], size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || strcmp(names[i], names[kept - 1]) != 0)
			memmove(names[kept++], names[i], NODE_NAME_TEXT);
	return kept;
}

int node_names_fold(char (*names)[NODE_NAME_TEXT], size_t n, char **ret_text)
{
	/* Each name is at most written whole, with two signs. */
	size_t size = n * (NODE_NAME_TEXT + 3) + 1;
	char *text = calloc(1, size);

	if (!text)
		return -ENOMEM;
	qsort(names, n, NODE_NAME_TEXT, compare);
	n = drop_doubles(names, n);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && same_head(names[i], names[end]);)
			end++;
		append_group(names, i, end, text, size);
	}
	*ret_text = text;
	return 0;
}
