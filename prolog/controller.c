/* SPDX-License-Identifier: Apache-2.0 */
#include "controller.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "controller_cli.h"
#include "log.h"
#include "program.h"
#include "text.h"

#define OUTPUT_MAX 65536
#define NOT_STARTED                                                                   \
	127 /* the dynamic linker's status for a missing library, env's for a missing \
	       program */

static int judge_result(const char *path, const struct child_result *result, const char *out,
			struct err *err)
{
	char said[160] = "";

	if (result->timed_out)
		return err_set(err, -ETIMEDOUT, "%s: no answer from the controller in time", path);
	if (result->exit_status == 0)
		return 0;
	if (result->exit_status == NOT_STARTED)
		return err_set(err, -ENOENT, "%s: cannot be loaded; was it built for this Slurm?",
			       path);
	if (result->signal)
		return err_set(err, -EIO, "%s: ended by signal %d", path, result->signal);
	if (out)
		text_printable(said, sizeof(said), out);
	return err_set(err, -EIO, "%s: exit status %d%s%s", path, result->exit_status,
		       said[0] ? ": " : "", said);
}

int controller_run(const struct controller *controller, const char *path, char *const argv[],
		   char **ret_out, struct err *err)
{
	char conf[PATH_MAX + sizeof("SLURM_CONF=")];
	char search[] = "PATH=/usr/bin:/bin";
	char *envp[] = {search, NULL, NULL};
	cleanup_free char *out = NULL;
	struct child_result result;
	int rc;

	if (controller->conf_path &&
	    !text_format(conf, sizeof(conf), "SLURM_CONF=%s", controller->conf_path))
		envp[1] = conf;
	rc = program_check(path, err);
	if (rc)
		return rc;
	if (deadline_left(&controller->deadline) == 0)
		return err_set(err, -ETIMEDOUT, "%s: no time left to ask the controller", path);
	rc = child_run(path, argv, envp, deadline_left(&controller->deadline), OUTPUT_MAX, &out,
		       &result, err);
	if (!rc)
		rc = judge_result(path, &result, out, err);
	if (!rc && ret_out) {
		*ret_out = out;
		out = NULL;
	}
	return rc;
}

/* Is it worth another way? Not when the controller is silent: it is the same one. */
static bool not_started(int rc)
{
	return rc == -ENOENT || rc == -EACCES || rc == -EPERM || rc == -ENOEXEC;
}

int controller_node_fault(const struct controller *controller, const char *node, uint32_t job,
			  const char *reason, struct err *err)
{
	char job_text[16];
	/* argv of exec is not const, but never written to */
	char *const argv[] = {(char *)"efa-layout-slurm",
			      (char *)"node-fault",
			      (char *)"--node",
			      (char *)node,
			      (char *)"--job",
			      job_text,
			      (char *)"--reason",
			      (char *)reason,
			      NULL};
	int rc;

	text_format(job_text, sizeof(job_text), "%u", job);
	rc = controller_run(controller, controller->helper, argv, NULL, err);
	if (!not_started(rc))
		return rc;
	log_debug("%s; using scontrol", err->text);
	return controller_cli_node_fault(controller, node, job, reason, err);
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
	rc = controller_run(controller, controller->helper, argv, NULL, err);
	if (!not_started(rc))
		return rc;
	log_debug("%s; using scancel", err->text);
	return controller_cli_refuse(controller, job, text, err);
}
