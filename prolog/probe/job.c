/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>

#include "opener.h"
#include "patience.h"
#include "text.h"
#include "worker.h"

static bool job_is_loopback(const struct job *job)
{
	return job->kind == JOB_GROUP || job->kind == JOB_ALONE;
}

size_t jobs_count(const struct jobs *jobs, enum job_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < JOBS_MAX; i++)
		n += jobs->v[i].state != JOB_FREE && jobs->v[i].kind == kind;
	return n;
}

void job_add(struct jobs *jobs, enum job_kind kind, const uint8_t *rails, size_t n)
{
	struct job *job = jobs->v;
	size_t i;

	while (job < jobs->v + JOBS_MAX && job->state != JOB_FREE)
		job++;
	/* Cannot be full; if it were, the rails would stay untested and be reported so. */
	if (job == jobs->v + JOBS_MAX || !n)
		return;
	memset(job, 0, sizeof(*job));
	job->state = JOB_QUEUED;
	job->kind = kind;
	job->n = n;
	memcpy(job->rails, rails, n);
	job->at = -1;
	job->helper.fd = -1;
	for (i = 0; i < n && job_is_loopback(job); i++)
		book_take(jobs->book, rails[i]);
}

static void tested(struct jobs *jobs, size_t rail, enum probe_state state, enum probe_step step,
		   int fi_error, const char *text)
{
	struct probe_result result = {.state = state, .step = step, .fi_error = fi_error};

	text_printable(result.text, sizeof(result.text), text);
	if (step == PROBE_STEP_OPEN)
		book_opened(jobs->book, rail, &result, false);
	else
		book_tested(jobs->book, rail, &result);
}

static void remove_rail(struct job *job, size_t rail)
{
	size_t i, kept = 0;

	for (i = 0; i < job->n; i++)
		if (job->rails[i] != rail)
			job->rails[kept++] = job->rails[i];
	job->n = kept;
}

static int job_close(struct job *job)
{
	job->state = JOB_FREE;
	return helper_end(&job->helper);
}

/*
 * The rails that a broken-off group had not come to. Which of them made fi_getinfo fail is not
 * known, so that the group is halved until it is.
 */
static void regroup(struct jobs *jobs, const struct job *old, bool halve)
{
	size_t half = halve ? (old->n + 1) / 2 : old->n, i;

	for (i = 0; i < old->n; i++)
		book_return(jobs->book, old->rails[i]);
	job_add(jobs, old->kind, old->rails, half);
	job_add(jobs, old->kind, old->rails + half, old->n - half);
}

/*
 * The helper is gone, or was given up, without having answered for all. A copy of its job is looked
 * at, since new ones may take its place.
 */
static void job_broken_off(struct jobs *jobs, struct job job, enum probe_state state,
			   const char *text)
{
	int error = state == PROBE_HUNG ? ETIMEDOUT : 0;
	size_t i;

	if (job.kind == JOB_OPEN_ALL) {
		for (i = 0; i < job.n; i++)
			job_add(jobs, JOB_OPEN_ONE, &job.rails[i], 1);
	} else if (job.kind == JOB_OPEN_ONE) {
		tested(jobs, job.rails[0], state, PROBE_STEP_OPEN, error, text);
	} else if (job.at >= 0) {
		tested(jobs, (size_t)job.at, state, job.step, error, text);
		remove_rail(&job, (size_t)job.at);
		regroup(jobs, &job, false);
	} else if (job.n == 1) {
		tested(jobs, job.rails[0], state, PROBE_STEP_GETINFO, error, text);
	} else {
		regroup(jobs, &job, true);
	}
}

static void start_failed(struct jobs *jobs, struct job *job, int code)
{
	char text[64];

	job->state = JOB_FREE;
	text_format(text, sizeof(text), "no process to test it in: %s", strerror(-code));
	while (job->n) {
		struct probe_result result = {.state = PROBE_NOT_TESTED};
		size_t rail = job->rails[0];

		text_printable(result.text, sizeof(result.text), text);
		jobs->book->rails[rail].result = result;
		jobs->book->rails[rail].stage = BOOK_SETTLED;
		remove_rail(job, rail);
	}
}

void job_start(struct jobs *jobs, struct job *job, uint64_t now)
{
	const struct coordinator_options *o = jobs->options;
	struct opener opener = {.names = jobs->names, .rails = job->rails, .n = job->n};
	struct worker worker = {
		.provider = o->provider,
		.is_verbs = o->is_verbs,
		.names = jobs->names,
		.rails = job->rails,
		.n = job->n,
		.rail_ms = o->rail_ms,
		.classic = job->kind == JOB_ALONE,
	};
	int rc;

	if (job_is_loopback(job))
		rc = helper_start(&job->helper, worker_main, &worker);
	else
		rc = helper_start(&job->helper, opener_main, &opener);
	if (rc) {
		start_failed(jobs, job, rc);
		return;
	}
	job->state = JOB_RUNNING;
	job->since_ms = now;
	job->alive_ms = now;
	job->step = job_is_loopback(job) ? PROBE_STEP_GETINFO : PROBE_STEP_OPEN;
	job->deadline_ms = now + o->open_ms;
	if (job_is_loopback(job))
		job->deadline_ms += o->rail_ms + INFO_MS * job->n;
}

static bool has_rail(const struct job *job, size_t rail)
{
	size_t i;

	for (i = 0; i < job->n; i++)
		if (job->rails[i] == rail)
			return true;
	return false;
}

