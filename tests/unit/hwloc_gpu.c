/* SPDX-License-Identifier: Apache-2.0 */
/* A component that asks GPUs, by the name of one of hwloc's own: it must not come so far. */
#include <hwloc.h>
#include <hwloc/plugins.h>
#include <stdlib.h>

static struct hwloc_backend *instantiate(struct hwloc_topology *topology,
					 struct hwloc_disc_component *component,
					 unsigned excluded_phases, const void *data1,
					 const void *data2, const void *data3)
{
	(void)topology;
	(void)component;
	(void)excluded_phases;
	(void)data1;
	(void)data2;
	(void)data3;
	abort();
}

static struct hwloc_disc_component disc = {
	.name = "nvml",
	.phases = HWLOC_DISC_PHASE_IO,
	.instantiate = instantiate,
	.priority = 10,
	.enabled_by_default = 1,
};

__attribute__((visibility("default"))) const struct hwloc_component hwloc_gpu_component = {
	.abi = HWLOC_COMPONENT_ABI,
	.type = HWLOC_COMPONENT_TYPE_DISC,
	.data = &disc,
};
