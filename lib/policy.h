/* SPDX-License-Identifier: Apache-2.0 */
/* The site's settings: one row per setting in policy.c (key, type, range, default, explanation);
 * one JSON file sets what differs. */
#ifndef EFA_LAYOUT_POLICY_H
#define EFA_LAYOUT_POLICY_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "file.h"
#include "inventory.h"
#include "job_rules.h"
#include "request.h"

#define POLICY_PATH "/etc/efa-layout/policy.json"

enum policy_action {
	ACTION_ALLOW,	    /* let the job run; log */
	ACTION_WARN,	    /* let the job run; log as warning */
	ACTION_DRAIN,	    /* drain the node with our reason; the job goes elsewhere */
	ACTION_REFUSE,	    /* the job fails with a sentence to its user; the node stays */
	ACTION_DRAIN_AFTER, /* let the job run; drain the node behind it */
	POLICY_ACTIONS
};

/*
 * Where the settings in force come from, by their rows (policy_settings.h). The hash does not
 * depend on it: the same settings on other lines are the same settings.
 */
#define POLICY_SETTINGS_MAX 64
#define POLICY_FILES_MAX    17 /* policy.json and drop-ins */
#define POLICY_FILE_TEXT    256
#define POLICY_VALUE_TEXT   256
struct policy_origin {
	size_t n_files;				       /* 0: there is none */
	char file[POLICY_FILES_MAX][POLICY_FILE_TEXT]; /* in the order in which they count, the last
							  most; of a long name the end */
	unsigned line[POLICY_SETTINGS_MAX];	       /* of the value, 0: it is the default */
	unsigned char from[POLICY_SETTINGS_MAX];       /* which file, where there is a line */
};

struct policy {
	char hash[17]; /* of the settings in force, 16 hex digits: part of the cache key */
	/* layout */
	char layout_declared[NAME_TEXT]; /* what the site's nodes have: a name, or "auto" (any
					    layout that the type can have) */
	char layout_default[NAME_TEXT];	 /* what a job without --efa-layout asks: "any", "none" or a
					    name */
	bool layout_allow_none;		 /* may a job ask for none? */
	char layout_allow[POLICY_VALUE_TEXT]; /* what else a job may ask for: layouts and "any"
						 with commas between; "all": everything */
	struct rails_wish rails; /* healthy rails that a node must offer, unless the job says it */
	/* check */
	unsigned budget_ms;	  /* the whole gate, whatever happens */
	unsigned open_ms;	  /* one device's verbs-level opening */
	unsigned rail_ms;	  /* one rail's loopback */
	unsigned late_ms;	  /* how long a missing rail may still appear */
	unsigned workers;	  /* parallel probe workers, 0: as many as CPUs */
	unsigned cache_ttl_s;	  /* age at which a healthy result is tested again, 0: always */
	char provider[NAME_TEXT]; /* libfabric provider: "efa", "tcp", ... */
	unsigned latency_us;	  /* a rail may take for a small message one way; 0: any */
	unsigned bandwidth_mib_s; /* a rail must have; 0: any */
	bool rdma_read;		  /* rails that can must do one */
	bool pairs;		  /* rails must reach each other, in a ring */
	enum check_depth check_default, check_floor, check_ceiling; /* the last two never AUTO */
	/* action */
	enum policy_action on_faulty, on_degraded, on_fabric, on_unknown;
	bool enforce; /* false: say what would be done, and do nothing */
	/* limit: nodes that our reasons drain at once; what goes beyond becomes a warning. 0 and
	 * 100 percent: no bound. A percentage allows one node at least. */
	unsigned cluster_nodes, cluster_percent, partition_nodes, partition_percent;
	/* recover */
	bool lift;	  /* may the health check lift drains of ours? */
	unsigned strikes; /* healthy tests in a row that it takes */
	/* health */
	unsigned health_interval_s; /* age at which the health check tests an idle node again, 0:
				       never */
	bool health_under_jobs;	    /* also while jobs run */
	/* receipt */
	bool receipt;		/* count what each job did on the rails */
	unsigned receipts_kept; /* the newest so many */
	/* environment */
	enum affinity affinity_default;
	bool environment; /* set variables at all */
	struct job_rules jobs;
	struct policy_origin origin;
};

