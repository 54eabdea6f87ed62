/* SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include <errno.h>
#include <string.h>

#include "text.h"

_Static_assert(COUNTERS_N <= 64, "a bit for each counter");

const struct counter_row counter_rows[COUNTERS_N] = {
	[COUNTER_TX_BYTES] = {"tx_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_TX_PKTS] = {"tx_pkts", true, COUNTER_KIND_OTHER},
	[COUNTER_RX_BYTES] = {"rx_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RX_PKTS] = {"rx_pkts", true, COUNTER_KIND_OTHER},
	[COUNTER_RX_DROPS] = {"rx_drops", true, COUNTER_KIND_DROPS},
	[COUNTER_SEND_BYTES] = {"send_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_SEND_WRS] = {"send_wrs", true, COUNTER_KIND_WORK},
	[COUNTER_RECV_BYTES] = {"recv_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RECV_WRS] = {"recv_wrs", true, COUNTER_KIND_WORK},
	[COUNTER_RDMA_READ_WRS] = {"rdma_read_wrs", true, COUNTER_KIND_WORK},
	[COUNTER_RDMA_READ_BYTES] = {"rdma_read_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RDMA_READ_WR_ERR] = {"rdma_read_wr_err", true, COUNTER_KIND_ERRORS},
	[COUNTER_RDMA_READ_RESP_BYTES] = {"rdma_read_resp_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RDMA_WRITE_WRS] = {"rdma_write_wrs", true, COUNTER_KIND_WORK},
	[COUNTER_RDMA_WRITE_BYTES] = {"rdma_write_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RDMA_WRITE_WR_ERR] = {"rdma_write_wr_err", true, COUNTER_KIND_ERRORS},
	[COUNTER_RDMA_WRITE_RECV_BYTES] = {"rdma_write_recv_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RETRANS_BYTES] = {"retrans_bytes", true, COUNTER_KIND_OTHER},
	[COUNTER_RETRANS_PKTS] = {"retrans_pkts", true, COUNTER_KIND_RETRANS},
	[COUNTER_RETRANS_TIMEOUT_EVENTS] = {"retrans_timeout_events", true, COUNTER_KIND_ERRORS},
	[COUNTER_UNRESPONSIVE_REMOTE_EVENTS] = {"unresponsive_remote_events", true,
						COUNTER_KIND_ERRORS},
	[COUNTER_IMPAIRED_REMOTE_CONN_EVENTS] = {"impaired_remote_conn_events", true,
						 COUNTER_KIND_ERRORS},
	[COUNTER_SUBMITTED_CMDS] = {"submitted_cmds", false, COUNTER_KIND_OTHER},
	[COUNTER_COMPLETED_CMDS] = {"completed_cmds", false, COUNTER_KIND_OTHER},
	[COUNTER_CMDS_ERR] = {"cmds_err", false, COUNTER_KIND_ERRORS},
	[COUNTER_NO_COMPLETION_CMDS] = {"no_completion_cmds", false, COUNTER_KIND_ERRORS},
	[COUNTER_KEEP_ALIVE_RCVD] = {"keep_alive_rcvd", false, COUNTER_KIND_OTHER},
};

static const char *const state_words[] = {
	[COUNTERS_READ] = "read",	  [COUNTERS_GONE] = "gone",
	[COUNTERS_FAILED] = "failed",	  [COUNTERS_SILENT] = "silent",
	[COUNTERS_NOT_READ] = "not-read",
};

#define STATES_N (sizeof(state_words) / sizeof(state_words[0]))

const char *counters_state_text(enum counters_state state)
{
	return (size_t)state < STATES_N ? state_words[state] : "unknown";
}

bool counters_state_parse(const char *text, enum counters_state *ret_state)
{
	for (size_t i = 0; i < STATES_N; i++) {
		if (strcmp(text, state_words[i]) == 0) {
			*ret_state = (enum counters_state)i;
			return true;
		}
	}
	return false;
}

const struct rail_counters *counters_find(const struct counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->n; i++) {
		if (strcmp(counters->rails[i].name, name) == 0)
			return &counters->rails[i];
	}
	return NULL;
}

void counters_not_read(const char *const *names, size_t n, const char *why,
		       struct counters *ret_counters)
{
	memset(ret_counters, 0, sizeof(*ret_counters));
	ret_counters->n = n;
	for (size_t i = 0; i < n; i++) {
		struct rail_counters *rail = &ret_counters->rails[i];

		text_format(rail->name, sizeof(rail->name), "%s", names[i]);
		text_printable(rail->text, sizeof(rail->text), why);
		rail->state = COUNTERS_NOT_READ;
	}
}

int counters_format_values(const struct rail_counters *rail, char *buf, size_t size)
{
	int rc = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < COUNTERS_N && !rc; i++) {
		if (rail->have >> i & 1)
			rc = text_append(buf, size, "%s%s=%llu", buf[0] ? " " : "",
					 counter_rows[i].name, (unsigned long long)rail->v[i]);
	}
	return rc;
}

static int find_row(const char *name)
{
	for (int i = 0; i < COUNTERS_N; i++) {
		if (strcmp(counter_rows[i].name, name) == 0)
			return i;
	}
	return -1;
}

static int take_value(char *word, struct rail_counters *rail, struct err *err)
{
	char *value = strchr(word, '=');
	char shown[48];
	int row;

	text_printable(shown, sizeof(shown), word);
	if (!value)
		return err_set(err, -EINVAL, "\"%s\" is not a counter and its value", shown);
	*value++ = '\0';
	row = find_row(word);
	if (row < 0)
		return err_set(err, -EINVAL, "no counter \"%s\"", shown);
	if (rail->have >> row & 1)
		return err_set(err, -EINVAL, "counter %s comes twice", counter_rows[row].name);
	if (text_u64(value, 0, UINT64_MAX, &rail->v[row]))
		return err_set(err, -EINVAL, "counter %s is not a number", counter_rows[row].name);
	rail->have |= UINT64_C(1) << row;
	return 0;
}

int counters_parse_values(char *text, struct rail_counters *ret_rail, struct err *err)
{
	struct rail_counters rail = {.have = 0};
	char *word, *rest = text;
	int rc = 0;

	while (!rc && (word = strsep(&rest, " ")))
		rc = take_value(word, &rail, err);
	if (rc)
		return rc;
	ret_rail->have = rail.have;
	memcpy(ret_rail->v, rail.v, sizeof(rail.v));
	return 0;
}

/* Did any counter that both ends have go backwards, otherwise than over its end? */
static bool began_anew(const struct rail_counters *before, const struct rail_counters *after,
		       bool of_port)
{
	for (size_t i = 0; i < COUNTERS_N; i++) {
		if (counter_rows[i].of_port == of_port && (before->have & after->have) >> i & 1 &&
		    after->v[i] < before->v[i] && before->v[i] - after->v[i] <= UINT64_MAX / 2)
			return true;
	}
	return false;
}

void counters_subtract(const struct rail_counters *before, const struct rail_counters *after,
		       struct counters_delta *ret_delta)
{
	const bool port = began_anew(before, after, true),
		   device = began_anew(before, after, false);

	memset(ret_delta, 0, sizeof(*ret_delta));
	ret_delta->have = before->have & after->have;
	ret_delta->reset = port || device;
	for (size_t i = 0; i < COUNTERS_N; i++) {
		bool anew = counter_rows[i].of_port ? port : device;

		if (ret_delta->have >> i & 1)
			ret_delta->v[i] = anew ? after->v[i] : after->v[i] - before->v[i];
	}
}

uint64_t counters_sum(const struct counters_delta *delta, enum counter_kind kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNTERS_N; i++) {
		if (counter_rows[i].kind == kind && delta->have >> i & 1 &&
		    __builtin_add_overflow(sum, delta->v[i], &sum))
			return UINT64_MAX;
	}
	return sum;
}
