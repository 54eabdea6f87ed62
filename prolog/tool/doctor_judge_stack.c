/* SPDX-License-Identifier: Apache-2.0 */
/* plugstack.conf and the plugin. */
#include <errno.h>
#include <string.h>

#include "doctor.h"
#include "text.h"

static void line_to_write(const struct doctor *doctor, char *buf, size_t size)
{
	text_format(buf, size, "optional %s%sspank_efa_layout.so", doctor->plugin_dir,
		    *doctor->plugin_dir ? "/" : "");
}

static void judge_missing(struct doctor *doctor)
{
	const struct stack *stack = &doctor->stack;
	bool hidden = stack->error == -EACCES || stack->error == -EPERM;
	char line[TREE_PATH + 64];

	line_to_write(doctor, line, sizeof(line));
	if (doctor->role == ROLE_NODE && doctor->task_prolog.how == PROGRAM_OURS) {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_OK, "not listed; TaskProlog=%s does",
			   doctor->task_prolog.path);
	} else if (hidden) {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_UNKNOWN, "%s", stack->problem);
	} else if (stack->error && stack->error != -ENOENT) {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_FAIL, "%s", stack->problem);
	} else if (*stack->unused) {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_FAIL,
			   "%s has the line, but %s does not include it", stack->unused,
			   stack->path);
		doctor_remedy(doctor, CHECK_STACK_LINE,
			      "write into %s: include plugstack.conf.d/*.conf", stack->path);
	} else {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_FAIL, "%s %s", stack->path,
			   stack->error ? "is not there" : "does not list the plugin");
		doctor_remedy(doctor, CHECK_STACK_LINE, "write into %s%s: %s", stack->path,
			      doctor->configless ? " of the controller" : "", line);
	}
}

static void judge_line(struct doctor *doctor)
{
	const struct stack *stack = &doctor->stack;
	const struct stack_line *other = NULL;

	if (!doctor->plugin) {
		judge_missing(doctor);
		return;
	}
	for (size_t i = 0; i < stack->n_lines; i++)
		if (stack->lines[i].ours && &stack->lines[i] != doctor->plugin)
			other = &stack->lines[i];
	if (other) {
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_FAIL,
			   "listed twice: %s line %u and %s line %u", other->file, other->line,
			   doctor->plugin->file, doctor->plugin->line);
		doctor_remedy(doctor, CHECK_STACK_LINE, "take the line out of %s line %u",
			      other->file, other->line);
		return;
	}
	doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_OK, "%s line %u", doctor->plugin->file,
		   doctor->plugin->line);
}

static void judge_optional(struct doctor *doctor)
{
	const struct stack_line *plugin = doctor->plugin;

	if (!plugin->required) {
		doctor_say(doctor, CHECK_STACK_OPTIONAL, DOCTOR_OK, "optional");
		return;
	}
	doctor_say(
		doctor, CHECK_STACK_OPTIONAL, DOCTOR_WARN,
		"required in %s line %u: when its file is missing during an upgrade, every batch "
		"job drains its node",
		plugin->file, plugin->line);
	doctor_remedy(doctor, CHECK_STACK_OPTIONAL, "write in %s line %u: optional %s",
		      plugin->file, plugin->line, plugin->path);
}

static void judge_order(struct doctor *doctor)
{
	for (const struct stack_line *line = doctor->plugin + 1;
	     line < doctor->stack.lines + doctor->stack.n_lines; line++) {
		if (!line->container)
			continue;
		doctor_say(
			doctor, CHECK_STACK_ORDER, DOCTOR_FAIL,
			"%s (%s line %u) comes after the plugin: a container's tasks all get the "
			"variables of the first one",
			line->path, line->file, line->line);
		doctor_remedy(doctor, CHECK_STACK_ORDER,
			      "put the line of %s line %u behind that of %s line %u; a folder's "
			      "files are read in the order of their names",
			      doctor->plugin->file, doctor->plugin->line, line->file, line->line);
		return;
	}
	doctor_say(doctor, CHECK_STACK_ORDER, DOCTOR_OK, "no container plugin comes after it");
}

static void judge_file(struct doctor *doctor)
{
	const struct stack_line *plugin = doctor->plugin;
	char why[320];

	if (plugin->error == -EACCES) {
		doctor_say(doctor, CHECK_PLUGIN_FILE, DOCTOR_UNKNOWN, "%s", doctor->plugin_problem);
	} else if (plugin->error) {
		doctor_say(doctor, CHECK_PLUGIN_FILE, DOCTOR_FAIL, "%s", doctor->plugin_problem);
		doctor_remedy(doctor, CHECK_PLUGIN_FILE,
			      "install the plugin as %s, or correct the path in %s line %u",
			      plugin->path, plugin->file, plugin->line);
	} else if (!tree_trusted(&doctor->tree, plugin->path, why, sizeof(why))) {
		doctor_say(doctor, CHECK_PLUGIN_FILE, DOCTOR_FAIL, "%s", why);
		doctor_remedy(doctor, CHECK_PLUGIN_FILE, "chown root:root %s; chmod go-w %s",
			      plugin->path, plugin->path);
	} else {
		doctor_say(doctor, CHECK_PLUGIN_FILE, DOCTOR_OK, "%s", plugin->path);
	}
}

