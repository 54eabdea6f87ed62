/* SPDX-License-Identifier: Apache-2.0 */
/* What a snapshot says about itself: snapshot.json and README. */
#ifndef EFA_LAYOUT_SNAPSHOT_NOTES_H
#define EFA_LAYOUT_SNAPSHOT_NOTES_H

#include "check.h"
#include "snapshot.h"

#define SNAPSHOT_FORMAT 1

struct snapshot_notes {
	const struct check *check;
	bool seen;	       /* the inventory could be read */
	const char *settings;  /* why layouts were not compared, "" none */
	const char *inventory; /* why there is no inventory, "" none */
	struct mask *mask;     /* settled; NULL: nothing was masked */
};

/* snapshot.json as it would be with nothing masked; to be freed. */
int snapshot_notes_text(const struct snapshot *snapshot, const struct snapshot_notes *notes,
			char **ret_text, struct err *err);
/* Add both to a snapshot that is complete and, where it is to be, masked. */
int snapshot_notes_add(struct snapshot *snapshot, const struct snapshot_notes *notes,
		       struct err *err);

#endif
