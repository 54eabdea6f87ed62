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
	return err_set(err, -ENOENT, "%s is not installed; install Slurm's commands on the node",
		       name);
}

int controller_cli_run(const struct controller *controller, const char *command,
		       const char *const args[CLI_ARGS], char **ret_out, struct err *err)
{
	char *argv[1 + CLI_ARGS + 1] = {(char *)command};
	char path[PATH_MAX];
	int rc;

	for (size_t i = 0; i < CLI_ARGS; i++)
		argv[1 + i] = (char *)args[i];

	rc = find_command(controller, command, path, sizeof(path), err);
	return rc ? rc : controller_run(controller, path, argv, ret_out, err);
}

const char *controller_cli_value(const char *record, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = record; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, key, length) == 0 && at[length] == '=')
			return at + length + 1;
	}
	return NULL;
}

bool controller_cli_word(const char *record, const char *key, char *buf, size_t size)
{
	const char *value = controller_cli_value(record, key);
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

char *controller_cli_line(char *text)
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
		rest = controller_cli_line(line);
		if (controller_cli_word(line, "JobId", id, sizeof(id)) && strcmp(id, want) == 0 &&
		    controller_cli_word(line, "ArrayJobId", array, sizeof(array)) &&
		    controller_cli_word(line, "ArrayTaskId", task, sizeof(task)) &&
		    !text_u64(array, 1, UINT32_MAX, &number) &&
		    !text_u64(task, 0, UINT32_MAX, &number))
			text_format(buf, size, "%s_%s", array, task);
	}
}

/* buf: JOB_NAME_TEXT bytes. ret_batch may be NULL. */
static int name_job(const struct controller *controller, uint32_t job, char *buf, bool *ret_batch,
		    struct err *err)
{
	cleanup_free char *description = NULL;
	char id[16], flag[8];
	const char *const show[CLI_ARGS] = {"--oneliner", "show", "job", id};
	int rc;

	text_format(id, sizeof(id), "%u", job);
	rc = controller_cli_run(controller, "scontrol", show, &description, err);
	if (rc)
		return rc;
	if (ret_batch)
		*ret_batch = !controller_cli_word(description, "BatchFlag", flag, sizeof(flag)) ||
			     strcmp(flag, "0") != 0;
	controller_cli_job_name(job, description, buf, JOB_NAME_TEXT);
	return 0;
}

/* What fails here has a better chance elsewhere; it is only logged. */
static void try(const struct controller *controller, const char *command,
		const char *const args[CLI_ARGS])
{
	struct err err = {""};

	if (controller_cli_run(controller, command, args, NULL, &err))
		log_debug("%s: %s", args[0], err.text);
}

void controller_cli_give_back(const struct controller *controller, uint32_t job, const char *text)
{
	char id[16], name[JOB_NAME_TEXT];
	const char *const requeue[CLI_ARGS] = {"requeue", name};
	const char *const notify[CLI_ARGS] = {"notify", id, text};
	struct err err = {""};
	bool batch;

	text_format(id, sizeof(id), "%u", job);
	if (name_job(controller, job, name, &batch, &err))
		log_debug("requeue: %s", err.text);
	else
		try(controller, "scontrol", batch ? requeue : notify);
}

/* Words first: a job that has ended cannot be told anything any more. */
int controller_cli_refuse(const struct controller *controller, uint32_t job, const char *text,
			  struct err *err)
{
	char id[16], name[JOB_NAME_TEXT], name_arg[64], comment_arg[512];
	const char *const notify[CLI_ARGS] = {"notify", id, text};
	const char *const comment[CLI_ARGS] = {"update", name_arg, comment_arg};
	const char *const cancel[CLI_ARGS] = {name};
	int rc;

	rc = name_job(controller, job, name, NULL, err);
	if (rc)
		return rc;
	text_format(id, sizeof(id), "%u", job);
	text_format(name_arg, sizeof(name_arg), "JobId=%s", name);
	try(controller, "scontrol", notify);
	if (!text_format(comment_arg, sizeof(comment_arg), "AdminComment=%s", text))
		try(controller, "scontrol", comment);
	return controller_cli_run(controller, "scancel", cancel, NULL, err);
}
