/* SPDX-License-Identifier: Apache-2.0 */
#include "task_env.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "task_env_record.h"
#include "text.h"

#define VALUE_TEXT sizeof(((struct env_change *)0)->value)
#define LIBFABRIC  "EFA_LAYOUT_LIBFABRIC"
#define MPI_TYPE   "SLURM_MPI_TYPE"

struct build {
	const struct nodemap *map;
	const struct rail_choice *choice;
	env_get_fn get;
	void *arg;
	struct task_env *env;
	struct env_record own; /* what an outer task of this job got from us */
	int rule;	       /* that is applied, -1 none */
	bool any_rail;	       /* the node has one that can be used */
	unsigned libfabric;    /* version that the rules are held against, 0 unknown */
	char rails[VALUE_TEXT], rail_count[16], layout[NAME_TEXT];
	char record[VALUE_TEXT];
};

static struct env_change *change_of(const struct build *build, const char *name)
{
	for (size_t i = 0; i < build->env->n; i++)
		if (!strcmp(build->env->v[i].name, name))
			return &build->env->v[i];
	return NULL;
}

/* The change of this variable, a new one if there is none; NULL when there is no room. */
static struct env_change *change_add(const struct build *build, const char *name)
{
	struct env_change *change = change_of(build, name);

	if (change)
		return change;
	if (build->env->n == sizeof(build->env->v) / sizeof(build->env->v[0]))
		return NULL;
	change = &build->env->v[build->env->n++];
	text_format(change->name, sizeof(change->name), "%s", name);
	change->value[0] = '\0';
	return change;
}

static void set(const struct build *build, const char *name, const char *value)
{
	struct env_change *change = change_add(build, name);

	if (!change)
		return;
	change->unset = false;
	change->rule = build->rule;
	text_format(change->value, sizeof(change->value), "%s", value);
}

static void unset(const struct build *build, const char *name)
{
	struct env_change *change;

	if (!build->get(name, build->arg) && !change_of(build, name))
		return;
	change = change_add(build, name);
	if (!change)
		return;
	change->unset = true;
	change->rule = build->rule;
	change->value[0] = '\0';
}

static void set_or_unset(const struct build *build, const char *name, const char *value)
{
	if (*value)
		set(build, name, value);
	else
		unset(build, name);
}

static void warn(const struct build *build, const char *name, const char *what, const char *text)
{
	struct task_env *env = build->env;

	if (env->n_warnings == sizeof(env->warnings) / sizeof(env->warnings[0]))
		return;
	text_format(env->warnings[env->n_warnings++], sizeof(env->warnings[0]), "%s %s%s%s", name,
		    what, *text ? ": " : "", text);
}

/* The variable as the task would have it now, without what is ours from outside; NULL: not at all.
 */
static const char *current(const struct build *build, const char *name)
{
	const struct env_change *change = change_of(build, name);

	if (change)
		return change->unset ? NULL : change->value;
	return env_record_has(&build->own, name) ? NULL : build->get(name, build->arg);
}

static void list_rails(struct build *build)
{
	unsigned n = 0;

	for (size_t i = 0; i < build->map->n_rails; i++)
		build->any_rail |= build->map->rails[i].pass;
	for (size_t i = 0; i < build->map->n_rails; i++) {
		const char *name = build->map->rails[i].rdma_name;

		if (!(build->choice->rails >> i & 1) || !*name)
			continue;
		text_append(build->rails, sizeof(build->rails), "%s%s", n ? "," : "", name);
		n++;
	}
	text_format(build->rail_count, sizeof(build->rail_count), "%u", n);
}

/* Names that are ours alone, but for LIBFABRIC, by which the user has a say. */
static const char *const facts[] = {
	"EFA_LAYOUT",
	"EFA_LAYOUT_RAILS",
	"EFA_LAYOUT_RAIL_COUNT",
	"EFA_LAYOUT_PRIMARY_NETDEV",
	"EFA_LAYOUT_VERDICT",
	"EFA_LAYOUT_AFFINITY",
};

