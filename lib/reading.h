/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading of all rails' counters, kept between jobs: what a job moved is the difference between
 * the reading after it and the last one before it. It is taken after each test of the rails and
 * behind each job, so that a job's start needs none; and it remembers what our own tests moved
 * while jobs were running.
 */
#ifndef EFA_LAYOUT_READING_H
#define EFA_LAYOUT_READING_H

#include <stdint.h>

#include "counters.h"
#include "err.h"
#include "file.h"
#include "probe.h"

struct reading_rail {
	struct rail_counters now;
	uint64_t own_tx, own_rx; /* bytes that our tests have moved in this boot */
};

struct reading {
	char boot_id[40];
	uint64_t at_ms;	     /* CLOCK_BOOTTIME */
	uint64_t tests;	     /* of the rails, in this boot */
	uint64_t jobs_ended; /* epilogs in this boot */
	size_t n;
	struct reading_rail rails[NODE_RAILS_MAX];
};

/* The rail of this name, NULL. */
const struct reading_rail *reading_find(const struct reading *reading, const char *name);

/* A test ended: add what its rails moved. */
void reading_note_test(struct reading *reading, const struct inventory *inv,
		       const struct probe_report *report);
/*
 * These are the counters now. Rails that are not among them are no longer in the reading. Counters
 * that are older than what is in the reading already change nothing.
 */
void reading_take(struct reading *reading, const struct counters *counters, uint64_t at_ms);

/*
 * One file. boot_id: a reading of another boot is -ESTALE ("" skips). -ENOENT: there is none.
 * Large: on the heap.
 */
int reading_load(const char *path, enum file_trust trust, const char *boot_id,
		 struct reading *ret_reading, struct err *err);
int reading_save(const char *path, const struct reading *reading, struct err *err);

#endif
