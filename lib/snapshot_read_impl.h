/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of snapshot_read.h share. Functions return 0 or -ENOMEM; all else is an omission.
 */
#ifndef EFA_LAYOUT_SNAPSHOT_READ_IMPL_H
#define EFA_LAYOUT_SNAPSHOT_READ_IMPL_H

#include <limits.h>

#include "snapshot.h"
#include "sysfs.h"

struct reader {
	struct snapshot *snapshot;
	struct sysfs_dir root;
	struct sysfs_dir pins;	/* /proc/self/fd */
	char real[PATH_MAX];	/* where root is, without links; "" for "/" */
	const char *out_prefix; /* where root's files stand in the snapshot: "" or "run/.../" */
};

/* Copy a file of at most max bytes; what it holds says how it is masked. */
int reader_file(struct reader *reader, const char *path, enum mask_content content, size_t max);
/* dir/name, an attribute of the usual size. */
int reader_attribute(struct reader *reader, const char *dir, const char *name,
		     enum mask_content content);
/* The names in a directory; none where it is absent or cannot be listed. */
int reader_list(struct reader *reader, const char *path, struct sysfs_names *ret_names);
/* An omission, with strerror's words for a negative errno. */
int reader_leave_out(struct reader *reader, const char *path, int code);

/*
 * Where class_dir/name leads in the tree (SNAPSHOT_PATH_TEXT bytes), and the link itself as an
 * entry; where it is a directory and no link, as in some captures, that place. *ret_place is ""
 * when it leads out of the tree, which is an omission.
 */
int reader_place(struct reader *reader, const char *class_dir, const char *name, char *ret_place);
/* dir/name, a link to another path of the tree; absent is nothing. */
int reader_link(struct reader *reader, const char *dir, const char *name);

/* PCI functions with their netdevs and uverbs devices; RDMA devices. */
int snapshot_read_pci(struct reader *reader);
int snapshot_read_rdma(struct reader *reader);

#endif
