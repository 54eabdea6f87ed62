/* SPDX-License-Identifier: Apache-2.0 */
/* Private to nodemap*.c: what reading and writing the file share. */
#ifndef EFA_LAYOUT_NODEMAP_IMPL_H
#define EFA_LAYOUT_NODEMAP_IMPL_H

#include <stddef.h>

#include "cpu_list.h"
#include "pci_addr.h"

#define MAP_VERSION 2
#define PATH_TEXT   256
#define CPUS_TEXT   (CPU_LIST_MAX * 5) /* "0,2,...,4094" */

/*
 * "0000:44/44:00.0/45:00.0/46:01.0/4f:00.0": segment and bus of the host bridge, then the functions
 * down to the device, without the segment where it is the host bridge's. "" for an unknown path.
 * buf: PATH_TEXT bytes. Returns buf.
 */
const char *path_text_format(const struct pci_path *path, char *buf);
/* Exactly what path_text_format writes; anything else is -EINVAL. */
int path_text_parse(const char *text, struct pci_path *ret_path);

#endif
