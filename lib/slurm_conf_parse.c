/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and pairs, in the order of Slurm's steps: comment, continuation, escapes, Include, pairs.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "slurm_conf_impl.h"
#include "text.h"

struct parser {
	struct slurm_conf *conf;
	slurm_conf_source *source;
	void *arg;
};

/* Where a line stands. */
struct place {
	const char *file;
	unsigned line;
};

static bool is_space(char c)
{
	return isspace((unsigned char)c);
}

static char *skip_space(char *at)
{
	while (is_space(*at))
		at++;
	return at;
}

/* End the line at the first "#" that has no "\" (or an even number of them) before it. */
static void cut_comment(char *line)
{
	bool escaped = false;

	for (; *line; line++) {
		if (*line == '#' && !escaped) {
			*line = '\0';
			return;
		}
		escaped = *line == '\\' && !escaped;
	}
}

/* Take the "\" that continues a line off its end; blanks may follow it. */
static bool cut_continuation(char *line)
{
	char *end = line + strlen(line);
	size_t n = 0;

	while (end > line && is_space(end[-1]))
		end--;
	while (end - n > line && end[-1 - (long)n] == '\\')
		n++;
	if (n % 2)
		end[-1] = '\0';
	return n % 2;
}

static void drop_escapes(char *line)
{
	char *to = line;

	for (const char *from = line; *from; from++) {
		if (*from == '\\' && !*++from)
			break;
		*to++ = *from;
	}
	*to = '\0';
}

/*
 * The next line with those that continue it, made in place: it never grows. *text moves on, NULL at
 * the end; *ret_lines is how many lines of the file it took.
 */
static char *next_line(char **text, unsigned *ret_lines)
{
	char *line = *text, *to = line;
	bool more = true;

	for (*ret_lines = 0; more && *text && **text; ++*ret_lines) {
		char *from = *text, *end = strchr(from, '\n');

		*text = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		cut_comment(from);
		more = cut_continuation(from);
		memmove(to, from, strlen(from) + 1);
		to += strlen(to);
	}
	drop_escapes(line);
	return line;
}

static int add_pair(struct slurm_conf *conf, const struct place *place, const char *key,
		    size_t key_len, const char *value, size_t value_len,
		    const struct slurm_pair *of, const struct slurm_pair **ret_pair,
		    struct err *err)
{
	struct slurm_conf_entry *entry = calloc(1, sizeof(*entry) + key_len + value_len + 2);
	char *text;

	if (!entry)
		return err_set(err, -ENOMEM, "%s: out of memory", place->file);
	text = entry->text;
	memcpy(text, key, key_len);
	memcpy(text + key_len + 1, value, value_len);
	entry->pair = (struct slurm_pair){.key = text,
					  .value = text + key_len + 1,
					  .file = place->file,
					  .line = place->line,
					  .of = of};
	*conf->end = entry;
	conf->end = &entry->next;
	*ret_pair = &entry->pair;
	return 0;
}

/* The value at `at`: a quoted one that a blank or the end follows, or all up to a blank. */
static size_t value_span(const char *at, const char **ret_value, size_t *ret_len)
{
	const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;

	if (end && (!end[1] || is_space(end[1]))) {
		*ret_value = at + 1;
		*ret_len = (size_t)(end - at - 1);
		return *ret_len + 2;
	}
	*ret_value = at;
	*ret_len = strcspn(at, " \t\n\v\f\r");
	return *ret_len;
}

static bool takes_line(const char *key)
{
	static const char *const keys[] = {"NodeName", "PartitionName", "DownNodes", "FrontendName",
					   "NodeSet"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcasecmp(key, keys[i]))
			return true;
	return false;
}

static int no_pair(const struct place *place, const char *at, struct err *err)
{
	return err_set(err, -EINVAL, "%s:%u: expected Key=Value, found \"%.40s\"", place->file,
		       place->line, at);
}

static int one_a_line(const struct place *place, const char *at, struct err *err)
{
	return err_set(err, -EINVAL, "%s:%u: expected the end of the line, found \"%.40s\"",
		       place->file, place->line, at);
}

static int parse_pairs(struct slurm_conf *conf, char *line, const struct place *place,
		       struct err *err)
{
	const struct slurm_pair *of = NULL, *pair = NULL;

