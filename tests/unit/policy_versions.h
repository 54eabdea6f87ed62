/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of two versions, whose numbers say which they are. Include after site_folder.h. */
#ifndef EFA_LAYOUT_TEST_POLICY_VERSIONS_H
#define EFA_LAYOUT_TEST_POLICY_VERSIONS_H

#include "policy.h"

static bool is_one_version(const struct policy *policy)
{
	unsigned version = policy->cluster_nodes;

	return policy->budget_ms == 1000 + version && policy->open_ms == 100 + version &&
	       policy->rail_ms == 100 + version;
}

/* v0 or v1: a folder with two drop-ins. */
static void make_version_folder(unsigned version)
{
	char file[32], text[128];

	text_format(file, sizeof(file), "v%u", version);
	folder_make(file);
	text_format(file, sizeof(file), "v%u/1.json", version);
	text_format(text, sizeof(text), "{\"check\": {\"budget_ms\": %u, \"open_ms\": %u}}",
		    1000 + version, 100 + version);
	folder_write(file, text);
	text_format(file, sizeof(file), "v%u/2.json", version);
	text_format(text, sizeof(text),
		    "{\"check\": {\"rail_ms\": %u}, \"limit\": {\"cluster_nodes\": %u}}",
		    100 + version, version);
	folder_write(file, text);
}

/* Let policy.d lead there, in one step. */
static bool link_version_folder(unsigned version)
{
	return !symlink(version ? "v1" : "v0", folder_path("new")) &&
	       !rename(folder_path("new"), folder_path("policy.d"));
}

#endif
