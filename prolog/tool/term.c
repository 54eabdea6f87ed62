/* SPDX-License-Identifier: Apache-2.0 */
#include "term.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(FILE *to)
{
	const char *no_color = getenv("NO_COLOR"), *kind = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(fileno(to)) && kind && *kind && strcmp(kind, "dumb") != 0;
}

void term_init(struct term *term, enum term_when when, FILE *to)
{
	term->color = when == TERM_ALWAYS || (when == TERM_AUTO && wants_color(to));
	term->utf8 = setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool term_when_parse(const char *text, enum term_when *ret_when)
{
	static const char *const words[] = {
		[TERM_AUTO] = "auto", [TERM_ALWAYS] = "always", [TERM_NEVER] = "never"};

	for (int i = TERM_AUTO; i <= TERM_NEVER; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret_when = (enum term_when)i;
			return true;
		}
	}
	return false;
}

const char *term_ink(const struct term *term, enum ink ink)
{
	static const char *const codes[INKS] = {
		[INK_PLAIN] = "",	 [INK_STRONG] = "\033[1m", [INK_FAINT] = "\033[2m",
		[INK_GOOD] = "\033[32m", [INK_WARN] = "\033[33m",  [INK_BAD] = "\033[1;31m",
	};

	return term && term->color ? codes[ink] : "";
}

const char *term_plain(const struct term *term, enum ink ink)
{
	return term && term->color && ink != INK_PLAIN ? "\033[0m" : "";
}
