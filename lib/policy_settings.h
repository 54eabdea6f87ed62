/* SPDX-License-Identifier: Apache-2.0 */
/* One row per setting, for policy*.c and for what shows them all. Defaults, loading, printing and
 * the hash run over it.
 */
#ifndef EFA_LAYOUT_POLICY_SETTINGS_H
#define EFA_LAYOUT_POLICY_SETTINGS_H

#include "policy.h"

enum setting_type {
	SETTING_NAME,
	SETTING_NAMES,
	SETTING_BOOL,
	SETTING_UINT,
	SETTING_ACTION,
	SETTING_AFFINITY,
	SETTING_RAILS,
	SETTING_DEPTH
};

struct setting {
	const char *group, *name; /* "check", "budget_ms" */
	enum setting_type type;
	size_t offset;	    /* in struct policy */
	unsigned min, max;  /* SETTING_UINT; of SETTING_DEPTH the first word */
	unsigned actions;   /* SETTING_ACTION: bit per allowed enum policy_action */
	const char *preset; /* default, as policy_print shows it */
	const char *sentence;
	bool of_job; /* rules for some jobs may set it */
};

extern const struct setting policy_settings[];
extern const size_t policy_settings_n;

/* The words that a setting may have, 0: it is of another type. */
#define POLICY_WORDS_MAX 8
size_t policy_setting_words(const struct setting *setting, const char **ret_words);
/* Give a setting the value that stands in text; the text is known to be right. */
void policy_assign(struct policy *policy, const struct setting *setting, const char *text);
/* Hash of all settings as they are now, into policy->hash. */
void policy_set_hash(struct policy *policy);

struct json;

/* A value of the file, checked, as text for policy_assign(). buf: POLICY_VALUE_TEXT bytes. */
int policy_read_value(const struct json *value, const struct setting *setting, char *buf,
		      struct err *err);
/* Takes the text of a setting's value. */
typedef int (*policy_take_fn)(size_t row, const char *text, const struct json *value, void *arg,
			      struct err *err);
/* Settings of one group; every other key is refused. of_job: only those that rules for some jobs
 * may set. */
int policy_read_group(const struct json *group, const char *name, bool of_job, policy_take_fn take,
		      void *arg, struct err *err);
/* The list "jobs" of this file, behind the rules that are there. */
int policy_read_jobs(const struct json *list, unsigned char file, struct job_rules *rules,
		     struct err *err);

#endif
