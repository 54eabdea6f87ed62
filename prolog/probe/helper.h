/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A helper: a forked child (no exec) that does what may hang or crash. It holds nothing but its own
 * pipe: own session, /dev/null three times, no other descriptor, so that one that the kernel does
 * not let go can be left behind and nobody waits for it. It ends with the coordinator.
 */
#ifndef EFA_LAYOUT_PROBE_HELPER_H
#define EFA_LAYOUT_PROBE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Messages of one helper are all of one size, at most this. */
#define HELPER_MESSAGE_MAX 512

struct helper {
	pid_t pid;
	int fd; /* to be polled for reading; -1 when it is not running */
	size_t have;
	unsigned char buf[HELPER_MESSAGE_MAX];
};

enum helper_news {
	HELPER_MESSAGE, /* one was read */
	HELPER_QUIET,	/* nothing now */
	HELPER_ENDED,	/* it closed its pipe: ended, or died */
};

typedef void (*helper_fn)(int fd, const void *arg);

/* Run body in a helper. 0 or negative errno. */
int helper_start(struct helper *h, helper_fn body, const void *arg);

/* size: of a message; ret_message is written when it has come whole. */
enum helper_news helper_read(struct helper *h, void *ret_message, size_t size);

/*
 * Kill it if it still runs, close the pipe. Returns how it ended as far as that is known now: 0 for
 * a regular end, the signal, or -1 for still there (in the kernel).
 */
int helper_end(struct helper *h);

/* Kill it, close the pipe, and leave it to whoever is its parent then. */
void helper_kill(struct helper *h);

/*
 * Whether it would go on if it got a CPU: it neither sleeps nor waits in the kernel, and has used
 * less CPU time than used_ms up to now. ret_used_ms: what it has used, 0 unknown.
 */
bool helper_starves(const struct helper *h, uint64_t used_ms, uint64_t *ret_used_ms);

#endif
