/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shared object or program of this machine says of itself, read as a file: nothing of it is
 * loaded or run. Libraries that it needs, and the values of constants that it exports.
 */
#ifndef EFA_LAYOUT_ELF_FILE_H
#define EFA_LAYOUT_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define ELF_FILE_MAX (64u << 20)

/* An image in memory, borrowed: it must stay as long as this is used. */
struct elf_file {
	const unsigned char *data;
	size_t size;
	size_t sections, n_sections; /* the table of section headers */
	size_t symbols, n_symbols;   /* of the dynamic linker; 0: none */
	size_t names, names_size;    /* their names, and those of libraries */
	size_t dynamic, n_dynamic;
};

/* 0, or -ENOEXEC: no ELF file of this machine's kind, or one that is damaged. name: for messages.
 */
int elf_parse(const char *name, const void *data, size_t size, struct elf_file *ret_elf,
	      struct err *err);
/* Is a symbol of this name defined and exported? */
bool elf_has(const struct elf_file *elf, const char *name);
/* The value of an exported constant: an unsigned int, or a text. False: there is none, or it is
 * outside of the file (of a text: does not end within size bytes). */
bool elf_unsigned(const struct elf_file *elf, const char *name, unsigned *ret_value);
bool elf_text(const struct elf_file *elf, const char *name, char *buf, size_t size);
/* Libraries that it needs ("libslurm.so.38"), NULL behind the last; and where it says that they are
 * (RUNPATH or RPATH), NULL: it does not. Borrowed from the image. */
const char *elf_needed(const struct elf_file *elf, size_t i);
const char *elf_runpath(const struct elf_file *elf);

#endif
