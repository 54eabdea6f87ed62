/* SPDX-License-Identifier: Apache-2.0 */
/* Writing results, and slurm.conf itself. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"
#include "text.h"

#include "doctor.h"
#include "text.h"

void doctor_say(struct doctor *doctor, enum doctor_check check, enum doctor_state state,
		const char *fmt, ...)
{
	struct doctor_result *result = &doctor->results[check];
	va_list args;

	doctor->taken = doctor_rows[check].roles & doctor->role && result->state < state;
	if (!doctor->taken)
		return;
	result->state = state;
	*result->remedy = '\0';
	va_start(args, fmt);
	vsnprintf(result->found, sizeof(result->found), fmt, args);
	va_end(args);
	text_printable(result->found, sizeof(result->found), result->found);
}

void doctor_remedy(struct doctor *doctor, enum doctor_check check, const char *fmt, ...)
{
	struct doctor_result *result = &doctor->results[check];
	va_list args;

	if (!doctor->taken)
		return;
	va_start(args, fmt);
	vsnprintf(result->remedy, sizeof(result->remedy), fmt, args);
	va_end(args);
	text_printable(result->remedy, sizeof(result->remedy), result->remedy);
}

const char *doctor_place(const struct doctor *doctor, const struct slurm_pair *pair, char *buf)
{
	/* A node of a configless cluster has a copy. */
	if (doctor->configless)
		text_format(buf, SHOWN_PLACE, "on the controller, in slurm.conf");
	else if (pair)
		text_format(buf, SHOWN_PLACE, "in %s line %u", pair->file, pair->line);
	else
		text_format(buf, SHOWN_PLACE, "in %s, as a new line", doctor->conf_path);
	return buf;
}

const char *doctor_release_text(unsigned release, char *buf)
{
	if (release)
		text_format(buf, RELEASE_TEXT, "%u.%02u", release / 100 % 1000, release % 100);
	else
		text_format(buf, RELEASE_TEXT, "?");
	return buf;
}

bool doctor_has_conf(struct doctor *doctor, enum doctor_check check)
{
	if (doctor->conf)
		return true;
	doctor_say(doctor, check, DOCTOR_UNKNOWN, "slurm.conf could not be read");
	return false;
}

static void judge_conf(struct doctor *doctor)
{
	enum doctor_check check = CHECK_SLURM_CONF;
	struct stat st;

	if (!doctor->conf) {
		bool hidden = doctor->conf_error == -EACCES || doctor->conf_error == -EPERM;

		doctor_say(doctor, check, hidden ? DOCTOR_UNKNOWN : DOCTOR_FAIL, "%s",
			   doctor->conf_problem);
		if (doctor->conf_error == -EINVAL)
			doctor_remedy(doctor, check,
				      "correct that line: Slurm's daemons do not start with it");
		else
			doctor_remedy(doctor, check, "%s",
				      hidden ? "run this as root"
					     : "name the file with --slurm-conf or SLURM_CONF, or "
					       "install it as /etc/slurm/slurm.conf");
		return;
	}
	for (size_t i = 0; slurm_conf_file(doctor->conf, i); i++) {
		const char *file = slurm_conf_file(doctor->conf, i);

		if (tree_stat(&doctor->tree, file, &st) || !(st.st_mode & (S_IWGRP | S_IWOTH)))
			continue;
		doctor_say(doctor, check, DOCTOR_FAIL,
			   "%s has mode %04o: whoever may write it decides what root runs", file,
			   (unsigned)(st.st_mode & 07777));
		doctor_remedy(doctor, check, "chmod go-w %s", file);
	}
	doctor_say(doctor, check, DOCTOR_OK, "%s%s", doctor->conf_path,
		   doctor->configless ? " (slurmd's copy of the controller's)" : "");
}

/* How a setting is compared: words in any order (flags imply others), the number that it begins
 * with, or as it is. */
enum compare { AS_TEXT, AS_WORDS, AS_FLAGS, AS_NUMBER };
static const struct {
	const char *key;
	enum compare compare;
	bool none; /* nothing by default */
} watched[] = {
	{"Prolog", AS_TEXT, true},
	{"Epilog", AS_TEXT, true},
	{"PrologFlags", AS_FLAGS, true},
	{"PrologEpilogTimeout", AS_NUMBER, false},
	{"PrologTimeout", AS_NUMBER, false},
	{"HealthCheckProgram", AS_TEXT, true},
	{"HealthCheckInterval", AS_NUMBER, false},
	{"HealthCheckNodeState", AS_WORDS, false},
	{"PlugStackConfig", AS_TEXT, false},
	{"SchedulerParameters", AS_WORDS, true},
	{"TaskProlog", AS_TEXT, true},
	{"PropagateResourceLimits", AS_WORDS, false},
	{"PropagateResourceLimitsExcept", AS_WORDS, true},
	{"JobRequeue", AS_NUMBER, false},
};

