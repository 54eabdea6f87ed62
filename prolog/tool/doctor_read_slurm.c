/* SPDX-License-Identifier: Apache-2.0 */
/* slurm.conf, what the controller runs with, which Slurm it is, and what this host is to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cleanup.h"
#include "doctor.h"
#include "hostlist.h"
#include "inventory.h"
#include "proc_scan.h"
#include "text.h"

#define ANSWER_MS 4000

static int from_tree(void *arg, const char *path, size_t max, char **ret_text, size_t *ret_size,
		     struct err *err)
{
	return tree_read(arg, path, max, ret_text, ret_size, err);
}

/* The file behind "-f" in a daemon's arguments. */
static int conf_of_daemon(const struct sysfs_dir *proc, const char *pid, void *data)
{
	struct doctor *doctor = data;
	char path[TREE_PATH], args[2048], real[TREE_PATH];
	ssize_t n;
	int fd;

	if (text_format(path, sizeof(path), "%s/cmdline", pid))
		return 0;
	fd = openat(proc->fd, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, args, sizeof(args) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	args[n] = '\0';
	for (const char *word = args; word < args + n; word += strlen(word) + 1) {
		const char *file = strcmp(word, "-f") ? NULL : word + 3;

		if (!file && !strncmp(word, "-f/", 3))
			file = word + 2;
		if (!file || file >= args + n || *file != '/' ||
		    text_format(real, sizeof(real), "%s", file))
			continue;
		memcpy(doctor->conf_path, real, sizeof(real));
		return 1;
	}
	return 0;
}

static bool take_conf(struct doctor *doctor, const char *path, bool configless)
{
	struct stat st;

	if (tree_stat(&doctor->tree, path, &st) == -ENOENT)
		return false;
	doctor->configless = configless;
	return !text_format(doctor->conf_path, sizeof(doctor->conf_path), "%s", path);
}

/* As Slurm's programs look for it. */
static void find_conf(struct doctor *doctor)
{
	static const struct {
		const char *path;
		bool configless;
	} places[] = {
		{"/etc/slurm/slurm.conf", false},
		{"/etc/slurm-llnl/slurm.conf", false},
		{"/opt/slurm/etc/slurm.conf", false},
		{"/usr/local/etc/slurm.conf", false},
		{"/run/slurm/conf/slurm.conf", true},
		{"/var/spool/slurmd/conf-cache/slurm.conf", true},
		{"/var/spool/slurm/d/conf-cache/slurm.conf", true},
		{"/var/spool/slurm/slurmd/conf-cache/slurm.conf", true},
		{"/var/lib/slurm/slurmd/conf-cache/slurm.conf", true},
	};
	const char *given = doctor->slurm_conf;
	const char *root = doctor->tree.root;

	if (!given && doctor->tree.live)
		given = getenv("SLURM_CONF");
	if (given) {
		text_format(doctor->conf_path, sizeof(doctor->conf_path), "%s", given);
	} else if (proc_scan(root, "slurmd", conf_of_daemon, doctor, NULL) != 1 &&
		   proc_scan(root, "slurmctld", conf_of_daemon, doctor, NULL) != 1) {
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			if (take_conf(doctor, places[i].path, places[i].configless))
				return;
	}
	if (strstr(doctor->conf_path, "/conf-cache/") ||
	    !strncmp(doctor->conf_path, "/run/slurm/", 11))
		doctor->configless = true;
}

void doctor_read_slurm(struct doctor *doctor)
{
	struct err err = {""};

	find_conf(doctor);
	if (!*doctor->conf_path) {
		doctor->conf_error = -ENOENT;
		text_format(doctor->conf_problem, sizeof(doctor->conf_problem),
			    "no slurm.conf in /etc/slurm, /etc/slurm-llnl, /opt/slurm/etc, "
			    "/usr/local/etc, nor slurmd's cache of one");
		return;
	}
	doctor->conf_error = slurm_conf_parse(doctor->conf_path, from_tree, &doctor->tree,
					      &doctor->conf, &err);
	text_format(doctor->conf_problem, sizeof(doctor->conf_problem), "%s", err.text);
}

bool doctor_running_value(const char *running, const char *key, char *buf, size_t size)
{
	size_t n = strlen(key);

	for (const char *at = running; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncasecmp(at, key, n) != 0)
			continue;
		const char *value = at + n + strspn(at + n, " ");

		if (*value != '=' || (at[n] != ' ' && at[n] != '='))
			continue;
		value += 1 + strspn(value + 1, " ");
		return !text_format(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
	}
	return false;
}

void doctor_read_running(struct doctor *doctor)
{
	static const char *const args[2] = {"show", "config"};
	char path[TREE_PATH];

	if (!doctor_slurm_program(doctor, "scontrol", path, sizeof(path)))
		text_format(doctor->running_problem, sizeof(doctor->running_problem), "%s",
			    doctor->may_run ? "there is no scontrol here"
					    : "programs of a replayed host are not run");
	else
		doctor_run(doctor, path, args, ANSWER_MS, &doctor->running, doctor->running_problem,
			   sizeof(doctor->running_problem));
}

/* Slurm's own plugins say which release they belong to. */
static bool release_of_plugins(struct doctor *doctor, const char *dir)
{
	static const char *const always[] = {"auth_munge.so", "select_cons_tres.so",
					     "auth_slurm.so", "proctrack_cgroup.so",
					     "proctrack_linuxproc.so"};
	char path[TREE_PATH];

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		cleanup_free void *data = NULL;
		struct elf_file elf;
		unsigned number;

		if (text_format(path, sizeof(path), "%s/%s", dir, always[i]) ||
		    tree_read_elf(&doctor->tree, path, &data, &elf, NULL) ||
		    !elf_unsigned(&elf, "plugin_version", &number))
			continue;
		doctor->release = RELEASE(number >> 16 & 0xffff, number >> 8 & 0xff);
		text_format(doctor->release_from, sizeof(doctor->release_from), "%s", path);
		text_format(doctor->plugin_dir, sizeof(doctor->plugin_dir), "%s", dir);
		return true;
	}
	return false;
}

