/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an hwloc export, made plain before hwloc sees it. */
#include <stdlib.h>
#include <string.h>

#include "kit.h"
#include "topology_text.h"
#include "xml_text.h"

static const char tag[] = "<topology version=\"2.";

/* A copy that ends where the text does, so that one byte too many is seen. */
static char *copy_of(const char *text, size_t size)
{
	char *copy = malloc(size + 1);

	CHECK(copy);
	if (size)
		memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

static void sound_plain(const char *text, size_t size)
{
	char value[8];

	CHECK(strlen(text) == size && !strncmp(text, tag, strlen(tag)));
	CHECK(!strstr(text, "<!") && !strstr(text, "<?") && !strchr(text, '\r'));
	memset(value, 0x5a, sizeof(value));
	CHECK(xml_text_attribute(text, "version", value, sizeof(value)) <= text + size);
	CHECK(strlen(value) < sizeof(value) && !strncmp(value, "2.", 2));
}

/* What is plain stays as it is. */
static void stays(const char *text, size_t size)
{
	char *again = copy_of(text, size);
	struct err err = {""};
	size_t n = size;

	CHECK_OK(topology_text_prepare(again, &n, &err), &err);
	CHECK(n == size && !strcmp(again, text));
	free(again);
}

static bool prepared(const char *data, size_t size)
{
	char *text = copy_of(data, size);
	struct err err = {""};
	size_t n;
	int rc;

	n = size = strlen(text); /* files with NUL bytes do not get here */
	rc = topology_text_prepare(text, &n, &err);
	if (rc) {
		kit_refused(rc, &err);
	} else {
		CHECK(n <= size);
		sound_plain(text, n);
		stays(text, n);
	}
	free(text);
	return !rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char good[] = "<?xml version=\"1.0\"?>\n<!-- c -->\n<topology version=\"2.0\">"
				   "<object type=\"Machine\" os_index=\"0\"/></topology>\n";

	(void)argc;
	(void)argv;
	CHECK(prepared(good, sizeof(good) - 1));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	prepared((const char *)data, size);
	return 0;
}
