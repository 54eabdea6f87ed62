/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "job_record.h"
#include "log.h"
#include "policy.h"
#include "spank_io.h"
#include "submit.h"
#include "task.h"
#include "text.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN  36

/* What the step's own options leave open is looked up where the job's environment carries them: the
 * batch step of a job submitted with --export=NONE has no options before Slurm 23.02.5. */
static void add_option(struct option_value *value, struct spank_handle *sp, const char *name)
{
	char text[OPTION_TEXT];
	int rc;

	if (value->given)
		return;
	rc = spank_io_getenv(sp, name, text, sizeof(text));
	if (!rc || rc == -ENOSPC) {
		text[sizeof(text) - 1] = '\0';
		option_set(value, text);
	}
}

/* The job's request as its client left it in the environment; false where there is none. */
static bool job_request(struct spank_handle *sp, struct request *ret_req)
{
	char text[REQUEST_TEXT];
	struct err err;
	int rc = spank_io_getenv(sp, JOB_REQUEST_VARIABLE, text, sizeof(text));

	if (rc == -ENOENT)
		return false;
	if (!rc && !request_parse(text, ret_req, &err))
		return true;
	log_info("%s is not readable, ignoring", JOB_REQUEST_VARIABLE);
	return false;
}

/* What the step's own options and its job's environment say. */
static int read_request(struct spank_handle *sp, const struct options *options,
			struct request *ret_req, struct err *err)
{
	struct options all = *options;
	char name[OPTION_VARIABLE_TEXT];
	struct request req, job;
	int rc;

	for (size_t i = 0; i < REQUEST_OPTIONS; i++)
		add_option(&all.v[i], sp, option_variable((enum request_option)i, name));
	rc = options_request(&all, &req, err);
	if (!rc && job_request(sp, &job))
		rc = request_narrow(&job, &req, &req, err);
	if (!rc)
		*ret_req = req;
	return rc;
}

/*
 * What is asked when the site's settings have their say. Where some jobs have settings of their own
 * the prolog has left what came of them in the job's record. It may be gone where the job was let
 * in without a look at it: then the node's settings count.
 */
static int settle_request(struct step *step, struct spank_handle *sp,
			  const struct plugin_dirs *dirs, struct err *err)
{
	struct job_record record;
	struct err why = {""};
	uint32_t id;
	int rc = -ENOENT;

	if (step->map->job_rules && !spank_io_job_id(sp, &id, &why))
		rc = job_record_load(dirs->run, id, &record, &why);
	if (!rc) {
		step->map->environment = !record.request.no_env;
		/* What a step cannot ask it need not be held against. */
		record.request.check = CHECK_FULL;
		return request_narrow(&record.request, &step->request, &step->request, err);
	}
	if (step->map->job_rules)
		log_info("the job's record: %s, continuing with the node's settings", why.text);
	if (step->request.wish == WISH_DEFAULT && !strcmp(step->map->layout_default, "none"))
		step->request.wish = WISH_NONE;
	return 0;
}

/* The site's policy, to be freed; NULL where it cannot be read. */
static struct policy *read_policy(const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *policy = malloc(sizeof(*policy));
	struct policy *taken = policy;
	char path[PATH_MAX];
	struct err err = {""};

	if (!policy || text_format(path, sizeof(path), "%s/policy.json", dirs->site))
		return NULL;
	if (policy_load(path, FILE_TRUST_OWNER, policy, &err)) {
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

static int read_boot_id(char *buf, size_t size, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t n;
	int rc = file_read(BOOT_ID_PATH, 64, FILE_TRUST_ANY, &text, &n, err);

	if (rc)
		return rc;
	if (n < BOOT_ID_LEN || size <= BOOT_ID_LEN)
		return err_set(err, -EINVAL, "%s: expected %d characters", BOOT_ID_PATH,
			       BOOT_ID_LEN);
	memcpy(buf, text, BOOT_ID_LEN);
	buf[BOOT_ID_LEN] = '\0';
	return 0;
}

/* What lies in memory does not outlive the boot: the identity of this one need not be read then. */
static int read_boot_id_unless_memory(const char *run_dir, char *buf, size_t size, struct err *err)
{
	struct statfs fs;

	buf[0] = '\0';
	if (!statfs(run_dir, &fs) && fs.f_type == TMPFS_MAGIC)
		return 0;
	return read_boot_id(buf, size, err);
}

static int load_map(const struct plugin_dirs *dirs, struct nodemap **ret_map, struct err *err)
{
	cleanup_free struct nodemap *map = calloc(1, sizeof(*map));
	char path[PATH_MAX], boot_id[BOOT_ID_LEN + 1];
	int rc;

	if (!map)
		return err_set(err, -ENOMEM, "node map: out of memory");
	if (text_format(path, sizeof(path), "%s/node.json", dirs->run))
		return err_set(err, -ENAMETOOLONG, "run_dir: the path is too long");
	rc = read_boot_id_unless_memory(dirs->run, boot_id, sizeof(boot_id), err);
	if (!rc)
		rc = nodemap_load(path, FILE_TRUST_OWNER, boot_id, map, err);
	if (rc == -ENOENT)
		return err_set(err, rc, "%s is not there; efa-layout-prolog leaves it", path);
	if (rc)
		return rc;
	*ret_map = map;
	map = NULL;
	return 0;
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

	if (settle_request(step, sp, dirs, &err)) {
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
	if (read_request(sp, options, &step->request, &err)) {
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
	rc = load_map(dirs, &step->map, &err);
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
