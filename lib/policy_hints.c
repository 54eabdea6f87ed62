/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_hints.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy_settings.h"
#include "text.h"

/* With MessageTimeout as Slurm has it a longer prolog makes srun give up, where it is not started
 * with the allocation (slurm.conf(5): MessageTimeout, PrologFlags=Alloc). */
#define MESSAGE_TIMEOUT_MS 10000

struct hinting {
	const struct policy *policy;
	policy_hint_fn hint;
	void *arg;
};

static void say_at(const struct hinting *to, const char *name, const char *file, unsigned line,
		   const char *text)
{
	const struct policy_hint hint = {name, line ? file : "", line, text};

	to->hint(&hint, to->arg);
}

/* About a setting. */
static void say(const struct hinting *to, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(const struct hinting *to, const char *name, const char *fmt, ...)
{
	struct policy_value value;
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	policy_value(to->policy, name, &value);
	say_at(to, name, value.file, value.line, text);
}

/* About a rule for jobs. */
static void say_rule(const struct hinting *to, size_t i, const char *text)
{
	const struct job_rule *rule = &to->policy->jobs.v[i];
	char name[24];

	text_format(name, sizeof(name), "jobs[%zu]", i);
	say_at(to, name, to->policy->origin.file[rule->file], rule->line, text);
}

static unsigned line_of(const struct policy *policy, const char *name)
{
	struct policy_value value;

	policy_value(policy, name, &value);
	return value.line;
}

static void hint_actions(const struct hinting *to)
{
	static const char *const idle[] = {
		"limit.cluster_nodes",	   "limit.cluster_percent", "limit.partition_nodes",
		"limit.partition_percent", "action.faulty",	    "action.degraded",
		"action.fabric",	   "action.unknown",	    "recover.strikes",
	};
	const struct policy *policy = to->policy;
	char names[256] = "";

	for (size_t i = 0; !policy->enforce && i < sizeof(idle) / sizeof(idle[0]); i++)
		if (line_of(policy, idle[i]))
			text_append(names, sizeof(names), "%s%s", names[0] ? ", " : "", idle[i]);
	if (names[0])
		say(to, "action.enforce",
		    "false: nothing is done about any verdict, so that %s only show%s in the log",
		    names, strchr(names, ',') ? "" : "s");
	if (policy->enforce && policy->on_faulty == ACTION_DRAIN && !policy->cluster_nodes &&
	    policy->cluster_percent == 100 && !policy->partition_nodes &&
	    policy->partition_percent == 100)
		say(to, "limit.partition_percent",
		    "no limit bounds what action.faulty = drain may take away: a mistake in a "
		    "policy could drain every node");
	if (policy->lift && !policy->health_interval_s)
		say(to, "health.interval_s",
		    "0: the health check tests nothing, so that recover.lift returns no node");
}

static void hint_times(const struct hinting *to)
{
	const struct policy *policy = to->policy;

	if (!policy->cache_ttl_s && policy->check_default == CHECK_AUTO)
		say(to, "check.cache_ttl_s",
		    "0: every job waits for a test of all rails, also one that follows another at "
		    "once");
	if (policy->budget_ms > MESSAGE_TIMEOUT_MS)
		say(to, "check.budget_ms",
		    "%u is more than Slurm's MessageTimeout, which is %u unless slurm.conf says "
		    "otherwise: without PrologFlags=Alloc srun gives up on a longer prolog; and "
		    "PrologTimeout, where it is set, must be more",
		    policy->budget_ms, MESSAGE_TIMEOUT_MS);
	if (policy->late_ms &&
	    policy->budget_ms - policy->late_ms < policy->open_ms + policy->rail_ms)
		say(to, "check.late_ms",
		    "%u of check.budget_ms, which is %u, may be waited for a device: less is left "
		    "than check.open_ms and check.rail_ms give to one rail",
		    policy->late_ms, policy->budget_ms);
}

/* settings: the site's, or with a rule's over them. */
static void hint_rails(const struct hinting *to, const struct policy *settings,
		       const struct type_set *types)
{
	const struct hinting about = {settings, to->hint, to->arg};
	char text[RAILS_WISH_TEXT];
	unsigned most = 0;

	if (!rails_wish_possible(&settings->rails, NULL, types, &most))
		say(&about, "layout.rails", "no instance type can offer %s: the most is %u%s",
		    rails_wish_text(&settings->rails, text), most,
		    settings->rails.kind == RAILS_PER_GPU ? " for each accelerator" : "");
}

/* Is each name of a list also in the other? */
static bool all_among(const char *names, const char *others)
{
	char name[1024];

	while (*names) {
		size_t n = strcspn(names, ",");

		text_format(name, sizeof(name), "%.*s", (int)n, names);
		if (!job_names_have(others, name))
			return false;
		names += n + (names[n] == ',');
	}
	return true;
}

static bool any_among(const char *names, const char *others)
{
	char name[1024];

	while (*names) {
		size_t n = strcspn(names, ",");

		text_format(name, sizeof(name), "%.*s", (int)n, names);
		if (job_names_have(others, name))
			return true;
		names += n + (names[n] == ',');
	}
	return false;
}

/* Does the other hold for every job for which the rule does? */
static bool covers(const struct job_rules *rules, const struct job_rule *other,
		   const struct job_rule *rule)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++) {
		if (!other->when[fact])
			continue;
		if (!rule->when[fact] ||
		    !all_among(rules->text + rule->when[fact], rules->text + other->when[fact]))
			return false;
	}
	return true;
}

