/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts in words. */
#ifndef EFA_LAYOUT_LAYOUT_TEXT_H
#define EFA_LAYOUT_LAYOUT_TEXT_H

#include <stddef.h>

#include "layout.h"

#define LAYOUT_WORDS_TEXT 96

/* Each writes into buf (LAYOUT_WORDS_TEXT bytes) and returns it. */

/* "all", "4-7", "every 2 from 1": the cards of a rule, as its file has them. */
const char *layout_rule_cards_text(const struct layout_rule *rule, char *buf);
/* "efa", "efa-only", "interface and efa-only", ...: what is attached to a card. */
const char *card_want_text(const struct card_want *want, char *buf);
/* "nodes with 5 or more network cards and a card 0 that can carry EFA"; "all nodes". */
const char *layout_meant_text(const struct layout *layout, char *buf);

/* "yes", "no", "any" */
const char *function_want_text(enum function_want want);

#endif
