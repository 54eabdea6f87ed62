/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the health check remembers from one call to the next: what it last said
 * (<run_dir>/health.json), and when a test of its own last began (<run_dir>/refresh.json), so that
 * one that never comes to an end is not tried at every call. Each file has one writer.
 */
#ifndef EFA_LAYOUT_HEALTH_NOTE_H
#define EFA_LAYOUT_HEALTH_NOTE_H

#include <stdint.h>

#include "err.h"

#define HEALTH_SAID_TEXT 320

/* buf: HEALTH_SAID_TEXT bytes. -ENOENT: nothing yet; -ESTALE: that was another boot. */
int health_said_load(const char *run_dir, const char *boot_id, char *buf, struct err *err);
int health_said_save(const char *run_dir, const char *boot_id, const char *said, struct err *err);

/* CLOCK_BOOTTIME milliseconds. */
int health_begun_load(const char *run_dir, const char *boot_id, uint64_t *ret_ms, struct err *err);
int health_begun_save(const char *run_dir, const char *boot_id, uint64_t ms, struct err *err);

#endif
