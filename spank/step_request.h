/* SPDX-License-Identifier: Apache-2.0 */
/* What a step asks, out of its options, its job's environment and the site's settings. */
#ifndef EFA_LAYOUT_STEP_REQUEST_H
#define EFA_LAYOUT_STEP_REQUEST_H

#include "step.h"

struct spank_handle;

/* What the step's own options and its job's environment say: 0, or -EINVAL with a sentence. */
int step_request_read(struct spank_handle *sp, const struct options *options,
		      struct request *ret_req, struct err *err);

/*
 * What is asked when the site's settings have their say. Where some jobs have settings of their own
 * the prolog has left what came of them in the job's record. It may be gone where the job was let
 * in without a look at it: then the node's settings count. -EINVAL: the step contradicts its job.
 */
int step_request_settle(struct step *step, struct spank_handle *sp, const char *run_dir,
			struct err *err);

#endif
