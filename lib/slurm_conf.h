/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slurm.conf as Slurm's own parser reads it (parse_config.c, 22.05 to 26.05), as far as others need
 * it: which value a key has, where that stands, and what a node was given. Keys are compared
 * without regard to case, one a line (but for those that take a line); "#" starts a comment and "\"
 * at a line's end continues it; a quoted value may have blanks; Include takes a file beside
 * slurm.conf, and the last value of a key wins.
 *
 * Strict as Slurm's daemons are: a line that is no Key=Value is refused, and so is what is missing,
 * too large or not to be trusted.
 */
#ifndef EFA_LAYOUT_SLURM_CONF_H
#define EFA_LAYOUT_SLURM_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "file.h"

/* All files together, how many, and how deep one may include another. */
#define SLURM_CONF_MAX_SIZE  (8u << 20)
#define SLURM_CONF_MAX_FILES 64
#define SLURM_CONF_MAX_DEPTH 8

struct slurm_conf;

/*
 * One Key=Value. What follows NodeName=, PartitionName=, DownNodes=, FrontendName= or NodeSet= on a
 * line belongs to it: `of` is that pair; NULL for a key of its own. file and line (of where the
 * line begins) are for complaints. Borrowed from the conf.
 */
struct slurm_pair {
	const char *key, *value;
	const char *file;
	unsigned line;
	const struct slurm_pair *of;
};

/* Where a text comes from: all of the file, NUL-terminated, to be freed; as file_read. */
typedef int slurm_conf_source(void *arg, const char *path, size_t max, char **ret_text,
			      size_t *ret_size, struct err *err);

/* Parse the file of this path and all that it includes. 0, or a negative errno with a sentence that
 * names file and line. */
int slurm_conf_parse(const char *path, slurm_conf_source *source, void *arg,
		     struct slurm_conf **ret_conf, struct err *err);
/*
 * The same out of files. With FILE_TRUST_OWNER each must belong to root or the caller, and be
 * writable by nobody else (SlurmUser may not own it: what that account writes would decide what
 * root does).
 */
int slurm_conf_load(const char *path, enum file_trust trust, struct slurm_conf **ret_conf,
		    struct err *err);
void slurm_conf_free(struct slurm_conf *conf);

static inline void cleanup_slurm_conf_fn(struct slurm_conf **conf)
{
	slurm_conf_free(*conf);
}
#define cleanup_slurm_conf __attribute__((cleanup(cleanup_slurm_conf_fn)))

/* The pair in force for a key of its own (the last one), or NULL. */
const struct slurm_pair *slurm_conf_find(const struct slurm_conf *conf, const char *key);
/* The pairs of a key in their order: NULL, then what it returned. For keys that Slurm collects
 * (Prolog and Epilog from 24.05, NodeName). */
const struct slurm_pair *slurm_conf_next(const struct slurm_conf *conf, const char *key,
					 const struct slurm_pair *after);
/* Its value, or `otherwise`. */
const char *slurm_conf_value(const struct slurm_conf *conf, const char *key, const char *otherwise);
/* The value of a key that belongs to a pair such as NodeName (the first on its line), or NULL. */
const char *slurm_conf_of(const struct slurm_conf *conf, const struct slurm_pair *line,
			  const char *key);
/* The files that were read, in that order; NULL behind the last. */
const char *slurm_conf_file(const struct slurm_conf *conf, size_t i);

/* What slurm.conf gives a node; each NULL where it says nothing. node: its NodeName=. Values of a
 * NodeName=DEFAULT above it are already in. */
struct slurm_conf_node {
	const struct slurm_pair *node, *features, *gres, *state;
};
/* 0; -ENOENT when no NodeName has it; -EINVAL for a host list that is wrong, and for a node that
 * two lines have. */
int slurm_conf_node(const struct slurm_conf *conf, const char *name,
		    struct slurm_conf_node *ret_node, struct err *err);

/* Is word one of a value's words, parted by commas, without regard to case? A word may go on behind
 * "=" or ":" in the value: "max_x" is in "a,max_x=3". On return *ret_rest (may be NULL) is what
 * stands behind, up to the value's end, or NULL. */
bool slurm_conf_word(const char *value, const char *word, const char **ret_rest);

#endif
