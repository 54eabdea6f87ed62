/* SPDX-License-Identifier: Apache-2.0 */
#include "check_run.h"

#include <errno.h>
#include <unistd.h>

#include "gate_lock.h"
#include "log.h"
#include "reading_store.h"

/*
 * Not at the same time as a gate: rails that are tested twice at once take twice the time. An
 * ordinary user cannot take the lock, and needs none.
 */
static int test(struct check *check, struct err *err)
{
	struct err side_err = {""};
	int lock = -EACCES, rc;

	if (geteuid() == 0 && node_options_live(check->options)) {
		lock = gate_lock_take(check->options->run_dir, &check->deadline, &side_err);
		if (lock < 0)
			log_warning("lock: %s, continuing without", side_err.text);
		check->deadline.end = clock_now_ms() + check->site.policy.budget_ms;
	}
	rc = check_probe(check, err);
	/* What this test moved is not to be taken for a job's. */
	if (!rc && check->counted && geteuid() == 0 &&
	    reading_store_test(check->options->run_dir, check, &side_err))
		log_warning("counters: %s, continuing without", side_err.text);
	if (lock >= 0)
		close(lock);
	return rc;
}

int check_run(struct check *check, bool may_test)
{
	struct err err = {""};

	if (check_scan(check, &err) || check_wait_late(check, &err) || check_detail(check, &err)) {
		verdict_fail_check("E306", err.text, &check->verdict);
		return -1;
	}
	check_claims(check);
	if (may_test && test(check, &err)) {
		verdict_fail_check("E303", err.text, &check->verdict);
		return -1;
	}
	return 0;
}
