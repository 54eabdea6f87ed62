/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "elf_file.h"

/* This program exports them: see its CMake settings. */
extern const unsigned int shown_number;
extern const char shown_text[];
extern unsigned int shown_nothing;
const unsigned int shown_number __attribute__((visibility("default"))) = 0x160508;
const char shown_text[] __attribute__((visibility("default"))) = "0.1.0";
unsigned int shown_nothing __attribute__((visibility("default")));

/* A file with any bytes; file_read takes texts alone. */
static size_t own(unsigned char **ret_data)
{
	FILE *f = fopen("/proc/self/exe", "re");
	unsigned char *data = NULL;
	size_t size = 0, n;

	assert_non_null(f);
	do {
		data = realloc(data, size + 65536);
		assert_non_null(data);
		n = fread(data + size, 1, 65536, f);
		size += n;
	} while (n);
	fclose(f);
	*ret_data = data;
	return size;
}

static void what_is_no_elf_file_is_refused(void **state)
{
	cleanup_free unsigned char *data = NULL;
	struct elf_file elf = {.size = 7};
	struct err err = {""};
	size_t size = own(&data);

	(void)state;
	assert_int_equal(elf_parse("f", "", 0, &elf, &err), -ENOEXEC);
	assert_int_equal(elf_parse("f", "#!/bin/sh\n", 10, &elf, &err), -ENOEXEC);
	assert_int_equal(elf_parse("f", data, sizeof(Elf32_Ehdr) - 1, &elf, &err), -ENOEXEC);
	assert_string_equal(err.text, "f: not a program or library of this machine's kind");
	/* Cut in the middle: its table of sections is at the end. */
	assert_int_equal(elf_parse("f", data, size / 2, &elf, &err), -ENOEXEC);
	assert_string_equal(err.text, "f: damaged, its tables do not fit into it");
	data[EI_CLASS] = ELFCLASSNONE;
	assert_int_equal(elf_parse("f", data, size, &elf, &err), -ENOEXEC);
	assert_int_equal(elf.size, 7);
}

static void constants_and_libraries(void **state)
{
	cleanup_free unsigned char *data = NULL;
	struct elf_file elf;
	struct err err = {""};
	size_t size = own(&data), i = 0;
	char text[8] = "before", small[5] = "old";
	unsigned number = 1;
	const char *name;
	bool libc = false;

	(void)state;
	assert_int_equal(elf_parse("f", data, size, &elf, &err), 0);
	assert_true(elf_has(&elf, "shown_number"));
	assert_true(elf_has(&elf, "shown_nothing"));
	/* What it takes from elsewhere is not its own. */
	assert_false(elf_has(&elf, "fopen"));
	assert_false(elf_has(&elf, "shown"));
	assert_true(elf_unsigned(&elf, "shown_number", &number));
	assert_int_equal(number, 0x160508);
	assert_true(elf_text(&elf, "shown_text", text, sizeof(text)));
	assert_string_equal(text, "0.1.0");
	assert_false(elf_text(&elf, "shown_text", small, sizeof(small)));
	assert_string_equal(small, "old");
	/* Not in the file: it is only made when it is loaded. */
	assert_false(elf_unsigned(&elf, "shown_nothing", &number));
	while ((name = elf_needed(&elf, i++)))
		libc = libc || !strcmp(name, "libc.so.6");
	assert_true(libc);
	assert_true(i > 2);
}

static void ask_all(const struct elf_file *elf)
{
	char text[16];
	unsigned number;

	elf_unsigned(elf, "shown_number", &number);
	if (elf_text(elf, "shown_text", text, sizeof(text)))
		assert_non_null(memchr(text, '\0', sizeof(text)));
	for (size_t k = 0; elf_needed(elf, k) && k < 64; k++)
		assert_true(strlen(elf_needed(elf, k)) < elf->size);
	elf_runpath(elf);
}

/* Whatever byte is wrong, or missing, nothing outside of the file is read: it has no byte more. */
static void damage_is_survived(void **state)
{
	cleanup_free unsigned char *data = NULL, *whole = NULL;
	struct elf_file elf;
	size_t size = own(&whole);

	(void)state;
	data = malloc(size);
	assert_non_null(data);
	memcpy(data, whole, size);
	for (size_t i = 0; i < size; i++) {
		for (unsigned bit = 0; bit < 8; bit += 7) {
			data[i] = whole[i] ^ (unsigned char)(1u << bit);
			if (!elf_parse("f", data, size, &elf, NULL))
				ask_all(&elf);
		}
		data[i] = whole[i];
	}
	for (size_t cut = 1; cut < size; cut += 101)
		if (!elf_parse("f", data, size - cut, &elf, NULL))
			ask_all(&elf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(constants_and_libraries),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
