/* SPDX-License-Identifier: Apache-2.0 */
/* Which efa-layout the plugin belongs to: `efa-layout doctor` reads it out of the file. */
#include "efa_layout_config.h"

extern const char efa_layout_version[] __attribute__((visibility("default")));
const char efa_layout_version[] = EFA_LAYOUT_VERSION;
