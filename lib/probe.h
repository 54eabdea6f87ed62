/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe: does each rail carry data? It runs in a program of its own (efa-layout-probe, the only
 * one that loads libfabric and libibverbs), whose children open devices and send. probe_run starts
 * it with a scrubbed environment, reads its line protocol and ends it at the deadline; it never
 * waits for a child that the kernel does not let go.
 */
#ifndef EFA_LAYOUT_PROBE_H
#define EFA_LAYOUT_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "err.h"
#include "inventory.h"

enum probe_state {
	PROBE_NOT_TESTED, /* no answer was possible: no provider, no libfabric, budget used up
			     before its turn */
	PROBE_PASS,
	PROBE_FAIL,   /* tested; the step and error say how it failed */
	PROBE_HUNG,   /* opening it, or the transfer, did not end inside its deadline */
	PROBE_CRASHED /* its child died or wrote what it should not, also when tried alone */
};

/* Where a rail's test stands or failed; in this order. */
enum probe_step {
	PROBE_STEP_OPEN,     /* verbs-level opening (admin queue answers) */
	PROBE_STEP_GETINFO,  /* provider finds the rail's domain */
	PROBE_STEP_ENDPOINT, /* domain, endpoints, queues, address vector, memory */
	PROBE_STEP_TRANSFER, /* messages through the device */
	PROBE_STEP_CONTENTS, /* what arrived is what was sent */
	PROBE_STEP_COUNTERS, /* the device's own counters moved by at least what was sent */
	PROBE_STEP_READ,     /* optional: the device read from its own memory region */
	PROBE_STEP_PAIRS,    /* optional: it reaches other rails of the node */
	PROBE_STEP_DONE
};

/* What a device can do, as its driver says. */
enum probe_ability { PROBE_UNKNOWN, PROBE_NO, PROBE_YES };

struct probe_result {
	enum probe_state state;
	enum probe_step step;
	int fi_error;	/* positive libfabric error number, 0 none */
	int prov_error; /* the provider's own number (EFA completion status), 0 none */
	char text[128]; /* the error in words, "" none */
	uint64_t bytes; /* payload that went through and was compared */
	uint64_t tx_bytes,
		rx_bytes; /* what the device's counters moved by; 0 when the rail was not reached */
	uint64_t packets, lost; /* received, and dropped or sent again meanwhile; 0 where the driver
				   does not count them */
	unsigned open_ms, total_ms;
	bool retried;		      /* failed in a group and was tried again alone */
	enum probe_ability rdma_read; /* known as soon as the device has been opened */
};

/* Optional tests, of rails that passed the loopback. The last one is about two rails. */
enum probe_extra {
	PROBE_LATENCY,	 /* of a small message one way; ns */
	PROBE_BANDWIDTH, /* bytes a second */
	PROBE_RDMA_READ, /* bytes that the device read, and that were compared */
	PROBE_PAIRS,	 /* bytes that went each way, and were compared */
	PROBE_EXTRAS
};

enum extra_state {
	EXTRA_NONE,	 /* not asked for, or the rail did not pass */
	EXTRA_DONE,	 /* with a value */
	EXTRA_FAILED,	 /* of pairs, also when tried again alone; a rail fails itself */
	EXTRA_UNABLE,	 /* the device or the provider cannot do it */
	EXTRA_NOT_TESTED /* no time for it, or nothing came of it that says something of the rail */
};

struct extra_result {
	enum extra_state state;
	uint64_t value; /* EXTRA_DONE: above 0, in the unit of its kind; else 0 */
	char text[96];	/* why it is not EXTRA_DONE */
};

/* Two rails of the node, and whether messages come from each to the other. */
struct probe_pair {
	uint8_t a, b; /* their places in the report */
	struct extra_result test;
};

/* Why nothing could be tested at all; PROBE_RAN otherwise. */
enum probe_outcome {
	PROBE_RAN,
	PROBE_NO_PROGRAM,
	PROBE_NO_LIBRARY,
	PROBE_NO_PROVIDER,
	PROBE_BROKEN
};

