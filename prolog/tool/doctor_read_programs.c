/* SPDX-License-Identifier: Apache-2.0 */
/* What Prolog, Epilog, HealthCheckProgram and TaskProlog run: ours, a script that names it, or
 * else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "text.h"

#define SCRIPT_MAX  (256u << 10)
#define MATCHES_MAX 128

/* All names of the program of the gate; a link of any name may lead to it. */
static bool is_gate_name(const char *path)
{
	static const char *const names[] = {"efa-layout-prolog", "efa-layout-epilog",
					    "efa-layout-health", "efa-layout-task-prolog"};
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static enum program_how look_at(const struct doctor *doctor, const char *path)
{
	cleanup_free char *text = NULL;
	char real[TREE_PATH];
	size_t size;
	int rc;

	if (is_gate_name(path) ||
	    (!tree_real(&doctor->tree, path, real, sizeof(real)) && is_gate_name(real)))
		return PROGRAM_OURS;
	rc = tree_read(&doctor->tree, path, SCRIPT_MAX, &text, &size, NULL);
	if (rc == -EACCES || rc == -EPERM)
		return PROGRAM_UNREAD;
	if (rc || strncmp(text, "#!", 2) != 0)
		return PROGRAM_OTHER;
	return strstr(text, "efa-layout-") || strstr(text, "efa-layout check") ? PROGRAM_CALLED
									       : PROGRAM_OTHER;
}

/* A better answer takes the place of what was found before. */
static void take(const struct doctor *doctor, const struct slurm_pair *pair, const char *path,
		 struct program *program)
{
	enum program_how how = look_at(doctor, path);
	struct stat st;

	if (program->pair && how <= program->how)
		return;
	program->pair = pair;
	program->how = how;
	text_format(program->path, sizeof(program->path), "%s", path);
	program->error = tree_stat(&doctor->tree, path, &st);
	program->executable = !program->error && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR);
}

static void take_pair(const struct doctor *doctor, const struct slurm_pair *pair,
		      struct program *program)
{
	cleanup_free char(*paths)[TREE_PATH] = calloc(MATCHES_MAX, TREE_PATH);
	const char *slash = strrchr(doctor->conf_path, '/');
	char path[TREE_PATH];
	size_t n = 0;

	/* From 23.11 on one without a path is beside slurm.conf, and handed out with it. */
	if (text_format(path, sizeof(path), "%.*s%s",
			*pair->value != '/' && slash ? (int)(slash - doctor->conf_path + 1) : 0,
			doctor->conf_path, pair->value))
		return;
	if (!strpbrk(path, "*?[")) {
		take(doctor, pair, path, program);
		return;
	}
	if (!program->pair) {
		program->pair = pair;
		program->how = PROGRAM_OTHER;
		text_format(program->path, sizeof(program->path), "%s", pair->value);
	}
	program->pattern = true;
	if (!paths)
		return;
	if (tree_glob(&doctor->tree, path, paths, MATCHES_MAX, &n) == -EACCES)
		program->how = PROGRAM_UNREAD;
	if (!n && program->how == PROGRAM_OTHER)
		program->error = -ENOENT;
	for (size_t i = 0; i < n; i++)
		take(doctor, pair, paths[i], program);
}

/* From 24.05 on a key may stand in several lines, and all of them are run. */
static void read_one(const struct doctor *doctor, const char *key, struct program *program)
{
	bool several = doctor->release >= RELEASE(24, 5) &&
		       (!strcmp(key, "Prolog") || !strcmp(key, "Epilog"));
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, key);

	if (pair && !several) {
		take_pair(doctor, pair, program);
		return;
	}
	for (pair = NULL; (pair = slurm_conf_next(doctor->conf, key, pair));)
		take_pair(doctor, pair, program);
}

void doctor_read_programs(struct doctor *doctor)
{
	if (!doctor->conf)
		return;
	read_one(doctor, "Prolog", &doctor->prolog);
	read_one(doctor, "Epilog", &doctor->epilog);
	read_one(doctor, "HealthCheckProgram", &doctor->health);
	read_one(doctor, "TaskProlog", &doctor->task_prolog);
}
