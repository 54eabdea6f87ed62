/* SPDX-License-Identifier: Apache-2.0 */
/* What a step asks, out of its options and its job's environment. */
#ifndef EFA_LAYOUT_STEP_REQUEST_H
#define EFA_LAYOUT_STEP_REQUEST_H

#include "err.h"
#include "options.h"
#include "request.h"

struct spank_handle;

/* What the step's own options and its job's environment say: 0, or -EINVAL with a sentence. */
int step_request_read(struct spank_handle *sp, const struct options *options,
		      struct request *ret_req, struct err *err);

#endif
