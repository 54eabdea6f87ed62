/* SPDX-License-Identifier: Apache-2.0 */
#include "slurm_conf.h"

static int from_file(void *arg, const char *path, size_t max, char **ret_text, size_t *ret_size,
		     struct err *err)
{
	const enum file_trust *trust = arg;

	return file_read(path, max, *trust, ret_text, ret_size, err);
}

int slurm_conf_load(const char *path, enum file_trust trust, struct slurm_conf **ret_conf,
		    struct err *err)
{
	return slurm_conf_parse(path, from_file, &trust, ret_conf, err);
}
