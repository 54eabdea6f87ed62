/* SPDX-License-Identifier: Apache-2.0 */
/* What slurm.conf runs, and with which flags. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "doctor.h"
#include "efa_layout_config.h"
#include "text.h"

#define OUR_PROLOG EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-prolog"
#define OUR_EPILOG EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-epilog"
#define OUR_HEALTH EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-health"

/* What to write where ours is to run beside what is there. */
static void remedy_add(struct doctor *doctor, enum doctor_check check, const char *key,
		       const struct program *program, const char *ours)
{
	char place[SHOWN_PLACE];

	doctor_place(doctor, program->pair, place);
	if (!program->pair)
		doctor_remedy(doctor, check, "write %s: %s=%s", place, key, ours);
	else if (program->pattern)
		doctor_remedy(doctor, check, "ln -s %s %.*s/50-efa-layout", ours,
			      (int)(strrchr(program->pair->value, '/') - program->pair->value),
			      program->pair->value);
	else
		doctor_remedy(doctor, check,
			      "have %s call %s too (its exit status has to be passed on), or put "
			      "both into a folder and write %s: %s=FOLDER/*",
			      program->pair->value, ours, place, key);
}

/* True: ours is run. severity: of its absence. */
static bool judge_program(struct doctor *doctor, enum doctor_check check, const char *key,
			  const struct program *program, const char *ours,
			  enum doctor_state severity)
{
	char place[SHOWN_PLACE];

	switch (program->how) {
	case PROGRAM_OURS:
		return true;
	case PROGRAM_CALLED:
		doctor_say(doctor, check, DOCTOR_OK, "%s names efa-layout", program->path);
		return true;
	case PROGRAM_UNREAD:
		doctor_say(doctor, check, DOCTOR_UNKNOWN, "%s cannot be read; run this as root",
			   program->path);
		return false;
	case PROGRAM_OTHER:
		if (doctor->role == ROLE_CONTROLLER && program->error == -ENOENT) {
			doctor_say(doctor, check, DOCTOR_UNKNOWN,
				   "%s=%s is not on this host; run this on a node", key,
				   program->pair->value);
			return false;
		}
		doctor_say(doctor, check, severity, "%s=%s %s does not run efa-layout", key,
			   program->pair->value, doctor_place(doctor, program->pair, place));
		break;
	case PROGRAM_NONE:
		doctor_say(doctor, check, severity, "%s is not set", key);
		break;
	}
	remedy_add(doctor, check, key, program, ours);
	return false;
}

static void judge_file(struct doctor *doctor)
{
	const struct program *prolog = &doctor->prolog;
	char why[320];

	if (prolog->how != PROGRAM_OURS && prolog->how != PROGRAM_CALLED) {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_UNKNOWN, "see prolog");
	} else if (prolog->error == -EACCES) {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_UNKNOWN,
			   "%s cannot be read; run this as root", prolog->path);
	} else if (prolog->error) {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_FAIL,
			   "%s is not there: every job drains its node", prolog->path);
		doctor_remedy(doctor, CHECK_PROLOG_FILE,
			      "install efa-layout on this node, or correct the path");
	} else if (!prolog->executable) {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_FAIL,
			   "%s is not executable: every job drains its node", prolog->path);
		doctor_remedy(doctor, CHECK_PROLOG_FILE, "chmod 755 %s", prolog->path);
	} else if (!tree_trusted(&doctor->tree, prolog->path, why, sizeof(why))) {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_FAIL, "%s, and root runs it", why);
		doctor_remedy(doctor, CHECK_PROLOG_FILE, "chown root:root %s; chmod go-w %s",
			      prolog->path, prolog->path);
	} else {
		doctor_say(doctor, CHECK_PROLOG_FILE, DOCTOR_OK, "%s", prolog->path);
	}
}

static void judge_flags(struct doctor *doctor)
{
	const struct slurm_pair *pair = slurm_conf_find(doctor->conf, "PrologFlags");
	const char *value = pair ? pair->value : "";
	bool alloc = slurm_conf_word(value, "Alloc", NULL) ||
		     slurm_conf_word(value, "Contain", NULL) ||
		     slurm_conf_word(value, "RunInJob", NULL) ||
		     slurm_conf_word(value, "X11", NULL);
	bool defer = slurm_conf_word(value, "DeferBatch", NULL);
	char place[SHOWN_PLACE], line[256] = "";

	doctor_place(doctor, pair, place);
	text_format(line, sizeof(line), "%s%s%s%s", value,
		    alloc    ? ""
		    : *value ? ",Alloc"
			     : "Alloc",
		    defer ? "" : ",DeferBatch", "");
	if (!alloc) {
		doctor_say(
			doctor, CHECK_PROLOG_FLAGS, DOCTOR_FAIL,
			"PrologFlags=%s has no Alloc: nodes of a job are tested at its first step "
			"there, not before it begins",
			value);
		doctor_remedy(doctor, CHECK_PROLOG_FLAGS, "write %s: PrologFlags=%s", place, line);
	} else if (!defer) {
		doctor_say(doctor, CHECK_PROLOG_FLAGS, DOCTOR_FAIL,
			   "PrologFlags=%s has no DeferBatch: a batch script begins before all of "
			   "its nodes are tested",
			   value);
		doctor_remedy(doctor, CHECK_PROLOG_FLAGS, "write %s: PrologFlags=%s", place, line);
	} else if (slurm_conf_word(value, "NoHold", NULL)) {
		doctor_say(
			doctor, CHECK_PROLOG_FLAGS, DOCTOR_WARN,
			"PrologFlags=%s has NoHold: salloc's shell begins on a node that is still "
			"tested, and srun waits up to 32 s where that fails",
			value);
		doctor_remedy(doctor, CHECK_PROLOG_FLAGS, "take NoHold out %s", place);
	} else {
		doctor_say(doctor, CHECK_PROLOG_FLAGS, DOCTOR_OK, "PrologFlags=%s", value);
	}
}

