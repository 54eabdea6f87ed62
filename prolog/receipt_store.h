/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of jobs, among what is kept of them (job_files.h). */
#ifndef EFA_LAYOUT_RECEIPT_STORE_H
#define EFA_LAYOUT_RECEIPT_STORE_H

#include "receipt.h"

/* Write it; directories are made. A later run of the same job replaces it. */
int receipt_store_save(const char *state_dir, const struct receipt *receipt, struct err *err);

#endif
