/* SPDX-License-Identifier: Apache-2.0 */
/* What a task's step asks, when the site's settings have their say. */
#ifndef EFA_LAYOUT_TASK_REQUEST_H
#define EFA_LAYOUT_TASK_REQUEST_H

#include <stdint.h>

#include "err.h"
#include "nodemap.h"
#include "request.h"

/*
 * Fill in and narrow req. Where some jobs have settings of their own the prolog has left what came
 * of them in the job's record; it decides then, also about map->environment. It may be gone where
 * the job was let in without a look at it: the node's settings count then, as with job 0, which is
 * one whose number is not known. -EINVAL: the step contradicts its job.
 */
int task_request_settle(struct nodemap *map, const char *run_dir, uint32_t job, struct request *req,
			struct err *err);

/* The same where it is known what the record says, as the gate has filled it in; NULL: nothing. */
int task_request_settle_by(struct nodemap *map, const struct request *record, struct request *req,
			   struct err *err);

/* How its rails are chosen. A launcher's environment is handed on to what it launches, where one
 * task's rails would be wrong for all others. */
enum affinity task_request_affinity(const struct nodemap *map, const struct request *req,
				    bool is_launcher);

#endif
