/* SPDX-License-Identifier: Apache-2.0 */
/* The node map of a sound p5.48xlarge: 8 switches with a GPU and four rails each, two NUMA nodes.
 */
#ifndef EFA_LAYOUT_TEST_P5_MAP_H
#define EFA_LAYOUT_TEST_P5_MAP_H

#include "nodemap.h"

/*
 * Of this boot, layout "efa-only", with three environment rules: FI_PROVIDER=efa by default,
 * FI_EFA_IFACE={rails} where narrowed, FI_EFA_MTU_SIZE removed. 0 or negative errno.
 */
int p5_map(struct nodemap *map, struct err *err);

#endif
