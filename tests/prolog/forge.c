/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user who does not use Slurm's commands: submits a batch job through libslurm with variables for
 * the prolog of his own making.
 *
 *   forge SCRIPT [NAME=VALUE ...] [-- NAME=VALUE ...]
 *
 * The first go where the plugin's client side puts them (the prolog sees SPANK_NAME), those behind
 * "--" into the job's environment. Prints the job's number.
 */
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_script(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "re");
	size_t n;

	if (!text || !f)
		return NULL;
	n = fread(text, 1, 65535, f);
	fclose(f);
	return n ? text : NULL;
}

int main(int argc, char **argv)
{
	char dir[4096], out[4200], *path = (char *)"PATH=/usr/bin:/bin";
	submit_response_msg_t *response = NULL;
	job_desc_msg_t job;
	int split = 2;

	if (argc < 2 || !getcwd(dir, sizeof(dir)))
		return 2;
	slurm_init(NULL);
	slurm_init_job_desc_msg(&job);
	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	job.script = read_script(argv[1]);
	job.name = (char *)"forged $(id) QOS=urgent\n Partition=admin";
	job.min_nodes = 1;
	job.user_id = geteuid();
	job.group_id = getegid();
	job.work_dir = dir;
	snprintf(out, sizeof(out), "%s/job-%%j.out", dir);
	job.std_out = out;
	job.spank_job_env = argv + 2;
	job.spank_job_env_size = (uint32_t)(split - 2);
	/* The environment must not be empty. */
	if (split < argc)
		argv[split] = path;
	job.environment = split < argc ? argv + split : &path;
	job.env_size = split < argc ? (uint32_t)(argc - split) : 1;
	if (!job.script || slurm_submit_batch_job(&job, &response)) {
		fprintf(stderr, "forge: %s\n", slurm_strerror(slurm_get_errno()));
		return 1;
	}
	printf("%u\n", response->job_id);
	return 0;
}
