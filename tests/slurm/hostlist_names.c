/* SPDX-License-Identifier: Apache-2.0 */
/* Print those of the names on standard input (one a line) that the host list has. */
#include <stdio.h>
#include <string.h>

#include "hostlist.h"

int main(int argc, char **argv)
{
	char name[HOSTLIST_MAX_NAME + 2];
	struct err err = {""};
	bool has;

	while (argc == 2 && fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		if (hostlist_has(argv[1], name, &has, &err)) {
			fprintf(stderr, "%s\n", err.text);
			return 1;
		}
		if (has)
			puts(name);
	}
	return argc == 2 ? 0 : 2;
}
