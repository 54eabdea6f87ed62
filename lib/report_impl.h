/* SPDX-License-Identifier: Apache-2.0 */
/* Private to report_json.c and report_read*.c. */
#ifndef EFA_LAYOUT_REPORT_IMPL_H
#define EFA_LAYOUT_REPORT_IMPL_H

#include "report.h"

struct json;

#define REPORT_VERSION	 1
#define REPORT_BYTES_MAX (1u << 20)

/* The lists of a report: report_read_lists.c. */
int report_read_findings(const struct json *root, struct findings *findings, struct err *err);
int report_read_rails(const struct json *root, struct report *report, struct err *err);
/* report_extras.c; pairs after the rails. */
int report_read_extras(const struct json *obj, struct extra_result extras[PROBE_PAIRS],
		       struct err *err);
int report_read_pairs(const struct json *root, struct report *report, struct err *err);

int report_need_count(const struct json *obj, const char *key, uint64_t *ret_count,
		      struct err *err);
/* A name that stands in sentences and on screens; null is "". */
int report_need_name(const struct json *obj, const char *key, char *buf, size_t size,
		     struct err *err);
int report_complain(const struct json *obj, const char *key, struct err *err, const char *expected);

#endif
