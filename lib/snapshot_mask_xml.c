/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An hwloc export without what is private in it. hwloc adds pairs of name and value to its objects,
 * more of them with each release and plugin: those that are known to be harmless stay, all others
 * are masked. Comments go. What hwloc does not write (text, user data, entities of its own) is
 * refused.
 */
#include <errno.h>
#include <string.h>

#include "snapshot_mask_impl.h"

#define ATTRIBUTES_MAX 64
#define BLANK	       " \t\r\n"
#define NAME	       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:."

/* Part of the text. */
struct span {
	const char *at;
	size_t n;
};

struct attribute {
	struct span lead, name, value; /* lead: the blanks in front */
	char quote;
};

struct tag {
	struct span name;
	size_t n;
	struct attribute v[ATTRIBUTES_MAX];
	const char *end; /* what follows the last attribute: blanks, "/" and ">" */
};

static bool is_text(const struct span *span, const char *text)
{
	return strlen(text) == span->n && !strncmp(span->at, text, span->n);
}

/* Names of infos that stay. A star at the end stands for anything. */
static bool is_harmless(const struct span *name)
{
	static const char *const names[] = {
		"Architecture",
		"Backend",
		"CPU*",
		"CUDA*",
		"ClusterMode",
		"CoProcType",
		"DAXType",
		"DMIBIOSDate",
		"DMIBIOSVendor",
		"DMIBIOSVersion",
		"DMIBoardName",
		"DMIBoardVendor",
		"DMIBoardVersion",
		"DMIChassisType",
		"DMIChassisVendor",
		"DMIProductName",
		"DMIProductVersion",
		"DMISysVendor",
		"GPUModel",
		"GPUVendor",
		"Inclusive",
		"LinuxCapacity",
		"LinuxDeviceID",
		"MemoryMode",
		"MemoryTier",
		"Model",
		"OSName",
		"OSRelease",
		"OSVersion",
		"OpenCL*",
		"PCIDevice",
		"PCISlot",
		"PCIVendor",
		"Port1LID",
		"Port1LMC",
		"Port1State",
		"Revision",
		"SectorSize",
		"Size",
		"Type",
		"Vendor",
		"hwlocVersion",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]) - 1;

		if (is_text(name, names[i]))
			return true;
		if (names[i][n] == '*' && name->n > n && !strncmp(name->at, names[i], n))
			return true;
	}
	return false;
}

static const struct span *find_value(const struct tag *tag, const char *name)
{
	for (size_t i = 0; i < tag->n; i++) {
		if (is_text(&tag->v[i].name, name))
			return &tag->v[i].value;
	}
	return NULL;
}

static bool parse_attribute(const char **at, struct attribute *ret_attribute)
{
	struct attribute attribute = {.lead = {*at, strspn(*at, BLANK)}};
	const char *next = *at + attribute.lead.n;

	attribute.name = (struct span){next, strspn(next, NAME)};
	next += attribute.name.n;
	if (!attribute.lead.n || !attribute.name.n || *next++ != '=')
		return false;
	attribute.quote = *next++;
	if (attribute.quote != '"' && attribute.quote != '\'')
		return false;
	attribute.value = (struct span){next, strcspn(next, attribute.quote == '"' ? "\"<" : "'<")};
	next += attribute.value.n;
	if (*next++ != attribute.quote)
		return false;
	*at = next;
	*ret_attribute = attribute;
	return true;
}

/* "<name a="b">", "<name a="b"/>", "</name>"; *at moves behind it. */
static bool parse_tag(const char **at, struct tag *ret_tag)
{
	const char *next = *at + 1;

	next += *next == '/';
	ret_tag->name = (struct span){next, strspn(next, NAME)};
	next += ret_tag->name.n;
	ret_tag->n = 0;
	while (next[strspn(next, BLANK)] != '>' && next[strspn(next, BLANK)] != '/') {
		if (ret_tag->n == ATTRIBUTES_MAX ||
		    !parse_attribute(&next, &ret_tag->v[ret_tag->n]))
			return false;
		ret_tag->n++;
	}
	ret_tag->end = next;
	next += strspn(next, BLANK);
	next += *next == '/';
	if (!ret_tag->name.n || *next != '>')
		return false;
	*at = next + 1;
	return true;
}

/* The value that a tag has beside its name, if that is private. */
static const struct span *private_value(const struct tag *tag)
{
	const struct span *name = find_value(tag, "name"), *type = find_value(tag, "type");

	if (is_text(&tag->name, "info"))
		return name && is_harmless(name) ? NULL : find_value(tag, "value");
	/* Whatever an administrator or a program added, such as a process or a memory module. */
	if (is_text(&tag->name, "object") && type && is_text(type, "Misc"))
		return name;
	return NULL;
}

static int put_tag(struct mask *mask, const char *begin, const struct tag *tag, const char *end,
		   FILE *out)
{
	const struct span *hidden = private_value(tag);
	int r = 0;

	mask_keep(out, begin, (size_t)(tag->name.at + tag->name.n - begin));
	for (size_t i = 0; !r && i < tag->n; i++) {
		const struct attribute *a = &tag->v[i];

		mask_keep(out, a->lead.at, (size_t)(a->value.at - a->lead.at));
		r = &a->value == hidden ? mask_opaque(mask, a->value.at, a->value.n, out)
					: mask_words(mask, a->value.at, a->value.n, out);
		mask_keep(out, &a->quote, 1);
	}
	mask_keep(out, tag->end, (size_t)(end - tag->end));
	return r;
}

/* What stands before the first tag; what hwloc does not write there goes, and so do comments. */
static bool is_usual(const struct span *declaration)
{
	return is_text(declaration, "<?xml version=\"1.0\"?>") ||
	       is_text(declaration, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>") ||
	       is_text(declaration, "<!DOCTYPE topology SYSTEM \"hwloc.dtd\">") ||
	       is_text(declaration, "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">");
}

/* 1: it is a tag. */
static int take_declaration(const char **at, FILE *out)
{
	bool is_comment = !strncmp(*at, "<!--", 4);
	struct span declaration = {*at, 0};
	const char *end;

	if ((*at)[1] != '!' && (*at)[1] != '?')
		return 1;
	end = is_comment ? strstr(*at + 4, "-->") : *at + strcspn(*at, ">[");
	if (!end || *end == '\0' || *end == '[')
		return -EINVAL;
	end += is_comment ? 3 : 1;
	declaration.n = (size_t)(end - *at);
	*at = end;
	if (is_usual(&declaration))
		mask_keep(out, declaration.at, declaration.n);
	else
		*at += *end == '\n';
	return 0;
}

/* One piece of markup; *at moves behind it. */
static int take_markup(struct mask *mask, const char **at, FILE *out)
{
	const char *begin = *at;
	struct tag tag;
	int r = take_declaration(at, out);

	if (r <= 0)
		return r;
	if (!parse_tag(at, &tag) || is_text(&tag.name, "userdata"))
		return -EINVAL;
	return put_tag(mask, begin, &tag, *at, out);
}

int mask_topology(struct mask *mask, const char *text, FILE *out, struct err *err)
{
	const char *at = text;

	while (*at) {
		/* Between tags hwloc writes nothing but numbers. */
		size_t n = strspn(at, BLANK "0123456789");
		int r;

		mask_keep(out, at, n);
		at += n;
		if (!*at)
			break;
		r = *at == '<' ? take_markup(mask, &at, out) : -EINVAL;
		if (r == -EINVAL)
			return err_set(err, r, "byte %zu: not what hwloc exports",
				       (size_t)(at - text));
		if (r)
			return r;
	}
	return 0;
}
