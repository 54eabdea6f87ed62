/* SPDX-License-Identifier: Apache-2.0 */
#include "node_options.h"

#include <errno.h>
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
		options->root_given = true;
		return true;
	case OPT_DATA_DIR:
		options->data_dir = value;
		return true;
	case OPT_SITE_DIR:
		options->site_dir = value;
		return true;
	case OPT_RUN_DIR:
		options->run_dir = value;
		options->run_dir_given = true;
		return true;
	case OPT_STATE_DIR:
		options->state_dir = value;
		return true;
	case OPT_PROBE:
		options->probe = value;
		options->probe_given = true;
		return true;
	case OPT_TOPOLOGY:
		options->topology = value;
		return true;
	default:
		return false;
	}
}

int node_options_check(const struct node_options *options, struct err *err)
{
	if (options->topology && options->root_given)
		return err_set(err, -EINVAL,
			       "--topology and --root: the node is read from one of them");
	if (options->topology && options->probe_given)
		return err_set(err, -EINVAL,
			       "--topology and --probe: a saved topology has no rails to test");
	return 0;
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

void topology_option_help(FILE *to)
{
	fprintf(to,
		"  --topology FILE   look at the machine of this hwloc export instead of a node;\n"
		"                    ENI facts only from a --run-dir that is given too\n");
}

bool node_options_live(const struct node_options *options)
{
	if (options->topology)
		return false;
	return options->root[0] == '\0' || strcmp(options->root, "/") == 0;
}

bool node_options_may_probe(const struct node_options *options)
{
	return !options->topology && (node_options_live(options) || options->probe_given);
}
