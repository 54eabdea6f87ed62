/* SPDX-License-Identifier: Apache-2.0 */
/* The book: what is known of each rail so far. Pure calculation. */
#ifndef EFA_LAYOUT_PROBE_BOOK_H
#define EFA_LAYOUT_PROBE_BOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "probe.h"

enum book_stage {
	BOOK_OPENING, /* no answer from its opening yet */
	BOOK_LATE,    /* its opening is overdue: hung, unless it answers while others are tested */
	BOOK_READY,   /* to be tested in a group */
	BOOK_SUSPECT, /* to be tested alone */
	BOOK_TESTING, /* a helper has it */
	BOOK_SETTLED, /* result is final */
};

struct book_rail {
	enum book_stage stage;
	bool alone; /* the test that runs, or the one to come, is the one that is believed */
	struct probe_result result; /* what the report would say now */
};

struct book {
	size_t n;
	struct book_rail rails[NODE_RAILS_MAX];
};

/* opening: rails are opened first. */
void book_init(struct book *book, size_t n, bool opening);

/* Its opening answered (PROBE_PASS), failed, or is overdue (PROBE_HUNG). again: it may be tried
 * once more; then a failure leaves it BOOK_OPENING. */
void book_opened(struct book *book, size_t rail, const struct probe_result *result, bool again);

/* A helper takes it. */
void book_take(struct book *book, size_t rail);
/* The helper gives it back untested. */
void book_return(struct book *book, size_t rail);
/* The outcome of a test. A pass, and whatever came of a test alone, settles the rail. */
void book_tested(struct book *book, size_t rail, const struct probe_result *result);

/*
 * When no rail at all has passed, and enough of them failed alone in the very way that they had
 * failed in their group, the others that failed in that way, too, are settled without another try:
 * this is not about single rails (a security group that forbids the traffic looks like this), and
 * each try takes its time. Nothing happens while a group is under way.
 */
#define BOOK_CONFIRMED 4
void book_settle_alike(struct book *book);

size_t book_count(const struct book *book, enum book_stage stage);

#endif
