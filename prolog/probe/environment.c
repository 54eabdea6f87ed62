/* SPDX-License-Identifier: Apache-2.0 */
#include "environment.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

struct setting {
	const char *name, *value;
};

static const struct setting settings[] = {
	{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
	{"LC_ALL", "C"},
	/* No GPU library: provider start would make a CUDA context on GPU 0. */
	{"FI_HMEM", "system"},
	/* Peers on one host talk through shared memory otherwise, and the device is not touched. */
	{"FI_EFA_ENABLE_SHM_TRANSFER", "0"},
	/* Packet pools from ordinary pages: the node's huge pages belong to jobs. */
	{"FI_EFA_USE_HUGE_PAGE", "0"},
	/* A few messages need no thousands of packets. */
	{"FI_EFA_TX_SIZE", "32"},
	{"FI_EFA_RX_SIZE", "32"},
	{"FI_EFA_CQ_SIZE", "256"},
	{"FI_EFA_RECVWIN_SIZE", "64"},
	/* Every receive is posted before its message is sent: no pools for what comes early. */
	{"FI_EFA_RX_COPY_UNEXP", "0"},
	{"FI_EFA_RX_COPY_OOO", "0"},
	/* The shared memory file that is made up to 1.19 although it is not used. */
	{"FI_SHM_RX_SIZE", "512"},
	{"FI_EFA_MR_CACHE_ENABLE", "0"},
	{"FI_MR_CACHE_MONITOR", "disabled"},
};

int environment_set(const char *provider)
{
	size_t i;

	if (clearenv())
		return -ENOMEM;
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (setenv(settings[i].name, settings[i].value, 1))
			return -ENOMEM;
	return setenv("FI_PROVIDER", provider, 1) ? -ENOMEM : 0;
}
