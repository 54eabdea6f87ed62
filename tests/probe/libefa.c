/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for libefa: a context is the answer that the test wants. */
#include <errno.h>
#include <string.h>

#include <infiniband/efadv.h>

#include "libefa.h"

__attribute__((visibility("default"))) int efadv_query_device(struct ibv_context *context,
							      struct efadv_device_attr *attr,
							      uint32_t size)
{
	const struct answer *answer = (const void *)context;

	if (answer->error || size != sizeof(*attr))
		return answer->error ? answer->error : EINVAL;
	memset(attr, 0, size);
	attr->device_caps = answer->caps;
	return 0;
}
