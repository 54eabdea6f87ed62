/* SPDX-License-Identifier: Apache-2.0 */
#include "extras.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/param.h>

#include "blame.h"
#include "clock.h"
#include "extra_worker.h"
#include "helper.h"
#include "patience.h"
#include "text.h"

#define LEAST_MS 100 /* nothing is started with less left */

enum stage { STAGE_WAITING, STAGE_AGAIN, STAGE_SETTLED };

/* Items of one kind, and what is known of each. */
struct batch {
	const struct coordinator_options *options;
	const char *const *names;
	enum probe_extra kind;
	uint64_t end_ms;
	size_t n;
	struct extra_item items[NODE_RAILS_MAX];
	enum stage stages[NODE_RAILS_MAX];
	enum probe_state how[NODE_RAILS_MAX]; /* it failed: PROBE_FAIL, _HUNG, _CRASHED */
	struct extra_result tests[NODE_RAILS_MAX][2];
};

/* A helper under way. */
struct run {
	struct helper helper;
	uint8_t which[NODE_RAILS_MAX]; /* not answered yet, in its order */
	size_t n;
	bool alone;
	bool begun;    /* the first of them */
	bool answered; /* for one at least */
	uint64_t since_ms, deadline_ms, cpu_ms;
};

static uint64_t patience(const struct batch *b)
{
	return b->options->rail_ms + GRACE_MS(b->options->rail_ms);
}

static void say(struct extra_result tests[2], enum extra_state state, const char *text)
{
	tests[0] = (struct extra_result){.state = state};
	text_printable(tests[0].text, sizeof(tests[0].text), text);
	tests[1] = tests[0];
}

/* A measurement that fails says nothing of the rail, the way it is with the others. */
static void item_failed(struct batch *b, size_t item, enum probe_state how, bool alone,
			const char *text)
{
	say(b->tests[item], b->kind == PROBE_LATENCY ? EXTRA_NOT_TESTED : EXTRA_FAILED, text);
	b->how[item] = how;
	b->stages[item] = alone ? STAGE_SETTLED : STAGE_AGAIN;
}

static void item_tested(struct batch *b, size_t item, bool alone,
			const struct extra_result tests[2])
{
	memcpy(b->tests[item], tests, sizeof(b->tests[item]));
	b->how[item] = PROBE_FAIL;
	b->stages[item] = alone || tests[0].state != EXTRA_FAILED ? STAGE_SETTLED : STAGE_AGAIN;
}

/* False: not something that this helper may say now. */
static bool take(struct batch *b, struct run *run, const struct extra_wire *wire, uint64_t now)
{
	if (!extra_wire_is_sound(wire, b->n) || !run->n || wire->item != run->which[0] ||
	    run->begun == (wire->kind == EXTRA_WIRE_BEGIN))
		return false;
	switch ((enum extra_wire_kind)wire->kind) {
	case EXTRA_WIRE_BEGIN:
		run->begun = true;
		run->since_ms = now;
		run->deadline_ms = now + patience(b);
		helper_starves(&run->helper, 0, &run->cpu_ms);
		return true;
	case EXTRA_WIRE_ALIVE:
		run->deadline_ms = MIN(now, run->since_ms + (PATIENCE_TIMES - 1) * patience(b)) +
				   patience(b);
		return true;
	case EXTRA_WIRE_RESULT:
		break;
	}
	if (wire->tests[0].state == EXTRA_NONE)
		return false;
	item_tested(b, wire->item, run->alone, wire->tests);
	memmove(run->which, run->which + 1, --run->n);
	run->begun = false;
	run->answered = true;
	run->deadline_ms = now + patience(b);
	return true;
}

/*
 * The helper is gone or given up. The item under way is to blame for it; before the first one it
 * may have been any. Those behind it wait for another helper.
 */
static void broken_off(struct batch *b, const struct run *run, enum probe_state how,
		       const char *text)
{
	size_t n = run->begun ? 1 : run->n;

	for (size_t i = 0; i < n; i++)
		item_failed(b, run->which[i], how, run->alone, text);
}

