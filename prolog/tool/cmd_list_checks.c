/* SPDX-License-Identifier: Apache-2.0 */
/* efa-layout list-checks: every code that a finding can have, and what to do about it. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "finding.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "table.h"
#include "text.h"

#define CODES_MAX 128

static int print_table(void)
{
	static const char *const heads[] = {"CODE", "SEVERITY", "OWNER", "MEANING"};
	struct table table;
	int status = EXIT_FAILED;

	table_init(&table, sizeof(heads) / sizeof(heads[0]));
	if (table_row(&table))
		goto out;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		table_cell(&table, i, "%s", heads[i]);
	for (const struct finding_code *row = finding_codes; row->code; row++) {
		if (table_row(&table))
			goto out;
		table_cell(&table, 0, "%s", row->code);
		table_cell(&table, 1, "%s", finding_severity_text(row->severity));
		table_cell(&table, 2, "%s", finding_owner_text(row->owner));
		table_cell(&table, 3, "%s", row->title);
	}
	table_print(&table, "", stdout);
	status = EXIT_OK;
out:
	if (status)
		log_error("out of memory");
	table_done(&table);
	return status;
}

static int print_one(const struct finding_code *row)
{
	printf("%s  %s\n", row->code, row->title);
	printf("severity  %s\nowner     %s\nremedy    %s\n", finding_severity_text(row->severity),
	       finding_owner_text(row->owner), row->remedy);
	return EXIT_OK;
}

static int print_json(const struct finding_code *only)
{
	struct json_out *out = json_out_new(true);

	json_out_open(out, NULL, '{');
	json_out_open(out, "checks", '[');
	for (const struct finding_code *row = finding_codes; row->code; row++) {
		if (only && row != only)
			continue;
		json_out_open(out, NULL, '{');
		json_out_string(out, "code", row->code);
		json_out_string(out, "severity", finding_severity_text(row->severity));
		json_out_string(out, "owner", finding_owner_text(row->owner));
		json_out_string(out, "title", row->title);
		json_out_string(out, "remedy", row->remedy);
		json_out_close(out);
	}
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) ? EXIT_FAILED : EXIT_OK;
}

/* NULL, with a message: no such code. */
static const struct finding_code *find(const char *code)
{
	const char *codes[CODES_MAX];
	const char *near;
	char shown[32];
	size_t n = 0;

	for (const struct finding_code *row = finding_codes; row->code; row++) {
		if (!strcmp(row->code, code))
			return row;
		if (n < CODES_MAX)
			codes[n++] = row->code;
	}
	near = text_nearest(code, codes, n);
	text_printable(shown, sizeof(shown), code);
	log_error("there is no code \"%s\"%s%s%s", shown, near ? "; did you mean " : "",
		  near ? near : "", near ? "?" : "");
	return NULL;
}

int command_list_checks(int argc, char **argv, uint64_t start)
{
	static const struct option long_options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const struct finding_code *only = NULL;
	bool json = false;
	int option;

	(void)start;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == 'h') {
			printf("usage: efa-layout list-checks [CODE] [--json]\n"
			       "Lists the codes of all findings; with CODE says what to do about "
			       "one.\n\n"
			       "  --json            one JSON document instead of text\n");
			return EXIT_OK;
		}
		if (option != 'j')
			return command_usage(argv[0]);
		json = true;
	}
	if (argc - optind > 1)
		return command_usage(argv[0]);
	if (optind < argc) {
		only = find(argv[optind]);
		if (!only)
			return EXIT_USAGE;
	}
	if (json)
		return print_json(only);
	return only ? print_one(only) : print_table();
}
