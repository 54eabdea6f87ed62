/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/param.h>

#include <rdma/fi_errno.h>

#include "clock.h"
#include "extras.h"
#include "job.h"
#include "text.h"

#define RESERVE_MS    150 /* to write the report and end, and a part of the budget */
#define RESERVE_PART  20  /* for a node that has no CPU to spare when it comes to that */
#define COUNTING_MS   500 /* left by optional tests to whoever reads counters behind the test */
#define LEAST_MS      150 /* nothing is started with less left */
#define RETRIES_LEAST 4	  /* at the same time, however few CPUs there are */
#define QUIET_MS      50  /* no opening answered for so long: those that did need not wait */

static bool worth_starting(uint64_t now, uint64_t end)
{
	return now + LEAST_MS < end;
}

/* Rails in this stage, in order. */
static size_t collect(const struct book *book, enum book_stage stage, uint8_t *rails)
{
	size_t i, n = 0;

	for (i = 0; i < book->n; i++)
		if (book->rails[i].stage == stage)
			rails[n++] = (uint8_t)i;
	return n;
}

/* Share the rails that answered out over the workers that are free. */
static void form_groups(struct jobs *jobs, uint64_t now)
{
	unsigned quiet = MAX(QUIET_MS, jobs->options->open_ms / 4);
	size_t busy = jobs_count(jobs, JOB_GROUP), n, i, groups, size;
	uint8_t rails[NODE_RAILS_MAX], *next = rails;

	if (busy >= jobs->options->workers)
		return;
	if (book_count(jobs->book, BOOK_OPENING) && now < jobs->answered_ms + quiet)
		return;
	n = collect(jobs->book, BOOK_READY, rails);
	groups = MIN(n, jobs->options->workers - busy);
	for (i = 0; i < groups; i++, next += size) {
		size = n / groups + (i < n % groups);
		job_add(jobs, JOB_GROUP, next, size);
	}
}

/*
 * One beside the groups, which have the CPUs; later several, however few CPUs there are, since one
 * that fails mostly waits.
 */
static void form_retries(struct jobs *jobs)
{
	size_t busy = jobs_count(jobs, JOB_ALONE), most, i, n;
	uint8_t rails[NODE_RAILS_MAX];

	most = MAX(RETRIES_LEAST, (size_t)jobs->options->workers);
	if (jobs_count(jobs, JOB_GROUP))
		most = 1;
	n = collect(jobs->book, BOOK_SUSPECT, rails);
	for (i = 0; i < n && busy + i < most; i++)
		job_add(jobs, JOB_ALONE, &rails[i], 1);
}

static void schedule(struct jobs *jobs, uint64_t now, uint64_t end)
{
	size_t i;

	if (!jobs->options->open_only && worth_starting(now, end)) {
		form_groups(jobs, now);
		book_settle_alike(jobs->book);
		form_retries(jobs);
	}
	for (i = 0; i < JOBS_MAX; i++)
		if (jobs->v[i].state == JOB_QUEUED)
			job_start(jobs, &jobs->v[i], now);
}