/* Is there a job for which both hold? A user has several groups, and of all else one. */
static bool meet(const struct job_rules *rules, const struct job_rule *a, const struct job_rule *b)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (fact != JOB_GROUP && a->when[fact] && b->when[fact] &&
		    !any_among(rules->text + a->when[fact], rules->text + b->when[fact]))
			return false;
	return true;
}

static const char *value_in(const struct job_rules *rules, const struct job_rule *rule, size_t row)
{
	for (size_t i = 0; i < rule->n_set; i++)
		if (rule->set[i].setting == row)
			return rules->text + rule->set[i].value;
	return NULL;
}

static bool sets_all_of(const struct job_rules *rules, const struct job_rule *other,
			const struct job_rule *rule)
{
	for (size_t i = 0; i < rule->n_set; i++)
		if (!value_in(rules, other, rule->set[i].setting))
			return false;
	return true;
}

/* A later rule stands over this one whenever it holds. */
static void hint_covered(const struct hinting *to, size_t i)
{
	const struct job_rules *rules = &to->policy->jobs;
	char text[160];

	for (size_t k = i + 1; k < rules->n; k++) {
		if (!covers(rules, &rules->v[k], &rules->v[i]) ||
		    !sets_all_of(rules, &rules->v[k], &rules->v[i]))
			continue;
		text_format(text, sizeof(text),
			    "never decides: jobs[%zu], in line %u, holds for the same jobs and "
			    "stands over it; the more special rule has to come last",
			    k, rules->v[k].line);
		say_rule(to, i, text);
		return;
	}
}

/* Each rule alone was checked. */
static void hint_together(const struct hinting *to, size_t i, size_t k)
{
	const struct job_rules *rules = &to->policy->jobs;
	struct policy first, both;
	struct err why = {""};
	char text[sizeof(why.text) + 96];

	if (!meet(rules, &rules->v[i], &rules->v[k]))
		return;
	policy_take(to->policy, i, &first);
	policy_take(&first, k, &both);
	if (!policy_check_alone(&both, &why))
		return;
	text_format(text, sizeof(text), "contradicts jobs[%zu] for jobs for which both hold: %s", i,
		    why.text);
	say_rule(to, k, text);
}

/* Sets nothing but what holds without it. */
static bool is_idle(const struct policy *policy, size_t i)
{
	const struct job_rule *rule = &policy->jobs.v[i];
	struct policy_value value;
	char name[64];

	for (size_t s = 0; s < rule->n_set; s++) {
		const struct setting *setting = &policy_settings[rule->set[s].setting];

		for (size_t k = 0; k < i; k++)
			if (value_in(&policy->jobs, &policy->jobs.v[k], rule->set[s].setting))
				return false;
		text_format(name, sizeof(name), "%s.%s", setting->group, setting->name);
		policy_value(policy, name, &value);
		if (strcmp(value.value, policy->jobs.text + rule->set[s].value) != 0)
			return false;
	}
	return true;
}

static void hint_jobs(const struct hinting *to, const struct type_set *types)
{
	const struct policy *policy = to->policy;
	struct policy taken;

	for (size_t i = 0; i < policy->jobs.n; i++) {
		hint_covered(to, i);
		if (is_idle(policy, i))
			say_rule(to, i, "sets only what holds for every job without it");
		policy_take(policy, i, &taken);
		if (memcmp(&taken.rails, &policy->rails, sizeof(taken.rails)) != 0)
			hint_rails(to, &taken, types);
		for (size_t k = 0; k < i; k++)
			hint_together(to, k, i);
	}
}

void policy_hints(const struct policy *policy, const struct type_set *types, policy_hint_fn hint,
		  void *arg)
{
	const struct hinting to = {policy, hint, arg};

	if (!strcmp(policy->layout_default, "none"))
		say(&to, "layout.default",
		    "none: jobs that say nothing are let in without any check of their nodes");
	hint_actions(&to);
	hint_times(&to);
	hint_rails(&to, policy, types);
	hint_jobs(&to, types);
}
