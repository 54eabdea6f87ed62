/* SPDX-License-Identifier: Apache-2.0 */
#include "submit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "request_check.h"
#include "site.h"
#include "spank_io.h"
#include "submit_policy.h"
#include "text.h"

/* Prefix of the variables of each client, as of Slurm's own input variables. */
static const struct {
	const char *program, *prefix;
} clients[] = {{"srun", "SLURM_"}, {"sbatch", "SBATCH_"}, {"salloc", "SALLOC_"}};

/* One variable to the one that Slurm reads as the option. Slurm would hand an option without value
 * on to the node whatever its variable says: one that is off must not be there. */
static void copy_variable(const char *prefix, enum request_option option)
{
	char from[32], to[OPTION_VARIABLE_TEXT];
	const char *value;
	bool is_off;

	text_format(from, sizeof(from), "%s%s", prefix, request_options[option].variable);
	option_variable(option, to);
	value = getenv(from);
	if (!value)
		return;
	is_off = !request_options[option].argument && request_is_off(value);
	if (is_off ? unsetenv(to) : setenv(to, value, 1))
		log_warning("%s: %s, ignoring", from, strerror(errno));
}

/* An srun with a job around it makes a step of that job, as Slurm itself decides it. */
static bool makes_step(bool is_srun)
{
	return is_srun && getenv("SLURM_JOB_ID");
}

/* Layout and check are a job's. A variable of the user's login shell is meant for jobs, and must
 * not have every step refused of one that was submitted otherwise. */
static bool is_of_job(enum request_option option)
{
	return option == OPTION_LAYOUT || option == OPTION_CHECK;
}

/* What a user says in a variable today stands over what a job around it was given. */
void submit_variables(const char *program)
{
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		if (strcmp(program, clients[i].program) != 0)
			continue;
		for (int option = 0; option < REQUEST_OPTIONS; option++)
			if (!makes_step(i == 0) || !is_of_job((enum request_option)option))
				copy_variable(clients[i].prefix, (enum request_option)option);
	}
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
	char rails[RAILS_WISH_TEXT];

	printf("\nThis site, unless given: --efa-layout=%s --efa-rails=%s --efa-affinity=%s",
	       policy->layout_default, rails_wish_text(&policy->rails, rails),
	       affinity_text(policy->affinity_default));
	if (policy->check_default != CHECK_AUTO)
		printf(" --efa-check=%s", check_depth_text(policy->check_default));
	if (strcmp(policy->layout_declared, "auto") != 0)
		printf("; nodes have %s", policy->layout_declared);
	puts(".");
}

static void print_value(const struct policy *policy, const char *name, const char *summary)
{
	if (!policy || policy_allows_layout(policy, name))
		printf("  %-18s %s\n", name, summary);
}

bool submit_help(const struct plugin_dirs *dirs)
{
	cleanup_free struct policy *policy = submit_policy(dirs);
	cleanup_free struct layout_set *set = NULL;
	struct err err;

	set = load_layouts(dirs, &err);
	if (!set) {
		log_error("--efa-layout=help: %s", err.text);
		return false;
	}
	puts("Values of --efa-layout:");
	for (size_t i = 0; i < set->n; i++)
		print_value(policy, set->v[i].name, set->v[i].summary);
	print_value(policy, "any", "whatever layout the node has, if it is healthy");
	if (!policy || policy->layout_allow_none)
		printf("  %-18s %s\n", "none", "no check of the nodes and no environment");
	if (policy)
		print_defaults(policy);
	return true;
}

static bool load_types(const struct plugin_dirs *dirs, struct type_set *types)
{
	struct err err;

	if (!site_load_types(types, dirs->data, dirs->site, FILE_TRUST_OWNER, &err))
		return true;
	log_debug("--efa-rails is not checked here, the node decides: %s", err.text);
	return false;
}

/* What layouts, instance types and the policy say to it; without them the node decides. */
static int check_known(const struct plugin_dirs *dirs, const struct request *req, struct err *err)
{
	bool counted = req->rails.kind == RAILS_COUNT || req->rails.kind == RAILS_PER_GPU;
	cleanup_free struct policy *policy = submit_policy(dirs);
	cleanup_free struct layout_set *layouts = NULL;
	struct request_known known = {.policy = policy};
	char notice[REQUEST_NOTICE_TEXT];
	struct type_set types = {0};
	struct err load_err;
	int rc;

	if (req->wish == WISH_NAMED) {
		layouts = load_layouts(dirs, &load_err);
		if (!layouts)
			log_warning("--efa-layout=%s is not checked here, continuing: %s",
				    req->layout, load_err.text);
	}
	known.layouts = layouts;
	if (counted && load_types(dirs, &types))
		known.types = &types;
	rc = request_check(req, &known, notice, err);
	type_set_done(&types);
	if (notice[0])
		log_warning("%s", notice);
	return rc;
}

/* A step is held against its job's own request; without the variable that asked for nothing. */
static int narrow(struct request *req, struct err *err)
{
	const char *text = getenv(JOB_REQUEST_VARIABLE);
	struct request job;
	struct err parse_err;

	request_init(&job);
	if (text && request_parse(text, &job, &parse_err)) {
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
	if (!rc)
		rc = check_known(dirs, &req, err);
	if (!rc)
		*ret_req = req;
	return rc;
}

static int show(const char *name, const struct option_value *value, struct err *err)
{
	if (setenv(name, value->text[0] ? value->text : "1", 1))
		return err_set(err, -errno, "%s: %s", name, strerror(errno));
	return 0;
}

/*
 * As Slurm does with its own options: what runs in the job finds them in srun's variables, and may
 * change them there. And where srun was given a value by a variable and another one by its command
 * line, it hands on the variable: what counted takes its place.
 */
static int show_options(const struct options *options, struct err *err)
{
	char name[32], travels[OPTION_VARIABLE_TEXT];
	int rc = 0;

	for (int i = 0; !rc && i < REQUEST_OPTIONS; i++) {
		const struct option_value *value = &options->v[i];

		if (!value->given)
			continue;
		text_format(name, sizeof(name), "SLURM_%s", request_options[i].variable);
		rc = show(name, value, err);
		option_variable((enum request_option)i, travels);
		if (!rc && getenv(travels))
			rc = show(travels, value, err);
	}
	return rc;
}

/* To the prolog, and into the environment of what runs in the job. */
static int pass_on(struct spank_handle *sp, const struct options *options,
		   const struct request *req, bool is_step, struct err *err)
{
	char text[REQUEST_TEXT];
	int rc = request_format(req, text, sizeof(text));

	if (rc)
		return err_set(err, rc, "the request is too long to be passed on");
	if (!is_step && setenv(JOB_REQUEST_VARIABLE, text, 1))
		return err_set(err, -errno, "%s: %s", JOB_REQUEST_VARIABLE, strerror(errno));
	if (!is_step)
		rc = show_options(options, err);
	return rc ? rc : spank_io_job_setenv(sp, REQUEST_VARIABLE, text, err);
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
		rc = pass_on(sp, options, &req, is_step, &err);
	if (rc) {
		log_error("%s", err.text);
		return false;
	}
	return true;
}
