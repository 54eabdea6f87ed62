/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a check: those of the site, those that stand in for them, or those that are
 * tried. */
#include "check.h"
#include "log.h"
#include "policy_good.h"
#include "text.h"

static int load_last_good(struct check *check, struct err *err)
{
	const struct node_options *options = check->options;
	cleanup_policy_files struct policy_files files = {0};
	int rc = policy_good_load(options->state_dir, &files, err);

	return rc ? rc
		  : site_load_policy(&check->site, &files, options->data_dir, options->site_dir,
				     FILE_TRUST_OWNER, err);
}

/* Nothing stands in for settings that are tried. */
static int load_settings(struct check *check, struct err *err)
{
	const struct node_options *options = check->options;
	struct err why = {""};
	int rc;

	if (check->tried_policy)
		return site_load_policy(&check->site, check->tried_policy, options->data_dir,
					options->site_dir, FILE_TRUST_ANY, err);
	rc = site_load(&check->site, options->data_dir, options->site_dir, FILE_TRUST_OWNER, err);
	if (rc) {
		if (load_last_good(check, &why)) {
			log_debug("no last good policy either: %s", why.text);
			return rc;
		}
		text_printable(check->settings_problem, sizeof(check->settings_problem), err->text);
		log_error("%s; the last good policy is in force", check->settings_problem);
	}
	return 0;
}

int check_settings(struct check *check, struct err *err)
{
	int rc;

	check->settings_problem[0] = '\0';
	rc = load_settings(check, err);
	if (rc)
		return rc;
	check->deadline.end = check->deadline.start + check->site.policy.budget_ms;
	return 0;
}

void check_note_settings(struct check *check)
{
	if (check->settings_problem[0])
		verdict_note("W303", "settings", check->settings_problem, &check->verdict);
}
