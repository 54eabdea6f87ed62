/* SPDX-License-Identifier: Apache-2.0 */
#include "hostlist.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Numbers fit 64 bits. */
#define MAX_DIGITS 18

/* The places of the name that an element may have come to, one for each way to read it. */
struct reach {
	const char *name;
	size_t len;
	bool at[HOSTLIST_MAX_NAME + 1];
};

static bool is_gap(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A literal character moves every place on by one, where the name has it. */
static void step_char(struct reach *reach, char c)
{
	for (size_t i = reach->len; i > 0; i--)
		reach->at[i] = reach->at[i - 1] && reach->name[i - 1] == c;
	reach->at[0] = false;
}

/* Digits of text[0..n), at most MAX_DIGITS, as a number. */
static uint64_t number(const char *text, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = 10 * value + (uint64_t)(text[i] - '0');
	return value;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

struct range {
	uint64_t low, high;
	size_t width;
};

/* Is text[0..n) how a number of the range is written: no shorter than its width, and longer only
 * when the number needs it? */
static bool in_range(const struct range *range, const char *text, size_t n)
{
	uint64_t value;

	if (n < range->width || (n > range->width && text[0] == '0'))
		return false;
	value = number(text, n);
	return value >= range->low && value <= range->high;
}

/* All places behind a number of the range, added to `next`. */
static void step_range(const struct reach *reach, const struct range *range, bool *next)
{
	for (size_t i = 0; i < reach->len; i++) {
		size_t n = reach->at[i] ? digits(reach->name + i) : 0;

		for (size_t k = range->width; k <= n && k <= MAX_DIGITS; k++)
			if (in_range(range, reach->name + i, k))
				next[i + k] = true;
	}
}

static int bad(struct err *err, const char *list, const char *at, const char *why)
{
	return err_set(err, -EINVAL, "host list: %s at character %zu, \"%.20s\"", why,
		       (size_t)(at - list) + 1, at);
}

/* "8" or "08-11"; *text moves behind it. */
static int parse_range(const char *list, const char **text, struct range *ret_range,
		       struct err *err)
{
	const char *at = *text;
	size_t n = digits(at);

	if (!n || n > MAX_DIGITS)
		return bad(err, list, at, "expected a number");
	*ret_range = (struct range){.low = number(at, n), .high = number(at, n), .width = n};
	at += n;
	if (*at == '-') {
		n = digits(++at);
		if (!n || n > MAX_DIGITS)
			return bad(err, list, at, "expected the last number of a range");
		ret_range->high = number(at, n);
		if (ret_range->high < ret_range->low)
			return bad(err, list, *text, "this range runs backwards");
		at += n;
	}
	*text = at;
	return 0;
}

/* From behind '[' to behind ']'. */
static int step_bracket(const char *list, const char **text, struct reach *reach, struct err *err)
{
	bool next[HOSTLIST_MAX_NAME + 1] = {false};
	const char *at = *text;
	struct range range = {0};

	for (;; at++) {
		int rc = parse_range(list, &at, &range, err);

		if (rc)
			return rc;
		step_range(reach, &range, next);
		if (*at == ']')
			break;
		if (*at != ',')
			return bad(err, list, at, "expected \",\" or \"]\"");
	}
	memcpy(reach->at, next, sizeof(next));
	*text = at + 1;
	return 0;
}

/* One name or pattern; *text moves behind it. */
static int match_element(const char *list, const char **text, struct reach *reach, bool *ret_has,
			 struct err *err)
{
	bool bracket = false;

	memset(reach->at, 0, sizeof(reach->at));
	reach->at[0] = true;
	while (**text && !is_gap(**text)) {
		const char *at = (*text)++;
		int rc;

		if (*at == ']')
			return bad(err, list, at, "\"]\" without \"[\"");
		if (*at != '[') {
			step_char(reach, *at);
			continue;
		}
		bracket = true;
		rc = step_bracket(list, text, reach, err);
		if (rc)
			return rc;
	}
	if (bracket && (*text)[-1] != ']')
		return bad(err, list, *text - 1, "text behind the last bracket");
	*ret_has = reach->at[reach->len];
	return 0;
}

int hostlist_has(const char *list, const char *name, bool *ret_has, struct err *err)
{
	struct reach reach = {.name = name, .len = strlen(name)};
	const char *at = list;
	bool has = false;

	if (!reach.len || reach.len > HOSTLIST_MAX_NAME)
		return err_set(err, -EINVAL, "host name: expected 1 to %d characters",
			       HOSTLIST_MAX_NAME);
	for (;;) {
		bool one = false;
		int rc;

		while (is_gap(*at))
			at++;
		if (!*at)
			break;
		rc = match_element(list, &at, &reach, &one, err);
		if (rc)
			return rc;
		has = has || one;
	}
	*ret_has = has;
	return 0;
}
