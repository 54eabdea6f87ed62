/* SPDX-License-Identifier: Apache-2.0 */
/* Which accelerators a task may use: those whose device files it may open. */
#ifndef EFA_LAYOUT_TASK_DEVICES_H
#define EFA_LAYOUT_TASK_DEVICES_H

#include <stddef.h>

#include "cpu_list.h"

/*
 * Look whether the caller may open nvidia0, neuron0 and so on in dir ("/dev"), up to n of them; the
 * device cgroup has a say in that, and no device is opened. The set is empty where there are none.
 */
void task_devices(const char *dir, size_t n, struct cpu_list *ret_devices);

#endif