/* "slurm-wlm 22.05.8" */
static void release_of_program(struct doctor *doctor)
{
	static const char *const args[2] = {"-V", NULL};
	cleanup_free char *out = NULL;
	char path[TREE_PATH], problem[200], *word;
	unsigned major, minor;

	if (!doctor_slurm_program(doctor, "scontrol", path, sizeof(path)) ||
	    !doctor_run(doctor, path, args, ANSWER_MS, &out, problem, sizeof(problem)))
		return;
	word = strrchr(out, ' ');
	if (word && sscanf(word, " %2u.%2u", &major, &minor) == 2) {
		doctor->release = RELEASE(major, minor);
		text_format(doctor->release_from, sizeof(doctor->release_from), "%s -V", path);
	}
}

void doctor_read_release(struct doctor *doctor)
{
	static const char *const usual[] = {
		"/usr/lib/x86_64-linux-gnu/slurm-wlm",
		"/usr/lib/aarch64-linux-gnu/slurm-wlm",
		"/usr/lib64/slurm",
		"/usr/lib/slurm",
		"/usr/lib/x86_64-linux-gnu/slurm",
		"/usr/lib/aarch64-linux-gnu/slurm",
		"/opt/slurm/lib/slurm",
		"/opt/slurm/lib64/slurm",
		"/usr/local/lib/slurm",
	};
	const char *dirs = doctor->conf ? slurm_conf_value(doctor->conf, "PluginDir", NULL) : NULL;
	char dir[TREE_PATH];

	for (const char *at = dirs; at && *at; at += strcspn(at, ":"), at += *at == ':')
		if (!text_format(dir, sizeof(dir), "%.*s", (int)strcspn(at, ":"), at) &&
		    release_of_plugins(doctor, dir))
			return;
	if (dirs && !*doctor->plugin_dir)
		text_format(doctor->plugin_dir, sizeof(doctor->plugin_dir), "%.*s",
			    (int)strcspn(dirs, ":"), dirs);
	for (size_t i = 0; !dirs && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (release_of_plugins(doctor, usual[i]))
			return;
	release_of_program(doctor);
}

static int seen(const struct sysfs_dir *proc, const char *pid, void *data)
{
	(void)proc;
	(void)pid;
	*(bool *)data = true;
	return 1;
}

static bool runs(const struct doctor *doctor, const char *name)
{
	bool found = false;

	proc_scan(doctor->tree.root, name, seen, &found, NULL);
	return found;
}

/* Does a line of slurm.conf have this host as a node? By its name, or by NodeHostname. */
static bool is_node(struct doctor *doctor, const char *host)
{
	const struct slurm_pair *line = NULL;
	struct slurm_conf_node node;

	if (!slurm_conf_node(doctor->conf, host, &node, NULL))
		return !text_format(doctor->node, sizeof(doctor->node), "%s", host);
	while ((line = slurm_conf_next(doctor->conf, "NodeName", line))) {
		const char *name = slurm_conf_of(doctor->conf, line, "NodeHostname");
		bool has = false;

		if (name && !hostlist_has(name, host, &has, NULL) && has)
			return true;
	}
	return false;
}

static bool is_controller(const struct doctor *doctor, const char *host)
{
	static const char *const keys[] = {"SlurmctldHost", "ControlMachine"};
	size_t n = strlen(host);

	for (size_t i = 0; i < 2; i++) {
		const struct slurm_pair *pair = NULL;

		while ((pair = slurm_conf_next(doctor->conf, keys[i], pair)))
			if (!strncmp(pair->value, host, n) &&
			    (!pair->value[n] || pair->value[n] == '('))
				return true;
	}
	return false;
}

void doctor_read_role(struct doctor *doctor, int role_given)
{
	char host[256] = "";

	if (tree_line(&doctor->tree, "/proc/sys/kernel/hostname", host, sizeof(host)) || !*host)
		tree_line(&doctor->tree, "/etc/hostname", host, sizeof(host));
	host[strcspn(host, ".")] = '\0';
	if (role_given) {
		doctor->role = (enum doctor_role)role_given;
		text_format(doctor->role_why, sizeof(doctor->role_why), "by --role");
	} else if (runs(doctor, "slurmd")) {
		doctor->role = ROLE_NODE;
		text_format(doctor->role_why, sizeof(doctor->role_why), "slurmd runs here");
	} else if (runs(doctor, "slurmctld")) {
		doctor->role = ROLE_CONTROLLER;
		text_format(doctor->role_why, sizeof(doctor->role_why), "slurmctld runs here");
	} else if (doctor->conf && *host && is_node(doctor, host)) {
		doctor->role = ROLE_NODE;
		text_format(doctor->role_why, sizeof(doctor->role_why),
			    "slurm.conf has %.40s as a node", host);
	} else if (doctor->conf && *host && is_controller(doctor, host)) {
		doctor->role = ROLE_CONTROLLER;
		text_format(doctor->role_why, sizeof(doctor->role_why),
			    "slurm.conf has %.40s as its controller", host);
	} else {
		doctor->role = ROLE_SUBMIT;
		text_format(doctor->role_why, sizeof(doctor->role_why),
			    "no slurmd or slurmctld runs here, and slurm.conf does not have %.40s",
			    *host ? host : "this host");
	}
}
