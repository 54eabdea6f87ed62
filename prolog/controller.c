/* SPDX-License-Identifier: Apache-2.0 */
#include "controller.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "controller_cli.h"
#include "gate_lock.h"
#include "helper_status.h"
#include "log.h"
#include "program.h"
#include "text.h"

/* A line for each of many nodes; only what is written takes memory. */
#define OUTPUT_MAX (8U << 20)
/* The dynamic linker's status for a missing library, env's for a missing program. */
#define NOT_STARTED 127

/* ret_result and *ret_out (to be freed) are written with 0. */
static int run(const struct controller *controller, const char *path, char *const argv[],
	       char **ret_out, struct child_result *ret_result, struct err *err)
{
	char conf[PATH_MAX + sizeof("SLURM_CONF=")];
	char search[] = "PATH=/usr/bin:/bin";
	char *envp[] = {search, NULL, NULL};
	int rc;

	if (controller->conf_path &&
	    !text_format(conf, sizeof(conf), "SLURM_CONF=%s", controller->conf_path))
		envp[1] = conf;
	rc = program_check(path, err);
	if (rc)
		return rc;
	if (deadline_left(&controller->deadline) == 0)
		return err_set(err, -ETIMEDOUT, "%s: no time left to ask the controller", path);
	return child_run(path, argv, envp, deadline_left(&controller->deadline), OUTPUT_MAX,
			 ret_out, ret_result, err);
}

static int judge_result(const char *path, const struct child_result *result, const char *out,
			struct err *err)
{
	char said[160];

	if (result->timed_out)
		return err_set(err, -ETIMEDOUT, "%s: no answer from the controller in time", path);
	if (result->exit_status == 0 && result->truncated)
		return err_set(err, -EFBIG, "%s: answered more than %u bytes", path, OUTPUT_MAX);
	if (result->exit_status == 0)
		return 0;
	if (result->exit_status == NOT_STARTED)
		return err_set(err, -ENOENT, "%s: cannot be loaded; was it built for this Slurm?",
			       path);
	if (result->signal)
		return err_set(err, -EIO, "%s: ended by signal %d", path, result->signal);
	text_printable(said, sizeof(said), out);
	return err_set(err, -EIO, "%s: exit status %d%s%s", path, result->exit_status,
		       said[0] ? ": " : "", said);
}

int controller_run(const struct controller *controller, const char *path, char *const argv[],
		   char **ret_out, struct err *err)
{
	cleanup_free char *out = NULL;
	struct child_result result;
	int rc;

	rc = run(controller, path, argv, &out, &result, err);
	if (!rc)
		rc = judge_result(path, &result, out, err);
	if (!rc && ret_out) {
		*ret_out = out;
		out = NULL;
	}
	return rc;
}

/* What the helper says by its status is a sentence of its own, in its first line. */
static int run_helper(const struct controller *controller, char *const argv[], struct err *err)
{
	cleanup_free char *out = NULL;
	struct child_result result;
	int rc;

	rc = run(controller, controller->helper, argv, &out, &result, err);
	if (rc)
		return rc;
	if (result.timed_out || result.signal ||
	    (result.exit_status != HELPER_LIMIT && result.exit_status != HELPER_OTHERS))
		return judge_result(controller->helper, &result, out, err);
	out[strcspn(out, "\n")] = '\0';
	text_printable(err->text, sizeof(err->text), out);
	return result.exit_status == HELPER_LIMIT ? -EDQUOT : -EEXIST;
}

/* Is it worth another way? Not when the controller is silent: it is the same one. */
static bool not_started(int rc)
{
	return rc == -ENOENT || rc == -EACCES || rc == -EPERM || rc == -ENOEXEC;
}

#define LIMIT_WORDS 8