/* but: words that may be missing, or NULL. */
static bool all_words(const char *of, const char *in, const char *but)
{
	char word[128];

	for (const char *at = of; *at; at += *at == ',') {
		size_t n = strcspn(at, ",");

		if (n && (text_format(word, sizeof(word), "%.*s", (int)n, at) ||
			  (!slurm_conf_word(in, word, NULL) && !slurm_conf_word(but, word, NULL))))
			return false;
		at += n;
	}
	return true;
}

static bool same(enum compare compare, const char *file, const char *running)
{
	switch (compare) {
	case AS_WORDS:
		return all_words(file, running, NULL) && all_words(running, file, NULL);
	case AS_FLAGS: /* slurmctld adds what a flag implies */
		return all_words(file, running, NULL) &&
		       all_words(running, file,
				 all_words(file, "Alloc,DeferBatch,Serial,ForceRequeueOnFail", NULL)
					 ? NULL
					 : "Alloc,Contain");
	case AS_NUMBER: /* INFINITE and the like are shown as numbers */
		return *file < '0' || *file > '9' ||
		       strtol(file, NULL, 10) == strtol(running, NULL, 10);
	case AS_TEXT:
		break;
	}
	return !strcmp(file, running);
}

/* From 24.05 on Prolog and Epilog are lists, "Prolog[0] = ...". */
static bool running_value(const struct doctor *doctor, const struct slurm_pair *pair,
			  const char *key, char *buf, size_t size)
{
	char indexed[64];
	bool found = doctor_running_value(doctor->running, key, buf, size);

	for (unsigned i = 0; !found || (pair && i && strcmp(buf, pair->value) != 0); i++) {
		if (text_format(indexed, sizeof(indexed), "%s[%u]", key, i) ||
		    !doctor_running_value(doctor->running, indexed, buf, size))
			break;
		found = true;
	}
	return found;
}

/* True: there is a difference, which was said. */
static bool judge_watched(struct doctor *doctor, size_t i)
{
	const char *key = watched[i].key;
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, key);
	char running[4096], place[SHOWN_PLACE];

	if (!running_value(doctor, pair, key, running, sizeof(running)) ||
	    (!pair && !watched[i].none))
		return false;
	if (!strcmp(running, "(null)"))
		*running = '\0';
	if (pair ? same(watched[i].compare, pair->value, running) : !*running)
		return false;
	doctor_say(doctor, CHECK_IN_FORCE, DOCTOR_WARN,
		   "%s=%.100s %s, but slurmctld runs with %.100s", key,
		   pair ? pair->value : "(nothing)", doctor_place(doctor, pair, place),
		   *running ? running : "none");
	doctor_remedy(doctor, CHECK_IN_FORCE,
		      "on the controller: scontrol reconfigure; if the old value stays, restart "
		      "slurmctld and slurmd, or make this host's slurm.conf the controller's");
	return true;
}

static void judge_in_force(struct doctor *doctor)
{
	if (!doctor_has_conf(doctor, CHECK_IN_FORCE))
		return;
	if (!doctor->running) {
		doctor_say(doctor, CHECK_IN_FORCE, DOCTOR_UNKNOWN, "%s", doctor->running_problem);
		return;
	}
	for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
		if (judge_watched(doctor, i))
			return;
	doctor_say(doctor, CHECK_IN_FORCE, DOCTOR_OK, "slurmctld runs with what the file says");
}

void doctor_judge_conf(struct doctor *doctor)
{
	judge_conf(doctor);
	judge_in_force(doctor);
}

void doctor_judge(struct doctor *doctor)
{
	doctor_judge_conf(doctor);
	doctor_judge_stack(doctor);
	doctor_judge_prolog(doctor);
	doctor_judge_requeue(doctor);
	doctor_judge_node(doctor);
	doctor_judge_fabric(doctor);
}

enum doctor_state doctor_worst(const struct doctor *doctor)
{
	enum doctor_state worst = DOCTOR_OK;

	for (size_t i = 0; i < DOCTOR_CHECKS; i++)
		if (doctor->results[i].state > worst)
			worst = doctor->results[i].state;
	return worst;
}
