/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout env: what the plugin would set for a task, for sites that cannot load it. As Slurm's
 * TaskProlog (--task) its lines are Slurm's; else a shell's, to be evaluated by a script.
 *
 * It runs as the user, in the task's place, and never fails the task: what is wrong is said.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "commands.h"
#include "efa_layout_config.h"
#include "log.h"
#include "nodemap.h"
#include "request.h"
#include "task_cpus.h"
#include "task_devices.h"
#include "task_env.h"
#include "task_place.h"
#include "task_request.h"
#include "task_say.h"
#include "text.h"

enum { OPTION_TASK = 1, OPTION_RUN_DIR, OPTION_HELP };

static const struct option options[] = {
	{"task", no_argument, NULL, OPTION_TASK},
	{"run-dir", required_argument, NULL, OPTION_RUN_DIR},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

/* Lines for Slurm's TaskProlog, which takes them from standard output and drops all else. */
static bool for_slurm;

static void help(void)
{
	printf("usage: efa-layout env [--task] [--run-dir DIR]\n\n"
	       "Print what this task's environment should have, for a shell to evaluate.\n\n"
	       "  --task            for Slurm, as its TaskProlog\n"
	       "  --run-dir DIR     where the node map is (" EFA_LAYOUT_RUN_DIR ")\n"
	       "  --help            this\n\n"
	       "SLURM_EFA_LAYOUT, SLURM_EFA_AFFINITY and the other variables of srun say what is "
	       "wanted.\n");
}

static const char *get_variable(const char *name, void *arg)
{
	(void)arg;
	return getenv(name);
}

/* What the user says in srun's variables, inside of what the job was submitted with. */
static void read_request(struct request *ret_req)
{
	const char *job_text = getenv(JOB_REQUEST_VARIABLE), *value;
	struct request job, step;
	struct err err = {""};
	char name[32];

	request_init(&job);
	request_init(&step);
	if (job_text && request_parse(job_text, &job, &err))
		log_warning("%s: %s, ignoring", JOB_REQUEST_VARIABLE, err.text);
	for (int option = 0; option < REQUEST_OPTIONS; option++) {
		text_format(name, sizeof(name), "SLURM_%s", request_options[option].variable);
		value = getenv(name);
		if (value && request_set(&step, (enum request_option)option, value, &err))
			log_warning("%s: %s, ignoring", name, err.text);
	}
	/* Where the client side is missing, too, the variables speak for the whole job. */
	if (!job_text) {
		*ret_req = step;
	} else if (request_narrow(&job, &step, ret_req, &err)) {
		log_warning("%s, ignoring", err.text);
		*ret_req = job;
	}
}

/* The batch script and the shell of an interactive step start tasks rather than being one. */
static bool is_launcher(void)
{
	const char *step = getenv("SLURM_STEP_ID");
	uint64_t id;

	return !step || text_u64(step, 0, UINT32_MAX, &id) || id >= UINT64_C(0xfffffff0);
}

static unsigned local_id(void)
{
	const char *text = getenv("SLURM_LOCALID");
	uint64_t id = 0;

	return text && !text_u64(text, 0, UINT16_MAX, &id) ? (unsigned)id : 0;
}

static void find_place(const struct nodemap *map, struct task_place *place)
{
	struct cpu_list cpus, devices;
	struct task_facts facts = {
		.local_id = local_id(),
		.n_accels = map->n_accels,
		.devices = &devices,
	};

	if (task_place_local_count(get_variable, NULL, &facts.local_count))
		facts.local_count = 0;
	if (task_cpus(&cpus))
		facts.cpus = &cpus;
	task_devices("/dev", map->n_accels, &devices);
	task_place_find(&facts, get_variable, NULL, place);
}

static void print_change(const struct env_change *change)
{
	if (change->unset) {
		printf("unset %s\n", change->name);
		return;
	}
	printf("export %s=", change->name);
	if (for_slurm) {
		puts(change->value);
		return;
	}
	putchar('\'');
	for (const char *at = change->value; *at; at++)
		*at == '\'' ? fputs("'\\''", stdout) : putchar(*at);
	puts("'");
}

static void print_changes(const struct task_env *env)
{
	for (size_t i = 0; i < env->n; i++)
		print_change(&env->v[i]);
	for (size_t i = 0; !local_id() && i < env->n_warnings; i++)
		log_warning("%s", env->warnings[i]);
}

static const char *variable_or(const char *name, const char *other)
{
	const char *value = getenv(name);

	return value ? value : other;
}

/* As the plugin does: to the task's user. */
static void tell(const char *text)
{
	fprintf(for_slurm ? stdout : stderr, "%sefa-layout: task %s on %s: %s\n",
		for_slurm ? "print " : "", variable_or("SLURM_PROCID", "?"),
		variable_or("SLURMD_NODENAME", "?"), text);
}

static void print_task(struct nodemap *map, const struct request *req)
{
	bool wanted = map->environment && !req->no_env && req->wish != WISH_NONE;
	cleanup_free struct task_env *env = malloc(sizeof(*env));
	struct rail_choice choice;
	struct task_place place;
	char line[TASK_SAY_TEXT];

	if (!env)
		return;
	find_place(map, &place);
	assign_rails(map, task_request_affinity(map, req, is_launcher()), &place, &choice);
	if (wanted)
		task_env_build(map, req->wish == WISH_NAMED ? req->layout : NULL, &choice,
			       get_variable, NULL, env);
	else
		task_env_clear(get_variable, NULL, env);
	print_changes(env);
	if (req->verbose && !is_launcher())
		tell(task_say(map, &place, &choice, wanted ? env : NULL, line));
}

static uint32_t job_id(void)
{
	const char *text = getenv("SLURM_JOB_ID");
	uint64_t id = 0;

	return text && !text_u64(text, 1, UINT32_MAX, &id) ? (uint32_t)id : 0;
}

/* Nodes without a map are a site's choice: only a job that asks hears of it. */
static void print_env(const char *run_dir)
{
	cleanup_free struct nodemap *map = NULL;
	struct request req;
	struct err err = {""};
	int rc;

	read_request(&req);
	rc = nodemap_load_here(run_dir, &map, &err);
	if (rc) {
		if (!local_id() && (rc != -ENOENT || request_any(&req)))
			log_warning("%s, no EFA environment", err.text);
		return;
	}
	if (task_request_settle(map, run_dir, job_id(), &req, &err)) {
		log_warning("%s, no EFA environment", err.text);
		return;
	}
	print_task(map, &req);
}

static void print_line(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level == LOG_LEVEL_WARNING)
		printf("print efa-layout: warning: %s\n", text);
	else
		printf("print efa-layout: %s\n", text);
}

int command_env(int argc, char **argv, uint64_t start)
{
	const char *run_dir = EFA_LAYOUT_RUN_DIR;
	int option;

	(void)start;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_TASK:
			for_slurm = true;
			break;
		case OPTION_RUN_DIR:
			run_dir = optarg;
			break;
		case OPTION_HELP:
			help();
			return EXIT_OK;
		default:
			return command_usage("env");
		}
	}
	if (optind < argc)
		return command_usage("env");
	if (for_slurm)
		log_set_sink(print_line, NULL, LOG_LEVEL_WARNING);
	print_env(run_dir);
	return EXIT_OK;
}
