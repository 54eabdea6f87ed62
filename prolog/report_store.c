/* SPDX-License-Identifier: Apache-2.0 */
#include "report_store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "drain_record.h"
#include "gate_lock.h"
#include "job_files.h"
#include "log.h"
#include "report_prom.h"
#include "text.h"

#define LOCK_MS 200 /* others hold it for moments */

static int make_path(const char *run_dir, const char *name, char *path, struct err *err)
{
	if (text_format(path, PATH_MAX, "%s/%s", run_dir, name))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	return 0;
}

int report_store_load(const char *run_dir, const char *boot_id, struct report *ret_report,
		      struct err *err)
{
	char path[PATH_MAX];
	int rc = make_path(run_dir, "report.json", path, err);

	if (!rc)
		rc = report_load(path, FILE_TRUST_OWNER, ret_report, err);
	if (!rc && strcmp(ret_report->boot_id, boot_id) != 0)
		rc = err_set(err, -ESTALE, "%s: of another boot", path);
	return rc;
}

/* Two who write at once: the later verdict is to stay. Without the lock it mostly does. */
static int take_lock(const char *run_dir)
{
	struct deadline deadline = {clock_now_ms(), clock_now_ms() + LOCK_MS};
	struct err err = {""};
	int lock = report_lock_take(run_dir, &deadline, &err);

	if (lock < 0)
		log_debug("lock: %s, continuing without", err.text);
	return lock < 0 ? -1 : lock;
}

/* A record in a copied image is of another node. */
static bool is_drained(const struct node_options *options, const struct report *report)
{
	struct drain_record record;

	if (drain_record_load(options->state_dir, &record, NULL))
		return false;
	return !report || !report->node[0] || strcmp(report->node, record.node) == 0;
}

static int write_prom(const struct node_options *options, const struct prom_state *state,
		      struct err *err)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX];
	size_t size;
	int rc = make_path(options->run_dir, "efa_layout.prom", path, err);

	if (!rc && report_prom(state, &text, &size))
		rc = err_set(err, -ENOMEM, "%s: out of memory", path);
	return rc ? rc : file_replace_unsynced(path, text, size, 0644, err);
}

/* Is there one that was reached later? One without a look at the node never stands in the way. */
static bool is_outdated(const struct node_options *options, const struct report *report)
{
	cleanup_free struct report *old = malloc(sizeof(*old));

	return old && !report_store_load(options->run_dir, report->boot_id, old, NULL) &&
	       old->source != SOURCE_NONE && old->at_ms > report->at_ms;
}

int report_store_node(const struct node_options *options, const struct report *report,
		      struct err *err)
{
	struct prom_state state = {.boot_id = report->boot_id, .report = report};
	cleanup_close int lock = -1;
	char path[PATH_MAX];
	int rc = make_path(options->run_dir, "report.json", path, err);

	if (!rc)
		rc = file_ensure_dir(options->run_dir, 0755, err);
	if (rc)
		return rc;
	lock = take_lock(options->run_dir);
	if (is_outdated(options, report))
		return 0;
	rc = report_save(path, report, false, err);
	if (rc)
		return rc;
	state.current = report->source != SOURCE_NONE;
	state.own_drain = is_drained(options, report);
	return write_prom(options, &state, err);
}

int report_store_prom(const struct node_options *options, const char *boot_id, bool current,
		      struct err *err)
{
	cleanup_free struct report *report = malloc(sizeof(*report));
	struct prom_state state = {.boot_id = boot_id};
	cleanup_close int lock = -1;
	int rc = file_ensure_dir(options->run_dir, 0755, err);

	if (rc)
		return rc;
	lock = take_lock(options->run_dir);
	if (report && !report_store_load(options->run_dir, boot_id, report, NULL)) {
		state.report = report;
		state.current = current && report->source != SOURCE_NONE;
	}
	state.own_drain = is_drained(options, state.report);
	return write_prom(options, &state, err);
}

/* What went well is not worth waiting for the disk before every job. */
static bool is_worth_waiting(const struct report *report)
{
	return report->outcome != OUTCOME_HEALTHY && report->outcome != OUTCOME_DEGRADED;
}

int report_store_job(const struct node_options *options, const struct report *report,
		     struct err *err)
{
	char path[PATH_MAX];
	int rc = job_files_ensure_dir(options->state_dir, err);

	if (!rc)
		rc = job_file_path(options->state_dir, report->job, JOB_VERDICT, path, err);
	return rc ? rc : report_save(path, report, is_worth_waiting(report), err);
}
