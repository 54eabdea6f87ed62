/* SPDX-License-Identifier: Apache-2.0 */
/*
 * efa-layout doctor: is everything installed rightly? Readers (doctor_read*.c) collect what the
 * host says into struct doctor, judges (doctor_judge*.c) hold it against what the gate and the
 * plugin need, one result for each check of the table (doctor_checks.c).
 */
#ifndef EFA_LAYOUT_DOCTOR_H
#define EFA_LAYOUT_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "doctor_tree.h"
#include "node_options.h"
#include "site.h"
#include "slurm_conf.h"

enum doctor_role { ROLE_NODE = 1, ROLE_SUBMIT = 2, ROLE_CONTROLLER = 4 };

enum doctor_check {
	CHECK_SLURM_CONF,
	CHECK_IN_FORCE,
	CHECK_STACK_LINE,
	CHECK_STACK_OPTIONAL,
	CHECK_STACK_ORDER,
	CHECK_STACK_INCLUDES,
	CHECK_PLUGIN_FILE,
	CHECK_PLUGIN_RELEASE,
	CHECK_JOB_PROLOG,
	CHECK_PROLOG,
	CHECK_PROLOG_FILE,
	CHECK_PROLOG_FLAGS,
	CHECK_PROLOG_TIMEOUT,
	CHECK_PROLOG_HOLD,
	CHECK_REQUEUE,
	CHECK_EPILOG,
	CHECK_HEALTH,
	CHECK_TASK_PROLOG,
	CHECK_SLURMD_USER,
	CHECK_HELPER,
	CHECK_MEMLOCK,
	CHECK_PROPAGATE,
	CHECK_SETTINGS,
	CHECK_TRUST,
	CHECK_DIRECTORIES,
	CHECK_FACTS,
	CHECK_FACTS_SERVICE,
	CHECK_DRIVER,
	CHECK_DEVICES,
	CHECK_LIBFABRIC,
	CHECK_VERSIONS,
	DOCTOR_CHECKS
};

enum doctor_state { DOCTOR_SKIPPED, DOCTOR_OK, DOCTOR_UNKNOWN, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor_row {
	const char *name;
	unsigned roles; /* where it matters */
	const char *what;
	const char *remedy; /* in general; a result says it exactly */
};
extern const struct doctor_row doctor_rows[DOCTOR_CHECKS];

struct doctor_result {
	enum doctor_state state;
	char found[320];
	char remedy[512];
};

/* One line of plugstack.conf and what it includes. */
#define STACK_MAX 64
struct stack_line {
	char path[TREE_PATH]; /* of the plugin; a bare name is one in PluginDir */
	char file[TREE_PATH]; /* where the line stands */
	unsigned line;
	bool required, ours, container;
	bool job_prolog; /* has the callback */
	int error;	 /* of reading the plugin, 0 */
};

struct stack_include {
	char pattern[TREE_PATH];
	char file[TREE_PATH];
	unsigned line;
	size_t matched;
};

struct stack {
	char path[TREE_PATH];
	int error; /* of reading it: -ENOENT, -EACCES, ... */
	char problem[256];
	struct stack_line lines[STACK_MAX];
	size_t n_lines;
	struct stack_include includes[STACK_MAX];
	size_t n_includes;
	char unused[TREE_PATH]; /* a file beside it that has our line and is not included, "" none
				 */
};

/* What a setting such as Prolog runs. */
enum program_how {
	PROGRAM_NONE,	/* the setting is not there */
	PROGRAM_OTHER,	/* something else */
	PROGRAM_CALLED, /* a script that names ours */
	PROGRAM_UNREAD, /* something that cannot be read */
	PROGRAM_OURS
};
struct program {
	const struct slurm_pair *pair; /* ours, else the last */
	enum program_how how;
	char path[TREE_PATH]; /* of ours, or of the script that names it */
	int error;	      /* of that file, or of what is there instead: -ENOENT, ... */
	bool executable;
	bool pattern; /* the setting is one with wildcards */
};

struct doctor_version {
	const char *what; /* "prolog" */
	char path[TREE_PATH];
	char text[32]; /* "0.1.0" */
	char problem[160];
};

#define RELEASE_TEXT	      16
#define RELEASE(major, minor) ((major)*100 + (minor))

struct doctor {
	const struct node_options *options;
	const char *slurm_bin;	/* NULL: the usual places, on the running machine */
	const char *slurm_conf; /* given, or NULL */
	struct tree tree;
	enum doctor_role role;
	char role_why[128];
	bool may_run; /* programs of Slurm */

