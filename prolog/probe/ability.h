/* SPDX-License-Identifier: Apache-2.0 */
/* What an opened device can do, as libefa says; a node without that library is no fault. */
#ifndef EFA_LAYOUT_PROBE_ABILITY_H
#define EFA_LAYOUT_PROBE_ABILITY_H

#include "probe.h"

struct ibv_context;

/* Load libefa, once per process and before threads that ask; without it all is PROBE_UNKNOWN. */
void ability_load(void);
/* One admin command to the device: it may hang where the device does. */
enum probe_ability ability_rdma_read(struct ibv_context *context);

#endif