static void judge_release(struct doctor *doctor)
{
	char built[RELEASE_TEXT], here[RELEASE_TEXT];

	doctor_release_text(doctor->plugin_number, built);
	doctor_release_text(doctor->release, here);
	if (!doctor->plugin_number) {
		doctor_say(doctor, CHECK_PLUGIN_RELEASE,
			   doctor->plugin->error ? DOCTOR_UNKNOWN : DOCTOR_FAIL, "%s",
			   doctor->plugin_problem);
		doctor_remedy(doctor, CHECK_PLUGIN_RELEASE,
			      "install efa-layout's plugin for Slurm %s", here);
	} else if (!doctor->release) {
		doctor_say(doctor, CHECK_PLUGIN_RELEASE, DOCTOR_UNKNOWN,
			   "built for Slurm %s; which Slurm is installed was not found out", built);
	} else if (doctor->plugin_number != doctor->release) {
		doctor_say(doctor, CHECK_PLUGIN_RELEASE, DOCTOR_FAIL,
			   "%s was built for Slurm %s, installed is %s (%s): Slurm refuses it, and "
			   "--efa-layout is unknown",
			   doctor->plugin->path, built, here, doctor->release_from);
		doctor_remedy(doctor, CHECK_PLUGIN_RELEASE,
			      "install the plugin that was built for Slurm %s as %s", here,
			      doctor->plugin->path);
	} else {
		doctor_say(doctor, CHECK_PLUGIN_RELEASE, DOCTOR_OK, "built for Slurm %s", built);
	}
}

/*
 * slurmd takes the values of all options out of the environment of the prolog as soon as one plugin
 * has this callback (all releases). What our own plugin hands over by itself is still there.
 */
static void judge_job_prolog(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->stack.n_lines; i++) {
		const struct stack_line *line = &doctor->stack.lines[i];

		if (!line->job_prolog || line->ours)
			continue;
		doctor_say(doctor, CHECK_JOB_PROLOG, DOCTOR_WARN,
			   "%s (%s line %u) has slurm_spank_job_prolog: what jobs ask for through "
			   "Slurm's REST interface does not reach the prolog",
			   line->path, line->file, line->line);
		doctor_remedy(doctor, CHECK_JOB_PROLOG,
			      "take %s line %u out, if nothing needs that plugin", line->file,
			      line->line);
	}
	doctor_say(doctor, CHECK_JOB_PROLOG, DOCTOR_OK,
		   "no other plugin has slurm_spank_job_prolog");
}

/* Who is configless: a node by where its files are, the controller by its parameter. */
static bool hands_out(const struct doctor *doctor)
{
	return slurm_conf_word(slurm_conf_value(doctor->conf, "SlurmctldParameters", NULL),
			       "enable_configless", NULL);
}

static void judge_includes(struct doctor *doctor)
{
	const struct stack *stack = &doctor->stack;
	bool node = doctor->configless;
	char line[TREE_PATH + 64];

	line_to_write(doctor, line, sizeof(line));
	if (!node && !(doctor->role == ROLE_CONTROLLER && hands_out(doctor))) {
		doctor_say(doctor, CHECK_STACK_INCLUDES, DOCTOR_OK, "not configless");
		return;
	}
	for (size_t i = 0; i < stack->n_includes; i++) {
		const struct stack_include *one = &stack->includes[i];

		/* What else is included is the business of others. */
		if (node ? doctor->plugin || one->matched
			 : doctor->plugin && !strcmp(doctor->plugin->file, stack->path))
			continue;
		doctor_say(doctor, CHECK_STACK_INCLUDES, DOCTOR_FAIL,
			   "%s line %u includes %s, which nodes of a configless cluster do not get",
			   one->file, one->line, one->pattern);
		doctor_remedy(doctor, CHECK_STACK_INCLUDES,
			      "write into the controller's plugstack.conf itself: %s", line);
	}
	doctor_say(doctor, CHECK_STACK_INCLUDES, DOCTOR_OK, "nothing that is not handed out");
}

void doctor_judge_stack(struct doctor *doctor)
{
	static const enum doctor_check of_plugin[] = {CHECK_STACK_OPTIONAL, CHECK_STACK_ORDER,
						      CHECK_PLUGIN_FILE, CHECK_PLUGIN_RELEASE};

	if (!doctor_has_conf(doctor, CHECK_STACK_LINE)) {
		for (size_t i = 0; i < 4; i++)
			doctor_has_conf(doctor, of_plugin[i]);
		doctor_has_conf(doctor, CHECK_JOB_PROLOG);
		doctor_has_conf(doctor, CHECK_STACK_INCLUDES);
		return;
	}
	judge_includes(doctor);
	if (doctor->results[CHECK_STACK_INCLUDES].state == DOCTOR_FAIL && !doctor->plugin)
		doctor_say(doctor, CHECK_STACK_LINE, DOCTOR_UNKNOWN, "see configless-includes");
	else
		judge_line(doctor);
	judge_job_prolog(doctor);
	if (!doctor->plugin) {
		for (size_t i = 0; i < 4; i++)
			doctor_say(doctor, of_plugin[i], DOCTOR_UNKNOWN,
				   "the plugin is not listed");
		return;
	}
	judge_optional(doctor);
	judge_order(doctor);
	judge_file(doctor);
	judge_release(doctor);
}