	char conf_path[TREE_PATH];
	bool configless;
	struct slurm_conf *conf; /* NULL: conf_problem says why */
	int conf_error;
	char conf_problem[320];
	char node[256]; /* the node's name in slurm.conf, "" not known */
	char *running;	/* what `scontrol show config` says; NULL: running_problem */
	char running_problem[200];
	unsigned release; /* RELEASE(22, 5), 0: not known */
	char release_from[TREE_PATH + 32];
	char plugin_dir[TREE_PATH];

	struct stack stack;
	const struct stack_line *plugin; /* ours, the last; NULL: not listed */
	unsigned plugin_number;		 /* release that it was built for, 0: not known */
	char plugin_problem[200];
	struct program prolog, epilog, health, task_prolog;

	struct site *site; /* NULL: site_problem */
	char site_problem[512];

	char helper_library[64]; /* "libslurm.so.38" */
	bool helper_missing, helper_loads, helper_unknown;
	int slurmd;	 /* process id, 0: none is seen */
	int64_t memlock; /* of slurmd, LIMIT_UNKNOWN, LIMIT_NONE */
	char boot_id[64];
	int facts_rc; /* of loading them */
	char facts_problem[320];
	unsigned n_enis;
	bool has_systemd, service_there, service_enabled, service_masked;
	unsigned efa_functions, efa_bound;
	bool efa_loaded, uverbs_loaded;
	char efa_version[64];
	char closed[200]; /* devices that users cannot open */
	unsigned n_devices;
	char libfabric[TREE_PATH], libfabric_version[32], libfabric_problem[256];
	bool libfabric_efa;
	struct doctor_version versions[5];
	size_t n_versions;

	struct doctor_result results[DOCTOR_CHECKS];
	bool taken; /* the last doctor_say was written */
};

/* Readers. */
int doctor_read(struct doctor *doctor, struct err *err);
void doctor_free(struct doctor *doctor);
void doctor_read_slurm(struct doctor *doctor);
void doctor_read_running(struct doctor *doctor);
void doctor_read_release(struct doctor *doctor);
void doctor_read_role(struct doctor *doctor, int role_given);
void doctor_read_stack(struct doctor *doctor);
void doctor_read_programs(struct doctor *doctor);
void doctor_read_node(struct doctor *doctor);
void doctor_read_fabric(struct doctor *doctor);
void doctor_read_versions(struct doctor *doctor);
/* A value of `scontrol show config`; false: no such key, or too long for buf. */
bool doctor_running_value(const char *running, const char *key, char *buf, size_t size);
/* The lines of one plugstack.conf, which are changed; depth: of the include that led here. */
void doctor_parse_stack(struct doctor *doctor, const char *file, char *text, unsigned depth);
/* Run a program with one argument or two, for at most ms; false with a sentence in problem. */
bool doctor_run(const struct doctor *doctor, const char *path, const char *const args[2],
		unsigned ms, char **ret_out, char *problem, size_t size);
/* A program of Slurm's on this host. False: there is none, or it must not be run. */
bool doctor_slurm_program(const struct doctor *doctor, const char *name, char *buf, size_t size);

/* Judges. */
void doctor_judge(struct doctor *doctor);
void doctor_judge_conf(struct doctor *doctor);
void doctor_judge_stack(struct doctor *doctor);
void doctor_judge_prolog(struct doctor *doctor);
void doctor_judge_requeue(struct doctor *doctor);
void doctor_judge_node(struct doctor *doctor);
void doctor_judge_fabric(struct doctor *doctor);
/* Write a check's result; of several problems the first one stays, unless a worse one follows. */
void doctor_say(struct doctor *doctor, enum doctor_check check, enum doctor_state state,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* What to do about what was said last; not written when that was not. */
void doctor_remedy(struct doctor *doctor, enum doctor_check check, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "/etc/slurm/slurm.conf:12" of a setting, or the file that it has to go into. buf: SHOWN_PLACE
 * bytes; returns buf. */
#define SHOWN_PLACE (TREE_PATH + 64)
const char *doctor_place(const struct doctor *doctor, const struct slurm_pair *pair, char *buf);
/* "22.05"; "?" for 0. buf: RELEASE_TEXT bytes. */
const char *doctor_release_text(unsigned release, char *buf);
/* Is there a slurm.conf? Else the check is unknown. */
bool doctor_has_conf(struct doctor *doctor, enum doctor_check check);

/* What was found. */
enum doctor_state doctor_worst(const struct doctor *doctor);
void doctor_print(const struct doctor *doctor, FILE *to);
int doctor_print_json(const struct doctor *doctor);
const char *doctor_role_text(enum doctor_role role);
const char *doctor_state_text(enum doctor_state state);

#endif
