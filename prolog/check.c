/* SPDX-License-Identifier: Apache-2.0 */
#include "check_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "eni_facts.h"
#include "libfabric.h"
#include "log.h"
#include "node_claims.h"
#include "program.h"
#include "text.h"

#define LATE_POLL_MS 200 /* between two looks at a node that is not complete */
#define PROBE_MIN_MS 50	 /* less than this is no test */

struct check *check_new(const struct node_options *options, uint64_t start)
{
	struct check *check = calloc(1, sizeof(*check));

	if (!check)
		return NULL;
	check->options = options;
	check->deadline.start = start;
	check->deadline.end = start;
	return check;
}

void check_free(struct check *check)
{
	if (!check)
		return;
	site_done(&check->site);
	free(check);
}

/* The facts are worth having, never worth failing for: what is wrong with them is remembered. */
static void read_facts(struct check *check)
{
	struct err why = {""};
	char path[PATH_MAX];
	int rc;

	memset(&check->facts, 0, sizeof(check->facts));
	check->facts_problem[0] = '\0';
	/* The default directory has the facts of this machine. */
	if (check->options->topology && !check->options->run_dir_given)
		return;
	if (text_format(path, sizeof(path), "%s/enis.json", check->options->run_dir))
		return;
	rc = eni_facts_load(path, FILE_TRUST_OWNER, check->inv.boot_id, &check->facts, &why);
	if (!rc) {
		text_printable(check->inv.origin[PART_FACTS], ORIGIN_TEXT, path);
		return;
	}
	memset(&check->facts, 0, sizeof(check->facts));
	if (rc == -ENOENT) {
		log_debug("%s: no ENI facts; run \"efa-layout facts --write\" at boot", path);
		return;
	}
	text_printable(check->facts_problem, sizeof(check->facts_problem), why.text);
	log_warning("ENI facts: %s, continuing without", check->facts_problem);
}

/* A node without DMI (a container) still has its facts. */
void check_join(struct check *check)
{
	struct inventory *inv = &check->inv;

	inventory_join(inv, &check->facts);
	inv->slurmd_memlock = check->slurmd_memlock;
	inv->claims = check->claims;
	if (!inv->instance_type[0] && check->facts.known) {
		memcpy(inv->instance_type, check->facts.instance_type, NAME_TEXT);
		memcpy(inv->instance_id, check->facts.instance_id, NAME_TEXT);
		memcpy(inv->origin[PART_INSTANCE], inv->origin[PART_FACTS], ORIGIN_TEXT);
	}
	check->type = type_find(&check->site.types, inv->instance_type);
}

/* A saved topology says nothing of limits. */
static void read_slurmd(struct check *check)
{
	if (check->options->topology)
		check->slurmd_memlock = LIMIT_UNKNOWN;
	else if (check->from_slurmd)
		check->slurmd_memlock = check->inv.memlock;
	else
		check->slurmd_memlock = inventory_slurmd_memlock(check->options->root);
}

int check_scan(struct check *check, struct err *err)
{
	const struct node_options *options = check->options;
	int rc;

	if (options->topology)
		rc = check->read_topology(options->topology, &check->inv, err);
	else
		rc = inventory_scan(options->root, &check->inv, err);
	if (rc)
		return rc;
	read_facts(check);
	read_slurmd(check);
	check_join(check);
	return 0;
}

int check_detail(struct check *check, struct err *err)
{
	struct inventory *inv = &check->inv;
	struct err why = {""};

	if (check->options->topology) /* says nothing of this */
		return 0;
	if (!node_options_live(check->options))
		return inventory_detail(check->options->root, inv, err);
	if (libfabric_ask_version(check->options->probe, inv->libfabric, sizeof(inv->libfabric),
				  &why))
		log_debug("version of libfabric: %s", why.text);
	else
		text_printable(inv->origin[PART_LIBFABRIC], ORIGIN_TEXT, check->options->probe);
	return inventory_detail(check->options->root, inv, err);
}

void check_claims(struct check *check)
{
	node_claims_read(check->options, &check->claims);
	check->inv.claims = check->claims;
}

/* Is something of the node missing, as far as can be seen without testing? */
static bool is_missing(struct check *check)
{
	check_judge_report(check, NULL, NULL);
	return check->verdict.outcome == OUTCOME_FAULTY || check->verdict.tolerated;
}

int check_wait_late(struct check *check, struct err *err)
{
	const unsigned late_ms = check->site.policy.late_ms;
	uint64_t end = clock_now_ms() + late_ms;
	int rc = 0;

	if (check->options->topology) /* as it is now, it stays */
		return 0;
	if (end > check->deadline.end)
		end = check->deadline.end;
	while (!rc && clock_now_ms() < end && is_missing(check)) {
		log_debug("%s; looking again for up to %u ms", check->verdict.sentence, late_ms);
		clock_sleep_ms(LATE_POLL_MS);
		rc = inventory_scan(check->options->root, &check->inv, err);
		if (!rc)
			check_join(check);
	}
	return rc;
}

