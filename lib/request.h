/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a job asks for, from the text of its options. Parsed where it is submitted (to refuse early)
 * and again on the node by root code, which trusts nothing of it. Syntax only: whether a layout of
 * that name exists is the caller's question.
 */
#ifndef EFA_LAYOUT_REQUEST_H
#define EFA_LAYOUT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "inventory.h"

enum affinity {
	AFFINITY_AUTO,
	AFFINITY_GPU,
	AFFINITY_NUMA,
	AFFINITY_SPREAD,
	AFFINITY_ALL,
	AFFINITY_NONE
};
enum layout_wish { WISH_DEFAULT, WISH_ANY, WISH_NONE, WISH_NAMED };

struct request {
	enum layout_wish wish;	/* WISH_DEFAULT: the option was not given */
	char layout[NAME_TEXT]; /* WISH_NAMED */
	bool has_affinity;
	enum affinity affinity;
};

void request_init(struct request *req);
/* Value of --efa-layout: a name, "any", "none" ("help" is the client's business and refused here).
 * 0 or -EINVAL. */
int request_set_layout(struct request *req, const char *value, struct err *err);
/* Value of --efa-affinity. 0 or -EINVAL with the list of values and "did you mean". */
int request_set_affinity(struct request *req, const char *value, struct err *err);
const char *affinity_text(enum affinity affinity);
/* The word back: 0, or -EINVAL for any other text. */
int affinity_parse(const char *text, enum affinity *ret_affinity);

/*
 * The request as one word for the job's environment, "v1;layout=efa-only;affinity=gpu", and back.
 * Parsing is strict: at most 256 bytes, known keys once each, known version; anything else is
 * -EINVAL with a sentence that shows the offending part made printable.
 */
int request_format(const struct request *req, char *buf, size_t size);
int request_parse(const char *text, struct request *ret_req, struct err *err);

/* Name of the job-control variable; the prolog sees it with "SPANK_" in front. */
#define REQUEST_VARIABLE "EFA_LAYOUT_REQUEST"

/*
 * A step inside a job: it inherits what it does not say itself, may narrow (affinity; a layout
 * where the job left it open), and must not contradict the job's layout: another name, "none"
 * inside a checked job, anything but "none" inside an unchecked one. -EINVAL with a sentence.
 */
int request_narrow(const struct request *job, const struct request *step, struct request *ret_req,
		   struct err *err);

#endif