static void overdue(struct batch *b, struct run *run, uint64_t now)
{
	unsigned rail_ms = b->options->rail_ms;
	uint64_t used_ms;
	char text[64];

	/* On a busy node, who has not had the CPU for it yet is not stuck. */
	if (now < run->since_ms + PATIENCE_TIMES * patience(b) &&
	    helper_starves(&run->helper, run->cpu_ms + rail_ms, &used_ms)) {
		run->deadline_ms = now + patience(b) / PATIENCE_TIMES;
		return;
	}
	text_format(text, sizeof(text), "no answer within %llu ms",
		    (unsigned long long)(now - run->since_ms));
	helper_end(&run->helper);
	broken_off(b, run, PROBE_HUNG, text);
}

/* All that it has said. Afterwards its pipe is closed if it is done or broken. */
static void listen_to(struct batch *b, struct run *run, uint64_t now)
{
	enum helper_news news;
	struct extra_wire wire;
	char text[64];
	int how;

	while ((news = helper_read(&run->helper, &wire, sizeof(wire))) == HELPER_MESSAGE) {
		if (take(b, run, &wire, now))
			continue;
		helper_end(&run->helper);
		broken_off(b, run, PROBE_CRASHED, "its process sent garbage");
		return;
	}
	if (news != HELPER_ENDED)
		return;
	how = helper_end(&run->helper);
	/* It left the rest to another one. */
	if (!run->n || (how <= 0 && !run->begun && run->answered))
		return;
	if (how > 0)
		text_format(text, sizeof(text), "its process died of signal %d", how);
	else
		text_format(text, sizeof(text), "its process died");
	broken_off(b, run, PROBE_CRASHED, text);
}

static bool start(struct batch *b, struct run *run, uint64_t now)
{
	const struct coordinator_options *o = b->options;
	struct extra_worker worker = {
		.provider = o->provider,
		.is_verbs = o->is_verbs,
		.names = b->names,
		.kind = b->kind,
		.latency = o->extras[PROBE_LATENCY],
		.bandwidth = o->extras[PROBE_BANDWIDTH],
		.items = b->items,
		.which = run->which,
		.n = run->n,
		.rail_ms = o->rail_ms,
	};

	if (helper_start(&run->helper, extra_worker_main, &worker))
		return false;
	run->since_ms = now;
	run->deadline_ms = now + o->open_ms + o->rail_ms + INFO_MS * 2 * run->n;
	return true;
}

/* One helper, to its end. */
static void run_helper(struct batch *b, struct run *run)
{
	uint64_t now = clock_ms(), until;
	struct pollfd poll_fd;

	run->helper.fd = -1;
	if (!start(b, run, now)) {
		for (size_t i = 0; i < run->n; i++) {
			say(b->tests[run->which[i]], EXTRA_NOT_TESTED, "no process to test it in");
			b->stages[run->which[i]] = STAGE_SETTLED;
		}
		return;
	}
	while (run->helper.fd >= 0 && now < b->end_ms) {
		until = MIN(b->end_ms, run->deadline_ms);
		poll_fd = (struct pollfd){.fd = run->helper.fd, .events = POLLIN};
		if (poll(&poll_fd, 1, until > now ? (int)(until - now) : 0) < 0 && errno != EINTR)
			break;
		now = clock_ms();
		if (poll_fd.revents)
			listen_to(b, run, now);
		else if (now >= run->deadline_ms)
			overdue(b, run, now);
	}
	helper_kill(&run->helper);
}

static size_t collect(const struct batch *b, enum stage stage, size_t most, struct run *run)
{
	memset(run, 0, sizeof(*run));
	for (size_t i = 0; i < b->n && run->n < most; i++)
		if (b->stages[i] == stage)
			run->which[run->n++] = (uint8_t)i;
	return run->n;
}

/* A failure that was not seen twice is none; nor is anything said of what nobody came to. */
static void settle_rest(struct batch *b)
{
	char text[160];

	for (size_t i = 0; i < b->n; i++) {
		if (b->stages[i] == STAGE_WAITING)
			say(b->tests[i], EXTRA_NOT_TESTED,
			    "the budget was used up before its turn");
		if (b->stages[i] != STAGE_AGAIN)
			continue;
		text_format(text, sizeof(text), "no time was left to try it again after: %s",
			    b->tests[i][0].text);
		say(b->tests[i], EXTRA_NOT_TESTED, text);
	}
}

static bool worth_starting(const struct batch *b)
{
	return clock_ms() + LEAST_MS < b->end_ms;
}