/*
 * What the probe may use of the time that is left. Something is kept for what follows the verdict;
 * probe_run itself may be 500 ms late with a child that the kernel does not let go.
 */
static unsigned probe_budget(const struct check *check)
{
	unsigned left = deadline_left(&check->deadline);
	unsigned keep = check->site.policy.budget_ms / 10;

	if (keep > 500)
		keep = 500;
	return left > keep ? left - keep : 0;
}

static bool any_usable(const struct inventory *inv)
{
	for (size_t i = 0; i < inv->n_rails; i++) {
		if (inv->rails[i].stage == RAIL_USABLE)
			return true;
	}
	return false;
}

/* The report of a test that could not even begin. */
static int not_tested(struct check *check, enum probe_outcome outcome, const char *why)
{
	struct probe_report *report = &check->report;

	memset(report, 0, sizeof(*report));
	report->outcome = outcome;
	report->n = check->inv.n_rails;
	text_printable(report->text, sizeof(report->text), why);
	check->probed = true;
	return 0;
}

static struct probe_options probe_options(const struct check *check)
{
	const struct policy *policy = &check->site.policy;

	return (struct probe_options){
		.program = check->options->probe,
		.provider = policy->provider,
		.budget_ms = probe_budget(check),
		.open_ms = policy->open_ms,
		.rail_ms = policy->rail_ms,
		.workers = policy->workers,
		.extras = {[PROBE_LATENCY] = policy->latency_us > 0,
			   [PROBE_BANDWIDTH] = policy->bandwidth_mib_s > 0,
			   [PROBE_RDMA_READ] = policy->rdma_read,
			   [PROBE_PAIRS] = policy->pairs},
	};
}

static int probe(struct check *check, struct err *err)
{
	const struct policy *policy = &check->site.policy;
	struct probe_options options = probe_options(check);
	char late[80];
	struct err why;
	int rc;

	if (!any_usable(&check->inv) || !node_options_may_probe(check->options))
		return 0;
	if (program_check(options.program, &why))
		return not_tested(check, PROBE_NO_PROGRAM, why.text);
	if (options.budget_ms < PROBE_MIN_MS) {
		text_format(late, sizeof(late), "the check's %u ms were used up before the test",
			    policy->budget_ms);
		return not_tested(check, PROBE_BROKEN, late);
	}
	options.counters = policy->receipt ? &check->counters : NULL;
	rc = probe_run(&options, &check->inv, &check->report, err);
	check->probed = !rc;
	check->counted = !rc && options.counters;
	check->counted_ms = clock_now_ms();
	return rc;
}

int check_open(struct check *check, struct probe_report *ret_report, struct err *err)
{
	struct probe_options options = probe_options(check);
	int rc;

	memset(ret_report, 0, sizeof(*ret_report));
	if (!any_usable(&check->inv))
		return 0;
	if (!node_options_may_probe(check->options))
		return err_set(err, -EPERM, "these devices are not of the running node");
	options.open_only = true;
	options.budget_ms /= 2;
	if (options.budget_ms < PROBE_MIN_MS)
		return err_set(err, -ETIMEDOUT, "no time left to open the devices");
	rc = program_check(options.program, err);
	return rc ? rc : probe_run(&options, &check->inv, ret_report, err);
}

static bool any_failed(const struct check *check)
{
	for (size_t i = 0; i < check->report.n; i++) {
		if (check->report.v[i].state != PROBE_PASS &&
		    check->report.v[i].state != PROBE_NOT_TESTED)
			return true;
	}
	return false;
}

/*
 * The kernel calls a new device efa_0 and udev gives it its name a moment later: a test that begins
 * in between looks for a name that is gone. And a rail that has gone altogether failed because of
 * that.
 */
int check_probe(struct check *check, struct err *err)
{
	int rc = probe(check, err);

	if (rc || !check->probed || !any_failed(check))
		return rc;
	switch (check_scan_changes(check)) {
	case CHANGE_NEW:
		log_info("a rail came or got another name during the test, testing again");
		return probe(check, err);
	case CHANGE_GONE:
		log_info("a rail went away during the test");
		break;
	case CHANGE_NONE:
		break;
	}
	return 0;
}

bool check_complete(const struct check *check)
{
	const struct probe_report *report = &check->report;

	if (!check->probed)
		return true;
	if (report->outcome != PROBE_RAN)
		return false;
	for (size_t i = 0; i < report->n; i++) {
		if (check->inv.rails[i].stage == RAIL_USABLE &&
		    report->v[i].state == PROBE_NOT_TESTED)
			return false;
	}
	return true;
}

void check_judge_report(struct check *check, const struct request *request,
			const struct probe_report *report)
{
	struct verdict_input in = {
		.inv = &check->inv,
		.layouts = &check->site.layouts,
		.type = check->type,
		.policy = &check->site.policy,
		.job_policy = check->job_policy,
		.request = request,
		.probe = report,
	};

	verdict_reach(&in, &check->verdict);
}

void check_judge(struct check *check, const struct request *request)
{
	check_judge_report(check, request, check->probed ? &check->report : NULL);
}
