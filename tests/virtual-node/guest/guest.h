/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of the agent, the first process of the virtual node after the initramfs. It stands in for
 * udev (names of devices), for the cloud's network set-up (addresses) and for a login (the
 * command).
 */
#ifndef GUEST_H
#define GUEST_H

#include <stddef.h>
#include <sys/types.h>

#define VNODE_DIR "/run/vnode/"
#define RUN_DIR	  VNODE_DIR "run/" /* this boot's orders, written by the host */

/* Prints a sentence on the console, with errno if it is not 0, and goes on. */
void warn_console(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Contents of a file of this boot's orders, NUL terminated, "" if there is none. Freed by caller.
 */
char *order_read(const char *name, size_t *ret_len);

/* Renames RDMA and network devices as the orders say; again whenever the kernel adds one. */
int naming_open(void);	  /* descriptor to poll, or -1 */
int naming_event(int fd); /* reads what came and renames; 1 when a device was added */
void naming_apply(void);  /* renames whatever has not its name yet */

/* Sets an interface up, with an address unless it is NULL. name may be an alias such as "lo:0". */
int net_up(const char *name, const char *address, const char *netmask);

/* Listening socket of the metadata service, or -1. Python starts with the first connection. */
int imds_listen(void);
pid_t imds_start(int listener);

/* Gives a virtio port the name that udev gives it, /dev/virtio-ports/NAME, as soon as it appears.
 */
int port_link(const char *name);

/* The same, and the port open for reading and writing, or -1. */
int port_open(const char *name);

/* The command of this boot with its output in *ret_output (-1 when it has a terminal). */
pid_t command_start(int *ret_output);

#endif
