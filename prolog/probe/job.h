/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: the work of one helper each, from the queue to what came of it in the book. */
#ifndef EFA_LAYOUT_PROBE_JOB_H
#define EFA_LAYOUT_PROBE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "book.h"
#include "coordinator.h"
#include "helper.h"
#include "wire.h"

enum job_kind {
	JOB_OPEN_ALL, /* open rails, a thread each */
	JOB_OPEN_ONE, /* open one rail again, or after its helper died */
	JOB_GROUP,    /* loopback, several rails */
	JOB_ALONE,    /* loopback, one rail: believed */
};

enum job_state { JOB_FREE, JOB_QUEUED, JOB_RUNNING };

struct job {
	enum job_state state;
	enum job_kind kind;
	size_t n;
	uint8_t rails[NODE_RAILS_MAX]; /* not answered yet, in the order of the helper */
	int at;			       /* rail under test, -1 none */
	enum probe_step step;	       /* where it stands */
	uint64_t since_ms;	       /* when that rail's test began */
	uint64_t alive_ms;	       /* when its helper last showed that it goes on */
	uint64_t cpu_ms;      /* CPU time that its helper had used when that rail's test began */
	uint64_t deadline_ms; /* when to give up on the helper; UINT64_MAX never */
	struct helper helper;
};

/* A rail is in one loopback job at most, and in one opening job at most, but for late ones. */
#define JOBS_MAX (3 * NODE_RAILS_MAX)

struct jobs {
	const struct coordinator_options *options;
	const char *const *names;
	struct book *book;
	struct probe_report *report; /* provider and fabric */
	bool provider_exists;	     /* some helper has seen it */
	uint64_t answered_ms;	     /* when the last opening answered */
	struct job v[JOBS_MAX];
};

/* Queue a job; loopback rails are taken in the book. */
void job_add(struct jobs *jobs, enum job_kind kind, const uint8_t *rails, size_t n);
void job_start(struct jobs *jobs, struct job *job, uint64_t now);
/* Read and note all that its helper has said. */
void job_listen(struct jobs *jobs, struct job *job, uint64_t now);
/* Its deadline is over. */
void job_overdue(struct jobs *jobs, struct job *job, uint64_t now);

/* Jobs of this kind, queued or running. */
size_t jobs_count(const struct jobs *jobs, enum job_kind kind);

#endif
