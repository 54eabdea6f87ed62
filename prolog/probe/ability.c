/* SPDX-License-Identifier: Apache-2.0 */
#include "ability.h"

#include <dlfcn.h>
#include <stddef.h>

#include <infiniband/efadv.h>

#define LIBEFA "libefa.so.1"

static int (*query_device)(struct ibv_context *, struct efadv_device_attr *, uint32_t);

void ability_load(void)
{
	/* libibverbs has loaded the same file as its driver. */
	void *libefa = dlopen(LIBEFA, RTLD_NOW | RTLD_LOCAL);

	if (libefa)
		*(void **)&query_device = dlsym(libefa, "efadv_query_device"); /* as POSIX has it */
}

enum probe_ability ability_rdma_read(struct ibv_context *context)
{
	struct efadv_device_attr attr = {0};

	/* One that is no EFA device is refused by libefa without asking it. */
	if (!query_device || query_device(context, &attr, sizeof(attr)))
		return PROBE_UNKNOWN;
	return attr.device_caps & EFADV_DEVICE_ATTR_CAPS_RDMA_READ ? PROBE_YES : PROBE_NO;
}
