/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout-probe: the one program that loads libfabric and libibverbs. Its output is the protocol
 * of lib/probe.h; people may read it, too.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <rdma/fabric.h>

#include "clock.h"
#include "coordinator.h"
#include "efa_layout_config.h"
#include "environment.h"
#include "mounts.h"
#include "output.h"
#include "probe.h"
#include "reader.h"
#include "text.h"

#define EXIT_USAGE  2
#define MS_MAX	    3600000
#define WORKERS_MAX NODE_RAILS_MAX
#define AFTER_MS    1000 /* for the counters behind a test */
#define LEAST_MS    50	 /* less is no chance to answer */
#define SETTLE_MS   12	 /* the kernel gives the same answer again for 10 ms */

static const char usage[] =
	"usage: efa-layout-probe [OPTION]... [--] RAIL...\n"
	"       efa-layout-probe --counters [--budget-ms N] [--] RAIL...\n"
	"Send messages over each RAIL (an RDMA device such as rdmap79s0) and back, and say what\n"
	"came of it. No other device is touched.\n"
	"\n"
	"  --counters        send nothing: read what each device has counted\n"
	"  --with-counters   read it after the test\n"
	"  --open-only       send nothing: open each device, and close it again\n"
	"  --latency         measure it on each rail that passed, one after another\n"
	"  --bandwidth       the same\n"
	"  --rdma-read       let each rail that passed, and can, do one\n"
	"  --pairs           let each rail that passed talk to the next one\n"
	"  --provider NAME   libfabric provider (default efa); with another one, RAIL is the name\n"
	"                    of one of its domains: efa-layout-probe --provider tcp lo\n"
	"  --budget-ms N     end within this time (default 10000)\n"
	"  --open-ms N       time for a device to answer its opening (default 2000)\n"
	"  --rail-ms N       time for the messages of one rail (default 3000)\n"
	"  --workers N       rails tested at the same time; 0: as many as CPUs (default 0)\n"
	"  --version, --help\n"
	"\n"
	"Exit status: 0 when a report was written, 2 for a wrong command line, 127 when libfabric\n"
	"or libibverbs cannot be loaded.\n";

struct arguments {
	struct coordinator_options options;
	bool test, count;
	const char *names[NODE_RAILS_MAX];
	size_t n;
};

