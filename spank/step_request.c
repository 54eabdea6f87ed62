/* SPDX-License-Identifier: Apache-2.0 */
#include "step_request.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "spank_io.h"

/* What the step's own options leave open is looked up where the job's environment carries them: the
 * batch step of a job submitted with --export=NONE has no options before Slurm 23.02.5. */
static void add_option(struct option_value *value, struct spank_handle *sp, const char *name)
{
	char text[OPTION_TEXT];
	int rc;

	if (value->given)
		return;
	rc = spank_io_getenv(sp, name, text, sizeof(text));
	if (!rc || rc == -ENOSPC) {
		text[sizeof(text) - 1] = '\0';
		option_set(value, text);
	}
}

/* The job's request as its client left it in the environment; false where there is none. */
static bool job_request(struct spank_handle *sp, struct request *ret_req)
{
	char text[REQUEST_TEXT];
	struct err err;
	int rc = spank_io_getenv(sp, JOB_REQUEST_VARIABLE, text, sizeof(text));

	if (rc == -ENOENT)
		return false;
	if (!rc && !request_parse(text, ret_req, &err))
		return true;
	log_info("%s is not readable, ignoring", JOB_REQUEST_VARIABLE);
	return false;
}

int step_request_read(struct spank_handle *sp, const struct options *options,
		      struct request *ret_req, struct err *err)
{
	struct options all = *options;
	char name[OPTION_VARIABLE_TEXT];
	struct request req, job;
	int rc;

	for (size_t i = 0; i < REQUEST_OPTIONS; i++)
		add_option(&all.v[i], sp, option_variable((enum request_option)i, name));
	rc = options_request(&all, &req, err);
	if (!rc && job_request(sp, &job))
		rc = request_narrow(&job, &req, &req, err);
	if (!rc)
		*ret_req = req;
	return rc;
}
