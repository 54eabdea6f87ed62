/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program's log goes: standard error (slurmd passes it to its own log when the gate fails)
 * and, for the gate, syslog. */
#ifndef EFA_LAYOUT_VOICE_H
#define EFA_LAYOUT_VOICE_H

#include <stdbool.h>

#include "log.h"

/* Give lib/log a sink. program must stay. verbose: debug messages too. */
void voice_init(const char *program, bool to_syslog, bool verbose);

/* Descriptors 0 to 2 must be open before anything else is, or a file would become standard error.
 */
void voice_open_std(void);

/* Say no more to standard error; syslog is opened anew when something is said. For a process that
 * closes all its descriptors. */
void voice_leave_streams(void);

#endif
