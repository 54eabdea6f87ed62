/* SPDX-License-Identifier: Apache-2.0 */
#include "task_devices.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

void task_devices(const char *dir, size_t n, struct cpu_list *ret_devices)
{
	static const char *const names[] = {"nvidia", "neuron"};
	char path[PATH_MAX];

	memset(ret_devices, 0, sizeof(*ret_devices));
	for (size_t kind = 0; kind < sizeof(names) / sizeof(names[0]); kind++)
		for (unsigned i = 0; i < n && i < CPU_LIST_MAX; i++)
			if (!text_format(path, sizeof(path), "%s/%s%u", dir, names[kind], i) &&
			    !access(path, R_OK | W_OK))
				cpu_list_add(ret_devices, i);
}
