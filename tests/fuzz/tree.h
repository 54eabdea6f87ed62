/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small node of files: two network cards behind a PCIe switch (an EFA and an ENA function each,
 * type efa), a GPU, an empty port, and a ConnectX on a host bridge of its own. Inputs edit it:
 *
 *   PATH =TEXT    a file with this text and a newline
 *   PATH :TEXT    a file with just this text
 *   PATH >TEXT    a link with this target
 *   PATH -        nothing
 *   PATH /        an empty directory
 *   PATH |        a FIFO
 *   PATH #N       a file of N bytes
 *   PATH %MODE    other permission bits, octal
 *   *KIND N       N more of a kind: efa ena gpu bridge rdma netdev uverbs numa
 *
 * A PATH is one of the tree's (tree_spec.c), where PORT, SWITCH, EFA0, ENA0, EFA1, ENA1, GPU and IB
 * stand for the directories of these functions ("EFA0/vendor"); any other word stands for some path
 * or other. In TEXT, \n, \\ and \xHH are bytes. Targets of links have no way out of the tree.
 */
#ifndef EFA_LAYOUT_FUZZ_TREE_H
#define EFA_LAYOUT_FUZZ_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_PATHS_MAX 256
#define TREE_CROWD_MAX 260

enum tree_kind { TREE_ABSENT, TREE_DIR, TREE_FILE, TREE_LINK };

/* One path of the table, parents first. TREE_ABSENT: not there unless an input makes it. */
struct tree_path {
	char *name;
	enum tree_kind kind;
	char *text; /* of a file; target of a link */
	unsigned mode;
};

/* A short name of a directory. */
struct tree_alias {
	const char *name, *dir;
};

/*
 * What "*KIND N" makes. With a name: links in dir, the name and a number, to target. Without: PCI
 * functions with this device number on the host bridge dir, with the attributes of target.
 */
struct tree_crowd {
	const char *kind, *dir, *target, *name;
	unsigned slot;
};

extern struct tree_path tree_paths[TREE_PATHS_MAX];
extern size_t tree_paths_n;
extern const struct tree_alias tree_aliases[];
extern const size_t tree_aliases_n;
extern const struct tree_crowd tree_crowds[];
extern const size_t tree_crowds_n;

/* Fill the table. */
void tree_spec(void);

/* Write the tree below dir, once. */
void tree_make(const char *dir);
/* Apply an input's edits; those that cannot be done (the parent is gone) are left out. */
void tree_edit(const uint8_t *data, size_t size);
/* Take all edits back. */
void tree_undo(void);

#endif
