/* SPDX-License-Identifier: Apache-2.0 */
/* plugstack.conf as Slurm reads it: "required|optional PATH ARGS", "include PATTERN", comments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "text.h"

#define STACK_FILE_MAX (1u << 20)
#define STACK_DEPTH    8
#define MATCHES_MAX    128
#define OUR_PLUGIN     "spank_efa_layout.so"
#define BLANKS	       " \t\r"

/* Plugins that put tasks into a container. */
static bool enters_container(const char *path)
{
	static const char *const words[] = {"pyxis",	    "enroot", "singularity", "apptainer",
					    "charliecloud", "sarus",  "shifter",     "skybox",
					    "podman",	    "docker", "runc"};
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static void parse_file(struct doctor *doctor, const char *file, unsigned depth, char *problem,
		       size_t size, int *ret_error)
{
	cleanup_free char *text = NULL;
	struct err err = {""};
	size_t n;

	*ret_error = tree_read(&doctor->tree, file, STACK_FILE_MAX, &text, &n, &err);
	if (*ret_error)
		text_format(problem, size, "%s", err.text);
	else
		doctor_parse_stack(doctor, file, text, depth);
}

/* Relative to the file that includes. */
static void include(struct doctor *doctor, const char *file, unsigned line, const char *pattern,
		    unsigned depth)
{
	struct stack *stack = &doctor->stack;
	const char *slash = strrchr(file, '/');
	cleanup_free char(*paths)[TREE_PATH] = calloc(MATCHES_MAX, TREE_PATH);
	struct stack_include *one;
	int error;

	if (stack->n_includes == STACK_MAX || !paths)
		return;
	one = &stack->includes[stack->n_includes++];
	text_format(one->file, sizeof(one->file), "%s", file);
	one->line = line;
	if (*pattern == '/')
		text_format(one->pattern, sizeof(one->pattern), "%s", pattern);
	else
		text_format(one->pattern, sizeof(one->pattern), "%.*s/%s",
			    slash ? (int)(slash - file) : 0, file, pattern);
	if (tree_glob(&doctor->tree, one->pattern, paths, MATCHES_MAX, &one->matched) ||
	    depth == STACK_DEPTH)
		return;
	for (size_t i = 0, n = one->matched; i < n; i++) {
		parse_file(doctor, paths[i], depth + 1, stack->problem, sizeof(stack->problem),
			   &error);
		if (error && !stack->error)
			stack->error = error;
	}
}

static void add_line(struct doctor *doctor, const char *file, unsigned line, bool required,
		     const char *path)
{
	struct stack *stack = &doctor->stack;
	struct stack_line *one;
	const char *name = strrchr(path, '/');

	if (stack->n_lines == STACK_MAX)
		return;
	one = &stack->lines[stack->n_lines++];
	text_format(one->file, sizeof(one->file), "%s", file);
	one->line = line;
	one->required = required;
	one->ours = !strcmp(name ? name + 1 : path, OUR_PLUGIN);
	one->container = enters_container(path);
	/* A bare name is looked for in PluginDir. */
	if (*path == '/' || !*doctor->plugin_dir)
		text_format(one->path, sizeof(one->path), "%s", path);
	else
		text_format(one->path, sizeof(one->path), "%s/%s", doctor->plugin_dir, path);
}

void doctor_parse_stack(struct doctor *doctor, const char *file, char *text, unsigned depth)
{
	unsigned number = 0;

	for (char *line = text, *next; line; line = next) {
		char *word, *path, *save = NULL;

		number++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "#")] = '\0';
		word = strtok_r(line, BLANKS, &save);
		path = word ? strtok_r(NULL, BLANKS, &save) : NULL;
		if (!path)
			continue;
		if (!strcmp(word, "include"))
			include(doctor, file, number, path, depth);
		else if (!strcmp(word, "required") || !strcmp(word, "optional"))
			add_line(doctor, file, number, *word == 'r', path);
	}
}

/* The plugin's file: what it is built for (ours), or whether it has the callback (others). */
static void read_plugin(struct doctor *doctor, struct stack_line *line)
{
	cleanup_free void *data = NULL;
	struct err err = {""};
	struct elf_file elf;
	unsigned number;

	line->error = tree_read_elf(&doctor->tree, line->path, &data, &elf, &err);
	if (line->error) {
		if (line->ours)
			text_format(doctor->plugin_problem, sizeof(doctor->plugin_problem), "%s",
				    err.text);
		return;
	}
	line->job_prolog = elf_has(&elf, "slurm_spank_job_prolog");
	if (!line->ours)
		return;
	if (elf_unsigned(&elf, "plugin_version", &number))
		doctor->plugin_number = RELEASE(number >> 16 & 0xffff, number >> 8 & 0xff);
	else
		text_format(doctor->plugin_problem, sizeof(doctor->plugin_problem),
			    "%s: no plugin_version in it", line->path);
}

static bool lists_ours(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, BLANKS);
		if ((!strncmp(line, "optional", 8) || !strncmp(line, "required", 8)) &&
		    strstr(line, OUR_PLUGIN))
			return true;
	}
	return false;
}

/* Our line in a file of the usual folder that is not read. */
static void find_unused(struct doctor *doctor)
{
	struct stack *stack = &doctor->stack;
	cleanup_free char(*paths)[TREE_PATH] = calloc(MATCHES_MAX, TREE_PATH);
	char pattern[TREE_PATH];
	const char *slash = strrchr(stack->path, '/');
	size_t n = 0;

	if (!paths || !slash ||
	    text_format(pattern, sizeof(pattern), "%.*s/plugstack.conf.d/*.conf",
			(int)(slash - stack->path), stack->path) ||
	    tree_glob(&doctor->tree, pattern, paths, MATCHES_MAX, &n))
		return;
	for (size_t i = 0; i < n && !*stack->unused; i++) {
		cleanup_free char *text = NULL;
		size_t size;

		if (!tree_read(&doctor->tree, paths[i], STACK_FILE_MAX, &text, &size, NULL) &&
		    lists_ours(text))
			text_format(stack->unused, sizeof(stack->unused), "%s", paths[i]);
	}
}

void doctor_read_stack(struct doctor *doctor)
{
	struct stack *stack = &doctor->stack;
	const char *given, *slash = strrchr(doctor->conf_path, '/');

	if (!doctor->conf)
		return;
	given = slurm_conf_value(doctor->conf, "PlugStackConfig", NULL);
	if (given)
		text_format(stack->path, sizeof(stack->path), "%s", given);
	else
		text_format(stack->path, sizeof(stack->path), "%.*s/plugstack.conf",
			    slash ? (int)(slash - doctor->conf_path) : 0, doctor->conf_path);
	parse_file(doctor, stack->path, 0, stack->problem, sizeof(stack->problem), &stack->error);
	for (size_t i = 0; i < stack->n_lines; i++) {
		read_plugin(doctor, &stack->lines[i]);
		if (stack->lines[i].ours)
			doctor->plugin = &stack->lines[i];
	}
	if (!doctor->plugin)
		find_unused(doctor);
}
