/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where reports are: the node's own in <run_dir>/report.json, and beside it the same for Prometheus
 * in efa_layout.prom; a job's among what is kept of it (job_files.h).
 */
#ifndef EFA_LAYOUT_REPORT_STORE_H
#define EFA_LAYOUT_REPORT_STORE_H

#include "node_options.h"
#include "report.h"

/* The node's own. boot_id: one of another boot is -ESTALE. Others as report_load. */
int report_store_load(const char *run_dir, const char *boot_id, struct report *ret_report,
		      struct err *err);

/*
 * Keep the node's own, and let Prometheus know. One that somebody else has reached later is left as
 * it is; that is no failure.
 */
int report_store_node(const struct node_options *options, const struct report *report,
		      struct err *err);

/* Prometheus alone, from the report that is there. current: it is of the node as it is now. */
int report_store_prom(const struct node_options *options, const char *boot_id, bool current,
		      struct err *err);

/* A job's. A later run of the same job replaces it. */
int report_store_job(const struct node_options *options, const struct report *report,
		     struct err *err);

#endif