static void note_opened(struct jobs *jobs, struct job *job, const struct wire *wire, uint64_t now)
{
	bool again = job->kind == JOB_OPEN_ALL && wire->result.state != PROBE_PASS;
	struct probe_result result = wire->result;
	uint8_t rail = (uint8_t)wire->rail;

	jobs->answered_ms = now;
	result.retried = job->kind == JOB_OPEN_ONE;
	book_opened(jobs->book, rail, &result, again);
	if (again && jobs->book->rails[rail].stage == BOOK_OPENING)
		job_add(jobs, JOB_OPEN_ONE, &rail, 1);
}

static void note_no_info(struct jobs *jobs, struct job *job, const struct wire *wire)
{
	jobs->provider_exists |= wire->flag;
	if (job->n == 1)
		book_tested(jobs->book, job->rails[0], &wire->result);
	else
		regroup(jobs, job, true);
}

/* False: not something this helper may say now. */
static bool note(struct jobs *jobs, struct job *job, const struct wire *wire, uint64_t now)
{
	uint64_t patience = jobs->options->rail_ms + GRACE_MS(jobs->options->rail_ms);

	if (!wire_is_sound(wire, jobs->book->n))
		return false;
	if (wire->kind == WIRE_PROVIDER && job_is_loopback(job)) {
		jobs->provider_exists = true;
		if (!jobs->report->provider[0]) {
			memcpy(jobs->report->provider, wire->provider, sizeof(wire->provider));
			memcpy(jobs->report->fabric, wire->fabric, sizeof(wire->fabric));
		}
		return true;
	}
	if (!has_rail(job, wire->rail))
		return false;
	if (wire->kind == WIRE_LEAVE && job->kind == JOB_GROUP && job->at < 0) {
		regroup(jobs, job, false);
		job->n = 0;
		return true;
	}
	if (wire->kind == WIRE_RESULT && !job_is_loopback(job)) {
		note_opened(jobs, job, wire, now);
		remove_rail(job, wire->rail);
	} else if (wire->kind == WIRE_RESULT) {
		jobs->provider_exists = true;
		book_tested(jobs->book, wire->rail, &wire->result);
		remove_rail(job, wire->rail);
		if (job->at == (int)wire->rail)
			job->at = -1;
		job->alive_ms = now;
		job->deadline_ms = now + patience;
	} else if (wire->kind == WIRE_STEP && job_is_loopback(job)) {
		job->at = (int)wire->rail;
		job->step = wire->result.step;
		if (job->step == PROBE_STEP_ENDPOINT) {
			job->since_ms = now;
			job->alive_ms = now;
			job->deadline_ms = now + patience;
			helper_starves(&job->helper, 0, &job->cpu_ms);
		}
	} else if (wire->kind == WIRE_ALIVE && job_is_loopback(job)) {
		job->alive_ms = now;
		job->deadline_ms = MIN(now, job->since_ms + (PATIENCE_TIMES - 1) * patience) +
				   patience;
	} else if (wire->kind == WIRE_NO_INFO && job_is_loopback(job) && job->at < 0 &&
		   wire->result.state == PROBE_FAIL && wire->result.step <= PROBE_STEP_GETINFO) {
		note_no_info(jobs, job, wire);
		job->n = 0;
	} else {
		return false;
	}
	return true;
}

void job_listen(struct jobs *jobs, struct job *job, uint64_t now)
{
	enum helper_news news = HELPER_QUIET;
	char text[64];
	struct wire wire;
	int how;

	while (job->n &&
	       (news = helper_read(&job->helper, &wire, sizeof(wire))) == HELPER_MESSAGE) {
		if (note(jobs, job, &wire, now))
			continue;
		job_close(job);
		job_broken_off(jobs, *job, PROBE_CRASHED, "its process sent garbage");
		return;
	}
	if (!job->n) {
		job_close(job);
	} else if (news == HELPER_ENDED) {
		how = job_close(job);
		if (how > 0)
			text_format(text, sizeof(text), "its process died of signal %d", how);
		else
			text_format(text, sizeof(text), "its process died");
		job_broken_off(jobs, *job, PROBE_CRASHED, text);
	}
}

void job_overdue(struct jobs *jobs, struct job *job, uint64_t now)
{
	unsigned rail_ms = jobs->options->rail_ms;
	uint64_t patience = rail_ms + GRACE_MS(rail_ms), used_ms;
	char text[64];
	size_t i;

	/* On a busy node, who has not had the CPU for it yet is not stuck. */
	if (job_is_loopback(job) && now < job->since_ms + PATIENCE_TIMES * patience &&
	    helper_starves(&job->helper, job->cpu_ms + rail_ms, &used_ms)) {
		job->deadline_ms = now + patience / PATIENCE_TIMES;
		return;
	}
	text_format(text, sizeof(text), "no answer within %llu ms",
		    (unsigned long long)(now - job->since_ms));
	if (job_is_loopback(job)) {
		job_close(job);
		job_broken_off(jobs, *job, PROBE_HUNG, text);
		return;
	}
	/* Listened to as long as others are tested: an answer may come yet. */
	job->deadline_ms = UINT64_MAX;
	for (i = 0; i < job->n; i++)
		tested(jobs, job->rails[i], PROBE_HUNG, PROBE_STEP_OPEN, ETIMEDOUT, text);
}
