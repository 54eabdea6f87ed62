/* SPDX-License-Identifier: Apache-2.0 */
/* Scope-exit helpers: what is declared with one of these is released when the scope is left. */
#ifndef EFA_LAYOUT_CLEANUP_H
#define EFA_LAYOUT_CLEANUP_H

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free_fn(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_fn(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_dir_fn(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define cleanup_free  __attribute__((cleanup(cleanup_free_fn)))
#define cleanup_close __attribute__((cleanup(cleanup_close_fn)))
#define cleanup_dir   __attribute__((cleanup(cleanup_dir_fn)))

/* Hand a descriptor out of its scope: returns it and disarms the cleanup. */
static inline int steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
