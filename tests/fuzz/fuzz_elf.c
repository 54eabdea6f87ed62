/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin or library that was found on a host: read, and asked for all that is ever asked. */
#include <stdlib.h>
#include <string.h>

#include "elf_file.h"
#include "kit.h"

/* A name ends inside the image. */
static void name(const struct elf_file *elf, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	if (!*text)
		return;
	CHECK(at >= elf->data && at < elf->data + elf->size);
	CHECK(memchr(at, '\0', elf->size - (size_t)(at - elf->data)));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy without a byte more, so that reading behind the end is seen. */
	unsigned char *copy = malloc(size ? size : 1);
	struct elf_file elf = {.size = 1};
	struct err err = {""};
	char text[8];
	unsigned number;
	int rc;

	CHECK(copy);
	memcpy(copy, data, size);
	rc = elf_parse("plugin.so", copy, size, &elf, &err);
	if (rc) {
		kit_refused(rc, &err);
		CHECK(elf.size == 1);
		free(copy);
		return 0;
	}
	CHECK(elf.size == size && elf.data == copy);
	elf_has(&elf, "slurm_spank_job_prolog");
	if (elf_unsigned(&elf, "plugin_version", &number))
		CHECK(elf_has(&elf, "plugin_version"));
	if (elf_text(&elf, "efa_layout_version", text, sizeof(text)))
		CHECK(memchr(text, '\0', sizeof(text)));
	for (size_t i = 0; elf_needed(&elf, i) && i < 1000; i++)
		name(&elf, elf_needed(&elf, i));
	if (elf_runpath(&elf))
		name(&elf, elf_runpath(&elf));
	free(copy);
	return 0;
}
