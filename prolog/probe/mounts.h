/* SPDX-License-Identifier: Apache-2.0 */
/* A view of /dev/shm and /proc/kallsyms of our own. */
#ifndef EFA_LAYOUT_PROBE_MOUNTS_H
#define EFA_LAYOUT_PROBE_MOUNTS_H

/*
 * Leave the node's mount namespace, so that
 *  - what libfabric puts into /dev/shm goes with us: up to 1.19 each efa endpoint makes a file
 * there even with shared memory off, and a killed helper leaves its files behind;
 *  - /proc/kallsyms is empty: the verbs provider reads all of it twice at each start, which is most
 *    of the time of fi_getinfo, to find out about features that nobody here uses.
 * Unmounts on the node go on reaching us, so that a helper that is left behind keeps nothing busy.
 * Only root can; without it, or in a container that does not let us, things are as they are.
 */
void mounts_make_private(void);

#endif
