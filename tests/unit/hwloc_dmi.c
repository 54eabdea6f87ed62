/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of hwloc's that finds what firmware says on EC2: the machine of a test may have none. */
#include <hwloc.h>
#include <hwloc/plugins.h>

static int discover(struct hwloc_backend *backend, struct hwloc_disc_status *status)
{
	hwloc_obj_t machine = hwloc_get_root_obj(backend->topology);

	(void)status;
	hwloc_obj_add_info(machine, "DMIProductName", "x9.48xlarge");
	hwloc_obj_add_info(machine, "DMIProductSerial", "secret-serial");
	hwloc_obj_add_info(machine, "DMIProductUUID", "secret-uuid");
	return 0;
}

static struct hwloc_backend *instantiate(struct hwloc_topology *topology,
					 struct hwloc_disc_component *component,
					 unsigned excluded_phases, const void *data1,
					 const void *data2, const void *data3)
{
	struct hwloc_backend *backend = hwloc_backend_alloc(topology, component);

	(void)excluded_phases;
	(void)data1;
	(void)data2;
	(void)data3;
	if (backend)
		backend->discover = discover;
	return backend;
}

static struct hwloc_disc_component disc = {
	.name = "firmware",
	.phases = HWLOC_DISC_PHASE_MISC,
	.instantiate = instantiate,
	.priority = 10,
	.enabled_by_default = 1,
};

__attribute__((visibility("default"))) const struct hwloc_component hwloc_dmi_component = {
	.abi = HWLOC_COMPONENT_ABI,
	.type = HWLOC_COMPONENT_TYPE_DISC,
	.data = &disc,
};
