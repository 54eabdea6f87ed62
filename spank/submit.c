/* SPDX-License-Identifier: Apache-2.0 */
#include "submit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "policy.h"
#include "site.h"
#include "spank_io.h"
#include "text.h"

#define REQUEST_TEXT 257 /* request_parse takes at most 256 bytes */

/* Prefix of the friendly variables of each client, as of Slurm's own input variables. */
static const struct {
	const char *program, *layout, *affinity;
} friendly[] = {
	{"srun", "SLURM_EFA_LAYOUT", "SLURM_EFA_AFFINITY"},
	{"sbatch", "SBATCH_EFA_LAYOUT", "SBATCH_EFA_AFFINITY"},
	{"salloc", "SALLOC_EFA_LAYOUT", "SALLOC_EFA_AFFINITY"},
};

static void copy_variable(const char *from, const char *to)
{
	const char *value = getenv(from);

	if (value && setenv(to, value, 0))
		log_warning("%s: %s, ignoring", from, strerror(errno));
}

void submit_variables(const char *program)
{
	for (size_t i = 0; i < sizeof(friendly) / sizeof(friendly[0]); i++) {
		if (strcmp(program, friendly[i].program) != 0)
			continue;
		copy_variable(friendly[i].layout, OPTION_LAYOUT_VARIABLE);
		copy_variable(friendly[i].affinity, OPTION_AFFINITY_VARIABLE);
	}
}

/* The site's policy where users may read it; 0 otherwise leaves the question to the node. */
static bool load_policy(const struct plugin_dirs *dirs, struct policy *ret_policy)
{
	char path[PATH_MAX];
	struct err err;

	if (!text_format(path, sizeof(path), "%s/policy.json", dirs->site) &&
	    !policy_load(path, FILE_TRUST_OWNER, ret_policy, &err))
		return true;
	log_debug("policy is not known here, the node decides: %s", err.text);
	return false;
}

static struct layout_set *load_layouts(const struct plugin_dirs *dirs, struct err *err)
{
	struct layout_set *set = malloc(sizeof(*set));

	if (!set) {
		err_set(err, -ENOMEM, "layouts: out of memory");
		return NULL;
	}
	if (site_load_layouts(set, dirs->data, dirs->site, FILE_TRUST_OWNER, err)) {
		free(set);
		return NULL;
	}
	return set;
}

static void print_defaults(const struct policy *policy)
{
	printf("\nThis site: --efa-layout=%s unless given; --efa-affinity=%s unless given",
	       policy->layout_default, affinity_text(policy->affinity_default));
	if (strcmp(policy->layout_declared, "auto") != 0)
		printf("; nodes have %s", policy->layout_declared);
	puts(".");
}

bool submit_help(const struct plugin_dirs *dirs)
{
	cleanup_free struct layout_set *set = NULL;
	cleanup_free struct policy *policy = malloc(sizeof(*policy));
	bool has_policy = policy && load_policy(dirs, policy);
	struct err err;

	set = load_layouts(dirs, &err);
	if (!set) {
		log_error("--efa-layout=help: %s", err.text);
		return false;
	}
	puts("Values of --efa-layout:");
	for (size_t i = 0; i < set->n; i++)
		printf("  %-18s %s\n", set->v[i].name, set->v[i].summary);
	printf("  %-18s %s\n", "any", "whatever layout the node has, if it is healthy");
	if (!has_policy || policy->layout_allow_none)
		printf("  %-18s %s\n", "none", "no check of the nodes and no environment");
	if (has_policy)
		print_defaults(policy);
	return true;
}

/* A name that no file knows cannot be right on any node. */
static int check_name(const struct plugin_dirs *dirs, const char *name, struct err *err)
{
	const char *words[LAYOUTS_MAX + 2];
	cleanup_free struct layout_set *set = NULL;
	struct err load_err;
	const char *near;
	size_t n = 0;

	set = load_layouts(dirs, &load_err);
	if (!set) {
		log_warning("--efa-layout=%s is not checked here, continuing: %s", name,
			    load_err.text);
		return 0;
	}
	if (layout_find(set, name))
		return 0;
	for (; n < set->n; n++)
		words[n] = set->v[n].name;
	words[n++] = "any";
	words[n++] = "help";
	near = text_nearest(name, words, n);
	return err_set(err, -EINVAL,
		       "--efa-layout=%s: there is no layout of this name%s%s%s; --efa-layout=help "
		       "lists them",
		       name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int check_none(const struct plugin_dirs *dirs, struct err *err)
{
	cleanup_free struct policy *policy = malloc(sizeof(*policy));

	if (!policy || !load_policy(dirs, policy) || policy->layout_allow_none)
		return 0;
	return err_set(err, -EINVAL,
		       "--efa-layout=none: this site checks the nodes of every job; say "
		       "--efa-layout=any to take them as they are, --efa-affinity=none for no "
		       "choice of rails");
}

/* An srun with a job around it makes a step of that job, as Slurm itself decides it. */
static bool makes_step(bool is_srun)
{
	return is_srun && getenv("SLURM_JOB_ID");
}

/* A step is held against its job's own request, where that is known. */
static int narrow(struct request *req, struct err *err)
{
	const char *text = getenv(JOB_REQUEST_VARIABLE);
	struct request job;
	struct err parse_err;

	if (!text)
		return 0;
	if (request_parse(text, &job, &parse_err)) {
		log_warning("%s: %s, ignoring", JOB_REQUEST_VARIABLE, parse_err.text);
		return 0;
	}
	return request_narrow(&job, req, req, err);
}

static int check_values(bool is_step, const struct plugin_dirs *dirs, const struct options *options,
			struct request *ret_req, struct err *err)
{
	struct request req;
	int rc = options_request(options, &req, err);

	if (!rc && is_step)
		rc = narrow(&req, err);
	if (!rc && req.wish == WISH_NAMED)
		rc = check_name(dirs, req.layout, err);
	if (!rc && req.wish == WISH_NONE)
		rc = check_none(dirs, err);
	if (!rc)
		*ret_req = req;
	return rc;
}

/* To the prolog, and into the environment of what runs in the job. */
static int pass_on(struct spank_handle *sp, const struct request *req, bool is_step,
		   struct err *err)
{
	char text[REQUEST_TEXT];
	int rc = request_format(req, text, sizeof(text));

	if (rc)
		return err_set(err, rc, "the request is too long to be passed on");
	if (!is_step && setenv(JOB_REQUEST_VARIABLE, text, 1))
		return err_set(err, -errno, "%s: %s", JOB_REQUEST_VARIABLE, strerror(errno));
	return spank_io_job_setenv(sp, REQUEST_VARIABLE, text, err);
}

bool submit_check(struct spank_handle *sp, bool is_srun, const struct plugin_dirs *dirs,
		  const struct options *options)
{
	bool is_step = makes_step(is_srun);
	struct request req;
	struct err err;
	int rc;

	if (!options_any(options)) {
		/* A new job that asks nothing does not ask what the job around it did. */
		if (!is_step)
			unsetenv(JOB_REQUEST_VARIABLE);
		return true;
	}
	rc = check_values(is_step, dirs, options, &req, &err);
	if (!rc)
		rc = pass_on(sp, &req, is_step, &err);
	if (rc) {
		log_error("%s", err.text);
		return false;
	}
	return true;
}