/* One setting as it is in force. */
struct policy_value {
	char name[48];		       /* "action.faulty"; "": none */
	char value[POLICY_VALUE_TEXT]; /* as it would stand in the file */
	char file[POLICY_FILE_TEXT];   /* "": it is the default */
	unsigned line;		       /* 0: it is the default */
};

void policy_defaults(struct policy *policy);

struct policy_files;
/*
 * Defaults, then what each file says over them; rules for jobs of all files, in that order. Unknown
 * keys, wrong types and ranges are refused with file, line, key and "did you mean". Nothing changes
 * on failure.
 */
int policy_parse(const struct policy_files *files, struct policy *ret_policy, struct err *err);
/* The same from one file that is read here (absent: defaults alone, 0). */
int policy_load(const char *path, enum file_trust trust, struct policy *ret_policy,
		struct err *err);
/* And from a site's folder: policy.json and policy.d. */
int policy_load_site(const char *site_dir, enum file_trust trust, struct policy *ret_policy,
		     struct err *err);
/* What settings mean for each other, with those of each rule for jobs, too. policy_parse() has done
 * it. */
int policy_check(const struct policy *policy, struct err *err);
/* The same without the rules. */
int policy_check_alone(const struct policy *policy, struct err *err);
/* -code with "file:line: name: sentence" about a setting; where that has its default, of the other
 * one (NULL: there is none). */
int policy_complain(const struct policy *policy, const char *name, const char *other, int code,
		    struct err *err, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* The files, with commas between; "" there is none. */
void policy_files_text(const struct policy *policy, char *buf, size_t size);
/* The settings with those of one rule for jobs over them. */
void policy_take(const struct policy *policy, size_t rule, struct policy *ret_policy);
/*
 * The settings that are in force for one job: those of the rules that hold for it over the others,
 * a later rule over an earlier one. Its hash stays that of the whole policy. The result: bit per
 * enum job_fact that would have been needed to decide on a rule and is not known; such a rule does
 * not hold.
 */
unsigned policy_for_job(const struct policy *policy, const struct job_facts *facts,
			struct policy *ret_policy);
/* What a job asks for when the policy (its own) has filled in what it does not say; not the depth
 * of the check, which depends on what is known of the node. */
void policy_fill_request(const struct policy *policy, const struct request *req,
			 struct request *ret_req);
/* May a job ask for this layout, or for "any"? ("none" is layout_allow_none's.) */
bool policy_allows_layout(const struct policy *policy, const char *name);
/* The depth of a check: what is asked (CHECK_AUTO: nothing), or the default, inside floor and
 * ceiling; the floor is the stronger one. is_young: a good result is younger than cache_ttl_s. */
enum check_depth policy_check_depth(const struct policy *policy, enum check_depth asked,
				    bool is_young);
/* The setting that decided that, NULL: none, the job has what it asked for. */
const char *policy_depth_setting(const struct policy *policy, enum check_depth asked,
				 bool is_young);
const char *policy_action_text(enum policy_action action);
/* The word back; false: no such word, nothing written. */
bool policy_action_parse(const char *text, enum policy_action *ret_action);
/* A setting by its whole name; one that does not exist is a mistake of ours (assert). */
void policy_value(const struct policy *policy, const char *name, struct policy_value *ret_value);
/* "action.faulty = drain (/etc/efa-layout/policy.json line 12)", or "... (default)". */
void policy_value_text(const struct policy_value *value, char *buf, size_t size);
/* Print every setting with value, default and explanation, one a line. */
void policy_print(const struct policy *policy, FILE *to);

#endif
