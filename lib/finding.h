/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, where, and whose business it is. Codes are stable and never used again
 * for something else. */
#ifndef EFA_LAYOUT_FINDING_H
#define EFA_LAYOUT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_owner { OWNER_NODE, OWNER_FABRIC, OWNER_REQUEST, OWNER_CHECK };
enum finding_severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFO };

/* Row of the table of codes in finding.c: E1xx layout, E2xx rail, E3xx host set-up, W..., I.... */
struct finding_code {
	const char *code;
	enum finding_severity severity;
	enum finding_owner owner;
	const char *title;  /* a few words: "EFA function missing" */
	const char *remedy; /* a sentence: what to do */
};

struct finding {
	const struct finding_code *code;
	char subject[64]; /* "rail rdmap80s0", "card 5" */
	char expected[96];
	char found[160];
	char evidence[192]; /* "" none */
	int rail;	    /* index in the inventory, -1 */
	int card_index;	    /* -1 */
};

#define FINDINGS_MAX 192

struct findings {
	size_t n;
	size_t dropped; /* more than fit: counted, never silently lost */
	struct finding v[FINDINGS_MAX];
	struct finding spare; /* where findings_add sends what does not fit */
};

/* The table, ended by a row with code NULL. */
extern const struct finding_code finding_codes[];
/* Row of a code such as "E201"; a code not in the table is a mistake of ours (assert). */
const struct finding_code *finding_code(const char *code);
/* Append an empty finding of this code with rail and card -1; when full, counts it as dropped and
 * returns the spare entry. Never NULL. */
struct finding *findings_add(struct findings *findings, const char *code);
/* Most important first: errors before warnings before information; then owner node, fabric,
 * request, check; then code, card and rail. */
void findings_sort(struct findings *findings);
const char *finding_owner_text(enum finding_owner owner);
const char *finding_severity_text(enum finding_severity severity);

#endif
