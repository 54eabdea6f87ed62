/* SPDX-License-Identifier: Apache-2.0 */
#include "xml_text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

struct element {
	const char *name; /* in what is written already */
	size_t length;
	unsigned line;
};

struct scan {
	const char *in; /* never behind out */
	char *out;
	unsigned line, depth;
	struct element open[XML_DEPTH_MAX];
	struct err *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

static bool starts(const struct scan *scan, const char *word)
{
	return !strncmp(scan->in, word, strlen(word));
}

/* Move to the first byte behind the end mark; false when there is none. */
static bool skip_to(struct scan *scan, const char *mark)
{
	const char *end = strstr(scan->in, mark);

	if (!end)
		return false;
	for (end += strlen(mark); scan->in < end; scan->in++)
		scan->line += *scan->in == '\n';
	return true;
}

static int skip_comment(struct scan *scan)
{
	unsigned line = scan->line;

	scan->in += strlen("<!--");
	return skip_to(scan, "-->") ? 0
				    : err_set(scan->err, -EINVAL,
					      "cut short: the comment of line %u has no end", line);
}

static void skip_blanks(struct scan *scan)
{
	for (; is_blank(*scan->in); scan->in++)
		scan->line += *scan->in == '\n';
}

/* A document type may declare entities, which nobody here needs and which can fill any memory. */
static int skip_doctype(struct scan *scan)
{
	size_t n = strcspn(scan->in, "[>");

	if (scan->in[n] == '[')
		return err_set(scan->err, -EINVAL,
			       "line %u: a document type with declarations of its own", scan->line);
	return skip_to(scan, ">")
		       ? 0
		       : err_set(scan->err, -EINVAL, "cut short inside of the document type");
}

/* What comes before the root element. */
static int skip_head(struct scan *scan)
{
	int rc = 0;

	if (starts(scan, "\xef\xbb\xbf")) /* byte order mark */
		scan->in += 3;
	for (skip_blanks(scan); !rc; skip_blanks(scan)) {
		if (starts(scan, "<!--"))
			rc = skip_comment(scan);
		else if (starts(scan, "<!DOCTYPE"))
			rc = skip_doctype(scan);
		else if (!starts(scan, "<?"))
			break;
		else if (!skip_to(scan, "?>"))
			rc = err_set(scan->err, -EINVAL, "cut short inside of the XML declaration");
	}
	return rc;
}

/* The name at in, copied; its place in the output goes to ret. */
static int copy_name(struct scan *scan, struct element *ret)
{
	*ret = (struct element){.name = scan->out, .line = scan->line};
	while (is_name_char(*scan->in) && ret->length <= XML_NAME_MAX) {
		*scan->out++ = *scan->in++;
		ret->length++;
	}
	if (!ret->length || ret->length > XML_NAME_MAX)
		return err_set(scan->err, -EINVAL,
			       "line %u: expected the name of an element behind \"<\"", scan->line);
	return 0;
}

static int cut_inside(const struct scan *scan, const struct element *element)
{
	return err_set(scan->err, -EINVAL, "cut short inside of the <%.*s> of line %u",
		       (int)element->length, element->name, element->line);
}

static int unexpected(const struct scan *scan, const struct element *element)
{
	char found[2] = {*scan->in, '\0'};

	if (!*found)
		return cut_inside(scan, element);
	text_printable(found, sizeof(found), found);
	return err_set(scan->err, -EINVAL,
		       "line %u: expected name=\"value\" in <%.*s>, found \"%s\"", scan->line,
		       (int)element->length, element->name, found);
}

/* Is there one of the references at in that are known to every reader? */
static bool is_reference(const struct scan *scan)
{
	static const char *const known[] = {"&lt;",  "&gt;",  "&amp;", "&quot;",
					    "&#10;", "&#13;", "&#9;"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (starts(scan, known[i]))
			return true;
	}
	return false;
}

/* From an attribute's first quote to its second. */
static int copy_value(struct scan *scan, const struct element *element)
{
	if (*scan->in != '"')
		return unexpected(scan, element);
	*scan->out++ = *scan->in++;
	for (; *scan->in != '"'; scan->in++) {
		if (!*scan->in)
			return cut_inside(scan, element);
		if (strchr("<>", *scan->in) || (*scan->in == '&' && !is_reference(scan)))
			return err_set(scan->err, -EINVAL,
				       "line %u: \"%c\" in an attribute of <%.*s>", scan->line,
				       *scan->in, (int)element->length, element->name);
		scan->line += *scan->in == '\n';
		*scan->out++ = (char)(is_blank(*scan->in) ? ' ' : *scan->in);
	}
	*scan->out++ = *scan->in++;
	return 0;
}

/* The rest of a tag, its end included. */
static int copy_attributes(struct scan *scan, const struct element *element)
{
	for (;;) {
		bool apart = is_blank(*scan->in);
		int rc;

		skip_blanks(scan);
		if (*scan->in == '>' || starts(scan, "/>"))
			break;
		if (!apart || !is_name_char(*scan->in))
			return unexpected(scan, element);
		*scan->out++ = ' ';
		while (is_name_char(*scan->in))
			*scan->out++ = *scan->in++;
		if (*scan->in != '=')
			return unexpected(scan, element);
		*scan->out++ = *scan->in++;
		rc = copy_value(scan, element);
		if (rc)
			return rc;
	}
	if (*scan->in == '/')
		*scan->out++ = *scan->in++;
	*scan->out++ = *scan->in++;
	return 0;
}

static int copy_end_tag(struct scan *scan)
{
	const struct element *top = scan->depth ? &scan->open[scan->depth - 1] : NULL;
	struct element element;
	int rc;

	*scan->out++ = *scan->in++;
	*scan->out++ = *scan->in++;
	rc = copy_name(scan, &element);
	if (rc)
		return rc;
	if (!top || top->length != element.length ||
	    memcmp(top->name, element.name, element.length))
		return err_set(scan->err, -EINVAL,
			       "line %u: </%.*s> where </%.*s> of line %u was expected", scan->line,
			       (int)element.length, element.name, top ? (int)top->length : 0,
			       top ? top->name : "", top ? top->line : 0);
	skip_blanks(scan);
	if (!*scan->in)
		return cut_inside(scan, &element);
	if (*scan->in != '>')
		return err_set(scan->err, -EINVAL, "line %u: expected \">\" behind </%.*s",
			       scan->line, (int)element.length, element.name);
	*scan->out++ = *scan->in++;
	scan->depth--;
	return 0;
}

static int copy_start_tag(struct scan *scan)
{
	struct element element;
	int rc;

	*scan->out++ = *scan->in++;
	rc = copy_name(scan, &element);
	if (rc)
		return rc;
	rc = copy_attributes(scan, &element);
	if (rc || scan->out[-2] == '/')
		return rc;
	if (scan->depth == XML_DEPTH_MAX)
		return err_set(scan->err, -EINVAL,
			       "line %u: more than %d elements inside of one another", scan->line,
			       XML_DEPTH_MAX);
	scan->open[scan->depth++] = element;
	return 0;
}

static int copy_markup(struct scan *scan)
{
	if (starts(scan, "<!--"))
		return skip_comment(scan);
	if (scan->in[1] == '/')
		return copy_end_tag(scan);
	return copy_start_tag(scan);
}

/* The root element with all that it holds. */
static int copy_root(struct scan *scan)
{
	int rc = copy_start_tag(scan);

	while (!rc && scan->depth && *scan->in) {
		if (*scan->in == '<') {
			rc = copy_markup(scan);
			continue;
		}
		scan->line += *scan->in == '\n';
		if (*scan->in != '\r')
			*scan->out++ = *scan->in;
		scan->in++;
	}
	if (!rc && scan->depth)
		return err_set(scan->err, -EINVAL, "cut short: the <%.*s> of line %u has no end",
			       (int)scan->open[scan->depth - 1].length,
			       scan->open[scan->depth - 1].name, scan->open[scan->depth - 1].line);
	return rc;
}

static int skip_tail(struct scan *scan)
{
	int rc = 0;

	for (skip_blanks(scan); !rc && starts(scan, "<!--"); skip_blanks(scan))
		rc = skip_comment(scan);
	if (!rc && *scan->in)
		return err_set(scan->err, -EINVAL, "line %u: text behind the end of the document",
			       scan->line);
	return rc;
}

int xml_text_plain(char *text, size_t *size, struct err *err)
{
	struct scan scan = {.in = text, .out = text, .line = 1, .err = err};
	int rc = skip_head(&scan);

	if (rc)
		return rc;
	if (!*scan.in)
		return err_set(err, -EINVAL, "not XML: no element");
	if (*scan.in != '<')
		return err_set(err, -EINVAL, "not XML: expected \"<\" in line %u", scan.line);
	rc = copy_root(&scan);
	if (!rc)
		rc = skip_tail(&scan);
	if (rc)
		return rc;
	*scan.out = '\0';
	*size = (size_t)(scan.out - text);
	return 0;
}

const char *xml_text_attribute(const char *text, const char *name, char *buf, size_t size)
{
	size_t length = strlen(name);

	*buf = '\0';
	text += strcspn(text, " >");
	while (*text == ' ') {
		const char *value = strchr(++text, '"'),
			   *end = value ? strchr(value + 1, '"') : NULL;

		if (!end)
			break;
		if (!strncmp(text, name, length) && text[length] == '=')
			text_format(buf, size, "%.*s", (int)(end - value - 1), value + 1);
		text = end + 1;
	}
	text += strcspn(text, ">");
	return *text ? text + 1 : text;
}
