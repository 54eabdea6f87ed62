/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout snapshot: everything that another machine needs to look at this node. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "commands.h"
#include "eni_facts.h"
#include "json.h"
#include "log.h"
#include "node_claims.h"
#include "node_options.h"
#include "report_store.h"
#include "snapshot_folder.h"
#include "snapshot_notes.h"
#include "snapshot_read.h"
#include "text.h"

#define REPORT_PATH "run/efa-layout/report.json"

enum { OPT_UNMASKED = OPT_OWN, OPT_HELP };

struct arguments {
	struct node_options node;
	const char *dir;
	bool unmasked;
};

/* Replace the name of a directory where a text has a path below it: where somebody keeps a tree is
 * no part of the node. */
static void forget_dir(char *text, size_t size, const char *dir, const char *instead)
{
	size_t n = strlen(dir);
	char changed[1024] = "";
	const char *rest = text;

	while (n && dir[n - 1] == '/')
		n--;
	if (!n)
		return;
	for (const char *at = rest; (at = strstr(at, dir)); at += n) {
		bool is_start = at == text || strchr(" \"(", at[-1]);

		if (!is_start || at[n] != '/')
			continue;
		text_append(changed, sizeof(changed), "%.*s%s", (int)(at - rest), rest, instead);
		rest = at + n;
	}
	text_append(changed, sizeof(changed), "%s", rest);
	text_format(text, size, "%s", changed);
}

static void forget_dirs(const struct node_options *options, char *text, size_t size)
{
	forget_dir(text, size, options->run_dir, "/run/efa-layout");
	if (!node_options_live(options))
		forget_dir(text, size, options->root, "");
}

/* What show would say. Neither settings nor devices that make no sense keep a snapshot from being
 * taken: then it is needed most. */
static void look(struct check *check, struct snapshot_notes *notes, struct err *settings,
		 struct err *inventory)
{
	bool usable = check_settings(check, settings) == 0;

	if (!usable)
		log_warning("settings: %s, continuing without layouts", settings->text);
	notes->check = check;
	notes->seen = !check_scan(check, inventory) && !check_detail(check, inventory);
	if (!notes->seen)
		log_warning("inventory: %s, continuing without", inventory->text);
	check_claims(check);
	if (notes->seen && usable)
		check_judge_report(check, NULL, NULL);
	/* Also what was only tried may have left a sentence. */
	notes->settings = usable ? "" : settings->text;
	notes->inventory = notes->seen ? "" : inventory->text;
	forget_dirs(check->options, inventory->text, sizeof(inventory->text));
	forget_dirs(check->options, check->facts_problem, sizeof(check->facts_problem));
	for (enum inventory_part part = 0; part < INVENTORY_PARTS; part++)
		forget_dirs(check->options, check->inv.origin[part], ORIGIN_TEXT);
}

/* What slurm.conf says of the node is not below its root. */
static int add_claims(const struct node_claims *claims, struct snapshot *snapshot, struct err *err)
{
	char text[NODE_CLAIMS_TEXT];
	int r;

	node_claims_format(claims, text);
	if (!text[0])
		return 0;
	r = snapshot_add_file(snapshot, "run/efa-layout/" NODE_CLAIMS_FILE, CONTENT_PLAIN, 0644,
			      text);
	return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
}

/*
 * Sentences quote what is malformed, in part or with other bytes, so that it cannot be told and
 * masked in them. What is wrong with the facts is said anew of the masked ones; of the inventory's
 * sentence the quotation is left out.
 */
static int hide_problems(const struct snapshot *snapshot, struct check *check,
			 struct err *inventory, struct err *err)
{
	const char *text = snapshot_text(snapshot, "run/efa-layout/enis.json");
	const char *boot_id = snapshot_text(snapshot, "proc/sys/kernel/random/boot_id");
	cleanup_free struct eni_facts *facts = calloc(1, sizeof(*facts));
	char *found = strstr(inventory->text, ", found ");
	struct err why = {""};

	if (!facts)
		return err_set(err, -ENOMEM, "snapshot: out of memory");
	if (found)
		*found = '\0';
	if (text && check->facts_problem[0] &&
	    eni_facts_parse("/run/efa-layout/enis.json", text, boot_id ? boot_id : "", facts, &why))
		text_printable(check->facts_problem, sizeof(check->facts_problem), why.text);
	return 0;
}

static int add_report_file(const struct report *report, struct snapshot *snapshot, struct err *err)
{
	struct json_out *out = json_out_new(true);
	const char *text;
	size_t size;
	int r;

	if (!out)
		return err_set(err, -ENOMEM, "snapshot: out of memory");
	report_write(out, NULL, report);
	r = json_out_done(out, &text, &size, err);
	if (!r)
		r = snapshot_add_file(snapshot, REPORT_PATH, CONTENT_PLAIN, 0644, text);
	json_out_free(out);
	return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
}

/*
 * What the node's last test found. Not as it stands there: Slurm's name of the node may be made of
 * its address, and what is no report may have anything in it.
 */
