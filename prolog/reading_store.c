/* SPDX-License-Identifier: Apache-2.0 */
#include "reading_store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "gate_lock.h"
#include "jobs.h"
#include "log.h"
#include "text.h"

#define LOCK_MS 500 /* others hold it for moments */

static int make_path(const char *run_dir, char *path, struct err *err)
{
	if (text_format(path, PATH_MAX, "%s/counters.json", run_dir))
		return err_set(err, -ENAMETOOLONG, "the run directory's name is too long");
	return 0;
}

/* Two who write at once would lose what one of them knows; that is no reason to know nothing. */
static int take_lock(const char *run_dir)
{
	struct deadline deadline = {clock_now_ms(), clock_now_ms() + LOCK_MS};
	struct err err = {""};
	int lock = counters_lock_take(run_dir, &deadline, &err);

	if (lock < 0)
		log_debug("lock: %s, continuing without", err.text);
	return lock < 0 ? -1 : lock;
}

/* What is there, or an empty one. A broken one is begun anew. */
static void load(const char *path, const char *boot_id, struct reading *reading)
{
	struct err err = {""};
	int rc = reading_load(path, FILE_TRUST_OWNER, boot_id, reading, &err);

	if (!rc)
		return;
	if (rc != -ENOENT && rc != -ESTALE)
		log_warning("counters: %s, beginning anew", err.text);
	memset(reading, 0, sizeof(*reading));
	text_format(reading->boot_id, sizeof(reading->boot_id), "%s", boot_id);
}

int reading_store_test(const char *run_dir, const struct check *check, struct err *err)
{
	cleanup_free struct reading *reading = malloc(sizeof(*reading));
	cleanup_close int lock = -1;
	char path[PATH_MAX];
	int rc = make_path(run_dir, path, err);

	if (rc)
		return rc;
	if (!reading)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	lock = take_lock(run_dir);
	load(path, check->inv.boot_id, reading);
	reading_note_test(reading, &check->inv, &check->report);
	reading_take(reading, &check->counters, check->counted_ms);
	return reading_save(path, reading, err);
}

int reading_store_job(const char *root, const char *run_dir, const char *boot_id,
		      struct job_end *end, struct reading *ret_now, struct err *err)
{
	cleanup_close int lock = -1;
	struct err side_err = {""};
	char path[PATH_MAX];
	int rc = make_path(run_dir, path, err);

	memset(ret_now, 0, sizeof(*ret_now));
	if (!rc) {
		lock = take_lock(run_dir);
		load(path, boot_id, ret_now);
	}
	if (job_record_remove(run_dir, end->id, &side_err))
		log_warning("job record: %s, continuing", side_err.text);
	end->running = jobs_running(root, run_dir, boot_id, NULL);
	ret_now->jobs_ended++;
	reading_take(ret_now, end->counters, end->counted_ms);
	return rc ? rc : reading_save(path, ret_now, err);
}

int reading_store_remove(const char *run_dir, struct err *err)
{
	char path[PATH_MAX];
	int rc = make_path(run_dir, path, err);

	if (!rc && unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		rc = err_set(err, -errno, "%s: cannot be removed: %s", path, strerror(errno));
	return rc;
}
