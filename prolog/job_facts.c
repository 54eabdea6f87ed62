/* SPDX-License-Identifier: Apache-2.0 */
#include "job_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "controller_cli.h"
#include "program.h"
#include "text.h"

#define ID_PROGRAM "/usr/bin/id"

static const char *const variables[JOB_FACTS] = {
	[JOB_PARTITION] = "SLURM_JOB_PARTITION",
	[JOB_ACCOUNT] = "SLURM_JOB_ACCOUNT",
	[JOB_QOS] = "SLURM_JOB_QOS",
	[JOB_RESERVATION] = "SLURM_JOB_RESERVATION",
	[JOB_USER] = "SLURM_JOB_USER",
};

/* Could a rule name it? Commas stand between names. */
static bool is_fact(const char *text, size_t length)
{
	if (!length || length >= JOB_FACT_TEXT)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == ',')
			return false;
	return text[0] != ' ' && text[length - 1] != ' ';
}

static void know_name(struct job_knowledge *know, enum job_fact fact, const char *name)
{
	text_format(know->name[fact], JOB_FACT_TEXT, "%s", name);
	know->facts.v[fact] = know->name[fact];
}

static void read_variable(struct job_knowledge *know, enum job_fact fact)
{
	const char *value = getenv(variables[fact]);
	char *why = know->why[fact];
	char shown[64];

	if (value && is_fact(value, strnlen(value, JOB_FACT_TEXT))) {
		know_name(know, fact, value);
		return;
	}
	/* Of a job without one, slurmd says nothing. */
	if (fact == JOB_RESERVATION && (!value || !*value)) {
		know_name(know, fact, "");
		return;
	}
	if (!value || !*value) {
		text_format(why, sizeof(know->why[fact]), "slurmd did not set %s", variables[fact]);
		return;
	}
	text_printable(shown, sizeof(shown), value);
	text_format(why, sizeof(know->why[fact]), "%s is not one name: \"%s\"", variables[fact],
		    shown);
}

void job_facts_read(struct job_knowledge *ret_know)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (variables[fact])
			read_variable(ret_know, (enum job_fact)fact);
}

/* What squeue prints of a job without a QOS. */
static bool is_none(const char *text)
{
	return !*text || !strcmp(text, "N/A") || !strcmp(text, "(null)");
}

bool job_facts_parse_qos(const char *output, char *buf, size_t size)
{
	size_t length = strcspn(output, "\n"), at = length;

	if (length >= size || (length && !is_fact(output, length)) || !output[length])
		return false;
	memcpy(buf, output, length);
	buf[length] = '\0';
	for (const char *line = output + at + 1; *line; line += length + 1)
		if (strncmp(line, buf, length) != 0 || line[length] != '\n')
			return false;
	if (is_none(buf))
		buf[0] = '\0';
	return true;
}

void job_facts_ask_qos(const struct controller *controller, const struct job *job,
		       struct job_knowledge *know)
{
	char jobs[32], qos[JOB_FACT_TEXT];
	const char *const args[CLI_ARGS] = {"--noheader", "--format=%q", jobs};
	cleanup_free char *out = NULL;
	char *why = know->why[JOB_QOS];
	struct err err = {""};

	if (know->facts.v[JOB_QOS])
		return;
	text_format(jobs, sizeof(jobs), "--jobs=%u", job->id);
	if (!job->known)
		text_format(why, sizeof(know->why[JOB_QOS]), "there is no job to ask for");
	else if (controller_cli_run(controller, "squeue", args, &out, &err))
		text_format(why, sizeof(know->why[JOB_QOS]), "%s", err.text);
	else if (!job_facts_parse_qos(out, qos, sizeof(qos)))
		text_format(why, sizeof(know->why[JOB_QOS]),
			    "squeue did not answer with one QOS; see squeue %s %s", args[1], jobs);
	else
		know_name(know, JOB_QOS, qos);
}

bool job_facts_parse_groups(const char *output, size_t length, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!length || output[length - 1])
		return false;
	for (const char *name = output, *end = output + length; name < end;
	     name += strlen(name) + 1) {
		if (!is_fact(name, strlen(name)))
			continue;
		if (text_append(buf, size, "%s%s", buf[0] ? "," : "", name))
			return false;
	}
	return true;
}

/* By the name, which every id takes; one that could be an option is behind "--". */
static int run_id(const struct job *job, const char *user, unsigned deadline_ms, char **ret_out,
		  size_t *ret_length, struct err *err)
{
	static char *const envp[] = {(char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C", NULL};
	char uid[16];
	char *argv[] = {(char *)"id", (char *)"-Gnz", (char *)"--", (char *)user, NULL};
	struct child_result result;
	int rc = program_check(ID_PROGRAM, err);

	text_format(uid, sizeof(uid), "%u", (unsigned)job->uid);
	if (!user)
		argv[3] = uid;
	if (!rc && !deadline_ms)
		rc = err_set(err, -ETIMEDOUT, "no time left to run %s", ID_PROGRAM);
	if (!rc)
		rc = child_run(ID_PROGRAM, argv, envp, deadline_ms, JOB_GROUPS_TEXT, ret_out,
			       &result, err);
	if (rc)
		return rc;
	*ret_length = result.size;
	if (result.timed_out)
		return err_set(err, -ETIMEDOUT, "%s did not answer within %u ms", ID_PROGRAM,
			       deadline_ms);
	if (result.exit_status || result.truncated)
		return err_set(err, -EIO, "%s could not tell; see %s -Gn %s", ID_PROGRAM,
			       ID_PROGRAM, argv[3]);
	return 0;
}

void job_facts_ask_groups(const struct job *job, unsigned deadline_ms, struct job_knowledge *know)
{
	char *why = know->why[JOB_GROUP];
	cleanup_free char *out = NULL;
	struct err err = {""};
	size_t length = 0;

	if (!job->known)
		text_format(why, sizeof(know->why[JOB_GROUP]), "there is no job to ask for");
	else if (run_id(job, know->facts.v[JOB_USER], deadline_ms, &out, &length, &err))
		text_format(why, sizeof(know->why[JOB_GROUP]), "%s", err.text);
	else if (!job_facts_parse_groups(out, length, know->groups, sizeof(know->groups)))
		text_format(why, sizeof(know->why[JOB_GROUP]), "%s answered with no list of names",
			    ID_PROGRAM);
	else
		know->facts.v[JOB_GROUP] = know->groups;
}
