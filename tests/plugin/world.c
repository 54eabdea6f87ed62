/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p5_map.h"

static const char layouts[] =
	"{\"layouts\": [\n"
	"{\"name\": \"efa-only\", \"summary\": \"primary EFA with ENA, others EFA alone\", "
	"\"cards\": ["
	"{\"cards\": \"primary\", \"efa\": true, \"ena\": true}, "
	"{\"cards\": \"others\", \"efa\": true, \"ena\": false}]},\n"
	"{\"name\": \"all-efa\", \"summary\": \"every card EFA with ENA\", \"cards\": ["
	"{\"cards\": \"all\", \"efa\": true, \"ena\": true}]}]}\n";

static char base[64];

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

const char *world_path(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

void world_write(const char *name, const char *text)
{
	FILE *to = fopen(world_path(name), "w");

	need(to && fputs(text, to) >= 0 && !fclose(to), name);
	need(!chmod(world_path(name), 0644), name);
}

void world_map(const struct nodemap *map)
{
	struct err err = {""};

	if (nodemap_save(world_path("run/node.json"), map, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
}

struct nodemap *world_p5(void)
{
	struct nodemap *map = malloc(sizeof(*map));
	struct err err;

	need(map && !p5_map(map, &err), "p5 map");
	return map;
}

int world_setup(void **state)
{
	struct nodemap *map = world_p5();

	(void)state;
	snprintf(base, sizeof(base), "/tmp/efa-layout-plugin.XXXXXX");
	need(mkdtemp(base), base);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = {"data", "site", "run"};

		need(!mkdir(world_path(names[i]), 0755), names[i]);
	}
	world_write("data/layouts.json", layouts);
	world_map(map);
	free(map);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int world_teardown(void **state)
{
	(void)state;
	return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *argument(const char *key, const char *name)
{
	char *text;

	need(asprintf(&text, "%s=%s/%s", key, base, name) > 0, key);
	return text;
}

static void traced(const char *what, int rc)
{
	size_t n = strlen(fake->trace);

	snprintf(fake->trace + n, sizeof(fake->trace) - n, "rc %s %d\n", what, rc);
}

static void give(const char *name, const char *value)
{
	if (value)
		traced(name, fake_option(name, value));
}

/* What clients and steps have in common. */
static void begin(const struct act *act, int *ret_argc, char **argv)
{
	char *usual[] = {argument("data_dir", "data"), argument("site_dir", "site"),
			 argument("run_dir", "run")};

	*ret_argc = act->argc ? act->argc : 3;
	for (int i = 0; i < *ret_argc; i++)
		argv[i] = act->argc ? act->argv[i] : usual[i];
	traced("init", slurm_spank_init(NULL, *ret_argc, argv));
	give("efa-layout", act->layout_low);
	give("efa-layout", act->layout);
	give("efa-affinity", act->affinity);
	give("efa-rails", act->rails);
	give("efa-check", act->check);
	give("efa-verbose", act->verbose);
	give("no-efa-env", act->no_env);
	traced("post_opt", slurm_spank_init_post_opt(NULL, *ret_argc, argv));
}

static void client(void *arg)
{
	const struct act *act = arg;
	char *argv[4];
	int argc;

	/* The tests may themselves run in a job. */
	clearenv();
	for (size_t i = 0; i < 8 && act->env[i][0]; i++)
		setenv(act->env[i][0], act->env[i][1], 1);
	program_invocation_short_name = (char *)(act->program ? act->program : "srun");
	begin(act, &argc, argv);
	slurm_spank_exit(NULL, argc, argv);
}

static void step(void *arg)
{
	char *argv[4];
	int argc;

	begin(arg, &argc, argv);
	traced("task_init", slurm_spank_task_init(NULL, argc, argv));
	slurm_spank_exit(NULL, argc, argv);
}

int world_client(const struct act *act)
{
	return fake_run(client, (void *)act);
}

int world_step(const struct act *act)
{
	return fake_run(step, (void *)act);
}
