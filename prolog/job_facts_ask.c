/* SPDX-License-Identifier: Apache-2.0 */
/* What others have to be asked about a job: by programs of theirs, with a deadline. */
#include <errno.h>
#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "controller_cli.h"
#include "job_facts.h"
#include "program.h"
#include "text.h"

#define ID_PROGRAM "/usr/bin/id"

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
		job_facts_know(know, JOB_QOS, qos);
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
