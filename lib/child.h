/* SPDX-License-Identifier: Apache-2.0 */
/* Run a program, or a function of ours, as a child with a deadline. */
#ifndef EFA_LAYOUT_CHILD_H
#define EFA_LAYOUT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

struct child_result {
	bool timed_out; /* the deadline passed: it was killed, or abandoned if the kernel does not
			   let it go */
	bool abandoned; /* still there after SIGKILL (uninterruptible): not waited for any longer */
	int exit_status; /* 0..255, -1 when it did not exit by itself */
	int signal;	 /* that ended it, 0 */
	bool truncated;	 /* wrote more than out_max bytes; the rest was thrown away */
	size_t size;	 /* bytes that were kept; there may be NUL among them */
};

/*
 * Nothing of ours is inherited but what is named here. Run path with argv and exactly envp: stdin,
 * stderr on /dev/null, stdout collected into *ret_out (NUL-terminated, to be freed; at most out_max
 * bytes), own session, all other descriptors closed, default signals. Returns when the child has
 * ended or deadline_ms is over, whichever is first (a killed child gets 200 ms to go). 0 when it
 * was started: look at ret_result; -ENOENT, -EACCES and so on when it could not be executed.
 */
int child_run(const char *path, char *const argv[], char *const envp[], unsigned deadline_ms,
	      size_t out_max, char **ret_out, struct child_result *ret_result, struct err *err);

/*
 * The same for a function of this program, in a forked child: for a library that may hang, crash or
 * change the process. body(data) works on a copy of our memory and environment; all that comes
 * back is what it writes to descriptor 1 (*ret_size bytes, which may contain NUL) and its result,
 * 0 to 255, as the exit status. what: for messages. Only in a process that has one thread.
 */
typedef int (*child_body_fn)(void *data);
int child_call(child_body_fn body, void *data, const char *what, unsigned deadline_ms,
	       size_t out_max, char **ret_out, size_t *ret_size, struct child_result *ret_result,
	       struct err *err);
/* Close every descriptor of this process from first on. */
void child_close_from(unsigned first);

#endif
