/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include <string.h>
#include <time.h>

#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>

#include "clock.h"
#include "text.h"

#define SPIN_US	 3000
#define PAUSE_US 200

void exchange_begin(struct exchange *x)
{
	x->sends = x->sent = x->receives = x->received = 0;
	memset(x->sending.busy, 0, sizeof(x->sending.busy));
	memset(x->receiving.busy, 0, sizeof(x->receiving.busy));
	x->overdue = false;
	x->quiet_us = clock_us();
	attended_begin(&x->attended, x->quiet_us);
}

unsigned char *exchange_from(const struct exchange *x)
{
	return x->pair->memory;
}

unsigned char *exchange_into(const struct exchange *x)
{
	return x->pair->memory + EXCHANGE_LONGEST;
}

static bool fail(struct exchange *x, int fi_error, const char *what)
{
	x->failure.prov_error = 0;
	x->failure.fi_error = fi_error < 0 ? -fi_error : fi_error;
	text_format(x->failure.text, sizeof(x->failure.text), "%s: %s", what,
		    fi_strerror(x->failure.fi_error));
	return false;
}

static bool is_late(struct exchange *x)
{
	if (attended_look(&x->attended, clock_us()) < (uint64_t)x->deadline_ms * 1000)
		return false;
	x->overdue = true;
	x->failure = (struct failure){.fi_error = FI_ETIMEDOUT};
	text_format(x->failure.text, sizeof(x->failure.text), "no end within %u ms",
		    x->deadline_ms);
	return true;
}

/* A place for one more, -1 none. */
static int find_free(const struct exchange_window *window)
{
	for (int i = 0; i < EXCHANGE_WINDOW; i++)
		if (!window->busy[i])
			return i;
	return -1;
}

/* False: it is none of this window. */
static bool give_back(struct exchange_window *window, const void *context)
{
	for (int i = 0; i < EXCHANGE_WINDOW; i++) {
		if (context != &window->context[i] || !window->busy[i])
			continue;
		window->busy[i] = false;
		return true;
	}
	return false;
}

static bool take(struct exchange *x, int end, bool *progress)
{
	struct fi_cq_msg_entry entry;
	ssize_t n = fi_cq_read(x->pair->cq[end], &entry, 1);

	if (n == -FI_EAGAIN)
		return !failure_of_events(x->pair->eq[end], &x->failure);
	if (n == -FI_EAVAIL) {
		failure_of_completion(x->pair->cq[end], &x->failure);
		return false;
	}
	if (n != 1)
		return fail(x, n ? (int)n : FI_EIO, "fi_cq_read");
	*progress = true;
	if (give_back(&x->sending, entry.op_context))
		x->sent++;
	if (give_back(&x->receiving, entry.op_context)) {
		x->received++;
		x->length = entry.len;
	}
	return true;
}

bool exchange_poll(struct exchange *x)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_US * 1000};
	bool progress = false;

	if (!take(x, 0, &progress))
		return false;
	if (x->pair->cq[1] != x->pair->cq[0] && !take(x, 1, &progress))
		return false;
	if (progress) {
		x->quiet_us = clock_us();
		attended_look(&x->attended, x->quiet_us);
		return true;
	}
	if (x->on_wait)
		x->on_wait(x->arg);
	/* What is good answers at once. */
	if (clock_us() > x->quiet_us + SPIN_US)
		nanosleep(&pause, NULL);
	return !is_late(x);
}

static void *descriptor(const struct exchange *x, int end)
{
	return x->pair->mr[end] ? fi_mr_desc(x->pair->mr[end]) : NULL;
}

/* A full queue is no failure. */
static bool posted(struct exchange *x, ssize_t rc, const char *what, bool *busy, bool *ret_done)
{
	*busy = *ret_done = !rc;
	return !rc || rc == -FI_EAGAIN || fail(x, (int)rc, what);
}

bool exchange_receive(struct exchange *x, int from, size_t size, bool *ret_done)
{
	struct exchange_window *w = &x->receiving;
	struct pair *p = x->pair;
	int to = 1 - from, i = find_free(w);
	bool good;

	*ret_done = false;
	if (i < 0)
		return true;
	good = posted(x,
		      fi_recv(p->ep[to], exchange_into(x), size, descriptor(x, to), p->peer[to],
			      &w->context[i]),
		      "fi_recv", &w->busy[i], ret_done);
	x->receives += *ret_done;
	return good;
}

bool exchange_send(struct exchange *x, int from, size_t size, bool *ret_done)
{
	struct exchange_window *w = &x->sending;
	struct pair *p = x->pair;
	int i = find_free(w);
	bool good;

	*ret_done = false;
	if (i < 0)
		return true;
	good = posted(x,
		      fi_send(p->ep[from], exchange_from(x), size, descriptor(x, from),
			      p->peer[from], &w->context[i]),
		      "fi_send", &w->busy[i], ret_done);
	x->sends += *ret_done;
	return good;
}

bool exchange_read(struct exchange *x, const struct fi_info *info, size_t size, bool *ret_done)
{
	bool is_virtual = info->domain_attr->mr_mode & FI_MR_VIRT_ADDR, good;
	uint64_t from = is_virtual ? (uint64_t)(uintptr_t)exchange_from(x) : 0;
	struct exchange_window *w = &x->sending;
	struct pair *p = x->pair;
	int i = find_free(w);

	*ret_done = false;
	if (i < 0)
		return true;
	good = posted(x,
		      fi_read(p->ep[0], exchange_into(x), size, descriptor(x, 0), p->peer[0], from,
			      fi_mr_key(p->mr[1]), &w->context[i]),
		      "fi_read", &w->busy[i], ret_done);
	x->sends += *ret_done;
	return good;
}

bool exchange_message(struct exchange *x, int from, size_t size, uint64_t *ret_ns)
{
	uint64_t begun;
	bool done = false;

	while (!done)
		if (!exchange_receive(x, from, size, &done) || (!done && !exchange_poll(x)))
			return false;
	begun = clock_ns();
	for (done = false; !done;)
		if (!exchange_send(x, from, size, &done) || (!done && !exchange_poll(x)))
			return false;
	while (x->received < x->receives)
		if (!exchange_poll(x))
			return false;
	if (ret_ns)
		*ret_ns = clock_ns() - begun;
	while (x->sent < x->sends)
		if (!exchange_poll(x))
			return false;
	return true;
}
