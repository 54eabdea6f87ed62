/* SPDX-License-Identifier: Apache-2.0 */
/* Which version each part of efa-layout is of, and whether the controller's helper can start. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "efa_layout_config.h"
#include "text.h"

#define ANSWER_MS 2000

static struct doctor_version *add(struct doctor *doctor, const char *what, const char *path)
{
	struct doctor_version *one = &doctor->versions[doctor->n_versions++];

	one->what = what;
	text_format(one->path, sizeof(one->path), "%s", path);
	return one;
}

/* "efa-layout-probe 0.1.0, libfabric 1.17": the second word. */
static void ask(struct doctor *doctor, const char *what, const char *path)
{
	static const char *const args[2] = {"--version", NULL};
	struct doctor_version *one = add(doctor, what, path);
	cleanup_free char *out = NULL;
	char *word, *save = NULL;

	if (!doctor->tree.live) {
		text_format(one->problem, sizeof(one->problem),
			    "programs of a replayed host are not run");
		return;
	}
	if (!doctor_run(doctor, path, args, ANSWER_MS, &out, one->problem, sizeof(one->problem)))
		return;
	word = strtok_r(out, " ", &save) ? strtok_r(NULL, " ,\n", &save) : NULL;
	if (!word || text_format(one->text, sizeof(one->text), "%s", word))
		text_format(one->problem, sizeof(one->problem), "%s --version: no version", path);
}

static void read_plugin(struct doctor *doctor)
{
	cleanup_free void *data = NULL;
	struct doctor_version *one;
	struct elf_file elf;

	if (!doctor->plugin || doctor->plugin->error)
		return;
	one = add(doctor, "plugin", doctor->plugin->path);
	if (tree_read_elf(&doctor->tree, one->path, &data, &elf, NULL) ||
	    !elf_text(&elf, "efa_layout_version", one->text, sizeof(one->text)))
		text_format(one->problem, sizeof(one->problem), "%.120s: no version in it",
			    one->path);
}

/* Where the dynamic linker looks, as far as it can be told without its cache. */
static bool library_there(const struct doctor *doctor, const char *runpath, const char *library)
{
	static const char usual[] =
		"/lib:/usr/lib:/lib64:/usr/lib64:/usr/lib/x86_64-linux-gnu:"
		"/usr/lib/aarch64-linux-gnu:/usr/local/lib:/opt/slurm/lib:/opt/slurm/lib64";
	const char *const lists[] = {runpath, usual};
	char path[TREE_PATH];
	struct stat st;

	for (size_t i = 0; i < 2; i++)
		for (const char *at = lists[i]; at && *at; at += *at == ':') {
			size_t n = strcspn(at, ":");

			if (!text_format(path, sizeof(path), "%.*s/%s", (int)n, at, library) &&
			    !tree_stat(&doctor->tree, path, &st))
				return true;
			at += n;
		}
	return false;
}

static void read_helper(struct doctor *doctor)
{
	cleanup_free void *data = NULL;
	struct elf_file elf;
	const char *name;
	int rc = tree_read_elf(&doctor->tree, doctor->options->slurm_helper, &data, &elf, NULL);

	doctor->helper_missing = rc == -ENOENT;
	doctor->helper_unknown = rc && rc != -ENOENT;
	if (rc)
		return;
	for (size_t i = 0; (name = elf_needed(&elf, i)); i++)
		if (!strncmp(name, "libslurm.so", 11))
			text_format(doctor->helper_library, sizeof(doctor->helper_library), "%s",
				    name);
	doctor->helper_loads = !*doctor->helper_library ||
			       library_there(doctor, elf_runpath(&elf), doctor->helper_library);
}

void doctor_read_versions(struct doctor *doctor)
{
	char path[TREE_PATH];

	text_format(add(doctor, "efa-layout", "efa-layout")->text, 32, "%s", EFA_LAYOUT_VERSION);
	read_plugin(doctor);
	if (doctor->role != ROLE_NODE)
		return;
	read_helper(doctor);
	if (doctor->prolog.how == PROGRAM_OURS && !doctor->prolog.error)
		text_format(path, sizeof(path), "%s", doctor->prolog.path);
	else
		text_format(path, sizeof(path), "%s/efa-layout-prolog", EFA_LAYOUT_LIBEXEC_DIR);
	ask(doctor, "prolog", path);
	ask(doctor, "probe", doctor->options->probe);
	if (!doctor->helper_missing && doctor->helper_loads)
		ask(doctor, "helper", doctor->options->slurm_helper);
}
