/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as rows: what show, diff and validate say of a setting, a rule, and where it stands. */
#ifndef EFA_LAYOUT_POLICY_ROWS_H
#define EFA_LAYOUT_POLICY_ROWS_H

#include "policy.h"

#define POLICY_CONDITIONS_TEXT 4096
#define POLICY_NAME_TEXT       64

/* The setting of a row of the table. */
void policy_row(const struct policy *policy, size_t row, struct policy_value *ret_value);
/* "check.budget_ms". buf: POLICY_NAME_TEXT bytes. */
const char *policy_row_name(size_t row, char *buf);
/* "partition debug|build, group admins". buf: POLICY_CONDITIONS_TEXT bytes. */
const char *policy_conditions(const struct job_rules *rules, const struct job_rule *rule,
			      char *buf);
/* How many settings stand in files. */
size_t policy_rows_set(const struct policy *policy);

#endif
