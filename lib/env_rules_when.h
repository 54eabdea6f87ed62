/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of an environment rule: of the node, of libfabric, of the task. */
#ifndef EFA_LAYOUT_ENV_RULES_WHEN_H
#define EFA_LAYOUT_ENV_RULES_WHEN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "inventory.h"

struct json;
struct json_out;

#define ENV_NAME_TEXT 64 /* of a variable */
#define ENV_WHEN_TEXT 1024
#define ENV_VARIABLE_SENTENCE \
	"a variable has letters, digits and underscores, and does not begin with a digit"

/* A condition that may be absent, or a fact that may be unknown. */
enum env_truth { ENV_UNSAID, ENV_FALSE, ENV_TRUE };

enum env_accel { ENV_ACCEL_UNSAID, ENV_ACCEL_NONE, ENV_ACCEL_ANY, ENV_ACCEL_GPU, ENV_ACCEL_NEURON };

/* All that are given must hold; a fact that is unknown fulfils nothing. Lists are words with commas
 * between them, one of which must fit; "" and 0 ask for nothing. */
struct env_when {
	/* of the node */
	enum env_accel accel;
	char provider[NAME_TEXT];
	char family[96];
	unsigned kernel_below; /* major * 1000 + minor */
	enum env_truth rdma_read;
	/* of the libfabric that the task uses: as kernel_below */
	unsigned libfabric_min, libfabric_below;
	/* of the task */
	enum env_truth narrow; /* its rails are narrowed */
	enum env_truth rails;  /* the node has a rail that can be used */
	enum env_truth empty;  /* it has the variable, and it is empty */
	enum env_truth on;     /* ... and it is read as yes, or as no */
	bool has_at_most;      /* ... and it is a number of at most that */
	int at_most;
	char is[128];		    /* ... and it is exactly this */
	char with[ENV_NAME_TEXT];   /* it has this other variable */
	char unless[ENV_NAME_TEXT]; /* it does not have this other one */
	unsigned affinity;	    /* what decided its rails: bit per enum affinity */
	char mpi[96];		    /* Slurm's --mpi */
};

/* What rules ask about a node. Its map keeps it, so that rules can be explained afterwards. */
struct env_node {
	char instance_type[NAME_TEXT]; /* "" unknown */
	char kernel[64];	       /* "6.1.0-18-amd64", "" unknown */
	char provider[NAME_TEXT];      /* the policy's check.provider */
	bool gpu, neuron, other_accel; /* accelerators of this kind are there */
	enum env_truth rdma_read;      /* can every rail's device do RDMA read? */
};

/* [A-Za-z_][A-Za-z0-9_]* */
bool env_is_variable(const char *text);
/* The first two numbers of "1.17" or "2.1.0" as major * 1000 + minor; 0: not a version. */
unsigned env_libfabric_version(const char *text);

/* Out of, and into, a document. ret_when must be zeroed. Nothing is written for no conditions. */
int env_when_parse(const struct json *when, struct env_when *ret_when, struct err *err);
void env_when_write(struct json_out *out, const struct env_when *when);

/* The conditions that do not hold on a node; none of libfabric and the task is among them. */
void env_when_against(const struct env_when *when, const struct env_node *node,
		      struct env_when *ret_when);
/* The conditions of libfabric and the task, which no node settles. */
void env_when_of_task(const struct env_when *when, struct env_when *ret_when);
/* version as env_libfabric_version has it, 0 unknown. */
bool env_when_libfabric(const struct env_when *when, unsigned version);
bool env_when_is_none(const struct env_when *when);
/* Is word in a list with commas? */
bool env_when_lists(const char *list, const char *word, size_t length);
/* "rails are narrowed, libfabric is 2.0 or newer"; "" for no conditions. buf: ENV_WHEN_TEXT. */
const char *env_when_text(const struct env_when *when, char *buf);

#endif
