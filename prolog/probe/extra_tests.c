/* SPDX-License-Identifier: Apache-2.0 */
#include "extra_tests.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include <rdma/fi_errno.h>

#include "attribute.h"
#include "clock.h"
#include "exchange.h"
#include "measure.h"
#include "text.h"
#include "traffic.h"

#define ENOUGH_MS 100 /* of each measurement, and at most a quarter of the rail's time */
#define LOOKS	  8   /* at a counter that should have moved */

static void say(struct extra_result *result, enum extra_state state, const char *text)
{
	result->state = state;
	result->value = 0;
	text_printable(result->text, sizeof(result->text), text);
}

static void done(struct extra_result *result, uint64_t value)
{
	*result = (struct extra_result){.state = EXTRA_DONE, .value = value};
}

static size_t message_max(const struct fi_info *info)
{
	size_t max = info->ep_attr->max_msg_size;

	return max && max < EXCHANGE_LONGEST ? max : EXCHANGE_LONGEST;
}

/* False: *ret_text says why. What cannot be opened says nothing about what was to be tested. */
static bool begin(struct exchange *x, struct pair *pair, struct fi_info *info,
		  struct fi_info *other, uint64_t access, const struct extra_options *options,
		  char *ret_text, size_t size)
{
	const struct pair_options wanted = {.size = EXCHANGE_MEMORY, .access = access};
	const char *what = "";
	int rc = pair_open(pair, info, other, &wanted, &what);

	if (rc) {
		text_format(ret_text, size, "%s: %s", what, fi_strerror(rc < 0 ? -rc : rc));
		return false;
	}
	memset(x, 0, sizeof(*x));
	x->pair = pair;
	x->deadline_ms = options->rail_ms;
	x->on_wait = options->on_wait;
	x->arg = options->arg;
	exchange_begin(x);
	return true;
}

bool extra_measure(struct fi_info *info, const struct extra_options *options,
		   struct extra_result *ret_latency, struct extra_result *ret_bandwidth)
{
	unsigned enough_ms = MIN(ENOUGH_MS, options->rail_ms / 4);
	struct exchange x;
	struct pair pair;
	uint64_t value;
	char text[96];

	say(ret_latency, EXTRA_NOT_TESTED,
	    "what was measured before took all of its time, or failed");
	*ret_bandwidth = *ret_latency;
	if (!begin(&x, &pair, info, NULL, 0, options, text, sizeof(text))) {
		say(ret_latency, EXTRA_NOT_TESTED, text);
		*ret_bandwidth = *ret_latency;
		return false;
	}
	x.deadline_ms = options->rail_ms / 2;
	contents_fill(exchange_from(&x), EXCHANGE_LONGEST, (uint32_t)clock_us());
	if (options->latency) {
		if (!measure_latency(&x, enough_ms, &value)) {
			say(ret_latency, EXTRA_NOT_TESTED, x.failure.text);
			return false;
		}
		done(ret_latency, value);
		/* What was too slow may have left messages behind. */
		if (x.overdue)
			return false;
	}
	if (options->bandwidth) {
		if (!measure_bandwidth(&x, message_max(info), enough_ms, &value)) {
			say(ret_bandwidth, EXTRA_NOT_TESTED, x.failure.text);
			return false;
		}
		done(ret_bandwidth, value);
		if (x.overdue)
			return false;
	}
	pair_close(&pair);
	return true;
}

/* What comes after a failure: the device's fault, unless the provider just cannot do it. */
static bool failed(const struct exchange *x, struct extra_result *result)
{
	bool unable = x->failure.fi_error == FI_ENOSYS || x->failure.fi_error == FI_EOPNOTSUPP;

	say(result, unable ? EXTRA_UNABLE : EXTRA_FAILED, x->failure.text);
	return false;
}

/* Bytes that the device read and gave to readers; -ENOENT: its driver does not count them. */
static int read_counters(const struct traffic *traffic, uint64_t values[2])
{
	int rc = attribute_read(traffic->dir, "rdma_read_bytes", &values[0], NULL);

	return rc ? rc : attribute_read(traffic->dir, "rdma_read_resp_bytes", &values[1], NULL);
}

static bool has_read(const struct traffic *traffic, const uint64_t before[2], size_t least)
{
	struct timespec pause = {.tv_nsec = (long)(traffic->lifespan_ms % 1000 + 1) * 1000000};
	uint64_t now[2];

	for (int look = 0; look < LOOKS; look++) {
		if (look)
			nanosleep(&pause, NULL);
		if (read_counters(traffic, now))
			return false;
		if (now[0] >= before[0] + least && now[1] >= before[1] + least)
			return true;
	}
	return false;
}

/* Nothing that is already there may pass for what should arrive. */
static void prepare(struct exchange *x, struct contents *contents, size_t size)
{
	contents_fill(exchange_from(x), size, (uint32_t)clock_us());
	contents->size = contents->length = size;
	contents->guard = (unsigned char)~exchange_from(x)[0];
	memset(exchange_into(x), contents->guard, size + CONTENTS_GUARD);
}

