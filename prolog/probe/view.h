/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view: which RDMA devices exist as far as this process is concerned. Up to libfabric 2.6 one
 * device that cannot be opened makes fi_getinfo fail for all, and no setting keeps the provider
 * from opening a device. So this program exports ibv_get_device_list (see exports.list), which is
 * found before libibverbs' own by everything in the process, and shows the named devices alone.
 */
#ifndef EFA_LAYOUT_PROBE_VIEW_H
#define EFA_LAYOUT_PROBE_VIEW_H

#include <stddef.h>

/* Show these and no others; the array and the names are borrowed. Before the first call: none. */
void view_set(const char *const *names, size_t n);

#endif