/* Must idle nodes be tested, and those that we have drained? */
static bool covers_idle(const char *states)
{
	return slurm_conf_word(states, "ANY", NULL) || slurm_conf_word(states, "IDLE", NULL) ||
	       slurm_conf_word(states, "NONDRAINED_IDLE", NULL) || !strcasecmp(states, "CYCLE");
}

/* HealthCheckProgram gets no variable that says what it is: the name has to. */
static bool misnamed(const struct program *program)
{
	const char *name = strrchr(program->path, '/');

	return program->how == PROGRAM_OURS &&
	       strcmp(name ? name + 1 : program->path, "efa-layout-health") != 0;
}

static void judge_health(struct doctor *doctor)
{
	const struct slurm_conf *conf = doctor->conf;
	const struct slurm_pair *state = slurm_conf_find(conf, "HealthCheckNodeState");
	const struct slurm_pair *every = slurm_conf_find(conf, "HealthCheckInterval");
	char place[SHOWN_PLACE];

	if (!judge_program(doctor, CHECK_HEALTH, "HealthCheckProgram", &doctor->health, OUR_HEALTH,
			   DOCTOR_WARN))
		return;
	if (misnamed(&doctor->health)) {
		doctor_say(
			doctor, CHECK_HEALTH, DOCTOR_FAIL,
			"HealthCheckProgram=%s: by this name it is the prolog, and tests nothing "
			"between jobs",
			doctor->health.path);
		doctor_remedy(doctor, CHECK_HEALTH, "write %s: HealthCheckProgram=%s",
			      doctor_place(doctor, doctor->health.pair, place), OUR_HEALTH);
	} else if (doctor->role == ROLE_NODE && doctor->health.error == -ENOENT) {
		doctor_say(doctor, CHECK_HEALTH, DOCTOR_FAIL, "%s is not there",
			   doctor->health.path);
		doctor_remedy(doctor, CHECK_HEALTH,
			      "install efa-layout on this node, or correct the path");
	} else if (!every || !strcmp(every->value, "0")) {
		doctor_say(
			doctor, CHECK_HEALTH, DOCTOR_WARN,
			"HealthCheckInterval is 0: idle nodes are only tested when slurmd starts");
		doctor_remedy(doctor, CHECK_HEALTH, "write %s: HealthCheckInterval=60",
			      doctor_place(doctor, every, place));
	} else if (state && !covers_idle(state->value)) {
		doctor_say(doctor, CHECK_HEALTH, DOCTOR_WARN,
			   "HealthCheckNodeState=%s leaves idle nodes out", state->value);
		doctor_remedy(doctor, CHECK_HEALTH, "write %s: HealthCheckNodeState=ANY",
			      doctor_place(doctor, state, place));
	} else {
		doctor_say(doctor, CHECK_HEALTH, DOCTOR_OK, "%s every %s s", doctor->health.path,
			   every->value);
	}
}

static void judge_task_prolog(struct doctor *doctor)
{
	const struct program *program = &doctor->task_prolog;
	char place[SHOWN_PLACE];

	if (program->how != PROGRAM_OURS || !doctor->plugin) {
		doctor_say(doctor, CHECK_TASK_PROLOG, DOCTOR_OK, "%s",
			   program->how == PROGRAM_OURS ? "it stands in for the plugin"
							: "the plugin alone sets variables");
		return;
	}
	doctor_say(doctor, CHECK_TASK_PROLOG, DOCTOR_WARN,
		   "TaskProlog=%s %s sets once more, for each task, what the plugin sets",
		   program->path, doctor_place(doctor, program->pair, place));
	doctor_remedy(doctor, CHECK_TASK_PROLOG,
		      "take TaskProlog out %s; it is for hosts that cannot load the plugin", place);
}

void doctor_judge_prolog(struct doctor *doctor)
{
	static const enum doctor_check all[] = {CHECK_PROLOG, CHECK_PROLOG_FILE, CHECK_PROLOG_FLAGS,
						CHECK_EPILOG, CHECK_HEALTH,	 CHECK_TASK_PROLOG};

	if (!doctor->conf) {
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			doctor_has_conf(doctor, all[i]);
		return;
	}
	if (judge_program(doctor, CHECK_PROLOG, "Prolog", &doctor->prolog, OUR_PROLOG, DOCTOR_FAIL))
		doctor_say(doctor, CHECK_PROLOG, DOCTOR_OK, "Prolog=%s",
			   doctor->prolog.pair->value);
	judge_file(doctor);
	judge_flags(doctor);
	if (judge_program(doctor, CHECK_EPILOG, "Epilog", &doctor->epilog, OUR_EPILOG,
			  DOCTOR_WARN)) {
		if (doctor->role == ROLE_NODE && doctor->epilog.error == -ENOENT) {
			doctor_say(doctor, CHECK_EPILOG, DOCTOR_FAIL,
				   "%s is not there: every job that ends drains its node",
				   doctor->epilog.path);
			doctor_remedy(doctor, CHECK_EPILOG,
				      "install efa-layout on this node, or correct the path");
		}
		doctor_say(doctor, CHECK_EPILOG, DOCTOR_OK, "Epilog=%s",
			   doctor->epilog.pair->value);
	}
	judge_health(doctor);
	judge_task_prolog(doctor);
}