static bool same(struct exchange *x, const struct contents *contents, struct extra_result *result)
{
	char text[96];

	if (contents_same(contents, exchange_from(x), exchange_into(x), text, sizeof(text)))
		return true;
	say(result, EXTRA_FAILED, text);
	return false;
}

/* One message each way first: a peer's abilities are known from its handshake. */
static bool greet(struct exchange *x)
{
	return exchange_message(x, 0, 1, NULL) && exchange_message(x, 1, 1, NULL);
}

static bool read_once(struct exchange *x, const struct fi_info *info, size_t size)
{
	bool posted = false;

	while (!posted)
		if (!exchange_read(x, info, size, &posted) || (!posted && !exchange_poll(x)))
			return false;
	while (x->sent < x->sends)
		if (!exchange_poll(x))
			return false;
	return true;
}

bool extra_rdma_read(struct fi_info *info, const struct extra_options *options,
		     struct extra_result *ret_result)
{
	struct traffic traffic = {.dir = -1};
	struct contents contents;
	uint64_t before[2];
	struct exchange x;
	struct pair pair;
	bool counted = false;
	char text[96];

	if (!begin(&x, &pair, info, NULL, FI_READ | FI_REMOTE_READ, options, text, sizeof(text))) {
		say(ret_result, EXTRA_NOT_TESTED, text);
		return false;
	}
	if (!greet(&x))
		return failed(&x, ret_result);
	if (options->device_dir[0] && !traffic_open(options->device_dir[0], &traffic, NULL))
		counted = !read_counters(&traffic, before);
	prepare(&x, &contents, EXCHANGE_LONGEST);
	if (!read_once(&x, info, contents.size)) {
		traffic_close(&traffic);
		return failed(&x, ret_result);
	}
	if (!same(&x, &contents, ret_result)) {
		traffic_close(&traffic);
		return false;
	}
	done(ret_result, contents.size);
	/* Arrived all the same: the provider, not the device, decides how. */
	if (counted && !has_read(&traffic, before, contents.size))
		say(ret_result, EXTRA_NOT_TESTED,
		    "the provider read by messages, without the device");
	traffic_close(&traffic);
	pair_close(&pair);
	return true;
}

struct two_counters {
	struct traffic traffic[2];
	struct traffic_values before[2];
};

static bool counters_open(struct two_counters *two, const struct extra_options *options,
			  struct err *err)
{
	for (int i = 0; i < 2; i++)
		two->traffic[i].dir = -1;
	for (int i = 0; i < 2 && options->device_dir[i]; i++)
		if (traffic_open(options->device_dir[i], &two->traffic[i], err) ||
		    traffic_read(&two->traffic[i], &two->before[i], err))
			return false;
	return true;
}

static bool counters_moved(const struct two_counters *two, uint64_t least, struct err *err)
{
	struct traffic_values moved;

	for (int i = 0; i < 2 && two->traffic[i].dir >= 0; i++)
		if (traffic_wait_moved(&two->traffic[i], &two->before[i], least, &moved, err))
			return false;
	return true;
}

static void counters_close(struct two_counters *two)
{
	traffic_close(&two->traffic[0]);
	traffic_close(&two->traffic[1]);
}

/* One message of each size each way. */
static bool messages(struct exchange *x, size_t most, struct extra_result *result,
		     uint64_t *ret_bytes)
{
	static const size_t sizes[] = {24, 4096, EXCHANGE_LONGEST};
	struct contents contents;

	for (size_t i = 0; i < 2 * (sizeof(sizes) / sizeof(sizes[0])); i++) {
		prepare(x, &contents, MIN(sizes[i / 2], most));
		if (!exchange_message(x, (int)(i % 2), contents.size, NULL)) {
			say(result, EXTRA_FAILED, x->failure.text);
			return false;
		}
		contents.length = x->length;
		if (!same(x, &contents, result))
			return false;
		*ret_bytes += i % 2 ? contents.size : 0;
	}
	return true;
}

bool extra_pair(struct fi_info *info, struct fi_info *other, const struct extra_options *options,
		struct extra_result *ret_result)
{
	size_t most = MIN(message_max(info), message_max(other));
	struct two_counters two;
	struct exchange x;
	struct pair pair;
	uint64_t bytes = 0;
	struct err err;
	char text[96];
	bool good;

	if (!begin(&x, &pair, info, other, 0, options, text, sizeof(text))) {
		say(ret_result, EXTRA_NOT_TESTED, text);
		return false;
	}
	if (!counters_open(&two, options, &err)) {
		counters_close(&two);
		say(ret_result, EXTRA_NOT_TESTED, err.text);
		return false;
	}
	good = messages(&x, most, ret_result, &bytes);
	if (good) {
		done(ret_result, bytes);
		if (!counters_moved(&two, bytes, &err))
			say(ret_result, EXTRA_NOT_TESTED, err.text);
		pair_close(&pair);
	}
	counters_close(&two);
	return good;
}
