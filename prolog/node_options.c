/* SPDX-License-Identifier: Apache-2.0 */
#include "node_options.h"

#include <string.h>

#include "efa_layout_config.h"

void node_options_init(struct node_options *options)
{
	*options = (struct node_options){
		.root = "/",
		.data_dir = EFA_LAYOUT_DATA_DIR,
		.site_dir = EFA_LAYOUT_SITE_DIR,
		.run_dir = EFA_LAYOUT_RUN_DIR,
		.state_dir = EFA_LAYOUT_STATE_DIR,
		.probe = EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-probe",
		.slurm_helper = EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-slurm",
	};
}

bool node_options_set(struct node_options *options, int option, const char *value)
{
	switch (option) {
	case OPT_ROOT:
		options->root = value;
		return true;
	case OPT_DATA_DIR:
		options->data_dir = value;
		return true;
	case OPT_SITE_DIR:
		options->site_dir = value;
		return true;
	case OPT_RUN_DIR:
		options->run_dir = value;
		return true;
	case OPT_STATE_DIR:
		options->state_dir = value;
		return true;
	case OPT_PROBE:
		options->probe = value;
		options->probe_given = true;
		return true;
	default:
		return false;
	}
}

void node_options_help(FILE *to)
{
	fprintf(to,
		"  --root DIR        read the node below this directory (default /); such a node\n"
		"                    is only tested when --probe is given too\n"
		"  --data-dir DIR    shipped data (default %s)\n"
		"  --site-dir DIR    the site's settings (default %s)\n"
		"  --run-dir DIR     node map, ENI facts and locks (default %s)\n"
		"  --state-dir DIR   what outlives a boot (default %s)\n"
		"  --probe PROGRAM   what tests rails\n"
		"                    (default %s/efa-layout-probe)\n",
		EFA_LAYOUT_DATA_DIR, EFA_LAYOUT_SITE_DIR, EFA_LAYOUT_RUN_DIR, EFA_LAYOUT_STATE_DIR,
		EFA_LAYOUT_LIBEXEC_DIR);
}

bool node_options_live(const struct node_options *options)
{
	return options->root[0] == '\0' || strcmp(options->root, "/") == 0;
}

bool node_options_may_probe(const struct node_options *options)
{
	return node_options_live(options) || options->probe_given;
}
