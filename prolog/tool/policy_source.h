/* SPDX-License-Identifier: Apache-2.0 */
/* A policy by a word or a path: "installed", "default", "last-good", a file, a site's folder. */
#ifndef EFA_LAYOUT_POLICY_SOURCE_H
#define EFA_LAYOUT_POLICY_SOURCE_H

#include "node_options.h"
#include "policy.h"

/*
 * What is in force on this machine must be trustworthy as it is for the gate; what a path names is
 * only looked at, whoever wrote it. A folder in which there is no file of settings is -ENOENT. A
 * file that has one of the words for a name is ./WORD.
 */
int policy_source_load(const char *name, const struct node_options *options,
		       struct policy *ret_policy, struct err *err);

#endif
