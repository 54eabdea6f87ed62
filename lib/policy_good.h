/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last policy that could be used, kept for the time when the site's files cannot be:
 * <state_dir>/policy.good, the texts of its files one after another.
 */
#ifndef EFA_LAYOUT_POLICY_GOOD_H
#define EFA_LAYOUT_POLICY_GOOD_H

#include "err.h"
#include "policy_files.h"

/* Keep these files; nothing is written where they are kept already. */
int policy_good_save(const char *state_dir, const struct policy_files *files, struct err *err);
/*
 * The files that were kept. Their names have " (last good)" behind them, so that every origin says
 * it. -ENOENT: none were; -EINVAL for a file that is not ours.
 */
int policy_good_load(const char *state_dir, struct policy_files *ret_files, struct err *err);

#endif
