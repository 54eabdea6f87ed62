/* SPDX-License-Identifier: Apache-2.0 */
/* Work that nobody waits for. */
#ifndef EFA_LAYOUT_BACKGROUND_H
#define EFA_LAYOUT_BACKGROUND_H

#include "err.h"

/*
 * Run body(arg) in a process of its own and return at once: no child of the caller, in a session of
 * its own, with /dev/null three times and no other descriptor, in the root directory, so that
 * slurmd neither waits for it nor ends it. It logs to syslog alone. 0, or why there is none.
 */
int background_run(void (*body)(const void *arg), const void *arg, struct err *err);

#endif
