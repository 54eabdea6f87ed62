/* SPDX-License-Identifier: Apache-2.0 */
/* One gate at a time tests the node; those that wait share what it finds. */
#ifndef EFA_LAYOUT_GATE_LOCK_H
#define EFA_LAYOUT_GATE_LOCK_H

#include "deadline.h"
#include "err.h"

/*
 * Make run_dir if it is not there, open <run_dir>/lock and take it, waiting until deadline. Returns
 * the descriptor, which holds the lock until it is closed (also by the end of the program, and
 * never by a child: close-on-exec), -ETIMEDOUT when it was not free in time, or what else failed.
 */
int gate_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err);

/* The same with <run_dir>/drain.lock: one request about this node's drain at a time. */
int drain_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err);

/* The same with <run_dir>/counters.lock: held for moments, while the reading there is replaced. */
int counters_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err);

/* The same with <run_dir>/report.lock: held for moments, while the node's report is replaced. */
int report_lock_take(const char *run_dir, const struct deadline *deadline, struct err *err);

#endif
