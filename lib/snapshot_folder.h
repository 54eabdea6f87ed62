/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory that a snapshot is written into: new or empty, and nobody else's to write. All is
 * made relative to its descriptor and exclusively, no link is followed: root may do this in a
 * directory that everybody may write.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_FOLDER_H
#define EFA_LAYOUT_SNAPSHOT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "snapshot.h"

struct snapshot_folder {
	int fd, parent_fd;
	const char *path; /* as given, for messages; borrowed */
	char name[256];	  /* in the parent; "" for the root of all */
	bool created;	  /* by snapshot_folder_open */
};

/*
 * Make the directory, or take an empty one. -EEXIST (something else, a link, or not empty), -EPERM
 * (an existing one that another owns or may write), and what making it gives (-ENOENT: its parent
 * is missing, -EACCES, ...).
 */
int snapshot_folder_open(const char *path, struct snapshot_folder *ret_folder, struct err *err);

/*
 * Write a settled snapshot, directories 0755, files as they say. Whatever fails, also a name that
 * somebody put there meanwhile, takes everything away again that was made by this call.
 */
int snapshot_folder_write(struct snapshot_folder *folder, const struct snapshot *snapshot,
			  struct err *err);

/* Take the directory itself away if snapshot_folder_open made it; what others put into it stays. */
void snapshot_folder_remove(struct snapshot_folder *folder);
void snapshot_folder_close(struct snapshot_folder *folder);

#endif
