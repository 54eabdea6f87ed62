/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What scontrol and sinfo say, which are not run: answers one after the other, with a line "=="
 * between them, "!" for a program that failed. The first part is no answer: a word that says what
 * is asked for ("drain", "lift" or "refuse"), and the four numbers of a drain limit. After each
 * request, what was asked of the controller must fit to what it had said.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller_cli.h"
#include "controller_cli_drain.h"
#include "kit.h"
#include "text.h"

#define NODE	 "node-1"
#define REASON	 "efa-layout: faulty: rail 3"
#define JOB	 17
#define ANSWER_N 8193

static char *answers; /* what is still to be said */

static struct {
	char last_node[ANSWER_N]; /* the last description of the node */
	unsigned drained, undrained, given_back, told, cancelled;
} seen;

/* scontrol and scancel are named a job by its number, or by an array's and that of the task. */
static bool names_job(const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (text[n] == '_' && n)
		return strspn(text + n + 1, "0123456789") == strlen(text + n + 1) && text[n + 1];
	return !strcmp(text, "17");
}

static void note_update(char *const argv[])
{
	if (!strncmp(argv[2], "JobId=", 6)) {
		CHECK(names_job(argv[2] + 6) && !strncmp(argv[3], "AdminComment=", 13));
		return;
	}
	CHECK(!strcmp(argv[2], "NodeName=" NODE));
	if (!strcmp(argv[3], "State=UNDRAIN")) {
		/* Nobody else's drain is ever lifted. */
		CHECK(controller_cli_holder(seen.last_node) == NODE_OURS);
		seen.undrained++;
		return;
	}
	CHECK(!strcmp(argv[3], "State=DRAIN") && !strcmp(argv[4], "Reason=" REASON));
	CHECK(controller_cli_holder(seen.last_node) != NODE_OTHERS);
	seen.drained++;
}

static void note_scontrol(char *const argv[])
{
	if (!strcmp(argv[1], "update")) {
		note_update(argv);
	} else if (!strcmp(argv[1], "requeue")) {
		CHECK(names_job(argv[2]));
		seen.given_back++;
	} else if (!strcmp(argv[1], "notify")) {
		CHECK(!strcmp(argv[2], "17"));
		seen.told++;
	} else {
		CHECK(!strcmp(argv[1], "--oneliner") && !strcmp(argv[2], "show"));
	}
}

static void note_call(const char *path, char *const argv[])
{
	if (!strcmp(path, "/bin/scancel")) {
		CHECK(names_job(argv[1]) && !argv[2]);
		seen.cancelled++;
	} else if (!strcmp(path, "/bin/sinfo")) {
		CHECK(!strncmp(argv[4], "--format=", 9));
	} else {
		CHECK(!strcmp(path, "/bin/scontrol"));
		note_scontrol(argv);
	}
}

/* Stands in for the one of controller.c. */
int controller_run(const struct controller *controller, const char *path, char *const argv[],
		   char **ret_out, struct err *err)
{
	char *answer = answers;

	CHECK(controller->slurm_bin);
	note_call(path, argv);
	if (answers)
		answers = kit_rest(answers, "==\n");
	if (!answer || *answer == '!')
		return err_set(err, -EIO, "%s: exit status 1: %s", path, answer ? answer : "");
	if (argv[1] && argv[2] && argv[3] && !strcmp(argv[3], "node"))
		text_format(seen.last_node, sizeof(seen.last_node), "%s", answer);
	if (ret_out) {
		*ret_out = strdup(answer);
		CHECK(*ret_out);
	}
	return 0;
}

static struct drain_limit read_limit(const char *text)
{
	struct drain_limit limit = {0};

	if (sscanf(text, "%5u %3u %5u %3u", &limit.cluster_nodes, &limit.cluster_percent,
		   &limit.partition_nodes, &limit.partition_percent) != 4)
		return (struct drain_limit){0};
	return limit;
}

static void drained(const struct controller *controller, const char *text)
{
	struct drain_limit limit = read_limit(text);
	struct err err = {""};
	int rc = controller_cli_drain(controller, NODE, JOB, REASON, &limit, &err);

	if (rc)
		kit_refused(rc, &err);
	CHECK(rc || seen.drained == 1);
	CHECK(rc || !seen.undrained);
	/* Over the limit no drain of ours stays, and the job is as it was. */
	CHECK(rc != -EDQUOT || seen.drained == seen.undrained ||
	      controller_cli_holder(seen.last_node) != NODE_OURS);
	CHECK(rc != -EDQUOT || (!seen.given_back && !seen.told));
	CHECK(rc != -EDQUOT || drain_limit_bounds(&limit));
	CHECK(seen.given_back + seen.told <= 1 && !seen.cancelled);
}

static void asked(const char *word, const char *text)
{
	static const struct controller controller = {.slurm_bin = "/bin"};
	struct err err = {""};
	int rc;

	memset(&seen, 0, sizeof(seen));
	if (!strcmp(word, "drain")) {
		drained(&controller, text);
	} else if (!strcmp(word, "lift")) {
		rc = controller_cli_lift(&controller, NODE, &err);
		if (rc)
			kit_refused(rc, &err);
		CHECK(rc || seen.undrained == 1);
		CHECK(!seen.drained && !seen.given_back && !seen.told);
	} else if (!strcmp(word, "refuse")) {
		rc = controller_cli_refuse(&controller, JOB, "efa-layout: no such layout", &err);
		if (rc)
			kit_refused(rc, &err);
		CHECK(rc || seen.cancelled == 1);
		CHECK(!seen.drained && !seen.undrained && !seen.given_back);
	}
}

/* Groups of the cluster, and of one partition. */
static void tallied(const char *groups)
{
	static struct node_tally before = {7, 8};
	struct node_tally tally = before;
	struct err err = {""};
	int rc = controller_cli_tally(groups, NULL, &tally, &err);

	if (!rc)
		CHECK(tally.nodes && tally.drained <= tally.nodes);
	else
		CHECK(rc == -EINVAL && tally.nodes == 7 && tally.drained == 8);
	tally = before;
	rc = controller_cli_tally(groups, "p", &tally, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(tally.nodes == 7 && tally.drained == 8);
		return;
	}
	CHECK(tally.nodes && tally.drained <= tally.nodes);
	CHECK(!strncmp(groups, "p|", 2) || strstr(groups, "\np|"));
	CHECK(!tally.drained || strstr(groups, DRAIN_PREFIX));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char said[] = "State=IDLE+DRAIN Partitions=p Reason=" REASON "\n==\n";

	(void)argc;
	(void)argv;
	answers = said;
	asked("lift", "");
	CHECK(seen.undrained == 1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = kit_input(data, size), *limit;

	answers = kit_rest(word, "==\n");
	if (answers)
		tallied(answers);
	limit = kit_rest(word, "\n");
	if (limit)
		asked(word, limit);
	free(word);
	return 0;
}
