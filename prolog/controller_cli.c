/* SPDX-License-Identifier: Apache-2.0 */
#include "controller_cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "text.h"

/* Where Slurm's commands are looked for: never along a PATH. */
static const char *const usual_dirs[] = {
#ifdef EFA_LAYOUT_SLURM_BIN
	EFA_LAYOUT_SLURM_BIN,
#endif
	"/usr/bin", "/usr/local/bin", "/opt/slurm/bin", /* AWS ParallelCluster */
};

static int find_command(const struct controller *controller, const char *name, char *path,
			size_t size, struct err *err)
{
	if (controller->slurm_bin) {
		if (text_format(path, size, "%s/%s", controller->slurm_bin, name))
			return err_set(err, -ENAMETOOLONG, "%s: path is too long", name);
		return 0;
	}
	for (size_t i = 0; i < sizeof(usual_dirs) / sizeof(usual_dirs[0]); i++) {
		if (!text_format(path, size, "%s/%s", usual_dirs[i], name) &&
		    access(path, X_OK) == 0)
			return 0;
	}
	return err_set(err, -ENOENT, "neither efa-layout-slurm nor %s is installed", name);
}

/* Run scontrol with up to four arguments; the first NULL ends them. */
static int scontrol(const struct controller *controller, const char *arg1, const char *arg2,
		    const char *arg3, const char *arg4, char **ret_out, struct err *err)
{
	char path[PATH_MAX];
	char *const argv[] = {(char *)"scontrol", (char *)arg1, (char *)arg2,
			      (char *)arg3,	  (char *)arg4, NULL};
	int rc;

	rc = find_command(controller, "scontrol", path, sizeof(path), err);
	return rc ? rc : controller_run(controller, path, argv, ret_out, err);
}

/* Where the value of key begins in a record of scontrol's ("Key=value Key=value"); NULL: absent. */
static const char *find_value(const char *record, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = record; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			return at + length + 1;
	}
	return NULL;
}

/* The value up to the next blank; false: absent, or longer than size. */
static bool copy_value(const char *record, const char *key, char *buf, size_t size)
{
	const char *value = find_value(record, key);
	size_t length;

	if (!value)
		return false;
	length = strcspn(value, " \n");
	if (length >= size)
		return false;
	memcpy(buf, value, length);
	buf[length] = '\0';
	return true;
}

bool controller_cli_may_drain(const char *description)
{
	const char *reason = find_value(description, "Reason");
	char state[128];

	if (!copy_value(description, "State", state, sizeof(state)) || !strstr(state, "DRAIN"))
		return true;
	return !reason || strncmp(reason, DRAIN_PREFIX, strlen(DRAIN_PREFIX)) == 0;
}

/* Split off the first line; returns the rest, NULL after the last. */
static char *next_line(char *text)
{
	char *end = strchr(text, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	return end + 1;
}

void controller_cli_job_name(uint32_t job, char *description, char *buf, size_t size)
{
	char want[16], id[16], array[16], task[16];
	char *line, *rest;
	uint64_t number;

	text_format(want, sizeof(want), "%u", job);
	text_format(buf, size, "%s", want);
	for (line = description; line; line = rest) {
		rest = next_line(line);
		if (copy_value(line, "JobId", id, sizeof(id)) && strcmp(id, want) == 0 &&
		    copy_value(line, "ArrayJobId", array, sizeof(array)) &&
		    copy_value(line, "ArrayTaskId", task, sizeof(task)) &&
		    !text_u64(array, 1, UINT32_MAX, &number) &&
		    !text_u64(task, 0, UINT32_MAX, &number))
			text_format(buf, size, "%s_%s", array, task);
	}
}

/* buf: JOB_NAME_TEXT bytes. */
static int name_job(const struct controller *controller, uint32_t job, char *buf, struct err *err)
{
	cleanup_free char *description = NULL;
	char id[16];
	int rc;

	text_format(id, sizeof(id), "%u", job);
	rc = scontrol(controller, "--oneliner", "show", "job", id, &description, err);
	if (!rc)
		controller_cli_job_name(job, description, buf, JOB_NAME_TEXT);
	return rc;
}

static int drain(const struct controller *controller, const char *node, const char *reason,
		 struct err *err)
{
	cleanup_free char *description = NULL;
	char name_arg[300], reason_arg[512];
	int rc;

	if (text_format(name_arg, sizeof(name_arg), "NodeName=%s", node) ||
	    text_format(reason_arg, sizeof(reason_arg), "Reason=%s", reason))
		return err_set(err, -EINVAL, "node name or reason is too long");
	rc = scontrol(controller, "--oneliner", "show", "node", node, &description, err);
	if (rc || !controller_cli_may_drain(description))
		return rc;
	return scontrol(controller, "update", name_arg, "State=DRAIN", reason_arg, NULL, err);
}

int controller_cli_node_fault(const struct controller *controller, const char *node, uint32_t job,
			      const char *reason, struct err *err)
{
	struct err side_err = {""};
	char name[JOB_NAME_TEXT];
	int rc;

	rc = drain(controller, node, reason, err);
	if (name_job(controller, job, name, &side_err) ||
	    scontrol(controller, "requeue", name, NULL, NULL, NULL, &side_err))
		log_debug("requeue: %s", side_err.text);
	return rc;
}

int controller_cli_refuse(const struct controller *controller, uint32_t job, const char *text,
			  struct err *err)
{
	char path[PATH_MAX], id[16], name[JOB_NAME_TEXT], name_arg[64], comment_arg[512];
	char *const argv[] = {(char *)"scancel", name, NULL};
	struct err side_err = {""};
	int rc;

	rc = find_command(controller, "scancel", path, sizeof(path), err);
	if (!rc)
		rc = name_job(controller, job, name, err);
	if (rc)
		return rc;
	text_format(id, sizeof(id), "%u", job);
	text_format(name_arg, sizeof(name_arg), "JobId=%s", name);
	if (scontrol(controller, "notify", id, text, NULL, NULL, &side_err))
		log_debug("notify: %s", side_err.text);
	if (!text_format(comment_arg, sizeof(comment_arg), "AdminComment=%s", text) &&
	    scontrol(controller, "update", name_arg, comment_arg, NULL, NULL, &side_err))
		log_debug("AdminComment: %s", side_err.text);
	return controller_run(controller, path, argv, NULL, err);
}
