/* SPDX-License-Identifier: Apache-2.0 */
/* The site's settings, and what a compute node keeps and is given. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "inventory.h"
#include "text.h"

/* Measured: one endpoint of libfabric 1.17 pins nearly 128 MiB. */
#define ENDPOINT_BYTES (128LL << 20)
#define FILES_MAX      64

static void judge_settings(struct doctor *doctor)
{
	if (doctor->site) {
		doctor_say(doctor, CHECK_SETTINGS, DOCTOR_OK, "policy %s, %zu layouts, %zu types",
			   doctor->site->policy.hash, doctor->site->layouts.n,
			   doctor->site->types.n);
		return;
	}
	if (strstr(doctor->site_problem, strerror(EACCES))) {
		doctor_say(doctor, CHECK_SETTINGS, DOCTOR_UNKNOWN, "%s", doctor->site_problem);
		return;
	}
	doctor_say(doctor, CHECK_SETTINGS, DOCTOR_FAIL, "%s", doctor->site_problem);
	if (strstr(doctor->site_problem, doctor->options->data_dir))
		doctor_remedy(doctor, CHECK_SETTINGS,
			      "install efa-layout's shipped data again; a site's own goes into %s",
			      doctor->options->site_dir);
	else
		doctor_remedy(doctor, CHECK_SETTINGS,
			      "correct it: until then the last policy that could be used stays in "
			      "force, or jobs run untested");
}

static void trust(struct doctor *doctor, const char *path)
{
	char why[320];

	if (tree_trusted(&doctor->tree, path, why, sizeof(why)))
		return;
	doctor_say(doctor, CHECK_TRUST, DOCTOR_FAIL, "%s: the gate does not use %s", why, path);
	doctor_remedy(doctor, CHECK_TRUST,
		      "chown root:root %s; chmod go-w %s (and the same for its "
		      "directory)",
		      path, path);
}

static void judge_trust(struct doctor *doctor)
{
	static const char *const patterns[] = {"%s/*.json", "%s/policy.d/*.json"};
	const char *const dirs[] = {doctor->options->site_dir, doctor->options->data_dir};
	cleanup_free char(*paths)[TREE_PATH] = calloc(FILES_MAX, TREE_PATH);
	char pattern[TREE_PATH];
	size_t n = 0;

	for (size_t d = 0; paths && d < 2; d++) {
		for (size_t p = 0; p < 2; p++) {
			text_format(pattern, sizeof(pattern), "%s%s", dirs[d],
				    strchr(patterns[p], '/'));
			if (tree_glob(&doctor->tree, pattern, paths, FILES_MAX, &n))
				continue;
			for (size_t i = 0; i < n; i++)
				trust(doctor, paths[i]);
		}
	}
	doctor_say(doctor, CHECK_TRUST, DOCTOR_OK, "%s, %s", dirs[0], dirs[1]);
}

/* Both are made when they are needed: only what is there can be wrong. */
static void judge_directories(struct doctor *doctor)
{
	const char *const dirs[] = {doctor->options->run_dir, doctor->options->state_dir};

	for (size_t i = 0; i < 2; i++) {
		struct stat st;
		bool wrong;

		if (tree_stat(&doctor->tree, dirs[i], &st))
			continue;
		wrong = (st.st_uid && st.st_uid != doctor->tree.owner) ||
			(st.st_mode & (S_IWGRP | S_IWOTH)) || !S_ISDIR(st.st_mode);
		if (!wrong)
			continue;
		doctor_say(
			doctor, CHECK_DIRECTORIES, DOCTOR_FAIL,
			"%s: owner uid %u, mode %04o; expected a directory of root's that nobody "
			"else may write",
			dirs[i], (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777));
		doctor_remedy(doctor, CHECK_DIRECTORIES, "chown root:root %s; chmod 755 %s",
			      dirs[i], dirs[i]);
	}
	doctor_say(doctor, CHECK_DIRECTORIES, DOCTOR_OK, "%s, %s", dirs[0], dirs[1]);
}

