/* SPDX-License-Identifier: Apache-2.0 */
/* What people usually did where a text is no JSON: json-c says where it stopped, and little more.
 */
#include <ctype.h>
#include <string.h>

#include "json_impl.h"

/* The last character before `at` that is no blank, and where; NULL: none. */
static const char *before(const char *text, const char *at)
{
	while (at > text && strchr(" \t\r\n", at[-1]))
		at--;
	return at > text ? at - 1 : NULL;
}

static bool ends_value(char c)
{
	return c == '"' || c == '}' || c == ']' || isalnum((unsigned char)c);
}

/* Does a word end at `last` that JSON does not know? */
static bool unknown_word(const char *text, const char *last)
{
	const char *at = last + 1;
	size_t n;

	while (at > text && isalpha((unsigned char)at[-1]))
		at--;
	n = (size_t)(last + 1 - at);
	return n && !(n == 4 && !strncmp(at, "true", n)) && !(n == 5 && !strncmp(at, "false", n)) &&
	       !(n == 4 && !strncmp(at, "null", n));
}

/* A number with a zero before it ends where the parser stopped. */
static bool leading_zero(const char *text, const char *at)
{
	size_t n = 0;

	while (at > text && isdigit((unsigned char)at[-1])) {
		at--;
		n++;
	}
	return n > 1 && *at == '0';
}

const char *json_syntax_hint(const char *text, bool bad_utf8, const char **at)
{
	const char *prev;

	if (!strncmp(text, "\xef\xbb\xbf", 3)) {
		*at = text;
		return "it begins with a byte order mark; save it as UTF-8 without one";
	}
	if (bad_utf8)
		return "a byte that is no UTF-8";
	if (!text[strspn(text, " \t\r\n")])
		return "the text ends too early, nothing is in it";
	*at += strspn(*at, " \t\r\n");
	prev = before(text, *at);
	if (leading_zero(text, *at))
		return "a number with a zero before it";
	if (!**at)
		return "the text ends too early, a bracket or quote is not closed";
	if (**at == '/' || **at == '#')
		return "JSON has no comments; remove this one";
	if (**at == '\'')
		return "keys and strings stand in double quotes";
	if (prev && *prev == ',' && strchr("}]", **at)) {
		*at = prev;
		return "a comma before the closing bracket; remove it";
	}
	if (prev && *prev == '\\' && prev + 1 == *at)
		return "a backslash that begins no escape of JSON";
	if (prev && **at == '"' && ends_value(*prev)) {
		*at = prev;
		return "a comma is missing behind this";
	}
	if (**at == '\n' || (unsigned char)**at < ' ')
		return "a control character inside a string";
	if (isalpha((unsigned char)**at) || **at == '_' ||
	    (prev && strchr(",}]", **at) && unknown_word(text, prev)))
		return "a word that is none of true, false and null; keys and strings stand in "
		       "double quotes";
	return NULL;
}