static void set_facts(const struct build *build)
{
	set_or_unset(build, "EFA_LAYOUT", build->layout);
	set_or_unset(build, "EFA_LAYOUT_RAILS", build->rails);
	set(build, "EFA_LAYOUT_RAIL_COUNT", build->rail_count);
	set_or_unset(build, "EFA_LAYOUT_PRIMARY_NETDEV", build->map->primary_netdev);
	set(build, "EFA_LAYOUT_VERDICT", outcome_text(build->map->outcome));
	set(build, "EFA_LAYOUT_AFFINITY", affinity_text(build->choice->used));
}

/* A job that brings its own libfabric says so; what an outer task of ours exported is no wish. */
static void set_libfabric(struct build *build)
{
	const char *wish = current(build, LIBFABRIC);
	char shown[24], text[96], version[sizeof(build->map->libfabric)];

	if (wish && text_is_name(wish, sizeof(version) - 1))
		build->libfabric = env_libfabric_version(wish);
	if (build->libfabric) {
		text_format(version, sizeof(version), "%s", wish);
		set(build, LIBFABRIC, version);
		return;
	}
	if (wish) {
		text_printable(shown, sizeof(shown), wish);
		text_format(text, sizeof(text), "\"%s\" is no version such as 2.3", shown);
		warn(build, LIBFABRIC, "does not count", text);
	}
	build->libfabric = env_libfabric_version(build->map->libfabric);
	if (!build->libfabric) {
		unset(build, LIBFABRIC);
		return;
	}
	set(build, LIBFABRIC, build->map->libfabric);
	env_record_add(build->record, sizeof(build->record), LIBFABRIC, build->map->libfabric);
}

/* What stands for a placeholder at `at`; *ret_n: its length. NULL: no placeholder. */
static const char *placeholder(const struct build *build, const char *at, size_t *ret_n)
{
	const struct {
		const char *name, *value;
	} known[] = {
		{"{rails}", build->rails},
		{"{rail_count}", strcmp(build->rail_count, "0") != 0 ? build->rail_count : ""},
		{"{primary_netdev}", build->map->primary_netdev},
		{"{layout}", build->layout},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		*ret_n = strlen(known[i].name);
		if (!strncmp(at, known[i].name, *ret_n))
			return known[i].value;
	}
	return NULL;
}

/* A rule's value with its placeholders filled in. False when one of them is empty, or when the
 * result is too long. */
static bool expand(const struct build *build, const char *text, char *buf)
{
	size_t used = 0;

	while (*text) {
		size_t n = 1, skip;
		const char *piece = placeholder(build, text, &skip);

		if (piece) {
			n = strlen(piece);
			if (!n)
				return false;
		} else {
			piece = text;
			skip = 1;
		}
		if (used + n >= VALUE_TEXT)
			return false;
		memcpy(buf + used, piece, n);
		used += n;
		text += skip;
	}
	buf[used] = '\0';
	return used > 0;
}

/* "pmix" is also what Slurm calls "pmix_v4". Without a type there is no MPI to start. */
static bool mpi_holds(const struct build *build, const char *types)
{
	const char *type = build->get(MPI_TYPE, build->arg), *suffix;

	if (!type || !*type)
		type = "none";
	if (env_when_lists(types, type, strlen(type)))
		return true;
	suffix = strstr(type, "_v");
	return suffix && env_when_lists(types, type, (size_t)(suffix - type));
}

/* As libfabric reads a yes or no. */
static bool means(const char *value, bool yes)
{
	static const char *const words[2][4] = {{"0", "no", "false", "off"},
						{"1", "yes", "true", "on"}};

	for (size_t i = 0; i < 4; i++)
		if (!strcasecmp(value, words[yes][i]))
			return true;
	return false;
}

