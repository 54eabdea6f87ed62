/* SPDX-License-Identifier: Apache-2.0 */
#include "job_text.h"

#include <errno.h>
#include <string.h>

#include "text.h"

#define BLANKS	   " \t\n"
#define SHOWN_TEXT 64
#define WIRE_START "v1;"

/* Words that are split already, one after another. */
struct words {
	char text[JOB_TEXT_MAX + 1];
	char *rest;
};

static char *next_word(struct words *words)
{
	char *word;

	do {
		word = strsep(&words->rest, BLANKS);
	} while (word && !*word);
	return word;
}

static int start_words(struct words *words, const char *text, struct err *err)
{
	size_t n = strnlen(text, JOB_TEXT_MAX + 1);

	if (n > JOB_TEXT_MAX)
		return err_set(err, -EINVAL, "longer than the %d bytes that are allowed",
			       JOB_TEXT_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!strchr(BLANKS, text[i]) && (text[i] <= ' ' || text[i] > '~'))
			return err_set(err, -EINVAL, "byte %zu is no printable ASCII", i + 1);
		if (strchr("'\"`\\", text[i]))
			return err_set(err, -EINVAL,
				       "byte %zu is a %c: words are between blanks, and no shell "
				       "reads them",
				       i + 1, text[i]);
	}
	memcpy(words->text, text, n);
	words->text[n] = '\0';
	words->rest = words->text;
	return 0;
}

static int take(struct job_value *value, const char *text, const char *word, struct err *err)
{
	char shown[SHOWN_TEXT];

	value->given = true;
	if (!text_format(value->text, sizeof(value->text), "%s", text))
		return 0;
	text_printable(shown, sizeof(shown), word);
	return err_set(err, -EINVAL, "\"%s...\": longer than the %d bytes that are allowed", shown,
		       JOB_VALUE_TEXT - 1);
}

/* Is it this name, alone or with "=" behind it? */
static bool is_named(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && (!word[n] || word[n] == '=');
}

static int take_option(struct job_text *job, enum request_option option, const char *word,
		       struct words *words, struct err *err)
{
	const struct request_option_row *row = &request_options[option];
	const char *value = strchr(word, '=');

	if (!row->argument && value)
		return err_set(err, -EINVAL, "\"%s\": --%s takes no value", word, row->name);
	if (row->argument && !value) {
		value = next_word(words);
		if (!value)
			return err_set(err, -EINVAL, "--%s: the value is missing; give %s",
				       row->name, row->argument);
		return take(&job->options[option], value, word, err);
	}
	return take(&job->options[option], value ? value + 1 : "", word, err);
}

static int take_fact(struct job_text *job, enum job_fact fact, const char *word, struct err *err)
{
	struct job_value *value = &job->facts[fact];
	const char *name = job_fact_words[fact], *text = strchr(word, '=');

	if (!text)
		return err_set(err, -EINVAL, "%s: the value is missing; give %s=NAME", name, name);
	if (value->given)
		return err_set(err, -EINVAL, "%s is given twice", name);
	if (fact != JOB_GROUP && strchr(text, ','))
		return err_set(err, -EINVAL, "%s=: a job has one %s, found \"%s\"", name, name,
			       text + 1);
	return take(value, text + 1, word, err);
}

/* A word that is none: what may have been meant? */
static int refuse(const char *word, struct err *err)
{
	const char *list[REQUEST_OPTIONS + JOB_FACTS], *near;
	char name[SHOWN_TEXT], options[REQUEST_OPTIONS][32];
	size_t n = 0;

	for (size_t i = 0; i < REQUEST_OPTIONS; i++) {
		text_format(options[i], sizeof(options[i]), "--%s", request_options[i].name);
		list[n++] = options[i];
	}
	for (size_t i = 0; i < JOB_FACTS; i++)
		list[n++] = job_fact_words[i];
	text_format(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	near = text_nearest(name, list, n);
	return err_set(err, -EINVAL,
		       "\"%s\" is neither an option of efa-layout nor a fact about a job%s%s%s; "
		       "facts are partition=, account=, qos=, reservation=, user= and group=",
		       name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int take_word(struct job_text *job, const char *word, struct words *words, struct err *err)
{
	/* Slurm's own options say most of them. */
	const char *name = strncmp(word, "--", 2) ? word : word + 2;

	if (!strncmp(word, WIRE_START, strlen(WIRE_START)) || !strcmp(word, "v1")) {
		if (job->wire.given)
			return err_set(err, -EINVAL, "\"%s\" is a second request", word);
		return take(&job->wire, word, word, err);
	}
	for (size_t i = 0; name != word && i < REQUEST_OPTIONS; i++)
		if (is_named(name, request_options[i].name))
			return take_option(job, (enum request_option)i, word, words, err);
	for (size_t i = 0; i < JOB_FACTS; i++)
		if (is_named(name, job_fact_words[i]) &&
		    (name == word || (i != JOB_USER && i != JOB_GROUP)))
			return take_fact(job, (enum job_fact)i, word, err);
	return refuse(word, err);
}

static bool any_option(const struct job_text *job)
{
	for (size_t i = 0; i < REQUEST_OPTIONS; i++)
		if (job->options[i].given)
			return true;
	return false;
}

int job_text_parse(const char *text, struct job_text *ret_job, struct err *err)
{
	struct words words;
	const char *word;
	int rc = start_words(&words, text, err);

	memset(ret_job, 0, sizeof(*ret_job));
	while (!rc && (word = next_word(&words)))
		rc = take_word(ret_job, word, &words, err);
	if (!rc && ret_job->wire.given && any_option(ret_job))
		rc = err_set(err, -EINVAL,
			     "both \"%.*s\" and options; say what the job asks in one of the ways",
			     SHOWN_TEXT, ret_job->wire.text);
	return rc;
}

int job_text_request(const struct job_text *job, struct request *ret_req, struct err *err)
{
	struct request req;
	int rc = 0;

	if (job->wire.given)
		return request_parse(job->wire.text, ret_req, err);
	request_init(&req);
	for (size_t i = 0; !rc && i < REQUEST_OPTIONS; i++)
		if (job->options[i].given)
			rc = request_set(&req, (enum request_option)i, job->options[i].text, err);
	if (!rc)
		*ret_req = req;
	return rc;
}

void job_text_facts(const struct job_text *job, struct job_facts *ret_facts)
{
	for (size_t i = 0; i < JOB_FACTS; i++)
		ret_facts->v[i] = job->facts[i].given ? job->facts[i].text : NULL;
	if (!ret_facts->v[JOB_RESERVATION])
		ret_facts->v[JOB_RESERVATION] = "";
}
