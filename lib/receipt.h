/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receipt: what a job moved over the rails of this node, by the devices' own counters before and
 * after it. They count for the whole device: jobs that ran at the same time are in it, and the
 * receipt says how many those were.
 */
#ifndef EFA_LAYOUT_RECEIPT_H
#define EFA_LAYOUT_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "counters.h"
#include "err.h"
#include "file.h"
#include "reading.h"

enum receipt_state {
	RECEIPT_COUNTED,
	RECEIPT_NO_BASE, /* not read before the job */
	RECEIPT_GONE,	 /* read before the job, not there any more */
	RECEIPT_UNREAD	 /* read before the job, could not be read after it */
};

struct receipt_rail {
	char name[NAME_TEXT];
	enum receipt_state state;
	char text[COUNTERS_TEXT];    /* why it is not counted, "" none */
	struct counters_delta delta; /* all zero unless counted */
};

/* Did the job use EFA? Not known when nothing moved on the rails that could be read, and others
 * could not. */
enum receipt_use { RECEIPT_USED, RECEIPT_UNUSED, RECEIPT_UNKNOWN };

struct receipt {
	/* the caller's */
	uint32_t job;
	uid_t uid;
	char node[256];
	char boot_id[40];
	int64_t started_at, ended_at; /* seconds since 1970 */
	uint64_t others;	      /* jobs that ran here meanwhile */
	/* receipt_fill's */
	uint64_t tests; /* of ours meanwhile; their bytes are not in it */
	enum receipt_use use;
	char sentence[256];
	uint64_t sums[COUNTER_KINDS], tx_bytes, rx_bytes; /* of all rails that are counted */
	size_t n;
	struct receipt_rail rails[NODE_RAILS_MAX]; /* in the order of before, then of after */
};

/*
 * Pure calculation from the readings before (NULL: there is none) and after the job. Large: on the
 * heap.
 */
void receipt_fill(struct receipt *receipt, const struct reading *before,
		  const struct reading *after);

/* "counted", ... and "used", "unused", "unknown" */
const char *receipt_state_text(enum receipt_state state);
const char *receipt_use_text(enum receipt_use use);

/* One JSON file. Counters that did not move are left out of it, but for the bytes. */
int receipt_save(const char *path, const struct receipt *receipt, struct err *err);
struct json_out;
/* The same object as part of a document. */
void receipt_write(struct json_out *out, const char *key, const struct receipt *receipt);
int receipt_load(const char *path, enum file_trust trust, struct receipt *ret_receipt,
		 struct err *err);

#endif
