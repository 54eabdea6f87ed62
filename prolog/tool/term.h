/* SPDX-License-Identifier: Apache-2.0 */
/* What the place that text goes to can show: colours, and characters beyond ASCII. */
#ifndef EFA_LAYOUT_TERM_H
#define EFA_LAYOUT_TERM_H

#include <stdbool.h>
#include <stdio.h>

enum term_when { TERM_AUTO, TERM_ALWAYS, TERM_NEVER };

/* Never the only sign of anything: what is coloured also has a mark or a word. */
enum ink { INK_PLAIN, INK_STRONG, INK_FAINT, INK_GOOD, INK_WARN, INK_BAD, INKS };

struct term {
	bool color;
	bool utf8; /* the locale's characters are UTF-8 */
};

/*
 * Colour: TERM_AUTO asks for a terminal, a TERM that is set and not "dumb", and no NO_COLOR. Takes
 * the character set from the environment's locale (setlocale of LC_CTYPE alone).
 */
void term_init(struct term *term, enum term_when when, FILE *to);
/* "auto", "always", "never". False: no such word, nothing written. */
bool term_when_parse(const char *text, enum term_when *ret_when);

/* What switches to this ink, and back to plain: "" without colour. term NULL: no colour. */
const char *term_ink(const struct term *term, enum ink ink);
const char *term_plain(const struct term *term, enum ink ink);

#endif
