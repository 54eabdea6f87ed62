/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slurm.conf and what it includes (files are parted by a line "%%"; Include takes the one of the
 * number that ends its name), and host lists in it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostlist.h"
#include "kit.h"
#include "slurm_conf.h"

#define PART "\n%%\n"

static int part(void *arg, const char *path, size_t max, char **ret_text, size_t *ret_size,
		struct err *err)
{
	const char *text = arg, *end;
	unsigned n = (unsigned)(path[strlen(path) - 1] - '0');

	CHECK(*path && max <= SLURM_CONF_MAX_SIZE);
	for (; n && n < 10 && text; n--) {
		text = strstr(text, PART);
		if (text)
			text += strlen(PART);
	}
	if (n || !text)
		return err_set(err, -ENOENT, "%s: no such part", path);
	end = strstr(text, PART);
	*ret_size = end ? (size_t)(end - text) : strlen(text);
	if (*ret_size > max)
		return err_set(err, -EFBIG, "%s: too large", path);
	*ret_text = strndup(text, *ret_size);
	CHECK(*ret_text);
	return 0;
}

/* A name that has no brackets is in its own list, and brackets hold what they begin with. */
static void listed(const char *list)
{
	bool has = false;
	struct err err = {""};
	int rc = hostlist_has(list, "n007-x2", &has, &err);

	if (rc) {
		kit_refused(rc, &err);
		CHECK(!has);
		return;
	}
	if (!*list || strlen(list) > HOSTLIST_MAX_NAME || strpbrk(list, "[], \t\n\r"))
		return;
	CHECK_OK(hostlist_has(list, list, &has, &err), &err);
	CHECK(has);
}

static void nodes(const struct slurm_conf *conf)
{
	const struct slurm_pair *line = NULL;

	while ((line = slurm_conf_next(conf, "NodeName", line))) {
		struct slurm_conf_node node;
		struct err err = {""};
		int rc;

		CHECK(line->line && *line->file && line->key && !line->of);
		listed(line->value);
		rc = slurm_conf_node(conf, line->value, &node, &err);
		if (rc) {
			kit_refused(rc, &err);
			continue;
		}
		CHECK(node.node && !node.node->of);
		CHECK(!node.gres || (node.gres->of && !strcasecmp(node.gres->key, "Gres")));
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct slurm_conf *conf;
	struct slurm_conf_node node;
	char text[] = "Include f1\nNodeName=n[007-9]-x[1-2]\n%%\nNodeName=DEFAULT Gres=g\n";
	struct err err = {""};

	(void)argc;
	(void)argv;
	CHECK_OK(slurm_conf_parse("f0", part, text, &conf, &err), &err);
	CHECK_OK(slurm_conf_node(conf, "n008-x2", &node, &err), &err);
	CHECK(!strcmp(node.gres->value, "g"));
	slurm_conf_free(conf);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = kit_input(data, size);
	struct slurm_conf *conf = NULL;
	struct err err = {""};
	int rc = slurm_conf_parse("/etc/slurm/f0", part, text, &conf, &err);

	if (rc) {
		kit_refused(rc, &err);
		CHECK(!conf);
	} else {
		slurm_conf_word(slurm_conf_value(conf, "PrologFlags", NULL), "Alloc", NULL);
		nodes(conf);
		slurm_conf_free(conf);
	}
	free(text);
	return 0;
}