static int listen_all(struct jobs *jobs, uint64_t now, uint64_t end)
{
	struct pollfd polls[JOBS_MAX];
	struct job *who[JOBS_MAX];
	uint64_t until = MIN(end, now + QUIET_MS);
	nfds_t i, n = 0;

	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->v[i];

		if (job->state != JOB_RUNNING)
			continue;
		polls[n] = (struct pollfd){.fd = job->helper.fd, .events = POLLIN};
		who[n++] = job;
		until = MIN(until, job->deadline_ms);
	}
	if (poll(polls, n, until > now ? (int)(until - now) : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	now = clock_ms();
	for (i = 0; i < n; i++)
		if (polls[i].revents)
			job_listen(jobs, who[i], now);
	for (i = 0; i < n; i++)
		if (who[i]->state == JOB_RUNNING && now >= who[i]->deadline_ms)
			job_overdue(jobs, who[i], now);
	return 0;
}

/* Something is still to come, or to be started in the time that is left. */
static bool unfinished(const struct jobs *jobs, uint64_t now, uint64_t end)
{
	const struct book *book = jobs->book;

	if (now >= end)
		return false;
	if (jobs_count(jobs, JOB_GROUP) || jobs_count(jobs, JOB_ALONE) ||
	    book_count(book, BOOK_OPENING))
		return true;
	return !jobs->options->open_only && worth_starting(now, end) &&
	       (book_count(book, BOOK_READY) || book_count(book, BOOK_SUSPECT));
}

/*
 * Rails whose own time was over when the budget ended hung, unless somebody was still looking after
 * them; the others had no fair test. Nobody is waited for: there is no time left, and helpers end
 * with this process.
 */
static void note_budget_over(struct jobs *jobs, uint64_t now)
{
	uint64_t fair = jobs->options->rail_ms;
	struct probe_result *v;
	size_t i;

	for (i = 0; i < JOBS_MAX; i++) {
		struct job *job = &jobs->v[i];

		if (job->state != JOB_RUNNING)
			continue;
		if (job->at >= 0 && now >= job->alive_ms + fair) {
			v = &jobs->book->rails[job->at].result;
			v->state = PROBE_HUNG;
			v->step = job->step;
			v->fi_error = FI_ETIMEDOUT;
			text_format(v->text, sizeof(v->text), "no answer within %llu ms",
				    (unsigned long long)(now - job->since_ms));
		}
		helper_kill(&job->helper);
		job->state = JOB_FREE;
	}
}

/*
 * Whether the library has the provider at all. One whose devices cannot be used is not registered
 * up to libfabric 1.17, as if it were not there; but a library built with efa has libefa loaded.
 */
static bool library_has_provider(const struct jobs *jobs, bool libefa)
{
	return jobs->provider_exists || (jobs->options->is_verbs && libefa);
}

static void note_no_provider(struct probe_report *report, const char *provider)
{
	size_t i, n = 0;

	for (i = 0; i < report->n; i++) {
		const struct probe_result *v = &report->v[i];

		/* A crash or a hang there says that something is there. */
		if (v->step > PROBE_STEP_GETINFO ||
		    (v->step == PROBE_STEP_GETINFO && v->state != PROBE_FAIL))
			return;
		n += v->step == PROBE_STEP_GETINFO;
	}
	if (!n)
		return;
	report->outcome = PROBE_NO_PROVIDER;
	text_format(report->text, sizeof(report->text),
		    "this libfabric has no provider %s; install the libfabric of the EFA "
		    "installer, or one that was built with it",
		    provider);
	for (i = 0; i < report->n; i++)
		if (report->v[i].step == PROBE_STEP_GETINFO)
			report->v[i].state = PROBE_NOT_TESTED;
}

/* Those that would be tested now stand before the next step. */
static void note_opened_only(const struct book *book, struct probe_report *report)
{
	for (size_t i = 0; i < book->n; i++) {
		if (book->rails[i].stage != BOOK_READY && book->rails[i].stage != BOOK_SUSPECT)
			continue;
		report->v[i] = (struct probe_result){.state = PROBE_NOT_TESTED,
						     .step = PROBE_STEP_GETINFO,
						     .open_ms = book->rails[i].result.open_ms,
						     .total_ms = book->rails[i].result.open_ms};
	}
}

void coordinator_run(const struct coordinator_options *options, const char *const *names, size_t n,
		     struct probe_report *ret_report)
{
	static struct book book;
	static struct jobs jobs;
	uint64_t now = clock_ms(), end = now + options->budget_ms;
	void *libefa = dlopen("libefa.so.1", RTLD_LAZY | RTLD_NOLOAD);
	uint8_t rails[NODE_RAILS_MAX];
	size_t i;

	end -= MIN(options->budget_ms / 4, MAX(RESERVE_MS, options->budget_ms / RESERVE_PART));
	memset(ret_report, 0, sizeof(*ret_report));
	ret_report->n = n;
	book_init(&book, n, options->is_verbs);
	jobs = (struct jobs){.options = options, .names = names, .book = &book};
	jobs.report = ret_report;
	jobs.answered_ms = now;
	i = collect(&book, BOOK_OPENING, rails);
	job_add(&jobs, JOB_OPEN_ALL, rails, i);

	while (unfinished(&jobs, now, end)) {
		schedule(&jobs, now, end);
		if (listen_all(&jobs, now, end))
			break;
		now = clock_ms();
	}
	note_budget_over(&jobs, now);
	for (i = 0; i < n; i++)
		ret_report->v[i] = book.rails[i].result;
	ret_report->outcome = PROBE_RAN;
	if (options->open_only)
		note_opened_only(&book, ret_report);
	else if (!library_has_provider(&jobs, libefa))
		note_no_provider(ret_report, options->provider);
	if (!options->open_only && ret_report->outcome == PROBE_RAN)
		extras_run(options, names, end - MIN(COUNTING_MS, options->budget_ms / 10),
			   ret_report);
}
