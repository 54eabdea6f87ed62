/* SPDX-License-Identifier: Apache-2.0 */
#include "task_request.h"

#include <errno.h>
#include <string.h>

#include "job_record.h"
#include "log.h"

int task_request_settle(struct nodemap *map, const char *run_dir, uint32_t job, struct request *req,
			struct err *err)
{
	struct job_record record;
	struct err why = {"not known which job it is"};
	int rc = -ENOENT;

	if (map->job_rules && job)
		rc = job_record_load(run_dir, job, &record, &why);
	if (rc && map->job_rules)
		log_info("the job's record: %s, continuing with the node's settings", why.text);
	return task_request_settle_by(map, rc ? NULL : &record.request, req, err);
}

int task_request_settle_by(struct nodemap *map, const struct request *record, struct request *req,
			   struct err *err)
{
	struct request job;

	if (record) {
		map->environment = !record->no_env;
		job = *record;
		/* What a step cannot ask it need not be held against. */
		job.check = CHECK_FULL;
		return request_narrow(&job, req, req, err);
	}
	if (req->wish == WISH_DEFAULT && !strcmp(map->layout_default, "none"))
		req->wish = WISH_NONE;
	return 0;
}

enum affinity task_request_affinity(const struct nodemap *map, const struct request *req,
				    bool is_launcher)
{
	enum affinity mode = req->has_affinity ? req->affinity : map->affinity_default;

	return is_launcher && mode != AFFINITY_NONE ? AFFINITY_ALL : mode;
}
