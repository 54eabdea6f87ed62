/* SPDX-License-Identifier: Apache-2.0 */
#include "book.h"

#include <string.h>

#include "text.h"

void book_init(struct book *book, size_t n, bool opening)
{
	size_t i;

	memset(book, 0, sizeof(*book));
	book->n = n;
	for (i = 0; i < n; i++) {
		book->rails[i].stage = opening ? BOOK_OPENING : BOOK_READY;
		text_format(book->rails[i].result.text, sizeof(book->rails[i].result.text),
			    "the budget was used up before its turn");
	}
}

void book_opened(struct book *book, size_t rail, const struct probe_result *result, bool again)
{
	struct book_rail *r = &book->rails[rail];

	if (r->stage != BOOK_OPENING && r->stage != BOOK_LATE)
		return;
	if (result->state == PROBE_PASS) {
		/* One that was late has shown that it is slow: it does not hold up a group. */
		r->alone = r->stage == BOOK_LATE;
		r->stage = r->alone ? BOOK_SUSPECT : BOOK_READY;
		r->result.open_ms = result->open_ms;
		r->result.rdma_read = result->rdma_read;
		return;
	}
	r->result = *result;
	if (result->state == PROBE_HUNG)
		r->stage = BOOK_LATE;
	else if (!again)
		r->stage = BOOK_SETTLED;
}

void book_take(struct book *book, size_t rail)
{
	struct book_rail *r = &book->rails[rail];

	r->alone = r->stage == BOOK_SUSPECT;
	r->stage = BOOK_TESTING;
}

void book_return(struct book *book, size_t rail)
{
	struct book_rail *r = &book->rails[rail];

	r->stage = r->alone ? BOOK_SUSPECT : BOOK_READY;
}

void book_tested(struct book *book, size_t rail, const struct probe_result *result)
{
	struct book_rail *r = &book->rails[rail];
	enum probe_ability rdma_read = r->result.rdma_read;
	unsigned open_ms = r->result.open_ms;

	if (r->stage != BOOK_TESTING)
		return;
	r->result = *result;
	r->result.open_ms = open_ms;
	r->result.rdma_read = rdma_read;
	r->result.retried = r->alone;
	r->stage = r->alone || result->state == PROBE_PASS ? BOOK_SETTLED : BOOK_SUSPECT;
}

static bool is_alike(const struct probe_result *a, const struct probe_result *b)
{
	return a->state == b->state && a->step == b->step && a->fi_error == b->fi_error &&
	       a->prov_error == b->prov_error;
}

/* A group test may still bring a pass, or has brought one. */
static bool may_pass(const struct book_rail *r)
{
	return r->stage == BOOK_OPENING || r->stage == BOOK_READY ||
	       (r->stage == BOOK_TESTING && !r->alone) || r->result.state == PROBE_PASS;
}

void book_settle_alike(struct book *book)
{
	const struct probe_result *confirmed = NULL;
	size_t i, n = 0;

	for (i = 0; i < book->n; i++) {
		const struct book_rail *r = &book->rails[i];

		if (may_pass(r))
			return;
		if (r->stage != BOOK_SETTLED || !r->result.retried)
			continue;
		if (confirmed && !is_alike(confirmed, &r->result))
			return;
		confirmed = &r->result;
		n++;
	}
	for (i = 0; i < book->n && n >= BOOK_CONFIRMED; i++)
		if (book->rails[i].stage == BOOK_SUSPECT &&
		    is_alike(confirmed, &book->rails[i].result))
			book->rails[i].stage = BOOK_SETTLED;
}

size_t book_count(const struct book *book, enum book_stage stage)
{
	size_t i, n = 0;

	for (i = 0; i < book->n; i++)
		n += book->rails[i].stage == stage;
	return n;
}
