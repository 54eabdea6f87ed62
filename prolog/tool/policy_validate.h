/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout policy validate: are a site's files right, said before they are anywhere near a node.
 */
#ifndef EFA_LAYOUT_POLICY_VALIDATE_H
#define EFA_LAYOUT_POLICY_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "file.h"

/* A command of "policy": argv[0] is its name. Returns an exit status. */
int policy_validate(int argc, char **argv);

enum site_kind {
	KIND_POLICY,
	KIND_LAYOUTS,
	KIND_TYPES,
	KIND_ENVIRONMENT,
	KIND_SITE, /* a folder with all of them */
	SITE_KINDS
};

struct validation_note {
	bool is_hint;
	char *text; /* "file:line: key: sentence" */
};

/* What is said about one file or folder. Starts from zeros with path and kind. */
struct validation {
	const char *path;
	enum site_kind kind;
	size_t n_complaints, n, room;
	struct validation_note *v;
	bool out_of_memory;
	char summary[256]; /* of what is right */
	char hash[17];	   /* of a policy, "" none */
};

/* Where shipped data and the site's are, and how far files are trusted. */
struct validation_means {
	const char *data_dir, *site_dir;
	enum file_trust trust;
};

/* Look at the file, and say all there is to say. */
void validation_run(struct validation *validation, const struct validation_means *means);
void validation_done(struct validation *validation);

#endif
