/* SPDX-License-Identifier: Apache-2.0 */
/* The strict reader of what the test program writes about counters. */
#include "counters_protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "text.h"

struct reader {
	const char *const *names;
	size_t n, n_seen;
	bool seen[NODE_RAILS_MAX], ended;
	struct counters *counters;
	unsigned line;
	struct err *err;
};

static int bad(const struct reader *r, const char *what)
{
	return err_set(r->err, -EPROTO, "line %u of the counters: %s", r->line, what);
}

static int find_name(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

/* What comes behind the state. */
static int read_rest(struct reader *r, struct rail_counters *rail, char *rest)
{
	struct err why = {""};

	if (!rest || !*rest)
		return bad(r, "malformed rail line");
	if (rail->state != COUNTERS_READ) {
		text_printable(rail->text, sizeof(rail->text), strcmp(rest, "-") ? rest : "");
		return 0;
	}
	return counters_parse_values(rest, rail, &why) ? bad(r, why.text) : 0;
}

static int read_rail(struct reader *r, char *rest)
{
	char *name = strsep(&rest, " "), *state = strsep(&rest, " ");
	struct rail_counters *rail;
	int i = name ? find_name(r, name) : -1;

	if (i < 0)
		return bad(r, "a rail that was not asked for");
	if (r->seen[i])
		return bad(r, "a rail that was there before");
	rail = &r->counters->rails[i];
	if (!state || !counters_state_parse(state, &rail->state))
		return bad(r, "unknown state of a rail");
	r->seen[i] = true;
	r->n_seen++;
	return read_rest(r, rail, rest);
}

static int read_end(struct reader *r, const char *rest)
{
	uint64_t count;

	if (!rest || text_u64(rest, 0, NODE_RAILS_MAX, &count))
		return bad(r, "malformed end line");
	if (count != r->n_seen || count != r->n)
		return err_set(r->err, -EPROTO, "counters of %zu rails, %zu were asked for",
			       r->n_seen, r->n);
	r->ended = true;
	return 0;
}

static int read_line(struct reader *r, char *line)
{
	char *rest = line, *word;

	if (!is_printable(line))
		return bad(r, "not printable");
	if (strlen(line) >= COUNTERS_LINE_MAX)
		return bad(r, "too long");
	if (r->ended)
		return bad(r, "something behind the end");
	word = strsep(&rest, " ");
	if (strcmp(word, "rail") == 0)
		return read_rail(r, rest);
	if (strcmp(word, "end") == 0)
		return read_end(r, rest);
	return bad(r, "neither a rail nor the end");
}

static int read_lines(struct reader *r, char *text)
{
	int rc = 0;

	for (r->line = 2; *text && !rc; r->line++) {
		char *end = strchr(text, '\n');

		if (!end)
			return bad(r, "not ended");
		*end = '\0';
		rc = read_line(r, text);
		text = end + 1;
	}
	if (!rc && !r->ended)
		rc = err_set(r->err, -EPROTO, "the counters have no end line");
	return rc;
}

int counters_parse(const char *output, const char *const *names, size_t n,
		   struct counters *ret_counters, struct err *err)
{
	cleanup_free struct counters *counters = calloc(1, sizeof(*counters));
	cleanup_free char *copy = strdup(output);
	struct reader r = {.names = names, .n = n, .counters = counters, .err = err};
	const size_t head = strlen(COUNTERS_HEAD);
	int rc;

	if (!counters || !copy)
		return err_set(err, -ENOMEM, "no memory for counters");
	if (n > NODE_RAILS_MAX)
		return err_set(err, -EINVAL, "counters of more than %d rails", NODE_RAILS_MAX);
	if (strncmp(copy, COUNTERS_HEAD, head) != 0)
		return err_set(err, -EPROTO,
			       "not counters as this release has them; install programs of one "
			       "release together");
	counters_not_read(names, n, "", counters);
	rc = read_lines(&r, copy + head);
	if (!rc)
		*ret_counters = *counters;
	return rc;
}
