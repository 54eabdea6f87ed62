/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the node map that the gate would leave on a p5.48xlarge, for plugin tests on real daemons:
 *
 *   make-map FILE LAYOUT VERDICT [ENVIRONMENT]
 *
 * LAYOUT: the one that the node has, or "-"; VERDICT: a word such as "healthy"; ENVIRONMENT: a file
 * of rules, instead of the three that p5_map has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "p5_map.h"
#include "text.h"

static int set_outcome(struct nodemap *map, const char *word, struct err *err)
{
	for (int i = OUTCOME_HEALTHY; i <= OUTCOME_FAULTY; i++) {
		if (!strcmp(outcome_text((enum outcome)i), word)) {
			map->outcome = (enum outcome)i;
			return 0;
		}
	}
	return err_set(err, -1, "verdict %s: not known", word);
}

static int set_environment(struct nodemap *map, const char *path, struct err *err)
{
	cleanup_free struct env_rules *rules = calloc(1, sizeof(*rules));
	int rc = rules ? env_rules_load(rules, path, FILE_TRUST_ANY, err) : -1;

	if (!rc)
		env_rules_reduce(rules, &map->node, &map->env);
	return rc;
}

int main(int argc, char **argv)
{
	cleanup_free struct nodemap *map = calloc(1, sizeof(*map));
	struct err err = {"out of memory"};
	int rc;

	if (argc < 4 || argc > 6 || !map) {
		fprintf(stderr, "usage: make-map FILE LAYOUT VERDICT [ENVIRONMENT [DEFAULT]]\n");
		return 2;
	}
	rc = p5_map(map, &err);
	map->n_layouts = strcmp(argv[2], "-") != 0;
	if (!rc)
		rc = text_format(map->layouts[0], NAME_TEXT, "%s", argv[2]);
	if (!rc)
		rc = set_outcome(map, argv[3], &err);
	if (!rc && argc >= 5)
		rc = set_environment(map, argv[4], &err);
	if (!rc && argc == 6)
		rc = text_format(map->layout_default, NAME_TEXT, "%s", argv[5]);
	if (!rc)
		rc = nodemap_save(argv[1], map, &err);
	if (rc)
		fprintf(stderr, "make-map: %s\n", err.text);
	return rc ? 1 : 0;
}
