/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a policy is made of, as texts: policy.json, and over it policy.d/NAME.json in the
 * order of their names (bytes, as ls has them in the C locale). Read here, understood in
 * policy_json.c.
 */
#ifndef EFA_LAYOUT_POLICY_FILES_H
#define EFA_LAYOUT_POLICY_FILES_H

#include <stddef.h>

#include "err.h"
#include "file.h"
#include "policy.h"

#define POLICY_FILE_MAX (1u << 20) /* bytes of one */

struct policy_file {
	char *name; /* path, for messages and origins */
	char *text;
	size_t size;
};

struct policy_files {
	size_t n; /* 0: there is none, everything has its default */
	struct policy_file v[POLICY_FILES_MAX];
};

/*
 * All of them as they were at one moment: read twice, until twice the same. Files of policy.d that
 * begin with a dot or end otherwise are left alone (editors and package managers put theirs there).
 * -EAGAIN: they change all the time. On failure ret_files is empty.
 */
int policy_files_read(const char *site_dir, enum file_trust trust, struct policy_files *ret_files,
		      struct err *err);
/* One file alone; -ENOENT when it is absent. */
int policy_files_read_one(const char *path, enum file_trust trust, struct policy_files *ret_files,
			  struct err *err);
/* Add a file with this text (copied): 0, -ENOMEM, or -E2BIG for more files than there may be. */
int policy_files_add(struct policy_files *files, const char *name, const char *text, size_t size,
		     struct err *err);
/* For those who look on while files are understood. */
struct policy_watch {
	/* A sentence about a key or value; reading goes on behind it. NULL: the first one ends it.
	 */
	void (*complaint)(const char *sentence, void *arg);
	size_t *n_complaints; /* how many there were; what settings mean for each other is only
				 looked at when there was none */
	/* A setting gets another value than the policy so far has it from a file. NULL: never mind.
	 */
	void (*again)(const struct policy *policy, size_t row, const char *text, unsigned file,
		      unsigned line, void *arg);
	void *arg;
};
/* policy_parse() with an onlooker; -EINVAL also when it was told of a complaint, and err is empty
 * then. */
int policy_parse_watched(const struct policy_files *files, const struct policy_watch *watch,
			 struct policy *ret_policy, struct err *err);
void policy_files_done(struct policy_files *files);

static inline void cleanup_policy_files_fn(struct policy_files *files)
{
	policy_files_done(files);
}
#define cleanup_policy_files __attribute__((cleanup(cleanup_policy_files_fn)))

#endif