	for (char *at = skip_space(line); *at; at = skip_space(at)) {
		const char *key = at, *value;
		size_t key_len = 0, value_len;
		int rc;

		while (isalnum((unsigned char)at[key_len]) ||
		       (at[key_len] && strchr("_.", at[key_len])))
			key_len++;
		at = skip_space(at + key_len);
		if (*at && strchr("-*+/", *at))
			at++;
		if (!key_len || *at != '=')
			return no_pair(place, key, err);
		at = skip_space(at + 1);
		if (!*at)
			return no_pair(place, key, err);
		at += value_span(at, &value, &value_len);
		rc = add_pair(conf, place, key, key_len, value, value_len, of, &pair, err);
		if (rc)
			return rc;
		if (!of && takes_line(pair->key))
			of = pair;
		else if (!of && *skip_space(at))
			return one_a_line(place, skip_space(at), err);
	}
	return 0;
}

/* Beside the first file, as Slurm looks for it; "%c" is the cluster's name. */
static int include_path(const struct slurm_conf *conf, const char *name, const struct place *place,
			char *buf, size_t size, struct err *err)
{
	const char *base = conf->files[0], *slash = strrchr(base, '/'),
		   *cluster = strstr(name, "%c");
	int n = *name == '/' ? 0 : slash ? (int)(slash - base + 1) : 0, rc;

	if (n > PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "%.100s: path is too long", base);
	if (cluster)
		rc = text_format(buf, size, "%.*s%.*s%s%s", n, base, (int)(cluster - name), name,
				 slurm_conf_value(conf, "ClusterName", "%c"), cluster + 2);
	else
		rc = text_format(buf, size, "%.*s%s", n, base, name);
	if (rc)
		return err_set(err, -ENAMETOOLONG, "%s:%u: path is too long", place->file,
			       place->line);
	return 0;
}

static int parse_file(const struct parser *parser, const char *path, unsigned depth,
		      struct err *err);

/* 1: the line was an Include and is done; 0: it is none. */
static int parse_include(const struct parser *parser, char *line, const struct place *place,
			 unsigned depth, struct err *err)
{
	char path[PATH_MAX], *name = skip_space(line), *end;
	int rc;

	if (strncasecmp(name, "include", 7) || !is_space(name[7]))
		return 0;
	name = skip_space(name + 7);
	if (!*name || *name == '=')
		return 0;
	end = name + strcspn(name, " \t\n\v\f\r");
	if (*skip_space(end))
		return no_pair(place, skip_space(end), err);
	*end = '\0';
	if (depth == SLURM_CONF_MAX_DEPTH)
		return err_set(err, -ELOOP, "%s:%u: Include: more than %d files deep", place->file,
			       place->line, SLURM_CONF_MAX_DEPTH);
	rc = include_path(parser->conf, name, place, path, sizeof(path), err);
	if (!rc)
		rc = parse_file(parser, path, depth + 1, err);
	if (rc)
		return depth ? rc : err_wrap(err, rc, "%s:%u: Include", place->file, place->line);
	return 1;
}

static int parse_text(const struct parser *parser, const char *file, char *text, unsigned depth,
		      struct err *err)
{
	struct place place = {.file = file, .line = 1};
	unsigned lines;

	for (; text && *text; place.line += lines) {
		char *line = next_line(&text, &lines);
		int rc = parse_include(parser, line, &place, depth, err);

		if (!rc)
			rc = parse_pairs(parser->conf, line, &place, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int parse_file(const struct parser *parser, const char *path, unsigned depth,
		      struct err *err)
{
	struct slurm_conf *conf = parser->conf;
	cleanup_free char *text = NULL;
	size_t size;
	int rc;

	if (conf->n_files == SLURM_CONF_MAX_FILES)
		return err_set(err, -EMFILE, "%s: more than %d files", path, SLURM_CONF_MAX_FILES);
	rc = parser->source(parser->arg, path, SLURM_CONF_MAX_SIZE - conf->size, &text, &size, err);
	if (rc)
		return rc;
	conf->size += size;
	conf->files[conf->n_files] = strdup(path);
	if (!conf->files[conf->n_files])
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	conf->n_files++;
	return parse_text(parser, conf->files[conf->n_files - 1], text, depth, err);
}

int slurm_conf_parse(const char *path, slurm_conf_source *source, void *arg,
		     struct slurm_conf **ret_conf, struct err *err)
{
	cleanup_slurm_conf struct slurm_conf *conf = calloc(1, sizeof(*conf));
	struct parser parser = {.conf = conf, .source = source, .arg = arg};
	int rc;

	if (!conf)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	conf->end = &conf->first;
	rc = parse_file(&parser, path, 0, err);
	if (rc)
		return rc;
	*ret_conf = conf;
	conf = NULL;
	return 0;
}

void slurm_conf_free(struct slurm_conf *conf)
{
	if (!conf)
		return;
	while (conf->first) {
		struct slurm_conf_entry *entry = conf->first;

		conf->first = entry->next;
		free(entry);
	}
	for (size_t i = 0; i < conf->n_files; i++)
		free(conf->files[i]);
	free(conf);
}
