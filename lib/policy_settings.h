/* SPDX-License-Identifier: Apache-2.0 */
/* Private to policy*.c: one row per setting. Defaults, loading, printing and the hash run over it.
 */
#ifndef EFA_LAYOUT_POLICY_SETTINGS_H
#define EFA_LAYOUT_POLICY_SETTINGS_H

#include "policy.h"

enum setting_type { SETTING_NAME, SETTING_BOOL, SETTING_UINT, SETTING_ACTION, SETTING_AFFINITY };

struct setting {
	const char *group, *name; /* "check", "budget_ms" */
	enum setting_type type;
	size_t offset;	    /* in struct policy */
	unsigned min, max;  /* SETTING_UINT */
	unsigned actions;   /* SETTING_ACTION: bit per allowed enum policy_action */
	const char *preset; /* default, as policy_print shows it */
	const char *sentence;
};

extern const struct setting policy_settings[];
extern const size_t policy_settings_n;

/* Give a setting the value that stands in text; the text is known to be right. */
void policy_assign(struct policy *policy, const struct setting *setting, const char *text);
/* Hash of all settings as they are now, into policy->hash. */
void policy_set_hash(struct policy *policy);

#endif
