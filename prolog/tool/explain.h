/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a verdict, and how it is told; the files are read elsewhere. */
#ifndef EFA_LAYOUT_EXPLAIN_H
#define EFA_LAYOUT_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "receipt.h"
#include "report.h"

struct explain {
	uint32_t job;		     /* 0: the node itself */
	char boot_id[40];	     /* of the node now, "" unknown */
	const struct report *report; /* NULL: there is none that can be used */
	char report_problem[512];    /* why, and what to do about it; "" none */
	const struct receipt *receipt;
	char receipt_problem[512];
};

/* The text for people. */
void explain_print(const struct explain *explain);

#endif
