/* SPDX-License-Identifier: Apache-2.0 */
#include "submit_policy.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "text.h"

#define GROUPS_MAX 1024

static const char *user_name(char *buf, size_t size)
{
	const struct passwd *entry = getpwuid(getuid());

	return entry && !text_format(buf, size, "%s", entry->pw_name) ? buf : NULL;
}

static bool add_group(gid_t gid, char *buf, size_t size)
{
	const struct group *entry = getgrgid(gid);

	/* A group without a name is in no rule. */
	return !entry || !text_append(buf, size, "%s%s", *buf ? "," : "", entry->gr_name);
}

/* NULL where they are too many to tell. */
static const char *group_names(char *buf, size_t size)
{
	gid_t groups[GROUPS_MAX];
	int n = getgroups(GROUPS_MAX, groups);

	buf[0] = '\0';
	if (n < 0 || !add_group(getgid(), buf, size))
		return NULL;
	for (int i = 0; i < n; i++)
		if (!add_group(groups[i], buf, size))
			return NULL;
	return buf;
}

struct policy *submit_policy(const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *whole = malloc(sizeof(*whole));
	cleanup_free struct policy *policy = malloc(sizeof(*policy));
	struct job_facts facts = {{NULL}};
	struct policy *taken = policy;
	char user[256], groups[8192];
	struct err err;
	unsigned asked;

	if (!whole || !policy)
		return NULL;
	if (policy_load_site(dirs->site, FILE_TRUST_OWNER, whole, &err)) {
		log_debug("policy is not known here, the node decides: %s", err.text);
		return NULL;
	}
	asked = job_rules_ask(&whole->jobs);
	if (asked & 1u << JOB_USER)
		facts.v[JOB_USER] = user_name(user, sizeof(user));
	if (asked & 1u << JOB_GROUP)
		facts.v[JOB_GROUP] = group_names(groups, sizeof(groups));
	if (policy_for_job(whole, &facts, policy)) {
		log_debug("policy depends on the job, the node decides");
		return NULL;
	}
	policy = NULL;
	return taken;
}
