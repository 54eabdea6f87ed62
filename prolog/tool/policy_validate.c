/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "json.h"
#include "log.h"
#include "node_json.h"
#include "node_options.h"
#include "text.h"

enum { OPT_JSON = OPT_OWN, OPT_KIND, OPT_TRUST, OPT_HELP };

static const char *const kind_words[SITE_KINDS] = {"policy", "layouts", "instance-types",
						   "environment", "site"};

struct arguments {
	struct validation_means means;
	int kind; /* enum site_kind, -1: as the name says */
	bool json;
};

static enum site_kind kind_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t length = strlen(name);
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return KIND_SITE;
	for (int kind = KIND_LAYOUTS; kind < KIND_SITE; kind++) {
		size_t n = strlen(kind_words[kind]);

		if (length == n + 5 && !strncmp(name, kind_words[kind], n) &&
		    !strcmp(name + n, ".json"))
			return (enum site_kind)kind;
	}
	return KIND_POLICY;
}

static bool shown(const struct validation *of, const struct validation_note *note)
{
	/* What is wrong comes first; hints are for what is right. */
	return !note->is_hint || !of->n_complaints;
}

static void print_text(const struct validation *of)
{
	if (!of->n_complaints)
		printf("%s: ok (%s)\n", of->path, of->summary);
	for (size_t i = 0; i < of->n; i++)
		if (shown(of, &of->v[i]))
			printf("%s\n", of->v[i].text);
}

/* "file:line: sentence" in its parts; a text without a line is a sentence. */
static void write_note(struct json_out *out, const struct validation_note *note)
{
	const char *colon = strstr(note->text, ": ");
	const char *before = colon;
	char file[1024];

	while (before && before > note->text && before[-1] >= '0' && before[-1] <= '9')
		before--;
	json_out_open(out, NULL, '{');
	if (before && before < colon && before > note->text && before[-1] == ':') {
		text_format(file, sizeof(file), "%.*s", (int)(before - 1 - note->text), note->text);
		json_out_string(out, "file", file);
		json_out_int(out, "line", strtol(before, NULL, 10));
	} else {
		json_out_null(out, "file");
		json_out_null(out, "line");
	}
	json_out_string(out, "text", note->text);
	json_out_close(out);
}

static void write_notes(struct json_out *out, const char *key, const struct validation *of,
			bool hints)
{
	json_out_open(out, key, '[');
	for (size_t i = 0; i < of->n; i++)
		if (of->v[i].is_hint == hints && shown(of, &of->v[i]))
			write_note(out, &of->v[i]);
	json_out_close(out);
}

static void write_json(struct json_out *out, const struct validation *of)
{
	json_out_open(out, NULL, '{');
	json_out_string(out, "path", of->path);
	json_out_string(out, "kind", kind_words[of->kind]);
	json_out_bool(out, "ok", !of->n_complaints);
	json_out_string(out, "summary", of->n_complaints ? NULL : of->summary);
	json_out_string(out, "hash", of->n_complaints || !of->hash[0] ? NULL : of->hash);
	write_notes(out, "complaints", of, false);
	write_notes(out, "hints", of, true);
	json_out_close(out);
}

static bool validate(const char *path, const struct arguments *args, struct json_out *out)
{
	struct validation validation = {.path = path, .kind = KIND_POLICY};
	bool ok;

	validation.kind = args->kind < 0 ? kind_of(path) : (enum site_kind)args->kind;
	validation_run(&validation, &args->means);
	if (out)
		write_json(out, &validation);
	else
		print_text(&validation);
	if (validation.out_of_memory)
		log_error("%s: out of memory", path);
	ok = !validation.n_complaints;
	validation_done(&validation);
	return ok;
}

static int validate_all(char **paths, const struct arguments *args)
{
	struct json_out *out = args->json ? json_out_new(true) : NULL;
	bool ok = true;

	if (args->json && !out) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	if (out) {
		json_out_open(out, NULL, '{');
		json_out_open(out, "files", '[');
	}
	for (; *paths; paths++)
		ok &= validate(*paths, args, out);
	if (!out)
		return ok ? EXIT_OK : EXIT_FAILED;
	json_out_close(out);
	json_out_close(out);
	return node_json_print(out) || !ok ? EXIT_FAILED : EXIT_OK;
}

static int help(void)
{
	printf("usage: efa-layout policy validate FILE... [--kind KIND] [--trust] [--json] "
	       "[options]\n"
	       "Says what is wrong with a site's files, and what was probably not meant. FILE: a "
	       "policy, a\n"
	       "folder with policy.json, policy.d and the site's data, or one file of such "
	       "data.\n\n"
	       "  --kind KIND       what each FILE is, whatever its name: policy, layouts,\n"
	       "                    instance-types, environment or site\n"
	       "  --trust           also refuse files that the prolog does not trust\n"
	       "  --json            one JSON document instead of text\n");
	node_options_help(stdout);
	printf("\nexit status: 0 all are right; 1 one is not; 3 wrong usage\n");
	return EXIT_OK;
}

static bool take_kind(const char *word, int *ret_kind)
{
	for (int kind = 0; kind < SITE_KINDS; kind++)
		if (!strcmp(word, kind_words[kind])) {
			*ret_kind = kind;
			return true;
		}
	command_unknown("kind of file", word, kind_words, SITE_KINDS);
	return false;
}

int policy_validate(int argc, char **argv)
{
	static const struct option long_options[] = {
		NODE_LONG_OPTIONS,
		{"kind", required_argument, NULL, OPT_KIND},
		{"trust", no_argument, NULL, OPT_TRUST},
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
		{NULL, 0, NULL, 0},
	};
	struct arguments args = {.kind = -1, .means.trust = FILE_TRUST_ANY};
	struct node_options options;
	int option;

	node_options_init(&options);
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (node_options_set(&options, option, optarg))
			continue;
		if (option == OPT_HELP)
			return help();
		if (option == OPT_JSON)
			args.json = true;
		else if (option == OPT_TRUST)
			args.means.trust = FILE_TRUST_OWNER;
		else if (option != OPT_KIND || !take_kind(optarg, &args.kind))
			return command_usage("policy validate");
	}
	if (optind == argc)
		return command_usage("policy validate");
	args.means.data_dir = options.data_dir;
	args.means.site_dir = options.site_dir;
	return validate_all(argv + optind, &args);
}
