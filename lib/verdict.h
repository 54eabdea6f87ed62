/* SPDX-License-Identifier: Apache-2.0 */
/* Facts, wishes and test results in; findings, an outcome and a sentence out. Pure calculation. */
#ifndef EFA_LAYOUT_VERDICT_H
#define EFA_LAYOUT_VERDICT_H

#include <stdbool.h>

#include "finding.h"
#include "inventory.h"
#include "layout.h"
#include "layout_match.h"
#include "policy.h"
#include "probe.h"
#include "request.h"

enum outcome {
	OUTCOME_HEALTHY,
	OUTCOME_DEGRADED, /* findings, but what policy requires is met */
	OUTCOME_REFUSED,  /* the node is sound, the job asks for something else */
	OUTCOME_UNKNOWN, /* could not test, or a fault of the check or its settings: never drains */
	OUTCOME_FABRIC,	 /* all rails fail alike: security group or subnet */
	OUTCOME_FAULTY	 /* owner node */
};

#define LAYOUT_NAMES_MAX 8

struct verdict_input {
	const struct inventory *inv; /* joined */
	const struct layout_set *layouts;
	const struct instance_type *type; /* NULL: unknown */
	const struct policy *policy;	  /* of the site */
	const struct policy *job_policy;  /* what holds for the job; NULL: the site's */
	const struct request *request;	  /* of the job; NULL outside a job */
	const struct probe_report
		*probe; /* NULL: not probed (a job that asks for none, a node without rails) */
};

struct verdict {
	enum outcome outcome;
	char sentence[256]; /* first and most important finding, for the drain reason, the log line
			       and the user: "E201 rail rdmap80s0: ..." */
	size_t n_layouts;   /* layouts that this node has exactly, or but for what is tolerated */
	char layouts[LAYOUT_NAMES_MAX][NAME_TEXT];
	char declared[NAME_TEXT]; /* the layout that it was held against ("" none) */
	unsigned n_cards;	  /* 0: held against no layout */
	enum match_basis basis;
	struct card_view cards[LAYOUT_CARDS_MAX]; /* as declared and as found */
	unsigned rails_want, rails_pass; /* rails of the declared layout (without one: rails that
					    are there), rails that passed */
	bool tolerated;	      /* its errors are about rails of which the site can do without */
	unsigned rails_asked; /* tolerated: how many rails the site asks for */
	struct findings
		findings; /* node and fabric first, then request, check; by code, then card */
};

/*
 * Judge. A layout that the site declares is held against the node strictly. With "auto" the node is
 * held against its nearest layout, and differences are its fault only up to a quarter of its cards
 * (at least one): beyond that it was launched with a layout that is not known here, a warning. An
 * interface that the metadata lists and that cannot be seen is always the node's fault. Rails that
 * all fail alike are the fault of the fabric, or of the check where no device can be the cause.
 * Where layout.rails asks for fewer rails than all and the node has them, missing and failing rails
 * make it degraded and not faulty.
 * verdict is large: allocate it on the heap.
 */
void verdict_reach(const struct verdict_input *in, struct verdict *ret_verdict);
/* What policy says to do about it. */
enum policy_action verdict_action(const struct verdict *verdict, const struct policy *policy);
/*
 * The setting that decided that: its name, "action.faulty"; NULL where no setting does (a sound
 * node is let in, a request that a sound node cannot meet is refused).
 */
const char *verdict_setting(const struct verdict *verdict);
/*
 * The verdict when the check cannot even begin: outcome unknown with one finding of this code,
 * whose owner is the check ("E304" settings or data, "E306" devices unreadable), and why as its
 * sentence.
 */
void verdict_fail_check(const char *code, const char *why, struct verdict *ret_verdict);
/* Add a warning of the check's to a verdict that was reached; a healthy one becomes degraded. */
void verdict_note(const char *code, const char *subject, const char *found,
		  struct verdict *verdict);
const char *outcome_text(enum outcome outcome);
/* The word back; false: no such word, nothing written. */
bool outcome_parse(const char *text, enum outcome *ret_outcome);

#endif
