/* SPDX-License-Identifier: Apache-2.0 */
#include "counters_run.h"

#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "counters_protocol.h"
#include "text.h"

#define OUTPUT_MAX (COUNTERS_LINE_MAX * (NODE_RAILS_MAX + 2))
#define GRACE_MS   250 /* behind its budget; with the 200 ms of a killed child below 500 ms */
#define ARGUMENTS  8
/* What glibc's loader exits with when a library is missing. */
#define EXIT_LOADER 127

/* "" when it ended as it should. */
static void judge_end(const struct child_result *result, const char *output, char *buf, size_t size)
{
	buf[0] = '\0';
	if (result->timed_out)
		text_format(buf, size, "the test program did not end in its time");
	else if (result->signal)
		text_format(buf, size, "the test program was ended by signal %d", result->signal);
	else if (result->truncated)
		text_format(buf, size, "the test program wrote more than %d bytes", OUTPUT_MAX);
	else if (result->exit_status == EXIT_LOADER && !output[0])
		text_format(buf, size, "libfabric or libibverbs cannot be loaded");
	else if (result->exit_status)
		text_format(buf, size, "the test program ended with status %d",
			    result->exit_status);
}

static void run(char *const argv[], unsigned budget_ms, const char *const *names, size_t n,
		struct counters *counters)
{
	static char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
					    (char *)"LC_ALL=C", NULL};
	cleanup_free char *output = NULL;
	struct child_result result;
	char why[COUNTERS_TEXT];
	struct err err = {""};

	if (child_run(argv[0], argv, environment, budget_ms + GRACE_MS, OUTPUT_MAX, &output,
		      &result, &err)) {
		counters_not_read(names, n, err.text, counters);
		return;
	}
	judge_end(&result, output, why, sizeof(why));
	if (why[0])
		counters_not_read(names, n, why, counters);
	else if (counters_parse(output, names, n, counters, &err))
		counters_not_read(names, n, err.text, counters);
}

void counters_run(const char *program, unsigned budget_ms, const char *const *names, size_t n,
		  struct counters *ret_counters)
{
	char *argv[ARGUMENTS + NODE_RAILS_MAX] = {(char *)program, (char *)"--counters",
						  (char *)"--budget-ms"};
	char budget[16];
	size_t used = 3;

	text_format(budget, sizeof(budget), "%u", budget_ms);
	argv[used++] = budget;
	argv[used++] = (char *)"--";
	for (size_t i = 0; i < n; i++)
		argv[used++] = (char *)names[i];
	memset(ret_counters, 0, sizeof(*ret_counters));
	if (n)
		run(argv, budget_ms, names, n, ret_counters);
}
