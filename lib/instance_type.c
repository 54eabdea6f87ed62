/* SPDX-License-Identifier: Apache-2.0 */
#include "instance_type.h"

#include <stdlib.h>
#include <string.h>

const char *const accelerator_words[ACCELERATORS] = {
	[ACCEL_NVIDIA] = "nvidia",
	[ACCEL_NEURON] = "neuron",
	[ACCEL_HABANA] = "habana",
	[ACCEL_AMD] = "amd",
};

const struct instance_type *type_find(const struct type_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++) {
		if (!strcmp(set->v[i].name, name))
			return &set->v[i];
	}
	return NULL;
}

void type_set_done(struct type_set *set)
{
	free(set->v);
	*set = (struct type_set){0};
}
