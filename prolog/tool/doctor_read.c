/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are asked, and the order in which things are read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "cleanup.h"
#include "doctor.h"
#include "program.h"
#include "text.h"

#define OUTPUT_MAX (256u << 10)

bool doctor_run(const struct doctor *doctor, const char *path, const char *const args[2],
		unsigned ms, char **ret_out, char *problem, size_t size)
{
	char conf[TREE_PATH + 16], search[] = "PATH=/usr/bin:/bin";
	char *argv[] = {(char *)path, (char *)args[0], (char *)args[1], NULL};
	char *envp[] = {search, NULL, NULL};
	cleanup_free char *out = NULL;
	struct child_result result;
	struct err err = {""};
	int rc = program_check(path, &err);

	/* argv of exec is not const, but never written to */
	if (*doctor->conf_path &&
	    !text_format(conf, sizeof(conf), "SLURM_CONF=%s", doctor->conf_path))
		envp[1] = conf;
	if (!rc)
		rc = child_run(path, argv, envp, ms, OUTPUT_MAX, &out, &result, &err);
	if (rc)
		text_format(problem, size, "%s", err.text);
	else if (result.timed_out)
		text_format(problem, size, "%s: no answer within %u ms", path, ms);
	else if (result.signal || result.exit_status || result.truncated || !out)
		text_format(problem, size, "%s: failed (exit status %d)", path, result.exit_status);
	if (rc || result.timed_out || result.exit_status || result.truncated || !out)
		return false;
	*ret_out = out;
	out = NULL;
	return true;
}

bool doctor_slurm_program(const struct doctor *doctor, const char *name, char *buf, size_t size)
{
	static const char *const usual[] = {"/usr/bin",	       "/usr/sbin",	 "/opt/slurm/bin",
					    "/opt/slurm/sbin", "/usr/local/bin", "/usr/local/sbin"};
	struct stat st;

	if (!doctor->may_run)
		return false;
	if (doctor->slurm_bin)
		return !text_format(buf, size, "%s/%s", doctor->slurm_bin, name) && !stat(buf, &st);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!text_format(buf, size, "%s/%s", usual[i], name) && !stat(buf, &st))
			return true;
	return false;
}

int doctor_read(struct doctor *doctor, struct err *err)
{
	const struct node_options *options = doctor->options;
	char data[PATH_MAX], site[PATH_MAX];
	struct err why = {""};
	int rc;

	doctor_read_running(doctor);
	doctor_read_release(doctor);
	doctor_read_stack(doctor);
	doctor_read_programs(doctor);
	doctor->site = calloc(1, sizeof(*doctor->site));
	if (!doctor->site || tree_outside(&doctor->tree, options->data_dir, data, sizeof(data)) ||
	    tree_outside(&doctor->tree, options->site_dir, site, sizeof(site)))
		return err_set(err, -ENOMEM, "out of memory");
	/* Owner and mode are a check of their own. */
	rc = site_load(doctor->site, data, site, FILE_TRUST_ANY, &why);
	if (rc) {
		free(doctor->site);
		doctor->site = NULL;
		text_format(doctor->site_problem, sizeof(doctor->site_problem), "%s", why.text);
	}
	if (doctor->role == ROLE_NODE) {
		doctor_read_node(doctor);
		doctor_read_fabric(doctor);
	}
	doctor_read_versions(doctor);
	return 0;
}

void doctor_free(struct doctor *doctor)
{
	if (!doctor)
		return;
	slurm_conf_free(doctor->conf);
	if (doctor->site)
		site_done(doctor->site);
	free(doctor->site);
	free(doctor->running);
	tree_close(&doctor->tree);
	free(doctor);
}
