/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a report as people read it, each line with what it is about in front. */
#ifndef EFA_LAYOUT_REPORT_TEXT_H
#define EFA_LAYOUT_REPORT_TEXT_H

#include <stdbool.h>

#include "report.h"

void report_text_row(const char *name, const char *text);
/* In the local time zone, which the offset names. buf: REPORT_TIME_TEXT bytes. */
#define REPORT_TIME_TEXT 32
const char *report_text_time(int64_t at, char *buf);
/* Does the action change anything for node or job? */
bool report_interferes(enum policy_action action);
/* Which lines of the settings decided. */
void report_text_policy(const struct report *report);
/* Those that did not pass; of rails that did there is nothing to say. */
void report_text_rails(const struct report *report);

#endif
