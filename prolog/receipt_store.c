/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt_store.h"

#include <limits.h>

#include "job_files.h"

int receipt_store_save(const char *state_dir, const struct receipt *receipt, struct err *err)
{
	char path[PATH_MAX];
	int rc = job_files_ensure_dir(state_dir, err);

	if (!rc)
		rc = job_file_path(state_dir, receipt->job, JOB_RECEIPT, path, err);
	return rc ? rc : receipt_save(path, receipt, err);
}
