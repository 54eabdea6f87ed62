/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller's interface on a command line, so that tests can use it against real daemons
 * without a prolog around it:
 *
 *     call-controller HELPER SLURM_CONF drain NODE REASON CLUSTER_N CLUSTER_P PARTITION_N
 * PARTITION_P call-controller HELPER SLURM_CONF lift NODE
 *
 * Prints the sentence of a failure. Exit status: 0, or the errno value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller.h"
#include "text.h"
#include "voice.h"

#define TIME_MS 30000

static unsigned number(const char *text)
{
	uint64_t value;

	if (text_u64(text, 0, 65535, &value)) {
		fprintf(stderr, "%s is no number\n", text);
		exit(255);
	}
	return (unsigned)value;
}

int main(int argc, char **argv)
{
	uint64_t now = clock_now_ms();
	struct controller controller = {.deadline = {now, now + TIME_MS}};
	struct err err = {""};
	int rc = -255;

	voice_init("call-controller", false, true);
	if (argc > 4) {
		controller.helper = argv[1];
		controller.conf_path = argv[2];
	}
	if (argc == 10 && strcmp(argv[3], "drain") == 0) {
		const struct drain_limit limit = {number(argv[6]), number(argv[7]), number(argv[8]),
						  number(argv[9])};

		rc = controller_drain(&controller, argv[4], 0, DRAIN_AFTER, argv[5], &limit, &err);
	} else if (argc == 5 && strcmp(argv[3], "lift") == 0) {
		rc = controller_lift(&controller, argv[4], &err);
	}
	if (rc)
		printf("%s\n", err.text);
	return -rc;
}
