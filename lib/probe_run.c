/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "child.h"
#include "cleanup.h"
#include "counters_protocol.h"
#include "text.h"

#define NUMBER_TEXT 16
#define OUTPUT_MAX \
	(256 * (NODE_RAILS_MAX + 8) * (2 + PROBE_EXTRAS) + COUNTERS_LINE_MAX * (NODE_RAILS_MAX + 2))
#define GRACE_MS 250 /* behind its budget; with the 200 ms of a killed child below 500 ms */
#define EXIT_LOADER                                                                  \
	127 /* what glibc's loader exits with when a library or a version is missing \
	     */
#define ARGUMENTS    20
#define BUDGET_MAX   3600000
#define PROVIDER_MAX 24

static const char *const extra_options[PROBE_EXTRAS] = {
	[PROBE_LATENCY] = "--latency",
	[PROBE_BANDWIDTH] = "--bandwidth",
	[PROBE_RDMA_READ] = "--rdma-read",
	[PROBE_PAIRS] = "--pairs",
};

struct command {
	char budget[NUMBER_TEXT], open[NUMBER_TEXT], rail[NUMBER_TEXT], workers[NUMBER_TEXT];
	char *argv[ARGUMENTS + 2 * NODE_RAILS_MAX];
	size_t n;
	const char *names[NODE_RAILS_MAX]; /* rails that are asked for */
	size_t n_names;
};

static unsigned ms_since(const struct timespec *start)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned)((t.tv_sec - start->tv_sec) * 1000 +
			  (t.tv_nsec - start->tv_nsec) / 1000000);
}

static int options_check(const struct probe_options *o, struct err *err)
{
	if (!o->program || !o->program[0])
		return err_set(err, -EINVAL, "no probe program");
	if (!o->provider || !text_is_name(o->provider, PROVIDER_MAX))
		return err_set(err, -EINVAL, "libfabric provider \"%s\" is not a name",
			       o->provider ? o->provider : "");
	if (!o->budget_ms || o->budget_ms > BUDGET_MAX || !o->open_ms || !o->rail_ms)
		return err_set(err, -EINVAL,
			       "probe budget %u ms, %u ms to open and %u ms a rail: each must be "
			       "above 0 and the budget at most %u",
			       o->budget_ms, o->open_ms, o->rail_ms, BUDGET_MAX);
	return 0;
}

static void add(struct command *c, const char *argument)
{
	c->argv[c->n++] = (char *)argument;
}

static void add_number(struct command *c, const char *option, char *buf, unsigned value)
{
	text_format(buf, NUMBER_TEXT, "%u", value);
	add(c, option);
	add(c, buf);
}

static void command_build(struct command *c, const struct probe_options *o,
			  const struct inventory *inv)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	add(c, o->program);
	add(c, "--provider");
	add(c, o->provider);
	add_number(c, "--budget-ms", c->budget, o->budget_ms);
	add_number(c, "--open-ms", c->open, o->open_ms);
	add_number(c, "--rail-ms", c->rail, o->rail_ms);
	add_number(c, "--workers", c->workers, o->workers);
	for (i = 0; i < PROBE_EXTRAS; i++)
		if (o->extras[i] && !o->open_only)
			add(c, extra_options[i]);
	if (o->open_only)
		add(c, "--open-only");
	if (o->counters)
		add(c, "--with-counters");
	add(c, "--");
	for (i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage != RAIL_USABLE)
			continue;
		add(c, inv->rails[i].rdma_name);
		c->names[c->n_names++] = inv->rails[i].rdma_name;
	}
}

static void report_outcome(struct probe_report *report, enum probe_outcome outcome,
			   const char *text)
{
	report->outcome = outcome;
	text_printable(report->text, sizeof(report->text), text);
}

/*
 * How the program ended decides whether its output is looked at at all. One that is late, as on a
 * node that has no CPU to spare, may have said everything before.
 */
static bool ended_well(const struct child_result *r, const char *output,
		       struct probe_report *report)
{
	char text[sizeof(report->text)];

	if (r->timed_out)
		return true;
	if (r->signal)
		text_format(text, sizeof(text), "the probe was ended by signal %d", r->signal);
	else if (r->truncated)
		text_format(text, sizeof(text), "the probe wrote more than %d bytes", OUTPUT_MAX);
	else if (r->exit_status == EXIT_LOADER && !output[0]) {
		report_outcome(report, PROBE_NO_LIBRARY,
			       "libfabric or libibverbs cannot be loaded: not installed, or older "
			       "than the one the probe was built with");
		return false;
	} else if (r->exit_status)
		text_format(text, sizeof(text), "the probe ended with status %d", r->exit_status);
	else
		return true;
	report_outcome(report, PROBE_BROKEN, text);
	return false;
}

/* The counters stand behind the report, as a document of their own. */
static void take_counters(char *output, const struct command *c, struct counters *counters)
{
	char *head = strstr(output, "\n" COUNTERS_HEAD);
	struct err why;

	if (!head) {
		counters_not_read(c->names, c->n_names, "the test program said nothing about them",
				  counters);
		return;
	}
	if (counters_parse(head + 1, c->names, c->n_names, counters, &why))
		counters_not_read(c->names, c->n_names, why.text, counters);
	head[1] = '\0';
}

static int run(struct command *c, const struct probe_options *o, const struct inventory *inv,
	       struct probe_report *report, struct err *err)
{
	/* The program sets what libfabric needs by itself: nothing of ours reaches it. */
	static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	cleanup_free char *output = NULL;
	struct child_result result;
	struct err why;
	int rc;

	rc = child_run(o->program, c->argv, environment, o->budget_ms + GRACE_MS, OUTPUT_MAX,
		       &output, &result, &why);
	if (rc == -ENOMEM || rc == -EAGAIN || rc == -EMFILE || rc == -ENFILE) {
		report_outcome(report, PROBE_BROKEN, why.text);
		return 0;
	}
	if (rc) {
		report_outcome(report, PROBE_NO_PROGRAM, why.text);
		return 0;
	}
	if (!ended_well(&result, output, report))
		return 0;
	if (o->counters)
		take_counters(output, c, o->counters);
	rc = probe_parse(output, inv, report, &why);
	if (rc == -ENOMEM)
		return err_set(err, rc, "%s", why.text);
	if (rc && result.timed_out)
		err_set(&why, rc, "the probe did not end within its budget of %u ms", o->budget_ms);
	if (rc)
		report_outcome(report, PROBE_BROKEN, why.text);
	return 0;
}

int probe_run(const struct probe_options *options, const struct inventory *inv,
	      struct probe_report *ret_report, struct err *err)
{
	cleanup_free struct probe_report *report = NULL;
	struct command command;
	struct timespec start;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &start);
	rc = options_check(options, err);
	if (rc)
		return rc;
	report = calloc(1, sizeof(*report));
	if (!report)
		return err_set(err, -ENOMEM, "no memory for the probe's report");
	report->n = inv->n_rails;
	report->outcome = PROBE_RAN;
	command_build(&command, options, inv);
	if (options->counters)
		counters_not_read(command.names, command.n_names, "the test broke off",
				  options->counters);
	if (command.n_names) {
		rc = run(&command, options, inv, report, err);
		if (rc)
			return rc;
	}
	report->elapsed_ms = ms_since(&start);
	*ret_report = *report;
	return 0;
}
