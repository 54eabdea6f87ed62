/* SPDX-License-Identifier: Apache-2.0 */
#include "topology_text.h"

#include <errno.h>
#include <string.h>

#include "text.h"
#include "xml_text.h"

#define AGAIN "write it again with \"lstopo --whole-io FILE.xml\" of hwloc 2"

static int check_format(const char *version, struct err *err)
{
	char shown[16];

	/* hwloc 1 gives no version. */
	if (!version[0] || !strncmp(version, "1.", 2))
		return err_set(err, -EINVAL, "in the format of hwloc 1; " AGAIN);
	text_printable(shown, sizeof(shown), version);
	if (strncmp(version, "2.", 2))
		return err_set(err, -EINVAL, "in format %s, expected that of hwloc 2; " AGAIN,
			       shown);
	return 0;
}

int topology_text_prepare(char *text, size_t *size, struct err *err)
{
	const char *object;
	char value[16];
	int rc = xml_text_plain(text, size, "topology", err);

	if (rc)
		return rc;
	object = xml_text_attribute(text, "version", value, sizeof(value));
	rc = check_format(value, err);
	if (rc)
		return rc;
	if ((size_t)(object - text) != strlen("<topology version=\"\">") + strlen(value))
		return err_set(err, -EINVAL, "expected nothing but a version in <topology>");
	object += strspn(object, " \t\n");
	if (strncmp(object, "<object ", 8))
		return err_set(err, -EINVAL, "no machine object in the topology");
	xml_text_attribute(object, "type", value, sizeof(value));
	if (strcmp(value, "Machine")) {
		char shown[16];

		text_printable(shown, sizeof(shown), value);
		return err_set(err, -EINVAL,
			       "expected a machine as the topology's first object, found \"%s\"",
			       shown);
	}
	return 0;
}
