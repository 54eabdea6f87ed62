/* SPDX-License-Identifier: Apache-2.0 */
#include "mounts.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>

#define SHM_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

void mounts_make_private(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL))
		return;
	/* A file there is filled to its end with zeros: by large pages where there are any. */
	if (mount("efa-layout-probe", "/dev/shm", "tmpfs", SHM_FLAGS, "mode=0700,huge=always"))
		(void)!mount("efa-layout-probe", "/dev/shm", "tmpfs", SHM_FLAGS, "mode=0700");
	(void)!mount("/dev/null", "/proc/kallsyms", NULL, MS_BIND, NULL);
}
