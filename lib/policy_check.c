/* SPDX-License-Identifier: Apache-2.0 */
/* What settings of a policy mean for each other. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy.h"
#include "text.h"

int policy_complain(const struct policy *policy, const char *name, const char *other, int code,
		    struct err *err, const char *fmt, ...)
{
	struct policy_value value, beside;
	struct err what = {""};
	va_list args;

	va_start(args, fmt);
	vsnprintf(what.text, sizeof(what.text), fmt, args);
	va_end(args);
	policy_value(policy, name, &value);
	if (!value.line && other) {
		policy_value(policy, other, &beside);
		value.line = beside.line;
		memcpy(value.file, beside.file, sizeof(value.file));
	}
	if (!value.line)
		return err_set(err, code, "%s: %s", name, what.text);
	return err_set(err, code, "%s:%u: %s: %s", value.file, value.line, name, what.text);
}

static int check_times(const struct policy *policy, struct err *err)
{
	static const char budget[] = "check.budget_ms";

	if (policy->open_ms > policy->budget_ms)
		return policy_complain(policy, "check.open_ms", budget, -EINVAL, err,
				       "%u is more than check.budget_ms, which is %u; a device "
				       "must open inside the budget",
				       policy->open_ms, policy->budget_ms);
	if (policy->rail_ms > policy->budget_ms)
		return policy_complain(policy, "check.rail_ms", budget, -EINVAL, err,
				       "%u is more than check.budget_ms, which is %u; a rail must "
				       "be tested inside the budget",
				       policy->rail_ms, policy->budget_ms);
	if (policy->late_ms >= policy->budget_ms)
		return policy_complain(policy, "check.late_ms", budget, -EINVAL, err,
				       "%u leaves no time for a test inside check.budget_ms, which "
				       "is %u",
				       policy->late_ms, policy->budget_ms);
	return 0;
}

static int check_layouts(const struct policy *policy, struct err *err)
{
	static const char layout[] = "layout.default";
	const char *name = policy->layout_default;
	const char *declared = policy->layout_declared;

	if (!strcmp(name, "none") && !policy->layout_allow_none)
		return policy_complain(policy, layout, "layout.allow_none", -EINVAL, err,
				       "none contradicts layout.allow_none, which is false; allow "
				       "none, or choose another default");
	if (!strcmp(name, "auto") || !strcmp(name, "help"))
		return policy_complain(policy, layout, NULL, -EINVAL, err,
				       "\"%s\" is no layout; choose any, none or a layout's name",
				       name);
	if (!strcmp(declared, "any") || !strcmp(declared, "none"))
		return policy_complain(policy, "layout.declared", NULL, -EINVAL, err,
				       "\"%s\" is no layout; choose auto or a layout's name",
				       declared);
	if (strcmp(name, "none") != 0 && !policy_allows_layout(policy, name))
		return policy_complain(policy, layout, "layout.allow", -EINVAL, err,
				       "%s is not among layout.allow, which is %s; every job that "
				       "asks for nothing would be refused",
				       name, policy->layout_allow);
	return 0;
}

int policy_check_alone(const struct policy *policy, struct err *err)
{
	int rc = check_times(policy, err);

	if (!rc)
		rc = check_layouts(policy, err);
	if (!rc && policy->check_floor > policy->check_ceiling)
		rc = policy_complain(policy, "check.floor", "check.ceiling", -EINVAL, err,
				     "%s is more than check.ceiling, which is %s",
				     check_depth_text(policy->check_floor),
				     check_depth_text(policy->check_ceiling));
	return rc;
}

static int say_rule(const struct policy *policy, const struct job_rule *rule, int rc,
		    struct err *err)
{
	if (err)
		text_append(err->text, sizeof(err->text), " (with the rule for jobs at %s:%u)",
			    policy->origin.file[rule->file], rule->line);
	return rc;
}

/* Each rule alone must make sense. */
static int check_jobs(const struct policy *policy, struct err *err)
{
	for (size_t i = 0; i < policy->jobs.n; i++) {
		const struct job_rule *rule = &policy->jobs.v[i];
		struct policy taken;
		int rc;

		policy_take(policy, i, &taken);
		rc = policy_check_alone(&taken, err);
		if (rc)
			return say_rule(policy, rule, rc, err);
	}
	return 0;
}

int policy_check(const struct policy *policy, struct err *err)
{
	int rc = policy_check_alone(policy, err);

	return rc ? rc : check_jobs(policy, err);
}
