/* SPDX-License-Identifier: Apache-2.0 */
/* The node's state as text for Prometheus (exposition format 0.0.4), as node_exporter's textfile
 * collector reads it: no time stamps, every metric with HELP and TYPE. */
#ifndef EFA_LAYOUT_REPORT_PROM_H
#define EFA_LAYOUT_REPORT_PROM_H

#include "report.h"

struct prom_state {
	const char *boot_id;	     /* of the node now, "" unknown */
	const struct report *report; /* the node's own, of this boot; NULL: there is none yet */
	bool current;		     /* the report is of the node as it is now */
	bool own_drain;		     /* a drain of ours is recorded */
};

/* Pure. *ret_text is to be freed. 0 or -ENOMEM. */
int report_prom(const struct prom_state *state, char **ret_text, size_t *ret_size);

#endif
