/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the devices themselves count (sysfs hw_counters, cumulative since the driver was loaded),
 * how the test program prints it, and what a span of time moved it by. Reading a counter makes the
 * driver ask the device, so only children of the test program do it (counters_run.h).
 */
#ifndef EFA_LAYOUT_COUNTERS_H
#define EFA_LAYOUT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "inventory.h"

enum counter {
	/* of the port */
	COUNTER_TX_BYTES,
	COUNTER_TX_PKTS,
	COUNTER_RX_BYTES,
	COUNTER_RX_PKTS,
	COUNTER_RX_DROPS,
	COUNTER_SEND_BYTES,
	COUNTER_SEND_WRS,
	COUNTER_RECV_BYTES,
	COUNTER_RECV_WRS,
	COUNTER_RDMA_READ_WRS,
	COUNTER_RDMA_READ_BYTES,
	COUNTER_RDMA_READ_WR_ERR,
	COUNTER_RDMA_READ_RESP_BYTES,
	COUNTER_RDMA_WRITE_WRS,
	COUNTER_RDMA_WRITE_BYTES,
	COUNTER_RDMA_WRITE_WR_ERR,
	COUNTER_RDMA_WRITE_RECV_BYTES,
	COUNTER_RETRANS_BYTES,
	COUNTER_RETRANS_PKTS,
	COUNTER_RETRANS_TIMEOUT_EVENTS,
	COUNTER_UNRESPONSIVE_REMOTE_EVENTS,
	COUNTER_IMPAIRED_REMOTE_CONN_EVENTS,
	/* of the device: the driver's own, which cost nothing */
	COUNTER_SUBMITTED_CMDS,
	COUNTER_COMPLETED_CMDS,
	COUNTER_CMDS_ERR,
	COUNTER_NO_COMPLETION_CMDS,
	COUNTER_KEEP_ALIVE_RCVD,
	COUNTERS_N
};

/* What a receipt adds a counter up as. */
enum counter_kind {
	COUNTER_KIND_OTHER,
	COUNTER_KIND_WORK,    /* work requests */
	COUNTER_KIND_DROPS,   /* packets that the device dropped */
	COUNTER_KIND_RETRANS, /* packets that were sent again */
	COUNTER_KIND_ERRORS,
	COUNTER_KINDS
};

struct counter_row {
	const char *name;
	bool of_port; /* in ports/1/hw_counters; else in the device's own hw_counters */
	enum counter_kind kind;
};
extern const struct counter_row counter_rows[COUNTERS_N];

enum counters_state {
	COUNTERS_READ,
	COUNTERS_GONE,	  /* no RDMA device of this name */
	COUNTERS_FAILED,  /* the device is there, reading failed or gave nonsense */
	COUNTERS_SILENT,  /* no answer in its time: its reader was left behind */
	COUNTERS_NOT_READ /* nobody asked, or the reader itself broke; the text says why */
};

#define COUNTERS_TEXT 96

/* One rail. */
struct rail_counters {
	char name[NAME_TEXT];
	enum counters_state state;
	char text[COUNTERS_TEXT]; /* why it was not read, "" none */
	uint64_t have;		  /* bit of each counter that the driver has; 0 unless read */
	uint64_t v[COUNTERS_N];
};

struct counters {
	size_t n;
	struct rail_counters rails[NODE_RAILS_MAX];
};

const char *counters_state_text(enum counters_state state);
bool counters_state_parse(const char *text, enum counters_state *ret_state);

/* The rail of this name, NULL. */
const struct rail_counters *counters_find(const struct counters *counters, const char *name);

/*
 * All rails as not read, for this reason. names: n of them, at most NODE_RAILS_MAX.
 */
void counters_not_read(const char *const *names, size_t n, const char *why,
		       struct counters *ret_counters);

/* The values as "tx_bytes=1 tx_pkts=2 ...", in the order of the rows; -ENOSPC. buf:
 * COUNTERS_VALUES_TEXT bytes are always enough. */
#define COUNTERS_VALUES_TEXT 2048
int counters_format_values(const struct rail_counters *rail, char *buf, size_t size);
/* The same back, strictly: known names, each once, one blank between. Sets have and v; -EINVAL with
 * a sentence, nothing written then. text is cut into words. */
int counters_parse_values(char *text, struct rail_counters *ret_rail, struct err *err);

/* What a span of time moved a rail's counters by. */
struct counters_delta {
	uint64_t have; /* counters that both ends have */
	uint64_t v[COUNTERS_N];
	/* Port or device counters went backwards: the driver or the device began anew. What they
	 * counted since then is in v; what they had counted before that is lost. */
	bool reset;
};

/*
 * Both must be read. A counter that went backwards by more than half of what 64 bits hold has run
 * over its end, which is no reset; any other way back is one, of the port's counters or the
 * device's, all of which then count from nothing.
 */
void counters_subtract(const struct rail_counters *before, const struct rail_counters *after,
		       struct counters_delta *ret_delta);
/* Sum of all counters of a kind; stays at UINT64_MAX when it would be more. */
uint64_t counters_sum(const struct counters_delta *delta, enum counter_kind kind);

#endif
