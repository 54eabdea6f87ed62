/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node as a list of files, directories and links that, written below a directory, can be read
 * instead of the node (--root). Nothing here reads or writes files: snapshot_read.h fills the list,
 * snapshot_hide takes addresses and serial numbers out of it, snapshot_folder.h writes it.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_H
#define EFA_LAYOUT_SNAPSHOT_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"
#include "inventory.h"
#include "snapshot_mask.h"

enum snapshot_kind { SNAPSHOT_DIR, SNAPSHOT_FILE, SNAPSHOT_LINK, SNAPSHOT_KINDS };

struct snapshot_entry {
	enum snapshot_kind kind;
	enum mask_content content; /* of a file */
	mode_t mode;		   /* of a file */
	char *path;		   /* "sys/class/net/ens5": relative, without "." and ".." */
	size_t place;		   /* in the order of adding */
	char *text; /* a file's contents without their last newline, a link's target; else NULL */
};

/* What is on the node, but not in the snapshot. */
struct snapshot_omission {
	char *path, *why;
};

/* Start from zeros. All strings are the snapshot's own. */
struct snapshot {
	size_t n, room;
	struct snapshot_entry *v;
	size_t n_left_out, left_out_room;
	struct snapshot_omission *left_out;
};

void snapshot_done(struct snapshot *snapshot);

/* A relative path of plain names, SNAPSHOT_PATH_TEXT bytes at most, printable ASCII. */
#define SNAPSHOT_PATH_TEXT 512
bool snapshot_path_valid(const char *path);

/* Each is -EINVAL for a path that is not valid, or -ENOMEM. Adding a path again is no error: the
 * first one counts. */
int snapshot_add_dir(struct snapshot *snapshot, const char *path);
/* Takes a copy of text; a newline at its end is left out (writing adds one). */
int snapshot_add_file(struct snapshot *snapshot, const char *path, enum mask_content content,
		      mode_t mode, const char *text);
/* to: a path of the same list. The link is relative, and keeps the last name of to: the kernel's
 * way of saying which function a device belongs to. */
int snapshot_add_link(struct snapshot *snapshot, const char *path, const char *to);
int snapshot_leave_out(struct snapshot *snapshot, const char *path, const char *why);

/*
 * Where a link leads: target as seen from the directory dir, worked out by the names alone.
 * -EINVAL when it is absolute or leads out of the tree. ret_path: SNAPSHOT_PATH_TEXT bytes.
 */
int snapshot_resolve(const char *dir, const char *target, char *ret_path);

size_t snapshot_count(const struct snapshot *snapshot, enum snapshot_kind kind);
/* How many names are directly in a directory. */
size_t snapshot_count_in(const struct snapshot *snapshot, const char *dir);

/* The contents of a file, borrowed; NULL when it is not there. */
const char *snapshot_text(const struct snapshot *snapshot, const char *path);

/*
 * Replace in all paths, links and contents what mask.h replaces. The interfaces of the facts come
 * first and are numbered as the facts have them; then everything in order of paths, then what
 * the text also has. mask is new, and settled afterwards: that text can then be masked alike. A
 * file that cannot be masked (no hwloc XML) is taken out and becomes an omission.
 */
int snapshot_hide(struct snapshot *snapshot, const struct eni_facts *facts, const char *also,
		  struct mask *mask, struct err *err);

/* Every parent directory is there, paths are in order and there once. To be called when all is
 * added. */
int snapshot_settle(struct snapshot *snapshot, struct err *err);

#endif
