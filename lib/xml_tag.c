/* SPDX-License-Identifier: Apache-2.0 */
#include "xml_impl.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* What hwloc's own reader takes for the name of an element, and of an attribute. */
#define LETTERS	       "abcdefghijklmnopqrstuvwxyz_"
#define ELEMENT_NAME   LETTERS "0123456789"
#define ATTRIBUTE_NAME LETTERS

bool xml_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool xml_starts(const struct xml_scan *scan, const char *word)
{
	return !strncmp(scan->in, word, strlen(word));
}

void xml_skip_blanks(struct xml_scan *scan)
{
	for (; xml_is_blank(*scan->in); scan->in++)
		scan->line += *scan->in == '\n';
}

static void copy(struct xml_scan *scan, size_t n)
{
	memmove(scan->out, scan->in, n);
	scan->out += n;
	scan->in += n;
}

int xml_copy_name(struct xml_scan *scan, struct xml_element *ret)
{
	*ret = (struct xml_element){
		.name = scan->out, .length = strspn(scan->in, ELEMENT_NAME), .line = scan->line};
	if (!ret->length || ret->length > XML_NAME_MAX)
		return err_set(scan->err, -EINVAL,
			       "line %u: expected the name of an element behind \"<\"", scan->line);
	copy(scan, ret->length);
	return 0;
}

int xml_cut_inside(const struct xml_scan *scan, const struct xml_element *element)
{
	return err_set(scan->err, -EINVAL, "cut short inside of the <%.*s> of line %u",
		       (int)element->length, element->name, element->line);
}

static int unexpected(const struct xml_scan *scan, const struct xml_element *element)
{
	char found[2] = {*scan->in, '\0'};

	if (!*found)
		return xml_cut_inside(scan, element);
	text_printable(found, sizeof(found), found);
	return err_set(scan->err, -EINVAL,
		       "line %u: expected name=\"value\" in <%.*s>, found \"%s\"", scan->line,
		       (int)element->length, element->name, found);
}

/* Is there one of the references at in that are known to every reader? */
static bool is_reference(const struct xml_scan *scan)
{
	static const char *const known[] = {"&lt;",  "&gt;",  "&amp;", "&quot;",
					    "&#10;", "&#13;", "&#9;"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (xml_starts(scan, known[i]))
			return true;
	}
	return false;
}

/* From an attribute's first quote to its second. */
static int copy_value(struct xml_scan *scan, const struct xml_element *element)
{
	if (*scan->in != '"')
		return unexpected(scan, element);
	copy(scan, 1);
	for (; *scan->in != '"'; scan->in++) {
		if (!*scan->in)
			return xml_cut_inside(scan, element);
		if (strchr("<>", *scan->in) || (*scan->in == '&' && !is_reference(scan)))
			return err_set(scan->err, -EINVAL,
				       "line %u: \"%c\" in an attribute of <%.*s>", scan->line,
				       *scan->in, (int)element->length, element->name);
		scan->line += *scan->in == '\n';
		*scan->out++ = (char)(xml_is_blank(*scan->in) ? ' ' : *scan->in);
	}
	copy(scan, 1);
	return 0;
}

/*
 * The next attribute of a plain tag at *at (" name=\"value\""), which moves behind it. False: none.
 */
static bool next_attribute(const char **at, const char **ret_name, size_t *ret_name_size,
			   const char **ret_value, size_t *ret_value_size)
{
	if (**at != ' ')
		return false;
	*ret_name = *at + 1;
	*ret_name_size = strcspn(*ret_name, "=");
	*ret_value = *ret_name + *ret_name_size + 2;
	*ret_value_size = strcspn(*ret_value, "\"");
	*at = *ret_value + *ret_value_size + 1;
	return true;
}

/* Readers differ about which of two counts. name: the last one written, not ended yet. */
static int check_once(const struct xml_scan *scan, const struct xml_element *element,
		      const char *name, size_t size)
{
	const char *at = element->name + element->length, *other, *value;
	size_t other_size, value_size;

	while (at + 1 < name && next_attribute(&at, &other, &other_size, &value, &value_size)) {
		if (other_size == size && !memcmp(other, name, size))
			return err_set(scan->err, -EINVAL, "line %u: %.*s twice in <%.*s>",
				       scan->line, (int)size, name, (int)element->length,
				       element->name);
	}
	return 0;
}

static int copy_attribute(struct xml_scan *scan, const struct xml_element *element)
{
	size_t size = strspn(scan->in, ATTRIBUTE_NAME);
	const char *name = scan->out + 1;
	int rc;

	if (!size)
		return unexpected(scan, element);
	*scan->out++ = ' ';
	copy(scan, size);
	if (*scan->in != '=')
		return unexpected(scan, element);
	rc = check_once(scan, element, name, size);
	if (rc)
		return rc;
	copy(scan, 1);
	return copy_value(scan, element);
}

int xml_copy_attributes(struct xml_scan *scan, const struct xml_element *element)
{
	for (unsigned n = 0;; n++) {
		bool apart = xml_is_blank(*scan->in);
		int rc;

		xml_skip_blanks(scan);
		if (*scan->in == '>' || xml_starts(scan, "/>"))
			break;
		if (n == XML_ATTRIBUTES_MAX)
			return err_set(scan->err, -EINVAL,
				       "line %u: more than %d attributes in <%.*s>", scan->line,
				       XML_ATTRIBUTES_MAX, (int)element->length, element->name);
		rc = apart ? copy_attribute(scan, element) : unexpected(scan, element);
		if (rc)
			return rc;
	}
	copy(scan, *scan->in == '/' ? 2 : 1);
	return 0;
}

const char *xml_text_attribute(const char *text, const char *name, char *buf, size_t size)
{
	const char *found, *value;
	size_t found_size, value_size;

	*buf = '\0';
	text += strcspn(text, " />");
	while (next_attribute(&text, &found, &found_size, &value, &value_size)) {
		if (found_size == strlen(name) && !memcmp(found, name, found_size))
			text_format(buf, size, "%.*s", (int)value_size, value);
	}
	return text + (*text == '/' ? 2 : 1);
}
