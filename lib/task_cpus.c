/* SPDX-License-Identifier: Apache-2.0 */
#include "task_cpus.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "log.h"

/* The kernel's mask is made of longs, the list of 64 bits: the same machines. */
_Static_assert(sizeof(unsigned long) == sizeof(((struct cpu_list *)0)->word[0]),
	       "a CPU mask and a CPU list have words of one size");

bool task_cpus(struct cpu_list *ret_cpus)
{
	memset(ret_cpus, 0, sizeof(*ret_cpus));
	if (!sched_getaffinity(0, sizeof(ret_cpus->word), (cpu_set_t *)(void *)ret_cpus->word))
		return true;
	log_debug("CPUs of the task are not known: %s", strerror(errno));
	return false;
}
