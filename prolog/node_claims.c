/* SPDX-License-Identifier: Apache-2.0 */
#include "node_claims.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "file.h"
#include "log.h"
#include "node_features.h"
#include "slurm_conf.h"
#include "text.h"

/* Without SLURM_CONF: the usual place, and where a configless slurmd has it. */
static const char *const usual[] = {"/etc/slurm/slurm.conf", "/run/slurm/conf/slurm.conf"};

/* Further ones of ours than fit are more than anybody has. */
static void take(struct node_claims *claims, const char *feature, size_t length)
{
	char text[FEATURE_TEXT];

	text_format(text, sizeof(text), "%.*s", (int)length, feature);
	if (!node_feature_is_ours(text) || claims->n == NODE_CLAIMS_MAX)
		return;
	text_printable(claims->v[claims->n++], FEATURE_TEXT, text);
}

static void take_all(struct node_claims *claims, const char *features)
{
	while (*features) {
		size_t n = strcspn(features, ",");

		take(claims, features, n);
		features += n + (features[n] == ',');
	}
}

static void note_where(struct node_claims *claims, const struct slurm_pair *pair)
{
	char text[PATH_MAX + 16];
	size_t n;

	text_format(text, sizeof(text), "%s:%u", pair->file, pair->line);
	n = strlen(text);
	text_printable(claims->where, sizeof(claims->where),
		       n < ORIGIN_TEXT ? text : text + n - ORIGIN_TEXT + 1);
}

/* It decides nothing: whoever may write slurm.conf (SlurmUser, on some sites) may say this. */
static int read_conf(const char *path, const char *name, struct node_claims *claims,
		     struct err *err)
{
	cleanup_slurm_conf struct slurm_conf *conf = NULL;
	struct slurm_conf_node node;
	int rc = slurm_conf_load(path, FILE_TRUST_ANY, &conf, err);

	if (!rc)
		rc = slurm_conf_node(conf, name, &node, err);
	if (rc)
		return rc;
	claims->known = true;
	note_where(claims, node.features ? node.features : node.node);
	if (node.features)
		take_all(claims, node.features->value);
	return 0;
}

static void read_slurm(const char *name, struct node_claims *claims)
{
	const char *path = getenv("SLURM_CONF");
	struct err err = {""};
	int rc = -ENOENT;

	if (path)
		rc = path[0] == '/' ? read_conf(path, name, claims, &err) : -EINVAL;
	for (size_t i = 0; !path && rc == -ENOENT && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (!access(usual[i], R_OK))
			rc = read_conf(usual[i], name, claims, &err);
	if (rc)
		log_debug("node features in slurm.conf are not known: %s", err.text);
}

static void read_kept(const char *run_dir, struct node_claims *claims)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX];
	size_t size;

	if (!text_format(path, sizeof(path), "%s/" NODE_CLAIMS_FILE, run_dir) &&
	    !file_read(path, NODE_CLAIMS_TEXT, FILE_TRUST_ANY, &text, &size, NULL))
		node_claims_parse(text, claims);
}

void node_claims_read(const struct node_options *options, struct node_claims *ret_claims)
{
	const char *name = getenv("SLURMD_NODENAME");
	char host[256] = "";

	memset(ret_claims, 0, sizeof(*ret_claims));
	if (options->topology)
		return;
	if (name) {
		read_slurm(name, ret_claims);
	} else if (!node_options_live(options)) {
		read_kept(options->run_dir, ret_claims);
	} else if (!gethostname(host, sizeof(host) - 1)) {
		host[strcspn(host, ".")] = '\0';
		read_slurm(host, ret_claims);
	}
}

void node_claims_format(const struct node_claims *claims, char *buf)
{
	buf[0] = '\0';
	if (!claims->known)
		return;
	text_format(buf, NODE_CLAIMS_TEXT, "%s\n", claims->where);
	for (size_t i = 0; i < claims->n; i++)
		text_append(buf, NODE_CLAIMS_TEXT, "%s\n", claims->v[i]);
}

void node_claims_parse(const char *text, struct node_claims *ret_claims)
{
	size_t n = strcspn(text, "\n");
	char where[ORIGIN_TEXT];

	memset(ret_claims, 0, sizeof(*ret_claims));
	if (!n || n >= sizeof(where))
		return;
	memcpy(where, text, n);
	where[n] = '\0';
	text_printable(ret_claims->where, ORIGIN_TEXT, where);
	ret_claims->known = true;
	for (text += n; *text; text += n) {
		text++;
		n = strcspn(text, "\n");
		take(ret_claims, text, n);
	}
}