static void judge_memlock(struct doctor *doctor)
{
	if (!doctor->slurmd) {
		doctor_say(doctor, CHECK_MEMLOCK, DOCTOR_UNKNOWN, "no slurmd runs here");
	} else if (doctor->memlock == LIMIT_UNKNOWN) {
		doctor_say(doctor, CHECK_MEMLOCK, DOCTOR_UNKNOWN,
			   "/proc/%d/limits cannot be read; run this as root", doctor->slurmd);
	} else if (doctor->memlock >= 0 && doctor->memlock < ENDPOINT_BYTES) {
		doctor_say(doctor, CHECK_MEMLOCK, DOCTOR_FAIL,
			   "slurmd (process %d) and its tasks may lock %" PRId64
			   " KiB; one libfabric endpoint takes nearly 128 MiB",
			   doctor->slurmd, doctor->memlock / 1024);
		doctor_remedy(
			doctor, CHECK_MEMLOCK,
			"systemctl edit slurmd, write [Service] LimitMEMLOCK=infinity, restart "
			"slurmd; limits.d does not apply to it");
	} else if (doctor->memlock == LIMIT_NONE) {
		doctor_say(doctor, CHECK_MEMLOCK, DOCTOR_OK, "slurmd has no limit");
	} else {
		doctor_say(doctor, CHECK_MEMLOCK, DOCTOR_OK, "slurmd may lock %" PRId64 " MiB",
			   doctor->memlock >> 20);
	}
}

static void judge_facts(struct doctor *doctor)
{
	bool hidden = doctor->facts_rc == -EACCES;

	if (!doctor->facts_rc) {
		doctor_say(doctor, CHECK_FACTS, DOCTOR_OK, "%u interfaces, of this boot",
			   doctor->n_enis);
		return;
	}
	if (doctor->facts_rc == -ENOENT)
		doctor_say(doctor, CHECK_FACTS, DOCTOR_WARN,
			   "%s/enis.json is not there: the gate counts interfaces, but cannot say "
			   "which card each is on",
			   doctor->options->run_dir);
	else
		doctor_say(doctor, CHECK_FACTS, hidden ? DOCTOR_UNKNOWN : DOCTOR_WARN, "%s",
			   doctor->facts_problem);
	doctor_remedy(doctor, CHECK_FACTS,
		      "efa-layout facts --write, and see journalctl -u efa-layout-facts");
}

static void judge_service(struct doctor *doctor)
{
	if (!doctor->has_systemd) {
		doctor_say(doctor, CHECK_FACTS_SERVICE, DOCTOR_UNKNOWN,
			   "no systemd here: have \"efa-layout facts --write\" run at every boot");
	} else if (doctor->service_masked) {
		doctor_say(doctor, CHECK_FACTS_SERVICE, DOCTOR_WARN,
			   "efa-layout-facts.service is masked");
		doctor_remedy(doctor, CHECK_FACTS_SERVICE,
			      "systemctl unmask efa-layout-facts; systemctl enable --now "
			      "efa-layout-facts");
	} else if (!doctor->service_there) {
		doctor_say(doctor, CHECK_FACTS_SERVICE, DOCTOR_WARN,
			   "efa-layout-facts.service is not installed");
		doctor_remedy(
			doctor, CHECK_FACTS_SERVICE,
			"install it below /usr/lib/systemd/system, then systemctl enable --now "
			"efa-layout-facts");
	} else if (!doctor->service_enabled) {
		doctor_say(doctor, CHECK_FACTS_SERVICE, DOCTOR_WARN,
			   "efa-layout-facts.service is not enabled");
		doctor_remedy(doctor, CHECK_FACTS_SERVICE,
			      "systemctl enable --now efa-layout-facts");
	} else {
		doctor_say(doctor, CHECK_FACTS_SERVICE, DOCTOR_OK, "enabled");
	}
}

void doctor_judge_node(struct doctor *doctor)
{
	judge_settings(doctor);
	judge_trust(doctor);
	judge_directories(doctor);
	judge_memlock(doctor);
	judge_facts(doctor);
	judge_service(doctor);
}
