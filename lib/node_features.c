/* SPDX-License-Identifier: Apache-2.0 */
#include "node_features.h"

#include <string.h>

#include "text.h"

static const char *behind(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

bool node_feature_is_ours(const char *feature)
{
	return behind(feature, FEATURE_LAYOUT) || behind(feature, FEATURE_RAILS);
}

void node_feature_layout(const char *layout, char *buf)
{
	text_format(buf, FEATURE_TEXT, FEATURE_LAYOUT "%s", layout);
}

void node_feature_rails(unsigned rails, char *buf)
{
	text_format(buf, FEATURE_TEXT, FEATURE_RAILS "%u", rails);
}

const char *node_feature_names_layout(const char *feature)
{
	return behind(feature, FEATURE_LAYOUT);
}

bool node_feature_names_rails(const char *feature, unsigned *ret_rails)
{
	const char *digits = behind(feature, FEATURE_RAILS);
	uint64_t rails;

	/* Slurm compares names, not numbers. */
	if (!digits || digits[0] == '0' || text_u64(digits, 1, NODE_RAILS_MAX, &rails))
		return false;
	*ret_rails = (unsigned)rails;
	return true;
}

void node_features_of(const char (*layouts)[NAME_TEXT], size_t n, unsigned rails,
		      struct node_features *ret_features)
{
	ret_features->n = 0;
	for (size_t i = 0; i < n && i < LAYOUT_NAMES_MAX; i++)
		node_feature_layout(layouts[i], ret_features->v[ret_features->n++]);
	if (rails)
		node_feature_rails(rails, ret_features->v[ret_features->n++]);
}

int node_features_text(const struct node_features *features, char *buf, size_t size)
{
	int rc = text_format(buf, size, "%s", "");

	for (size_t i = 0; !rc && i < features->n; i++)
		rc = text_append(buf, size, "%s%s", i ? "," : "", features->v[i]);
	return rc;
}
