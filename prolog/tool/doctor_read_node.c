/* SPDX-License-Identifier: Apache-2.0 */
/* A compute node: slurmd and its limits, ENI facts and their service. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "eni_facts.h"
#include "inventory.h"
#include "text.h"

#define SERVICE	   "efa-layout-facts.service"
#define LIMITS_MAX 8192

/* "Max locked memory         unlimited            unlimited            bytes" */
static int64_t memlock_of(const struct doctor *doctor, const char *pid)
{
	static const char head[] = "Max locked memory";
	cleanup_free char *text = NULL;
	char path[64], *line, *word, *save = NULL;
	uint64_t bytes;
	size_t size;

	if (text_format(path, sizeof(path), "/proc/%s/limits", pid) ||
	    tree_read(&doctor->tree, path, LIMITS_MAX, &text, &size, NULL))
		return LIMIT_UNKNOWN;
	line = strstr(text, head);
	word = line ? strtok_r(line + strlen(head), " ", &save) : NULL;
	if (word && !strcmp(word, "unlimited"))
		return LIMIT_NONE;
	return word && !text_u64(word, 0, INT64_MAX, &bytes) ? (int64_t)bytes : LIMIT_UNKNOWN;
}

/* The slurmd of this slurm.conf, by its file; else the one that the gate would look at. */
static int find_slurmd(const struct doctor *doctor)
{
	const char *file = "/var/run/slurmd.pid", *percent;
	char path[TREE_PATH], text[32], proc[64], name[32];
	uint64_t pid;

	if (doctor->conf)
		file = slurm_conf_value(doctor->conf, "SlurmdPidFile", file);
	percent = strchr(file, '%');
	if (!percent)
		text_format(path, sizeof(path), "%s", file);
	else
		text_format(path, sizeof(path), "%.*s%s%s", (int)(percent - file), file,
			    doctor->node, percent[1] ? percent + 2 : "");
	if (!tree_line(&doctor->tree, path, text, sizeof(text)) &&
	    !text_u64(text, 1, INT32_MAX, &pid) &&
	    !text_format(proc, sizeof(proc), "/proc/%s/comm", text) &&
	    !tree_line(&doctor->tree, proc, name, sizeof(name)) && !strcmp(name, "slurmd"))
		return (int)pid;
	return inventory_find_slurmd(doctor->tree.root);
}

static void read_facts(struct doctor *doctor)
{
	char path[TREE_PATH];
	cleanup_free char *text = NULL;
	static struct eni_facts facts;
	struct err err = {""};
	size_t size;

	tree_line(&doctor->tree, "/proc/sys/kernel/random/boot_id", doctor->boot_id,
		  sizeof(doctor->boot_id));
	text_format(path, sizeof(path), "%s/enis.json", doctor->options->run_dir);
	doctor->facts_rc = tree_read(&doctor->tree, path, 1u << 20, &text, &size, &err);
	if (!doctor->facts_rc)
		doctor->facts_rc = eni_facts_parse(path, text, doctor->boot_id, &facts, &err);
	doctor->n_enis = doctor->facts_rc ? 0 : (unsigned)facts.n_enis;
	text_format(doctor->facts_problem, sizeof(doctor->facts_problem), "%s", err.text);
}

static void read_service(struct doctor *doctor)
{
	static const char *const units[] = {
		"/etc/systemd/system/" SERVICE, "/usr/lib/systemd/system/" SERVICE,
		"/lib/systemd/system/" SERVICE, "/usr/local/lib/systemd/system/" SERVICE};
	cleanup_free char(*paths)[TREE_PATH] = calloc(16, TREE_PATH);
	char real[TREE_PATH];
	struct stat st;
	size_t n = 0;

	doctor->has_systemd = !tree_stat(&doctor->tree, "/etc/systemd/system", &st);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		doctor->service_there |= !tree_stat(&doctor->tree, units[i], &st);
	doctor->service_masked = !tree_real(&doctor->tree, units[0], real, sizeof(real)) &&
				 !strcmp(real, "/dev/null");
	/* The link may lead out of a tree that has no unit files: its name is enough. */
	if (paths)
		tree_glob(&doctor->tree, "/etc/systemd/system/multi-user.target.wants/" SERVICE "*",
			  paths, 16, &n);
	doctor->service_enabled = n > 0;
}

void doctor_read_node(struct doctor *doctor)
{
	char pid[16];

	doctor->slurmd = find_slurmd(doctor);
	doctor->memlock = LIMIT_UNKNOWN;
	if (doctor->slurmd) {
		text_format(pid, sizeof(pid), "%d", doctor->slurmd);
		doctor->memlock = memlock_of(doctor, pid);
	}
	read_facts(doctor);
	read_service(doctor);
}
