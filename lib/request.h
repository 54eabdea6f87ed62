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
#include "rails_wish.h"

enum affinity {
	AFFINITY_AUTO,
	AFFINITY_GPU,
	AFFINITY_NUMA,
	AFFINITY_SPREAD,
	AFFINITY_ALL,
	AFFINITY_NONE
};
enum layout_wish { WISH_DEFAULT, WISH_ANY, WISH_NONE, WISH_NAMED };

/* On what a node's health is known before the job starts, in rising order. */
enum check_depth {
	CHECK_AUTO,   /* not said; as a setting: cached while the result is young, else full */
	CHECK_CACHED, /* the last good test of this boot is enough, however old */
	CHECK_QUICK,  /* the same, and every device opens now */
	CHECK_FULL    /* every rail is tested now */
};

struct request {
	enum layout_wish wish;	/* WISH_DEFAULT: the option was not given */
	char layout[NAME_TEXT]; /* WISH_NAMED */
	struct rails_wish rails;
	bool has_affinity;
	enum affinity affinity;
	enum check_depth check; /* CHECK_AUTO: not said */
	bool verbose;		/* each task says its rails and why */
	bool no_env;		/* check the nodes, leave the environment of tasks alone */
};

/* The options: one row of request_options each. */
enum request_option {
	OPTION_LAYOUT,
	OPTION_RAILS,
	OPTION_AFFINITY,
	OPTION_CHECK,
	OPTION_VERBOSE,
	OPTION_NO_ENV,
	REQUEST_OPTIONS
};
struct request_option_row {
	const char *name;     /* "efa-layout" */
	const char *argument; /* "NAME|any|none|help" for help; NULL: the option takes no value */
	const char *usage;    /* its line of help */
	const char *variable; /* "EFA_LAYOUT": behind SLURM_, SBATCH_ and SALLOC_ */
	const char *travels;  /* "efa_layout": behind REQUEST_TRAVELS */
};
/* What Slurm calls the variable of an option: SLURM_SPANK_ or SPANK_ (in the prolog), and this. */
#define REQUEST_TRAVELS "_SLURM_SPANK_OPTION_efa_layout_"
extern const struct request_option_row request_options[REQUEST_OPTIONS];

void request_init(struct request *req);
/*
 * Value of an option as a user wrote it: 0, or -EINVAL with a sentence that has the option, the
 * value made printable, what was expected and "did you mean". The layout "help" is the client's
 * business and refused here. Options that take no value are on with NULL, "", 1, yes or true, and
 * off with 0, no or false, which only variables can say.
 */
int request_set(struct request *req, enum request_option option, const char *value,
		struct err *err);
/* 0, no or false: the option that takes no value is not given. */
bool request_is_off(const char *value);

const char *affinity_text(enum affinity affinity);
/* The word back: 0, or -EINVAL for any other text. */
int affinity_parse(const char *text, enum affinity *ret_affinity);
const char *check_depth_text(enum check_depth depth);
/* The word back, "auto" as well: 0, or -EINVAL for any other text. */
int check_depth_parse(const char *text, enum check_depth *ret_depth);

/*
 * The request as one word for the job's environment, "v1;layout=efa-only;affinity=gpu;verbose", and
 * back. Parsing is strict: at most 256 bytes, known keys once each, known version; anything else is
 * -EINVAL with a sentence that shows the offending part made printable.
 */
#define REQUEST_TEXT 257
int request_format(const struct request *req, char *buf, size_t size);
int request_parse(const char *text, struct request *ret_req, struct err *err);

/* Name of the job-control variable; the prolog sees it with "SPANK_" in front. */
#define REQUEST_VARIABLE "EFA_LAYOUT_REQUEST"

/*
 * The job's own request in the environment of everything that runs in it (request_format's text):
 * an inner srun inherits what it does not say itself and is held against it. The SLURM_ in front
 * lets it through sbatch --export=NONE. Users can change it, to no effect but on their own steps:
 * the prolog does not look at it.
 */
#define JOB_REQUEST_VARIABLE "SLURM_EFA_LAYOUT_JOB_REQUEST"

/* The layout that is asked for: its name, "any" or "none"; "" it is not said. */
const char *request_wish_text(const struct request *req);
/* Does it ask for anything? */
bool request_any(const struct request *req);

/*
 * A step inside a job: it inherits what it does not say itself, may narrow (affinity, rails, what
 * its tasks say; a layout where the job left it open), and must not contradict the job: another
 * layout, "none" inside a checked job, anything but "none" inside an unchecked one, a deeper check
 * than the job's, which is over. -EINVAL with a sentence.
 */
int request_narrow(const struct request *job, const struct request *step, struct request *ret_req,
		   struct err *err);

#endif
