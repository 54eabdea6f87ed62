/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for a plugin or a library below hwloc that takes the process with it when it is loaded, or
 * keeps it waiting (TEST_HWLOC_HANG). */
#include <stdlib.h>
#include <unistd.h>

static void __attribute__((constructor)) at_load(void)
{
	while (getenv("TEST_HWLOC_HANG"))
		sleep(1);
	abort();
}