static int add_report(const struct arguments *args, const struct check *check,
		      struct snapshot *snapshot, struct err *err)
{
	cleanup_free struct report *report = calloc(1, sizeof(*report));
	struct err why = {""};
	int r;

	if (!report)
		return err_set(err, -ENOMEM, "snapshot: out of memory");
	r = report_store_load(args->node.run_dir, check->inv.boot_id, report, &why);
	if (r == -ENOENT || r == -ESTALE)
		return 0;
	if (r) {
		r = snapshot_leave_out(snapshot, REPORT_PATH,
				       r == -EINVAL ? "not a report of this release"
						    : strerror(-r));
		return r ? err_set(err, r, "snapshot: %s", strerror(-r)) : 0;
	}
	if (!args->unmasked)
		report->node[0] = '\0';
	return add_report_file(report, snapshot, err);
}

static int hide(struct snapshot *snapshot, struct check *check, struct snapshot_notes *notes,
		struct err *inventory, struct mask *mask, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = snapshot_notes_text(snapshot, notes, &text, err);

	if (!r)
		r = snapshot_hide(snapshot, &check->inv.facts, text, mask, err);
	if (!r)
		r = hide_problems(snapshot, check, inventory, err);
	notes->mask = mask;
	return r;
}

static int take(struct check *check, const struct arguments *args, struct snapshot *snapshot,
		struct mask *mask, struct err *err)
{
	const struct node_options *options = &args->node;
	struct err settings = {""}, inventory = {""};
	struct snapshot_notes notes = {0};
	int r = snapshot_read(options->root, options->run_dir, snapshot, err);

	if (r)
		return r;
	look(check, &notes, &settings, &inventory);
	if (node_options_live(options))
		r = snapshot_add_addresses(&check->inv, snapshot, err);
	if (!r)
		r = add_claims(&check->claims, snapshot, err);
	if (!r && notes.seen)
		r = add_report(args, check, snapshot, err);
	if (!r && !args->unmasked)
		r = hide(snapshot, check, &notes, &inventory, mask, err);
	if (!r)
		r = snapshot_notes_add(snapshot, &notes, err);
	return r ? r : snapshot_settle(snapshot, err);
}

static void report(const struct arguments *args, const struct snapshot *snapshot)
{
	printf("%s: PCI functions %zu, RDMA devices %zu, ENA netdevs %zu; %s\n", args->dir,
	       snapshot_count_in(snapshot, "sys/bus/pci/devices"),
	       snapshot_count_in(snapshot, "sys/class/infiniband"),
	       snapshot_count_in(snapshot, "sys/class/net"),
	       args->unmasked ? "nothing is masked" : "addresses and serial numbers are masked");
	for (size_t i = 0; i < snapshot->n_left_out; i++)
		printf("left out: %s: %s\n", snapshot->left_out[i].path, snapshot->left_out[i].why);
}

/* The folder comes first: that it cannot be used is said before anything is read. */
static int write_snapshot(const struct arguments *args, struct check *check, struct mask *mask,
			  struct err *err)
{
	struct snapshot snapshot = {0};
	struct snapshot_folder folder;
	int r = snapshot_folder_open(args->dir, &folder, err);

	if (r)
		return r;
	r = take(check, args, &snapshot, mask, err);
	if (!r)
		r = snapshot_folder_write(&folder, &snapshot, err);
	if (r)
		snapshot_folder_remove(&folder);
	else
		report(args, &snapshot);
	snapshot_folder_close(&folder);
	snapshot_done(&snapshot);
	return r;
}

static int run(const struct arguments *args, uint64_t start)
{
	struct check *check = check_new(&args->node, start);
	struct mask *mask = mask_new();
	struct err err = {"out of memory"};
	int r = check && mask ? write_snapshot(args, check, mask, &err) : -ENOMEM;

	if (r)
		log_error("%s", err.text);
	mask_free(mask);
	check_free(check);
	return r ? EXIT_FAILED : EXIT_OK;
}

static void help(void)
{
	printf("usage: efa-layout snapshot DIR [--unmasked] [options]\n"
	       "Writes what is to be known of this node's interfaces into DIR, absent or empty, "
	       "so\n"
	       "that another machine can look at it: efa-layout show --root DIR --run-dir\n"
	       "DIR/run/efa-layout. Addresses, ids and serial numbers are masked.\n\n"
	       "  --unmasked        copy them as they are\n");
	node_options_help(stdout);
}

int command_snapshot(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"unmasked", no_argument, NULL, OPT_UNMASKED},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {0};
	int option;

	node_options_init(&args.node);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&args.node, option, optarg))
			continue;
		switch (option) {
		case OPT_UNMASKED:
			args.unmasked = true;
			break;
		case OPT_HELP:
			help();
			return EXIT_OK;
		default:
			return command_usage(argv[0]);
		}
	}
	if (optind + 1 != argc)
		return command_usage(argv[0]);
	args.dir = argv[optind];
	return run(&args, start);
}
