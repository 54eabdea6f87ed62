/* SPDX-License-Identifier: Apache-2.0 */
/* The options that the plugin registers, from its own table: a line for each, its columns separated
 * by tabs: option, argument ("-": none), variable, name under which it travels. */
#include <stdio.h>

#include "request.h"

int main(void)
{
	for (size_t i = 0; i < REQUEST_OPTIONS; i++) {
		const struct request_option_row *row = &request_options[i];

		printf("%s\t%s\t%s\t%s\n", row->name, row->argument ? row->argument : "-",
		       row->variable, row->travels);
	}
	return 0;
}
