/* SPDX-License-Identifier: Apache-2.0 */
#include "job_facts.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static const char *const variables[JOB_FACTS] = {
	[JOB_PARTITION] = "SLURM_JOB_PARTITION",
	[JOB_ACCOUNT] = "SLURM_JOB_ACCOUNT",
	[JOB_QOS] = "SLURM_JOB_QOS",
	[JOB_RESERVATION] = "SLURM_JOB_RESERVATION",
	[JOB_USER] = "SLURM_JOB_USER",
};

/* Could a rule name it? Commas stand between names. */
static bool is_fact(const char *text, size_t length)
{
	if (!length || length >= JOB_FACT_TEXT)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == ',')
			return false;
	return text[0] != ' ' && text[length - 1] != ' ';
}

void job_facts_know(struct job_knowledge *know, enum job_fact fact, const char *name)
{
	text_format(know->name[fact], JOB_FACT_TEXT, "%s", name);
	know->facts.v[fact] = know->name[fact];
}

static void read_variable(struct job_knowledge *know, enum job_fact fact)
{
	const char *value = getenv(variables[fact]);
	char *why = know->why[fact];
	char shown[64];

	if (value && is_fact(value, strnlen(value, JOB_FACT_TEXT))) {
		job_facts_know(know, fact, value);
		return;
	}
	/* Of a job without one, slurmd says nothing. */
	if (fact == JOB_RESERVATION && (!value || !*value)) {
		job_facts_know(know, fact, "");
		return;
	}
	if (!value || !*value) {
		text_format(why, sizeof(know->why[fact]), "slurmd did not set %s", variables[fact]);
		return;
	}
	text_printable(shown, sizeof(shown), value);
	text_format(why, sizeof(know->why[fact]), "%s is not one name: \"%s\"", variables[fact],
		    shown);
}

void job_facts_read(struct job_knowledge *ret_know)
{
	for (size_t fact = 0; fact < JOB_FACTS; fact++)
		if (variables[fact])
			read_variable(ret_know, (enum job_fact)fact);
}

/* What squeue prints of a job without a QOS. */
static bool is_none(const char *text)
{
	return !*text || !strcmp(text, "N/A") || !strcmp(text, "(null)");
}

bool job_facts_parse_qos(const char *output, char *buf, size_t size)
{
	size_t length = strcspn(output, "\n"), at = length;

	if (length >= size || (length && !is_fact(output, length)) || !output[length])
		return false;
	memcpy(buf, output, length);
	buf[length] = '\0';
	for (const char *line = output + at + 1; *line; line += length + 1)
		if (strncmp(line, buf, length) != 0 || line[length] != '\n')
			return false;
	if (is_none(buf))
		buf[0] = '\0';
	return true;
}

bool job_facts_parse_groups(const char *output, size_t length, char *buf, size_t size)
{
	buf[0] = '\0';
	if (!length || output[length - 1])
		return false;
	for (const char *name = output, *end = output + length; name < end;
	     name += strlen(name) + 1) {
		if (!is_fact(name, strlen(name)))
			continue;
		if (text_append(buf, size, "%s%s", buf[0] ? "," : "", name))
			return false;
	}
	return true;
}
