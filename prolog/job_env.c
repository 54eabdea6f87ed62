/* SPDX-License-Identifier: Apache-2.0 */
#include "job_env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define JOB_ID_MAX 0xfffffffdU /* Slurm's MAX_FED_JOB_ID */
#define UID_MAX	   0xfffffffeU

enum job_context job_context_parse(const char *text)
{
	if (!text)
		return CONTEXT_NONE;
	if (strcmp(text, "prolog_slurmd") == 0)
		return CONTEXT_PROLOG;
	return strcmp(text, "epilog_slurmd") == 0 ? CONTEXT_EPILOG : CONTEXT_OTHER;
}

static int need_number(const char *name, uint64_t min, uint64_t max, uint64_t *ret_value,
		       struct err *err)
{
	const char *text = getenv(name);
	char shown[64];

	if (!text)
		return err_set(err, -EINVAL, "%s is not set", name);
	if (text_u64(text, min, max, ret_value) == 0)
		return 0;
	text_printable(shown, sizeof(shown), text);
	return err_set(err, -EINVAL, "%s is not a number of the right size: \"%s\"", name, shown);
}

static int read_identity(struct job *job, struct err *err)
{
	const char *node = getenv("SLURMD_NODENAME");
	char shown[64];
	uint64_t id = 0, uid = 0;
	int rc;

	rc = need_number("SLURM_JOB_ID", 1, JOB_ID_MAX, &id, err);
	if (!rc)
		rc = need_number("SLURM_JOB_UID", 0, UID_MAX, &uid, err);
	if (rc)
		return rc;
	if (!node)
		return err_set(err, -EINVAL, "SLURMD_NODENAME is not set");
	if (!text_is_name(node, sizeof(job->node) - 1)) {
		text_printable(shown, sizeof(shown), node);
		return err_set(err, -EINVAL, "SLURMD_NODENAME is not a node name: \"%s\"", shown);
	}
	job->known = true;
	job->id = (uint32_t)id;
	job->uid = (uid_t)uid;
	return text_format(job->node, sizeof(job->node), "%s", node);
}

/* 0, or -EINVAL with a sentence for the user. A job that was submitted without the client side of
 * the plugin (REST, API) carries the values of its options alone. */
static int read_request(struct request *req, struct err *err)
{
	const char *text = getenv("SPANK_" REQUEST_VARIABLE), *value;
	char name[80];
	int rc = 0;

	if (text)
		return request_parse(text, req, err);
	for (size_t i = 0; !rc && i < REQUEST_OPTIONS; i++) {
		text_format(name, sizeof(name), "SPANK_" REQUEST_TRAVELS "%s",
			    request_options[i].travels);
		value = getenv(name);
		if (value)
			rc = request_set(req, (enum request_option)i, value, err);
	}
	return rc;
}

int job_env_read(struct job *ret_job, struct err *err)
{
	const char *conf = getenv("SLURM_CONF");
	struct err why = {""};
	struct job job;
	int rc;

	memset(&job, 0, sizeof(job));
	job.context = job_context_parse(getenv("SLURM_SCRIPT_CONTEXT"));
	request_init(&job.request);
	if (job.context == CONTEXT_PROLOG || job.context == CONTEXT_EPILOG ||
	    getenv("SLURM_JOB_ID")) {
		rc = read_identity(&job, err);
		if (rc)
			return rc;
	}
	if (read_request(&job.request, &why)) {
		request_init(&job.request);
		job.refused = true;
		text_printable(job.refusal, sizeof(job.refusal), why.text);
	}
	if (conf && conf[0] == '/')
		job.conf_path = conf;
	*ret_job = job;
	return 0;
}