/* The conditions on the variable's own value. */
static bool value_holds(const struct build *build, const struct env_rule *rule)
{
	const struct env_when *when = &rule->when;
	const char *value;

	if (!when->empty && !when->on && !when->has_at_most && !when->is[0])
		return true;
	value = current(build, rule->name);
	if (!value)
		return false;
	if (when->empty)
		return !*value == (when->empty == ENV_TRUE);
	if (when->on)
		return means(value, when->on == ENV_TRUE);
	/* As atoi has it, which libfabric asks: what is no number is 0, and what is too large may
	 * become anything. */
	if (when->has_at_most)
		return (int)strtol(value, NULL, 10) <= when->at_most;
	return !strcmp(value, when->is);
}

static bool is_as_said(enum env_truth said, bool is)
{
	return said == ENV_UNSAID || (said == ENV_TRUE) == is;
}

static bool holds(const struct build *build, const struct env_rule *rule)
{
	const struct env_when *when = &rule->when;

	if (!is_as_said(when->narrow, build->choice->narrow) ||
	    !is_as_said(when->rails, build->any_rail) ||
	    !env_when_libfabric(when, build->libfabric))
		return false;
	if (when->affinity && !(when->affinity >> build->choice->used & 1))
		return false;
	if (when->with[0] && !current(build, when->with))
		return false;
	if (when->unless[0] && current(build, when->unless))
		return false;
	if (when->mpi[0] && !mpi_holds(build, when->mpi))
		return false;
	return value_holds(build, rule);
}

static void apply(struct build *build, const struct env_rule *rule)
{
	bool present = current(build, rule->name) != NULL;
	char value[VALUE_TEXT];

	switch (rule->mode) {
	case ENV_DEFAULT:
		if (present)
			return;
		/* fall through */
	case ENV_FORCE:
		if (!expand(build, rule->value, value))
			return;
		set(build, rule->name, value);
		env_record_add(build->record, sizeof(build->record), rule->name, value);
		return;
	case ENV_UNSET:
		if (!present)
			return;
		unset(build, rule->name);
		warn(build, rule->name, "is removed", rule->text);
		return;
	case ENV_WARN:
		if (present)
			warn(build, rule->name, "is set", rule->text);
		return;
	}
}

static void unset_stale(const struct build *build)
{
	for (size_t i = 0; i < build->own.n; i++)
		if (!change_of(build, build->own.name[i]))
			unset(build, build->own.name[i]);
}

void task_env_build(const struct nodemap *map, const char *layout, const struct rail_choice *choice,
		    env_get_fn get, void *arg, struct task_env *ret_env)
{
	struct build build = {
		.map = map, .choice = choice, .get = get, .arg = arg, .env = ret_env, .rule = -1};

	ret_env->n = ret_env->n_warnings = 0;
	if (!map->environment)
		return;
	if (layout && *layout)
		text_format(build.layout, sizeof(build.layout), "%s", layout);
	else if (map->n_layouts)
		text_format(build.layout, sizeof(build.layout), "%s", map->layouts[0]);
	env_record_read(get, arg, &build.own);
	list_rails(&build);
	set_facts(&build);
	set_libfabric(&build);
	for (size_t i = 0; i < map->env.n; i++) {
		build.rule = (int)i;
		if (holds(&build, &map->env.v[i]))
			apply(&build, &map->env.v[i]);
	}
	build.rule = -1;
	unset_stale(&build);
	set_or_unset(&build, ENV_RECORD, build.record);
}

void task_env_clear(env_get_fn get, void *arg, struct task_env *ret_env)
{
	struct build build = {.get = get, .arg = arg, .env = ret_env, .rule = -1};

	ret_env->n = ret_env->n_warnings = 0;
	env_record_read(get, arg, &build.own);
	unset_stale(&build);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		unset(&build, facts[i]);
	unset(&build, ENV_RECORD);
}