static unsigned usable_cpus(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

static bool parse_number(const char *option, const char *text, unsigned min, unsigned max,
			 unsigned *ret)
{
	uint64_t value;

	if (text_u64(text, min, max, &value)) {
		fprintf(stderr, "efa-layout-probe: --%s: expected a number from %u to %u\n", option,
			min, max);
		return false;
	}
	*ret = (unsigned)value;
	return true;
}

static bool parse_rails(int argc, char **argv, struct arguments *a)
{
	size_t i;

	if (!argc || argc > NODE_RAILS_MAX) {
		fprintf(stderr, "efa-layout-probe: expected 1 to %d rails (try --help)\n",
			NODE_RAILS_MAX);
		return false;
	}
	for (a->n = 0; a->n < (size_t)argc; a->n++) {
		a->names[a->n] = argv[a->n];
		if (!text_is_name(argv[a->n], NAME_TEXT - 1)) {
			fprintf(stderr, "efa-layout-probe: rail %zu is not a device name\n",
				a->n + 1);
			return false;
		}
		for (i = 0; i < a->n; i++)
			if (!strcmp(a->names[i], argv[a->n])) {
				fprintf(stderr, "efa-layout-probe: %s is named twice\n",
					a->names[i]);
				return false;
			}
	}
	return true;
}

static bool parse_option(int option, const char *value, struct arguments *a)
{
	struct coordinator_options *o = &a->options;

	switch (option) {
	case 'c':
		a->test = false;
		a->count = true;
		return true;
	case 'O':
		o->open_only = true;
		return true;
	case 'C':
		a->count = true;
		return true;
	case 'l':
		o->extras[PROBE_LATENCY] = true;
		return true;
	case 'B':
		o->extras[PROBE_BANDWIDTH] = true;
		return true;
	case 'R':
		o->extras[PROBE_RDMA_READ] = true;
		return true;
	case 'P':
		o->extras[PROBE_PAIRS] = true;
		return true;
	case 'p':
		if (!text_is_name(value, NAME_TEXT - 1)) {
			fprintf(stderr, "efa-layout-probe: --provider: expected a name\n");
			return false;
		}
		o->provider = value;
		return true;
	case 'b':
		return parse_number("budget-ms", value, 1, MS_MAX, &o->budget_ms);
	case 'o':
		return parse_number("open-ms", value, 1, MS_MAX, &o->open_ms);
	case 'r':
		return parse_number("rail-ms", value, 1, MS_MAX, &o->rail_ms);
	case 'w':
		return parse_number("workers", value, 0, WORKERS_MAX, &o->workers);
	case 'V':
		printf("efa-layout-probe %s, libfabric %u.%u\n", EFA_LAYOUT_VERSION,
		       FI_MAJOR(fi_version()), FI_MINOR(fi_version()));
		exit(0);
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		return false;
	}
}

static bool parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option known[] = {
		{"counters", no_argument, NULL, 'c'},
		{"with-counters", no_argument, NULL, 'C'},
		{"open-only", no_argument, NULL, 'O'},
		{"latency", no_argument, NULL, 'l'},
		{"bandwidth", no_argument, NULL, 'B'},
		{"rdma-read", no_argument, NULL, 'R'},
		{"pairs", no_argument, NULL, 'P'},
		{"provider", required_argument, NULL, 'p'},
		{"budget-ms", required_argument, NULL, 'b'},
		{"open-ms", required_argument, NULL, 'o'},
		{"rail-ms", required_argument, NULL, 'r'},
		{"workers", required_argument, NULL, 'w'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	a->test = true;
	a->options = (struct coordinator_options){
		.provider = "efa", .budget_ms = 10000, .open_ms = 2000, .rail_ms = 3000};
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (!parse_option(option, optarg, a))
			return false;
	if (!parse_rails(argc - optind, argv + optind, a))
		return false;
	a->options.is_verbs = !strcmp(a->options.provider, "efa");
	if (a->options.open_only && !a->options.is_verbs) {
		fprintf(stderr, "efa-layout-probe: --open-only: only devices of efa are opened\n");
		return false;
	}
	for (size_t i = 0; i < PROBE_EXTRAS && a->options.open_only; i++) {
		if (!a->options.extras[i])
			continue;
		fprintf(stderr, "efa-layout-probe: --open-only and --%s: one or the other\n",
			probe_extra_text((enum probe_extra)i));
		return false;
	}
	if (!a->options.workers)
		a->options.workers = MIN(usable_cpus(), WORKERS_MAX);
	return true;
}

/* Some libraries that libfabric is linked with (psm, psm2) catch SIGSEGV and SIGINT on loading. */
static void reset_process(void)
{
	struct rlimit none = {0, 0};
	struct sigaction action;
	int i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	setrlimit(RLIMIT_CORE, &none);
	if (chdir("/"))
		perror("efa-layout-probe: /");
}

/*
 * What loading took: libraries that libfabric is linked with do measurements of their own (psm2),
 * which on a busy node is time that the budget has to cover. The kernel's start time is in ticks
 * since boot, field 22, counted from behind the name in brackets, which is the second.
 */
static unsigned ms_before_main(void)
{
	char text[1024], *field;
	struct timespec now;
	uint64_t started;
	FILE *f = fopen("/proc/self/stat", "re");
	size_t n = 0;
	int i;

	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	field = strrchr(text, ')');
	for (i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	if (!field || clock_gettime(CLOCK_BOOTTIME, &now))
		return 0;
	started = strtoull(field + 1, NULL, 10) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	i = (int)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 - started);
	return i > 0 ? (unsigned)i : 0;
}

/* What is left of the budget, but 1 ms at least. */
static void charge_loading(struct coordinator_options *o)
{
	unsigned used = ms_before_main();

	o->budget_ms -= MIN(used, o->budget_ms - 1);
}

/* Whoever hung in the test would only hang again. */
static void count_behind(const struct arguments *a, const struct probe_report *report,
			 struct counters *counters)
{
	static struct counters some;
	const char *names[NODE_RAILS_MAX];
	size_t places[NODE_RAILS_MAX], n = 0, i;

	if (a->options.budget_ms < LEAST_MS) {
		counters_not_read(a->names, a->n, "the test left no time for it", counters);
		return;
	}
	counters_not_read(a->names, a->n, "it hung or crashed in the test", counters);
	for (i = 0; i < a->n; i++) {
		enum probe_state state = report->v[i].state;

		if (state == PROBE_HUNG || state == PROBE_CRASHED)
			continue;
		places[n] = i;
		names[n++] = a->names[i];
	}
	usleep(SETTLE_MS * 1000);
	reader_run(READER_CLASS_DIR, names, n, MIN(a->options.budget_ms, AFTER_MS), &some);
	for (i = 0; i < n; i++)
		counters->rails[places[i]] = some.rails[i];
}

static int test(struct arguments *a, struct counters *counters)
{
	static struct probe_report report;
	uint64_t begin = clock_ms(), used;

	if (environment_set(a->options.provider)) {
		fputs("efa-layout-probe: no memory\n", stderr);
		return 1;
	}
	mounts_make_private();
	coordinator_run(&a->options, a->names, a->n, &report);
	output_report(&report, a->names);
	/* It counts even if what follows takes too long. */
	fflush(stdout);
	used = clock_ms() - begin;
	if (!a->count)
		return 0;
	a->options.budget_ms -= (unsigned)MIN(used, a->options.budget_ms - 1);
	count_behind(a, &report, counters);
	return 0;
}

int main(int argc, char **argv)
{
	static struct counters counters;
	static struct arguments a;
	int rc = 0;

	if (!parse_arguments(argc, argv, &a))
		return EXIT_USAGE;
	charge_loading(&a.options);
	reset_process();
	if (a.test)
		rc = test(&a, &counters);
	else
		reader_run(READER_CLASS_DIR, a.names, a.n, a.options.budget_ms, &counters);
	if (!rc && a.count)
		output_counters(&counters);
	if (fflush(stdout))
		rc = 1;
	/* Not exit: libfabric's destructor has nothing to do here, and helpers may still be there.
	 */
	_exit(rc);
}
