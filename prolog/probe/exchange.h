/* SPDX-License-Identifier: Apache-2.0 */
/* Operations between the two ends of a pair, and looking after them until they end. */
#ifndef EFA_LAYOUT_PROBE_EXCHANGE_H
#define EFA_LAYOUT_PROBE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attended.h"
#include "contents.h"
#include "failure.h"
#include "pair.h"

#define EXCHANGE_WINDOW	 16    /* messages at the same time */
#define EXCHANGE_LONGEST 65536 /* bytes of a message, or of a read */
/* What a pair needs: to send from, to receive into. */
#define EXCHANGE_MEMORY (2 * (size_t)EXCHANGE_LONGEST + CONTENTS_GUARD)

/* Operations under way. They may end in another order, so none lends its context to another. */
struct exchange_window {
	bool busy[EXCHANGE_WINDOW];
	struct fi_context2 context[EXCHANGE_WINDOW];
};

struct exchange {
	struct pair *pair;
	unsigned deadline_ms;	    /* for all from exchange_begin on; see attended.h */
	void (*on_wait)(void *arg); /* called again and again; NULL: none */
	void *arg;
	struct attended attended;
	uint64_t quiet_us; /* since when nothing has come */
	bool overdue;	   /* that is why it failed */
	struct failure failure;
	uint64_t sends, sent, receives, received; /* begun and ended */
	size_t length;				  /* of the last message that arrived */
	struct exchange_window sending, receiving;
};

/* Set pair, deadline_ms, on_wait and arg before. */
void exchange_begin(struct exchange *x);
unsigned char *exchange_from(const struct exchange *x);
unsigned char *exchange_into(const struct exchange *x);
/* One look. False: failed, and x->failure says how. */
bool exchange_poll(struct exchange *x);
/*
 * Post a receive at the end that is not from, or a send of the one that is. False: failed.
 * *ret_done false: not now, poll first.
 */
bool exchange_receive(struct exchange *x, int from, size_t size, bool *ret_done);
bool exchange_send(struct exchange *x, int from, size_t size, bool *ret_done);
/* RDMA read by end 0 of what the other end has in exchange_from; ends as a send does. */
bool exchange_read(struct exchange *x, const struct fi_info *info, size_t size, bool *ret_done);
/*
 * One message there, received first and waited for to the end. ret_ns: from its sending to its
 * arrival, NULL: not wanted.
 */
bool exchange_message(struct exchange *x, int from, size_t size, uint64_t *ret_ns);

#endif
