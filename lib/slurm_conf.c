/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up in what was parsed. */
#include "slurm_conf.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "hostlist.h"
#include "slurm_conf_impl.h"

static const struct slurm_pair *pair_of(const struct slurm_conf_entry *entry)
{
	return entry ? &entry->pair : NULL;
}

static const struct slurm_conf_entry *behind(const struct slurm_conf *conf,
					     const struct slurm_pair *pair)
{
	return pair ? ((const struct slurm_conf_entry *)pair)->next : conf->first;
}

const struct slurm_pair *slurm_conf_next(const struct slurm_conf *conf, const char *key,
					 const struct slurm_pair *after)
{
	const struct slurm_conf_entry *entry = behind(conf, after);

	while (entry && (entry->pair.of || strcasecmp(entry->pair.key, key)))
		entry = entry->next;
	return pair_of(entry);
}

const struct slurm_pair *slurm_conf_find(const struct slurm_conf *conf, const char *key)
{
	const struct slurm_pair *found = NULL, *pair = NULL;

	while ((pair = slurm_conf_next(conf, key, pair)))
		found = pair;
	return found;
}

const char *slurm_conf_value(const struct slurm_conf *conf, const char *key, const char *otherwise)
{
	const struct slurm_pair *pair = slurm_conf_find(conf, key);

	return pair ? pair->value : otherwise;
}

const char *slurm_conf_of(const struct slurm_conf *conf, const struct slurm_pair *line,
			  const char *key)
{
	for (const struct slurm_conf_entry *entry = behind(conf, line);
	     entry && entry->pair.of == line; entry = entry->next)
		if (!strcasecmp(entry->pair.key, key))
			return entry->pair.value;
	return NULL;
}

const char *slurm_conf_file(const struct slurm_conf *conf, size_t i)
{
	return i < conf->n_files ? conf->files[i] : NULL;
}

/* What the line of a NodeName says goes over what is there. Of "Feature" and "Features" the first
 * wins, as in Slurm. */
static void take_line(const struct slurm_conf *conf, const struct slurm_pair *line,
		      struct slurm_conf_node *node)
{
	const struct slurm_pair *features = NULL;

	for (const struct slurm_conf_entry *entry = behind(conf, line);
	     entry && entry->pair.of == line; entry = entry->next) {
		const struct slurm_pair *pair = &entry->pair;

		if (!strcasecmp(pair->key, "Feature"))
			node->features = pair;
		else if (!strcasecmp(pair->key, "Features"))
			features = pair;
		else if (!strcasecmp(pair->key, "Gres"))
			node->gres = pair;
		else if (!strcasecmp(pair->key, "State"))
			node->state = pair;
	}
	if (features && !(node->features && node->features->of == line))
		node->features = features;
}

int slurm_conf_node(const struct slurm_conf *conf, const char *name,
		    struct slurm_conf_node *ret_node, struct err *err)
{
	struct slurm_conf_node defaults = {.node = NULL}, found = defaults;
	const struct slurm_pair *line = NULL;

	while ((line = slurm_conf_next(conf, "NodeName", line))) {
		bool has;
		int rc;

		if (!strcasecmp(line->value, "DEFAULT")) {
			take_line(conf, line, &defaults);
			continue;
		}
		rc = hostlist_has(line->value, name, &has, err);
		if (rc)
			return err_wrap(err, rc, "%s:%u: NodeName", line->file, line->line);
		if (!has)
			continue;
		if (found.node)
			return err_set(err, -EINVAL, "%s:%u: node %s also stands in %s:%u",
				       line->file, line->line, name, found.node->file,
				       found.node->line);
		found = defaults;
		found.node = line;
		take_line(conf, line, &found);
	}
	if (!found.node)
		return err_set(err, -ENOENT, "%s: no NodeName has node %s", conf->files[0], name);
	*ret_node = found;
	return 0;
}

bool slurm_conf_word(const char *value, const char *word, const char **ret_rest)
{
	size_t n = strlen(word);

	for (const char *at = value; at && *at; at = strchr(at, ',')) {
		at += strspn(at, ", ");
		if (strncasecmp(at, word, n) || (at[n] && !strchr(",=: ", at[n])))
			continue;
		if (ret_rest)
			*ret_rest = at[n] && strchr("=:", at[n]) ? at + n + 1 : NULL;
		return true;
	}
	return false;
}
