/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target needs: properties that end the process when they do not hold (the fuzzer
 * keeps the input), the input as a file, and a directory in memory.
 */
#ifndef EFA_LAYOUT_FUZZ_KIT_H
#define EFA_LAYOUT_FUZZ_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The fuzzer's entry points. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property; says which one broke, and ends the process. */
#define CHECK(condition)                                                  \
	do {                                                              \
		if (!(condition))                                         \
			kit_broken(__FILE__, __LINE__, #condition, NULL); \
	} while (0)
/* rc of a call that must succeed. */
#define CHECK_OK(rc, err)                                                 \
	do {                                                              \
		if (rc)                                                   \
			kit_broken(__FILE__, __LINE__, #rc, (err)->text); \
	} while (0)
_Noreturn void kit_broken(const char *file, int line, const char *what, const char *text);

/* The refusal of an input: a negative errno and a sentence on one line of printable ASCII. */
void kit_refused(int rc, const struct err *err);
/* A text that ends inside its buffer: printable ASCII, or any characters but control characters. */
void kit_printable(const char *buf, size_t size);
void kit_text(const char *buf, size_t size);
#define CHECK_PRINTABLE(array) kit_printable(array, sizeof(array))
#define CHECK_TEXT(array)      kit_text(array, sizeof(array))

/* The input as a text, ended by NUL; to be freed. */
char *kit_input(const uint8_t *data, size_t size);
/* Split a text at the first place where `at` stands, which goes; the rest, or NULL. */
char *kit_rest(char *text, const char *at);

/* A file with these bytes, for functions that load files; one at a time. */
const char *kit_file(const uint8_t *data, size_t size);
/* A directory of this process, in memory where that is possible; goes away at exit. */
const char *kit_dir(void);
/* The path of a name in it; one at a time. */
const char *kit_path(const char *name);
/* A text as the file of this name in it, which only its owner may write. */
void kit_put(const char *name, const char *text);

#endif
