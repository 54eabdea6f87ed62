/* SPDX-License-Identifier: Apache-2.0 */
/* What is said to a request where it is submitted, as far as that can be known there. Pure. */
#ifndef EFA_LAYOUT_REQUEST_CHECK_H
#define EFA_LAYOUT_REQUEST_CHECK_H

#include "instance_type.h"
#include "layout.h"
#include "policy.h"
#include "request.h"

/* What is known; the node decides about the rest. */
struct request_known {
	const struct layout_set *layouts; /* NULL: names are not checked */
	const struct type_set *types;	  /* NULL: whether any node has so many rails is not */
	const struct policy *policy;	  /* for this user; NULL: it depends on more than that */
};

/*
 * A name that no file knows, more rails than any node can have, and what the site does not let
 * anybody ask for: -EINVAL with a sentence that has option, value and remedy. Else 0, and in notice
 * what will be other than asked, "" nothing. notice: REQUEST_NOTICE_TEXT bytes.
 */
#define REQUEST_NOTICE_TEXT 160
int request_check(const struct request *req, const struct request_known *known, char *notice,
		  struct err *err);

#endif
