/* SPDX-License-Identifier: Apache-2.0 */
/* May root go where a path leads? */
#ifndef EFA_LAYOUT_FILE_WAY_H
#define EFA_LAYOUT_FILE_WAY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "err.h"

/* Whose file or directory it is, root's or the caller's, and nobody else may write it. */
int file_check_owner(const struct stat *st, const char *path, struct err *err);

/*
 * The directory that the file is in, and those of all symbolic links on the way to it: whoever can
 * write one of them can make the path lead elsewhere. A link in a directory for everybody, such as
 * /tmp, is right when it is root's or the caller's: the sticky bit keeps others from moving it.
 * -EPERM with the place that is not trusted, -ELOOP for more links than the kernel takes.
 */
int file_check_way(const char *path, struct err *err);
/* The same for the links alone: for a directory, whose own place may be one for everybody. */
int file_check_links(const char *path, struct err *err);

/* Is it a symbolic link to what is not there? Not one that was replaced a moment ago. */
bool file_leads_nowhere(const char *path);

#endif