struct probe_report {
	enum probe_outcome outcome;
	char text[160];	    /* the reason, when outcome is not PROBE_RAN */
	char libfabric[16]; /* version that ran, "1.17", "" unknown */
	char provider[NAME_TEXT];
	char fabric[NAME_TEXT]; /* "efa", "efa-direct", "" */
	unsigned elapsed_ms;
	size_t n; /* as many as rails in the inventory, same order */
	struct probe_result v[NODE_RAILS_MAX];
	struct extra_result extras[NODE_RAILS_MAX][PROBE_PAIRS]; /* of each rail */
	size_t n_pairs;
	struct probe_pair pairs[NODE_RAILS_MAX];
};

struct probe_options {
	const char *program;  /* path of efa-layout-probe */
	const char *provider; /* "efa"; with another provider rails are its domains on this node */
	unsigned budget_ms;   /* everything ends inside it */
	unsigned open_ms, rail_ms; /* per rail */
	unsigned workers;	   /* 0: CPUs that may be used */
	bool extras[PROBE_EXTRAS]; /* optional tests that are wanted */
	bool open_only; /* open each device and send nothing: no rail passes, probe_opened tells */
	struct counters *counters; /* gets what the usable rails' devices count after the test, of
				      rails that hung in it or of a test that broke off only why
				      not; NULL: not wanted */
};

/*
 * Test all usable rails of inv. Rails below RAIL_USABLE are PROBE_NOT_TESTED. Always returns inside
 * budget_ms + 500 ms. A failure of the probe itself is an outcome in the report, not an error; the
 * error is for what the caller did wrong (-EINVAL) or -ENOMEM.
 */
int probe_run(const struct probe_options *options, const struct inventory *inv,
	      struct probe_report *ret_report, struct err *err);

/* Of a test that opened devices alone: this one opened. It is PROBE_NOT_TESTED, waiting for the
 * step behind. */
bool probe_opened(const struct probe_result *result);

/* "ran", "no-program", ... */
const char *probe_outcome_text(enum probe_outcome outcome);
/* "latency", "bandwidth", "rdma-read", "pairs"; also the words of the protocol and the options. */
const char *probe_extra_text(enum probe_extra extra);
/* "done", "failed", "unable", "not-tested"; "none". */
const char *extra_state_text(enum extra_state state);
/* false: no such word, or "none"; then nothing is written. */
bool extra_state_parse(const char *text, enum extra_state *ret_state);

/* "pass", "fail", ...; also the words of the protocol. */
const char *probe_state_text(enum probe_state state);
const char *probe_step_text(enum probe_step step);
/* false: no such word; then nothing is written. */
bool probe_state_parse(const char *text, enum probe_state *ret_state);
bool probe_step_parse(const char *text, enum probe_step *ret_step);

/*
 * What the program writes: lines of printable ASCII, words separated by one blank, numbers decimal.
 *
 *   efa-layout-probe 1 libfabric 1.17
 *   provider efa efa                              name and fabric; absent when nothing was reached
 *   outcome no-provider TEXT                      only when nothing could be tested
 *   rdma-read NAME yes|no                         of rails of which it is known
 *   rail NAME STATE STEP FI_ERROR PROV_ERROR BYTES TX_BYTES RX_BYTES PACKETS LOST
 *        OPEN_MS TOTAL_MS RETRIED TEXT
 *   extra NAME latency|bandwidth|rdma-read done|unable|not-tested VALUE TEXT
 *   pair NAME NAME done|failed|not-tested VALUE TEXT
 *   end COUNT                                     of the rail lines
 *
 * each in one line; extra and pair only of tests that were asked for, and of rails that came at
 * least as far as these; and, when they were asked for, the counters (counters_protocol.h) behind
 * it; in this order, each rail that was asked for exactly once as a rail and at most once as
 * rdma-read, in any order. TEXT is the rest of the line, "-" for none; RETRIED is 0 or 1.
 */
#define PROBE_PROTOCOL 1
#define PROBE_LINE_MAX 512

/*
 * Read what the program wrote into ret_report, whose outcome, text and elapsed_ms stay the
 * caller's business except that an outcome line sets outcome and text. Strict: anything that is not
 * as above is -EPROTO with a sentence, and ret_report is not changed.
 */
int probe_parse(const char *output, const struct inventory *inv, struct probe_report *ret_report,
		struct err *err);

#endif
