/* SPDX-License-Identifier: Apache-2.0 */
/* Files that root trusts: read with a bound and a check of owner and mode, replaced in one step. */
#ifndef EFA_LAYOUT_FILE_H
#define EFA_LAYOUT_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* Who may have written a file: its owner must be root (or the caller), and neither group nor others
 * may write. */
enum file_trust { FILE_TRUST_OWNER, FILE_TRUST_ANY };

/*
 * Read a regular file of at most max bytes. *ret_text is NUL-terminated and to be freed. With
 * FILE_TRUST_OWNER a file owned by neither root nor the effective user, or writable by group or
 * others, is refused with -EPERM, and so is one in a directory that others may write (sticky or
 * not), or that is reached by a symbolic link which others may replace (file_way.h). Other errors:
 * -ENOENT, -ENOLINK for a symbolic link that leads nowhere, -EFBIG, -EINVAL for a NUL byte inside,
 * and what open and read give.
 */
int file_read(const char *path, size_t max, enum file_trust trust, char **ret_text,
	      size_t *ret_size, struct err *err);

/* Write all of it to a descriptor, over interruptions. 0 or what write gives. */
int file_write_all(int fd, const void *data, size_t size);

/*
 * Replace path by text in one step: a new file in the same directory, written, synced, moved. The
 * old file stays whole on any failure. mode: permissions of the new file.
 */
int file_replace(const char *path, const char *text, size_t size, mode_t mode, struct err *err);
/* The same without the wait for the disk: others never see a part of it, but a machine that crashes
 * soon after may be left with an empty file. */
int file_replace_unsynced(const char *path, const char *text, size_t size, mode_t mode,
			  struct err *err);

/* Make a directory (one level) owned by the caller with this mode; an existing one must have a
 * trusted owner and mode. */
int file_ensure_dir(const char *path, mode_t mode, struct err *err);

#endif
