/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "policy_files.h"
#include "policy_good.h"

static int load_last_good(const char *state_dir, struct policy *ret_policy, struct err *err)
{
	cleanup_policy_files struct policy_files files = {0};
	int rc = policy_good_load(state_dir, &files, err);

	return rc ? rc : policy_parse(&files, ret_policy, err);
}

static int load_path(const char *path, struct policy *ret_policy, struct err *err)
{
	cleanup_policy_files struct policy_files files = {0};
	struct stat st;
	int rc;

	if (stat(path, &st))
		return err_set(err, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		rc = policy_files_read(path, FILE_TRUST_ANY, &files, err);
	else
		rc = policy_files_read_one(path, FILE_TRUST_ANY, &files, err);
	if (!rc && !files.n)
		rc = err_set(err, -ENOENT, "%s: neither policy.json nor policy.d/*.json is there",
			     path);
	return rc ? rc : policy_parse(&files, ret_policy, err);
}

int policy_source_load(const char *name, const struct node_options *options,
		       struct policy *ret_policy, struct err *err)
{
	if (!strcmp(name, "installed"))
		return policy_load_site(options->site_dir, FILE_TRUST_OWNER, ret_policy, err);
	if (!strcmp(name, "last-good"))
		return load_last_good(options->state_dir, ret_policy, err);
	if (strcmp(name, "default") != 0)
		return load_path(name, ret_policy, err);
	policy_defaults(ret_policy);
	return 0;
}
