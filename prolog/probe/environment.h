/* SPDX-License-Identifier: Apache-2.0 */
/* The environment that libfabric sees: ours alone. */
#ifndef EFA_LAYOUT_PROBE_ENVIRONMENT_H
#define EFA_LAYOUT_PROBE_ENVIRONMENT_H

/*
 * Throw the whole environment away and set what the probe needs. Wrong FI_*, RDMAV_* and IBV_*
 * values abort the process from inside libfabric, or send the traffic somewhere else. 0 or -ENOMEM.
 */
int environment_set(const char *provider);

#endif
