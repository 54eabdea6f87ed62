/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of jobs: <state_dir>/jobs/<id>.receipt.json, and no more of them than the site wants. */
#ifndef EFA_LAYOUT_RECEIPT_STORE_H
#define EFA_LAYOUT_RECEIPT_STORE_H

#include "receipt.h"

/* Write it; directories are made. A later run of the same job replaces it. */
int receipt_store_save(const char *state_dir, const struct receipt *receipt, struct err *err);

/*
 * Keep the newest so many, by the time of their writing. The directory is looked through within
 * bounds: what was too much for once goes the next times.
 */
int receipt_store_prune(const char *state_dir, unsigned keep, struct err *err);

#endif
