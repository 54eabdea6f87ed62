/* SPDX-License-Identifier: Apache-2.0 */
/* What writing the tree (tree.c) and editing it (tree_edit.c) share. */
#ifndef EFA_LAYOUT_FUZZ_TREE_IMPL_H
#define EFA_LAYOUT_FUZZ_TREE_IMPL_H

#include "tree.h"

/* Which paths of the table edits have changed, and tree_undo must make again. */
extern bool tree_touched[TREE_PATHS_MAX];

/* A descriptor of the directory that a path is in, without following any link; -1 when there is no
 * such directory. *ret_last is the path's last component. */
int tree_open_parent(const char *name, const char **ret_last);
/* A file, or a directory with everything in it. */
void tree_remove_at(int dir, const char *name);
/* A new file. */
void tree_write_at(int dir, const char *name, const char *text, size_t size, unsigned mode);

#endif
