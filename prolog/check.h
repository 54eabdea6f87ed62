/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at a node, from its settings to a verdict: what the gate and `efa-layout check` do
 * alike. Each function is one step; none of them acts on what was found.
 */
#ifndef EFA_LAYOUT_CHECK_H
#define EFA_LAYOUT_CHECK_H

#include <stdbool.h>

#include "deadline.h"
#include "err.h"
#include "inventory.h"
#include "node_options.h"
#include "probe.h"
#include "request.h"
#include "site.h"
#include "verdict.h"

/* Reads an inventory from a file that stands for the node, as topology_load does. */
typedef int (*check_read_fn)(const char *path, struct inventory *inv, struct err *err);

struct check {
	const struct node_options *options;
	check_read_fn
		read_topology; /* of options->topology; set by programs that have the option */
	const struct policy_files
		*tried_policy;	  /* instead of the site's own, whoever wrote it; NULL: no */
	bool from_slurmd;	  /* slurmd started this program, whose limits are slurmd's then */
	struct deadline deadline; /* of the whole check; check_settings sets the end */
	struct site site;
	char settings_problem[256]; /* why the last good policy is in force, "" it is not */
	struct eni_facts facts;
	char facts_problem[256];   /* why there are facts that cannot be used, "" none */
	int64_t slurmd_memlock;	   /* as in an inventory, for each one that is read */
	struct node_claims claims; /* as in an inventory, for each one that is read */
	struct inventory inv;
	const struct instance_type *type; /* NULL unknown */
	const struct policy *job_policy;  /* of the job, NULL: the site's */
	bool probed;
	struct probe_report report;
	bool counted;		  /* counters of the usable rails were asked for with the test */
	uint64_t counted_ms;	  /* CLOCK_BOOTTIME */
	struct counters counters; /* as they were after it */
	struct verdict verdict;
};

/* Large: on the heap. options are borrowed. start: when the program began. NULL: no memory. */
struct check *check_new(const struct node_options *options, uint64_t start);
void check_free(struct check *check);

/* Load everything that the site says, and set the deadline from it. A policy that cannot be used is
 * replaced by the last one that could; that is said, and remembered (check_note_settings). */
int check_settings(struct check *check, struct err *err);
/* Read the node, and join it with the ENI facts (absent or unusable facts are no failure; those of
 * this machine are not looked at for a saved topology). */
int check_scan(struct check *check, struct err *err);
/* Read what is worth showing but decides nothing: links, addresses, libfabric's version. */
int check_detail(struct check *check, struct err *err);
/* Read what slurm.conf says of the node. It decides nothing but a warning. */
void check_claims(struct check *check);
/*
 * A device may come up after the node does (p5en): while something of the node is missing, look
 * again, for at most the time that the settings give to late devices.
 */
int check_wait_late(struct check *check, struct err *err);
/*
 * Test the rails inside what is left of the deadline. Time that is already over gives a report that
 * says so: never a pass, never a fault.
 */
int check_probe(struct check *check, struct err *err);
/* Open the devices alone, in half of that time: the report has no rail that passes (probe_opened),
 * and the check counts as not tested. */
int check_open(struct check *check, struct probe_report *ret_report, struct err *err);
/* Did the test, if there is anything to test, say something about each usable rail? */
bool check_complete(const struct check *check);
/* Judge what was found. request: NULL for the node alone. */
void check_judge(struct check *check, const struct request *request);
/* The same with another report than the check's own (NULL: not tested). */
void check_judge_report(struct check *check, const struct request *request,
			const struct probe_report *report);
/* Put what is wrong with the settings, if anything is, into the verdict that was reached. */
void check_note_settings(struct check *check);

#endif
