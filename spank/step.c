/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "policy.h"
#include "spank_io.h"
#include "step_request.h"
#include "task.h"
#include "task_request.h"
#include "text.h"

/* The site's policy, to be freed; NULL where it cannot be read. */
static struct policy *read_policy(const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *policy = malloc(sizeof(*policy));
	struct policy *taken = policy;
	struct err err = {""};

	if (!policy)
		return NULL;
	if (policy_load_site(dirs->site, FILE_TRUST_OWNER, policy, &err)) {
		log_info("%s, continuing with the defaults", err.text);
		return NULL;
	}
	policy = NULL;
	return taken;
}

/* Without a map that can be used: does a job without options ask for nothing? */
static bool default_is_none(const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *policy = read_policy(dirs);

	return policy && !strcmp(policy->layout_default, "none");
}

/* The tasks are to end, unless the site only wants to know. dirs: NULL where they are unknown. */
static void refuse(struct step *step, const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *policy = dirs ? read_policy(dirs) : NULL;

	step->is_refused = !policy || policy->enforce;
	if (!step->is_refused)
		text_append(step->text, sizeof(step->text),
			    "; the tasks run, because action.enforce is false");
}

static void note_node(struct step *step)
{
	const char *name = getenv("SLURMD_NODENAME"); /* of slurmd, not of the job */

	if (name && !text_format(step->node, sizeof(step->node), "%s", name))
		return;
	if (gethostname(step->node, sizeof(step->node)))
		text_format(step->node, sizeof(step->node), "?");
	step->node[sizeof(step->node) - 1] = '\0';
}

static void list_layouts(const struct nodemap *map, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < map->n_layouts; i++)
		text_append(buf, size, "%s%s", i ? ", " : "", map->layouts[i]);
	if (!map->n_layouts)
		text_format(buf, size, "none that is known");
}

/*
 * A named layout that the node does not have. Where the node is sound, or has another layout, this
 * is the request's fault and the tasks end. Where the gate found the node wanting and the site let
 * the job run nevertheless, they run, and are told.
 */
static void check_layout(struct step *step, const struct plugin_dirs *dirs)
{
	const struct nodemap *map = step->map;
	char have[LAYOUT_NAMES_MAX * (NAME_TEXT + 2)];

	if (step->request.wish != WISH_NAMED || nodemap_has_layout(map, step->request.layout))
		return;
	list_layouts(map, have, sizeof(have));
	if (map->n_layouts > 0 || map->outcome == OUTCOME_HEALTHY ||
	    map->outcome == OUTCOME_REFUSED) {
		text_format(step->text, sizeof(step->text),
			    "--efa-layout=%s: node %s has another layout (%s); ask for that one, "
			    "for any, or for other nodes",
			    step->request.layout, step->node, have);
		refuse(step, dirs);
	} else {
		text_format(step->text, sizeof(step->text),
			    "--efa-layout=%s: node %s does not have it, and the site lets jobs run "
			    "there all the same: %s",
			    step->request.layout, step->node, map->sentence);
	}
}

/* Fewer rails than the step asks for; as with the layout, a node that the site knows to be wanting
 * and lets jobs run on is only said. */
static void check_rails(struct step *step, const struct plugin_dirs *dirs)
{
	const struct rails_wish *wish = &step->request.rails;
	const struct nodemap *map = step->map;
	char text[RAILS_WISH_TEXT];
	unsigned have = 0, need;

	for (size_t i = 0; i < map->n_rails; i++)
		have += map->rails[i].pass;
	need = rails_wish_count(wish, map->rails_want, (unsigned)map->n_accels);
	if (step->text[0] || (have >= need && (wish->kind != RAILS_PER_GPU || map->n_accels)))
		return;
	text_format(step->text, sizeof(step->text),
		    "--efa-rails=%s: node %s has %u EFA rail%s that can be used%s",
		    rails_wish_text(wish, text), step->node, have, have == 1 ? "" : "s",
		    wish->kind == RAILS_PER_GPU && !map->n_accels ? " and no GPU" : "");
	if (map->outcome == OUTCOME_HEALTHY || map->outcome == OUTCOME_DEGRADED ||
	    map->outcome == OUTCOME_REFUSED) {
		text_append(step->text, sizeof(step->text), "; ask for fewer, or for other nodes");
		refuse(step, dirs);
	} else {
		text_append(step->text, sizeof(step->text),
			    ", and the site lets jobs run there all the same: %s", map->sentence);
	}
}

static void say_no_map(struct step *step, const struct err *err)
{
	if (step->request.wish == WISH_NAMED)
		text_format(step->text, sizeof(step->text),
			    "--efa-layout=%s: nothing was checked on node %s, and tasks get no EFA "
			    "environment: %s",
			    step->request.layout, step->node, err->text);
	else
		text_format(step->text, sizeof(step->text),
			    "tasks on node %s get no EFA environment: %s", step->node, err->text);
}

/* Nodes that have no gate are a site's choice: only a job that asks hears of it. */
static bool asks(const struct step *step)
{
	return request_any(&step->request);
}

static void use_map(struct step *step, struct spank_handle *sp, const struct plugin_dirs *dirs)
{
	struct err err = {""};
	uint32_t job;

	if (spank_io_job_id(sp, &job, &err))
		job = 0;
	if (task_request_settle(step->map, dirs->run, job, &step->request, &err)) {
		text_format(step->text, sizeof(step->text), "%s", err.text);
		refuse(step, dirs);
		return;
	}
	if (step->request.wish == WISH_NONE) {
		free(step->map);
		step->map = NULL;
		return;
	}
	check_layout(step, dirs);
	if (step->request.rails.kind != RAILS_DEFAULT)
		check_rails(step, dirs);
}

void step_open(struct step *step, struct spank_handle *sp, const struct plugin_dirs *dirs,
	       const struct err *dirs_err, const struct options *options)
{
	uint32_t id = 0;
	struct err err = {""};
	int rc;

	memset(step, 0, sizeof(*step));
	request_init(&step->request);
	note_node(step);
	if (spank_io_step_id(sp, &id, &err))
		log_info("%s, continuing", err.text);
	if (id == STEP_ID_EXTERN)
		return;
	step->is_launcher = id == STEP_ID_BATCH || id == STEP_ID_INTERACTIVE;
	if (step_request_read(sp, options, &step->request, &err)) {
		text_format(step->text, sizeof(step->text), "%s", err.text);
		refuse(step, dirs_err ? NULL : dirs);
		return;
	}
	if (dirs_err) {
		say_no_map(step, dirs_err);
		return;
	}
	if (step->request.wish == WISH_NONE)
		return;
	rc = nodemap_load_here(dirs->run, &step->map, &err);
	if (!rc)
		use_map(step, sp, dirs);
	else if (asks(step) || (rc != -ENOENT && !default_is_none(dirs)))
		say_no_map(step, &err);
}

void step_close(struct step *step)
{
	free(step->map);
	memset(step, 0, sizeof(*step));
}

int step_task_init(const struct step *step, struct spank_handle *sp)
{
	unsigned local_id = 0;
	struct err err;

	if (!step->map && !step->text[0])
		return 0;
	/* Without its number a task may as well be the first: better said twice than never. */
	if (spank_io_local_id(sp, &local_id, &err))
		log_warning("%s, continuing as task 0", err.text);
	if (step->text[0] && !local_id) {
		if (step->is_refused)
			log_error("%s", step->text);
		else
			log_warning("%s", step->text);
	}
	if (step->is_refused)
		return STEP_REFUSED;
	if (step->map)
		task_environment(step, sp, local_id);
	return 0;
}
