/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report: one verdict with everything that led to it and followed from it, for people and their
 * tools. The node's own is replaced by each test or look; each job has one that stands alone, also
 * where it shares an earlier test. Filled from what the check knows; nobody who reads it judges.
 */
#ifndef EFA_LAYOUT_REPORT_H
#define EFA_LAYOUT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "file.h"
#include "inventory.h"
#include "policy.h"
#include "probe.h"
#include "verdict.h"

/* Where a verdict came from. */
enum decision_source {
	SOURCE_NONE,   /* no look at the node: settings unusable, request malformed or "none" */
	SOURCE_TEST,   /* the rails were tested now */
	SOURCE_CACHE,  /* the node map of an earlier test, still good */
	SOURCE_SHARED, /* the node map that another gate wrote while this one waited */
	SOURCE_LOOK,   /* looked at, but not tested: no rails, no time, no way */
	SOURCE_QUICK   /* as SOURCE_CACHE, and every device opened */
};

struct report_rail {
	char name[NAME_TEXT]; /* of its RDMA device, "" none */
	struct pci_addr pci;
	int card_index; /* -1 unknown */
	bool usable;	/* false: it did not come as far as a test */
	struct probe_result test;
	struct extra_result extras[PROBE_PAIRS]; /* optional tests */
};

/* What was to follow, what did, and which lines of the settings say so. */
struct report_decision {
	enum policy_action wanted, done;
	char did[256];		     /* in words: "node drained, job sent elsewhere" */
	char limited[160];	     /* the limit that kept the node from being drained, "" none */
	char trouble[256];	     /* why it could not be done as wanted, "" none */
	struct policy_value setting; /* that decided; no name: none did */
	struct policy_value enforce; /* action.enforce; no name: there are no settings */
};

/* How deep the check was to be, and was; CHECK_AUTO: nothing was said, known or done. */
struct report_check {
	enum check_depth asked, wanted, done;
	struct policy_value setting; /* that decided; no name: the job had what it asked for */
};

struct report {
	char node[256]; /* Slurm's name of it, "" unknown */
	char instance_type[NAME_TEXT], boot_id[40];
	uint32_t job; /* 0: it is the node's own */
	uid_t uid;
	char asked[NAME_TEXT];	   /* "efa-only", "any", "none"; "" the job said nothing */
	bool checked;		   /* false: the job asks for no check, and may */
	struct report_check check; /* of a job */
	enum decision_source source;
	int64_t at;	  /* when it was reached, seconds since 1970 */
	uint64_t at_ms;	  /* the same, CLOCK_BOOTTIME */
	unsigned took_ms; /* until it was reached and acted on */
	/* the test behind it, be it this one's or an earlier one */
	int64_t tested_at;  /* when it ended, seconds since 1970; 0: none that was complete */
	uint64_t tested_ms; /* of the result as a whole, as the node map has it: CLOCK_BOOTTIME */
	unsigned test_ms;   /* how long it took, 0 not known */
	char key[17];	    /* what it was a test of, nodemap_key; "" none */
	bool probed;	    /* there was a test, or what was to be one */
	enum probe_outcome test_outcome; /* of it: PROBE_RAN, or why nothing could be tested */
	char test_problem[160];
	/* the verdict */
	enum outcome outcome;
	char sentence[256];
	size_t n_layouts;
	char layouts[LAYOUT_NAMES_MAX][NAME_TEXT], declared[NAME_TEXT];
	unsigned rails_want, rails_pass;
	struct report_decision decision;
	char policy_file[POLICY_FILE_TEXT], policy_hash[17]; /* "": there is none */
	char kernel[64], efa_driver[NAME_TEXT];
	char libfabric[16], provider[NAME_TEXT], fabric[NAME_TEXT];
	struct findings findings;
	size_t n_rails;
	struct report_rail rails[NODE_RAILS_MAX];
	size_t n_pairs;
	struct probe_pair pairs[NODE_RAILS_MAX]; /* of rails by their places above */
};

/* What a report is filled from. */
struct report_input {
	const struct inventory *inv;
	const struct verdict *verdict;
	const struct probe_report *probe; /* NULL: there was no test */
	const struct policy *policy;	  /* NULL: the settings cannot be used */
	enum decision_source source;
	int64_t at;
	uint64_t at_ms;
	uint64_t tested_ms; /* 0: no test that was complete */
	const char *key;
};

/*
 * All but node, job and what was done: that is what is wanted, until it is known better. Large: on
 * the heap.
 */
void report_fill(const struct report_input *in, struct report *ret_report);

/* A report without a look at the node, for a job: this outcome and sentence, decided by this
 * setting (NULL: none). */
void report_fill_unseen(const struct report_input *in, const char *sentence, const char *setting,
			struct report *ret_report);

/* Is it of this result, as the node map has it? */
bool report_is_of(const struct report *report, const char *boot_id, const char *key,
		  uint64_t tested_ms);

/*
 * The verdict rests on the test that node, the node's own report, is of: take over what was found
 * there, rail by rail. What was found about the job's request stays.
 */
void report_carry(struct report *report, const struct report *node);

/*
 * What the test behind the report found, for the rails that are there now: each by its name and its
 * place. One that is new, or has come back, is not tested. False: there was no test.
 */
bool report_recall(const struct report *report, const struct inventory *inv,
		   struct probe_report *ret_probe);

/* "tested", ...: the words of the file. */
const char *report_source_text(enum decision_source source);

/* "pass", "fail", "hung", "crashed", "not-tested", "unusable". */
const char *report_rail_text(const struct report_rail *rail);

/*
 * One JSON file. sync: wait until it is on the disk; without, a crash of the machine soon after may
 * leave it empty.
 */
int report_save(const char *path, const struct report *report, bool sync, struct err *err);
/* Strict, as receipt_load: every key, word and number; nothing is written on failure. */
int report_load(const char *path, enum file_trust trust, struct report *ret_report,
		struct err *err);
struct json_out;
/* The keys "latency_ns", "bandwidth_bytes_s" and "rdma_read_test" of a rail's object; null: not
 * asked for or not measured. */
void report_write_extras(struct json_out *out, const struct extra_result extras[PROBE_PAIRS]);
/* The list "pairs". */
void report_write_pairs(struct json_out *out, const struct probe_pair *pairs, size_t n);
/* The same object as part of a document. */
void report_write(struct json_out *out, const char *key, const struct report *report);

#endif
