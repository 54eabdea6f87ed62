/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of efa-layout, one file each. */
#ifndef EFA_LAYOUT_COMMANDS_H
#define EFA_LAYOUT_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

/* Exit statuses; those of check are Nagios's. */
enum {
	EXIT_OK = 0,
	EXIT_WARNING = 1, /* also: the command failed */
	EXIT_FAILED = 1,
	EXIT_CRITICAL = 2,
	EXIT_NO_TOPOLOGY = 2, /* facts --write: ENI facts are written, the topology is not */
	EXIT_UNKNOWN = 3,
	EXIT_USAGE = 3
};

/* argv[0] is the command's name. start: CLOCK_BOOTTIME milliseconds when the program began. */
int command_check(int argc, char **argv, uint64_t start);
int command_show(int argc, char **argv, uint64_t start);
int command_facts(int argc, char **argv, uint64_t start);
int command_layouts(int argc, char **argv, uint64_t start);
int command_snapshot(int argc, char **argv, uint64_t start);
int command_env(int argc, char **argv, uint64_t start);
int command_doctor(int argc, char **argv, uint64_t start);
int command_explain(int argc, char **argv, uint64_t start);
int command_list_checks(int argc, char **argv, uint64_t start);
int command_nodes(int argc, char **argv, uint64_t start);
int command_policy(int argc, char **argv, uint64_t start);
int command_types(int argc, char **argv, uint64_t start);

struct node_options;

/* Say it when the shared options contradict each other. 0 or -1. */
int command_check_options(const struct node_options *options);
/* For an option or argument that a command does not know. Returns EXIT_USAGE. */
int command_usage(const char *command);
/* For a name that is not among names (n entries): a message with "did you mean". Returns
 * EXIT_FAILED. */
int command_unknown(const char *what, const char *name, const char *const *names, size_t n);

#endif
