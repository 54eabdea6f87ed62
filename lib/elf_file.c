/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_file.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_DATA ELFDATA2LSB
#else
#define OWN_DATA ELFDATA2MSB
#endif
#if UINTPTR_MAX == UINT64_MAX
#define OWN_CLASS ELFCLASS64
typedef Elf64_Ehdr elf_header;
typedef Elf64_Shdr elf_section;
typedef Elf64_Sym elf_symbol;
typedef Elf64_Dyn elf_entry;
#else
#define OWN_CLASS ELFCLASS32
typedef Elf32_Ehdr elf_header;
typedef Elf32_Shdr elf_section;
typedef Elf32_Sym elf_symbol;
typedef Elf32_Dyn elf_entry;
#endif

/* Structures are copied out: those of a damaged file may stand anywhere. */
static bool take(const struct elf_file *elf, size_t at, void *to, size_t size)
{
	if (at > elf->size || size > elf->size - at)
		return false;
	memcpy(to, elf->data + at, size);
	return true;
}

static bool section(const struct elf_file *elf, size_t i, elf_section *ret_section)
{
	return i < elf->n_sections && take(elf, elf->sections + i * sizeof(*ret_section),
					   ret_section, sizeof(*ret_section));
}

static bool inside(const struct elf_file *elf, const elf_section *header)
{
	return header->sh_offset <= elf->size && header->sh_size <= elf->size - header->sh_offset;
}

/* The symbols' section links to that of their names. */
static bool take_symbols(struct elf_file *elf, const elf_section *header)
{
	elf_section names;

	if (!section(elf, header->sh_link, &names) || !inside(elf, &names) || !names.sh_size ||
	    elf->data[names.sh_offset + names.sh_size - 1])
		return false;
	elf->symbols = header->sh_offset;
	elf->n_symbols = header->sh_size / sizeof(elf_symbol);
	elf->names = names.sh_offset;
	elf->names_size = names.sh_size;
	return true;
}

static bool take_sections(struct elf_file *elf)
{
	elf_section header;

	for (size_t i = 0; i < elf->n_sections; i++) {
		if (!section(elf, i, &header))
			return false;
		if (header.sh_type != SHT_DYNSYM && header.sh_type != SHT_DYNAMIC)
			continue;
		if (!inside(elf, &header))
			return false;
		if (header.sh_type == SHT_DYNSYM) {
			if (!take_symbols(elf, &header))
				return false;
			continue;
		}
		elf->dynamic = header.sh_offset;
		elf->n_dynamic = header.sh_size / sizeof(elf_entry);
	}
	return true;
}

int elf_parse(const char *name, const void *data, size_t size, struct elf_file *ret_elf,
	      struct err *err)
{
	struct elf_file elf = {.data = data, .size = size};
	elf_header header;

	if (!take(&elf, 0, &header, sizeof(header)) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != OWN_CLASS ||
	    header.e_ident[EI_DATA] != OWN_DATA)
		return err_set(err, -ENOEXEC, "%s: not a program or library of this machine's kind",
			       name);
	elf.sections = header.e_shoff;
	elf.n_sections = header.e_shentsize == sizeof(elf_section) ? header.e_shnum : 0;
	if (!take_sections(&elf))
		return err_set(err, -ENOEXEC, "%s: damaged, its tables do not fit into it", name);
	*ret_elf = elf;
	return 0;
}

static const char *name_at(const struct elf_file *elf, size_t at)
{
	return at < elf->names_size ? (const char *)elf->data + elf->names + at : "";
}

static bool find(const struct elf_file *elf, const char *name, elf_symbol *ret_symbol)
{
	for (size_t i = 0; i < elf->n_symbols; i++) {
		if (!take(elf, elf->symbols + i * sizeof(*ret_symbol), ret_symbol,
			  sizeof(*ret_symbol)))
			return false;
		if (ret_symbol->st_shndx != SHN_UNDEF &&
		    !strcmp(name_at(elf, ret_symbol->st_name), name))
			return true;
	}
	return false;
}

/* Where in the file the bytes of an address are, and how many. */
static bool place(const struct elf_file *elf, const elf_symbol *symbol, size_t *ret_at,
		  size_t *ret_left)
{
	elf_section header;

	if (!section(elf, symbol->st_shndx, &header) || header.sh_type != SHT_PROGBITS ||
	    !inside(elf, &header) || symbol->st_value < header.sh_addr ||
	    symbol->st_value - header.sh_addr >= header.sh_size)
		return false;
	*ret_at = header.sh_offset + (symbol->st_value - header.sh_addr);
	*ret_left = header.sh_size - (symbol->st_value - header.sh_addr);
	return true;
}

bool elf_has(const struct elf_file *elf, const char *name)
{
	elf_symbol symbol;

	return find(elf, name, &symbol);
}

bool elf_unsigned(const struct elf_file *elf, const char *name, unsigned *ret_value)
{
	elf_symbol symbol;
	size_t at, left;

	return find(elf, name, &symbol) && place(elf, &symbol, &at, &left) &&
	       left >= sizeof(*ret_value) && take(elf, at, ret_value, sizeof(*ret_value));
}

bool elf_text(const struct elf_file *elf, const char *name, char *buf, size_t size)
{
	elf_symbol symbol;
	size_t at, left;

	if (!find(elf, name, &symbol) || !place(elf, &symbol, &at, &left))
		return false;
	left = left < size ? left : size;
	if (!memchr(elf->data + at, '\0', left))
		return false;
	memcpy(buf, elf->data + at, left);
	return true;
}

/* The i-th entry of this kind, as a name. */
static const char *dynamic_name(const struct elf_file *elf, int64_t tag, size_t i)
{
	for (size_t k = 0; elf->names_size && k < elf->n_dynamic; k++) {
		elf_entry entry;

		if (!take(elf, elf->dynamic + k * sizeof(entry), &entry, sizeof(entry)) ||
		    entry.d_tag == DT_NULL)
			break;
		if (entry.d_tag == tag && !i--)
			return name_at(elf, entry.d_un.d_val);
	}
	return NULL;
}

const char *elf_needed(const struct elf_file *elf, size_t i)
{
	return dynamic_name(elf, DT_NEEDED, i);
}

const char *elf_runpath(const struct elf_file *elf)
{
	const char *path = dynamic_name(elf, DT_RUNPATH, 0);

	return path ? path : dynamic_name(elf, DT_RPATH, 0);
}
