/* SPDX-License-Identifier: Apache-2.0 */
/* A step's request inside its job's. */
#include <errno.h>
#include <string.h>

#include "request.h"

/* Does a step that says `step` fit a job that says `job`? A job's "any" leaves the choice open. */
static int check_step_layout(const struct request *job, const struct request *step, struct err *err)
{
	if (step->wish == WISH_NAMED && job->wish == WISH_NAMED &&
	    strcmp(step->layout, job->layout) != 0)
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: the job has its nodes with --efa-layout=%s; leave "
			       "the option out of the step, or submit a job of its own",
			       step->layout, job->layout);
	if (step->wish == WISH_NAMED && job->wish == WISH_NONE)
		return err_set(err, -EINVAL,
			       "--efa-layout=%s: the job was submitted with --efa-layout=none, so "
			       "its nodes were not checked; submit it with --efa-layout=%s",
			       step->layout, step->layout);
	if (step->wish == WISH_ANY && job->wish == WISH_NONE)
		return err_set(err, -EINVAL,
			       "--efa-layout=any: the job was submitted with --efa-layout=none, so "
			       "its nodes were not checked; submit it without the option");
	if (step->wish == WISH_NONE && job->wish != WISH_NONE)
		return err_set(
			err, -EINVAL,
			"--efa-layout=none: only a whole job can do without the check; for a "
			"step say --efa-affinity=none");
	return 0;
}

/* Nodes are tested before their job starts; what that did not do a step cannot ask for. */
static int check_step_depth(const struct request *job, const struct request *step, struct err *err)
{
	enum check_depth had = job->check == CHECK_AUTO ? CHECK_CACHED : job->check;

	if (step->check <= had)
		return 0;
	return err_set(err, -EINVAL,
		       "--efa-check=%s: the nodes were tested before the job started, with %s%s; "
		       "submit the job with --efa-check=%s",
		       check_depth_text(step->check),
		       job->check == CHECK_AUTO ? "the site's default" : "--efa-check=",
		       job->check == CHECK_AUTO ? "" : check_depth_text(job->check),
		       check_depth_text(step->check));
}

int request_narrow(const struct request *job, const struct request *step, struct request *ret_req,
		   struct err *err)
{
	struct request req = *job;
	int rc = check_step_layout(job, step, err);

	if (!rc)
		rc = check_step_depth(job, step, err);
	if (rc)
		return rc;
	if (step->wish == WISH_NAMED || (step->wish == WISH_ANY && job->wish == WISH_DEFAULT)) {
		req.wish = step->wish;
		memcpy(req.layout, step->layout, sizeof(req.layout));
	}
	if (step->has_affinity) {
		req.has_affinity = true;
		req.affinity = step->affinity;
	}
	if (step->rails.kind != RAILS_DEFAULT)
		req.rails = step->rails;
	req.verbose |= step->verbose;
	req.no_env |= step->no_env;
	*ret_req = req;
	return 0;
}