/* numbers: LIMIT_WORDS / 2 buffers of 16 bytes. */
static void limit_words(const struct drain_limit *limit, char *words[], char numbers[][16])
{
	static const char *const names[] = {"--cluster-nodes", "--cluster-percent",
					    "--partition-nodes", "--partition-percent"};
	const unsigned values[] = {limit->cluster_nodes, limit->cluster_percent,
				   limit->partition_nodes, limit->partition_percent};

	for (size_t i = 0; i < LIMIT_WORDS / 2; i++) {
		text_format(numbers[i], sizeof(numbers[i]), "%u", values[i]);
		words[2 * i] = (char *)names[i];
		words[2 * i + 1] = numbers[i];
	}
}

static int drain_by_helper(const struct controller *controller, const char *node, uint32_t job,
			   enum drain_kind kind, const char *reason,
			   const struct drain_limit *limit, struct err *err)
{
	/* argv of exec is not const, but never written to */
	char *argv[8 + LIMIT_WORDS + 1] = {(char *)"efa-layout-slurm", (char *)"drain",
					   (char *)"--node", (char *)node};
	char job_text[16], numbers[LIMIT_WORDS / 2][16];
	size_t n = 4;

	if (job && kind == DRAIN_NOW) {
		text_format(job_text, sizeof(job_text), "%u", job);
		argv[n++] = (char *)"--job";
		argv[n++] = job_text;
	} else if (kind == DRAIN_AFTER) {
		argv[n++] = (char *)"--after";
	}
	if (drain_limit_bounds(limit)) {
		limit_words(limit, argv + n, numbers);
		n += LIMIT_WORDS;
	}
	argv[n++] = (char *)"--reason";
	argv[n] = (char *)reason;
	return run_helper(controller, argv, err);
}

static int lift_by_helper(const struct controller *controller, const char *node, struct err *err)
{
	char *const argv[] = {(char *)"efa-layout-slurm", (char *)"lift", (char *)"--node",
			      (char *)node, NULL};

	return run_helper(controller, argv, err);
}

/*
 * Two jobs that find the same fault would take each other's drain for an old one. A directory that
 * cannot be written is no reason to leave a faulty node in service.
 */
static int take_turn(const struct controller *controller, int *ret_lock, struct err *err)
{
	int lock;

	if (!controller->run_dir)
		return 0;
	lock = drain_lock_take(controller->run_dir, &controller->deadline, err);
	if (lock == -ETIMEDOUT)
		return lock;
	if (lock < 0)
		log_warning("lock: %s, continuing without", err->text);
	else
		*ret_lock = lock;
	return 0;
}

int controller_drain(const struct controller *controller, const char *node, uint32_t job,
		     enum drain_kind kind, const char *reason, const struct drain_limit *limit,
		     struct err *err)
{
	cleanup_close int lock = -1;
	int rc;

	rc = take_turn(controller, &lock, err);
	if (rc)
		return rc;
	rc = drain_by_helper(controller, node, job, kind, reason, limit, err);
	if (!not_started(rc))
		return rc;
	log_debug("%s; using scontrol", err->text);
	return controller_cli_drain(controller, node, kind == DRAIN_NOW ? job : 0, reason, limit,
				    err);
}

int controller_lift(const struct controller *controller, const char *node, struct err *err)
{
	cleanup_close int lock = -1;
	int rc;

	rc = take_turn(controller, &lock, err);
	if (rc)
		return rc;
	rc = lift_by_helper(controller, node, err);
	if (!not_started(rc))
		return rc;
	log_debug("%s; using scontrol", err->text);
	return controller_cli_lift(controller, node, err);
}

int controller_refuse(const struct controller *controller, uint32_t job, unsigned code,
		      const char *text, struct err *err)
{
	char job_text[16], code_text[16];
	char *const argv[] = {(char *)"efa-layout-slurm",
			      (char *)"refuse",
			      (char *)"--job",
			      job_text,
			      (char *)"--code",
			      code_text,
			      (char *)"--text",
			      (char *)text,
			      NULL};
	int rc;

	text_format(job_text, sizeof(job_text), "%u", job);
	text_format(code_text, sizeof(code_text), "%u", code);
	rc = run_helper(controller, argv, err);
	if (!not_started(rc))
		return rc;
	log_debug("%s; using scancel", err->text);
	return controller_cli_refuse(controller, job, text, err);
}
