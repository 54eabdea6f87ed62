/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a job. The first line says from where: "environment" (slurmd's and the job's
 * variables, one a line), "record" (our file about it), the title that a process of slurmstepd's
 * gives itself ("title"), or what squeue ("qos") and id ("groups", a name a line) say of it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "job_env.h"
#include "job_facts.h"
#include "job_record.h"
#include "kit.h"
#include "step_scan.h"
#include "text.h"

#define ID 17

/* These variables, and no others. */
static void set_variables(char *text)
{
	clearenv();
	for (char *line = text, *rest; line; line = rest) {
		char *value;

		rest = kit_rest(line, "\n");
		value = kit_rest(line, "=");
		if (value && line[0])
			CHECK(!setenv(line, value, 1));
	}
}

static void sound_job(const struct job *job)
{
	CHECK(job->context <= CONTEXT_OTHER);
	if (job->known) {
		CHECK(job->id && job->id <= 0xfffffffd && job->uid != (uid_t)-1);
		CHECK(text_is_name(job->node, sizeof(job->node) - 1));
	} else {
		CHECK(job->context != CONTEXT_PROLOG && job->context != CONTEXT_EPILOG);
		CHECK(!job->id && !job->node[0]);
	}
	CHECK(job->request.wish <= WISH_NAMED && job->request.affinity <= AFFINITY_NONE);
	CHECK((job->request.wish == WISH_NAMED) == (job->request.layout[0] != '\0'));
	CHECK(!job->request.layout[0] || text_is_name(job->request.layout, NAME_TEXT - 1));
	CHECK(job->refused == (job->refusal[0] != '\0'));
	CHECK(!job->refused || !request_any(&job->request));
	CHECK_PRINTABLE(job->refusal);
	CHECK(!job->conf_path || job->conf_path[0] == '/');
}

static void sound_name(const char *name)
{
	CHECK(strlen(name) < JOB_FACT_TEXT && !strchr(name, ','));
	for (const char *p = name; *p; p++)
		CHECK(*p >= ' ' && *p <= '~');
}

/* What is known is one name that a rule could have; what is not has a reason. */
static void sound_facts(void)
{
	static struct job_knowledge know;

	memset(&know, 0, sizeof(know));
	job_facts_read(&know);
	for (size_t fact = 0; fact < JOB_GROUP; fact++) {
		if (know.facts.v[fact])
			sound_name(know.facts.v[fact]);
		CHECK((know.facts.v[fact] == NULL) == (know.why[fact][0] != '\0'));
		CHECK_PRINTABLE(know.why[fact]);
	}
	CHECK(!know.facts.v[JOB_GROUP] && !know.why[JOB_GROUP][0]);
}

static bool from_environment(char *text)
{
	struct job job, before;
	struct err err = {""};
	int rc;

	set_variables(text);
	memset(&before, 0x5a, sizeof(before));
	job = before;
	rc = job_env_read(&job, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&job, &before, sizeof(job)));
		return false;
	}
	sound_job(&job);
	sound_facts();
	return true;
}

static bool from_qos(const char *text)
{
	char qos[JOB_FACT_TEXT];

	if (!job_facts_parse_qos(text, qos, sizeof(qos)))
		return false;
	sound_name(qos);
	CHECK(!qos[0] || (!strncmp(text, qos, strlen(qos)) && text[strlen(qos)] == '\n'));
	return true;
}

/* Each name that could be in a rule is in the list, and no other. */
static bool from_groups(char *text)
{
	char list[JOB_GROUPS_TEXT];
	const size_t length = strlen(text);
	size_t n = 0, listed = 0;

	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = '\0';
	if (!job_facts_parse_groups(text, length, list, sizeof(list)))
		return false;
	for (const char *name = text; name < text + length; name += strlen(name) + 1)
		n += *name && job_names_have(list, name);
	for (const char *name = list; *name; name += strcspn(name, ","), name += *name == ',')
		listed++;
	CHECK(n == listed);
	return true;
}

static bool from_record(const char *text)
{
	struct job_record record, again, before;
	struct step_jobs none = {.unclear = false};
	struct err err = {""};
	int rc;

	kit_put("jobs/17", text);
	memset(&before, 0x5a, sizeof(before));
	record = before;
	rc = job_record_load(kit_dir(), ID, &record, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(!memcmp(&record, &before, sizeof(record)));
		return false;
	}
	CHECK(record.id == ID);
	CHECK_TEXT(record.boot_id);
	CHECK_OK(job_record_save(kit_dir(), &record, &err), &err);
	CHECK_OK(job_record_load(kit_dir(), ID, &again, &err), &err);
	CHECK(again.id == ID && again.uid == record.uid && !strcmp(again.boot_id, record.boot_id));
	CHECK(again.started_at == record.started_at && again.started_ms == record.started_ms);
	/* Without a step it counts for JOB_START_MS, and in its own boot alone. */
	CHECK(job_record_counts(&record, record.boot_id, record.started_ms, &none));
	CHECK(!job_record_counts(&record, "another", record.started_ms, &none) ||
	      !strcmp(record.boot_id, "another"));
	CHECK(!job_record_counts(&record, record.boot_id, record.started_ms + JOB_START_MS, &none));
	return true;
}

/* "[", a number, and what ends it: 0 for anything else. */
static uint32_t titled(const char *title)
{
	const char *at = strchr(title, '[');
	unsigned long long id;
	char *end;

	if (!at || at[1] < '0' || at[1] > '9')
		return 0;
	id = strtoull(at + 1, &end, 10);
	if (end - at > 16 || id > UINT32_MAX || (*end != '.' && *end != '+' && *end != ']'))
		return 0;
	return (uint32_t)id;
}

static bool from_title(const char *text)
{
	cleanup_step_jobs struct step_jobs steps = {.unclear = false};
	struct err err = {""};
	char title[128] = ""; /* as much as is looked at */
	uint32_t id;

	kit_put("proc/100/cmdline", text);
	text_format(title, sizeof(title), "%s", text);
	CHECK_OK(step_scan(kit_dir(), &steps, &err), &err);
	id = titled(title);
	CHECK(steps.ids.n == (id ? 1 : 0));
	CHECK(!id || (steps.ids.v[0] == id && !steps.unclear));
	CHECK(id || steps.unclear == (strchr(title, '[') != NULL));
	return id;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const dirs[] = {"jobs", "proc", "proc/100"};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		CHECK(!mkdir(kit_path(dirs[i]), 0700));
	kit_put("proc/100/comm", "slurmstepd\n");
	CHECK(from_title("slurmstepd: [17.batch]"));
	CHECK(from_record("{\"version\":1,\"job\":17,\"uid\":0,\"boot_id\":\"\",\"started_at\":1,"
			  "\"started_ms\":2,\"request\":\"v1;rails=4;check=full\"}"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = kit_input(data, size), *text = kit_rest(word, "\n");

	if (text && !strcmp(word, "environment"))
		from_environment(text);
	else if (text && !strcmp(word, "record"))
		from_record(text);
	else if (text && !strcmp(word, "title"))
		from_title(text);
	else if (text && !strcmp(word, "qos"))
		from_qos(text);
	else if (text && !strcmp(word, "groups"))
		from_groups(text);
	free(word);
	return 0;
}