static void run_batch(struct batch *b)
{
	static struct run run;

	while (worth_starting(b) && collect(b, STAGE_WAITING, b->n, &run))
		run_helper(b, &run);
	while (worth_starting(b) && collect(b, STAGE_AGAIN, 1, &run)) {
		run.alone = true;
		run_helper(b, &run);
	}
	settle_rest(b);
}

static void add(struct batch *b, size_t a, size_t other)
{
	b->items[b->n++] = (struct extra_item){.a = (uint8_t)a, .b = (uint8_t)other};
}

/* An item for each rail that passed. RDMA read: but for those that cannot, or of which libefa does
 * not say that they can. */
static void add_rails(struct batch *b, struct probe_report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		struct extra_result *read = &report->extras[i][PROBE_RDMA_READ];
		enum probe_ability can = report->v[i].rdma_read;

		if (report->v[i].state != PROBE_PASS)
			continue;
		if (b->kind != PROBE_RDMA_READ || !b->options->is_verbs || can == PROBE_YES) {
			add(b, i, i);
			continue;
		}
		read->state = can == PROBE_NO ? EXTRA_UNABLE : EXTRA_NOT_TESTED;
		text_format(read->text, sizeof(read->text), "%s",
			    can == PROBE_NO ? "the device cannot do it"
					    : "libefa does not say whether the device can do it");
	}
}

/* Each rail that passed and the next one, the last one and the first; of two rails one pair. */
static void add_ring(struct batch *b, const struct probe_report *report)
{
	size_t rails[NODE_RAILS_MAX], n = 0, i;

	for (i = 0; i < report->n; i++)
		if (report->v[i].state == PROBE_PASS)
			rails[n++] = i;
	for (i = 0; i + 1 < n; i++)
		add(b, rails[i], rails[i + 1]);
	if (n > 2)
		add(b, rails[n - 1], rails[0]);
}

static void note_read(struct probe_report *report, const struct batch *b, size_t i)
{
	struct probe_result *v = &report->v[b->items[i].a];

	if (b->tests[i][0].state != EXTRA_FAILED) {
		report->extras[b->items[i].a][PROBE_RDMA_READ] = b->tests[i][0];
		return;
	}
	v->state = b->how[i];
	v->step = PROBE_STEP_READ;
	v->retried = true;
	text_format(v->text, sizeof(v->text), "%s", b->tests[i][0].text);
}

static void note(struct probe_report *report, const struct batch *b, size_t i)
{
	const struct extra_item *item = &b->items[i];

	if (b->kind == PROBE_RDMA_READ) {
		note_read(report, b, i);
	} else if (b->kind == PROBE_PAIRS) {
		report->pairs[report->n_pairs++] = (struct probe_pair){
			.a = item->a, .b = item->b, .test = b->tests[i][0]};
	} else {
		if (b->options->extras[PROBE_LATENCY])
			report->extras[item->a][PROBE_LATENCY] = b->tests[i][0];
		if (b->options->extras[PROBE_BANDWIDTH])
			report->extras[item->a][PROBE_BANDWIDTH] = b->tests[i][1];
	}
}

static void run_kind(const struct coordinator_options *options, const char *const *names,
		     enum probe_extra kind, uint64_t end_ms, struct probe_report *report)
{
	static struct batch b;

	memset(&b, 0, sizeof(b));
	b.options = options;
	b.names = names;
	b.kind = kind;
	b.end_ms = end_ms;
	if (kind == PROBE_PAIRS)
		add_ring(&b, report);
	else
		add_rails(&b, report);
	run_batch(&b);
	for (size_t i = 0; i < b.n; i++)
		note(report, &b, i);
}

void extras_run(const struct coordinator_options *options, const char *const *names,
		uint64_t end_ms, struct probe_report *report)
{
	const bool *wanted = options->extras;

	if (wanted[PROBE_LATENCY] || wanted[PROBE_BANDWIDTH])
		run_kind(options, names, PROBE_LATENCY, end_ms, report);
	if (wanted[PROBE_RDMA_READ])
		run_kind(options, names, PROBE_RDMA_READ, end_ms, report);
	if (!wanted[PROBE_PAIRS])
		return;
	run_kind(options, names, PROBE_PAIRS, end_ms, report);
	blame_rails(report, names);
}
