/* SPDX-License-Identifier: Apache-2.0 */
#include "xml_impl.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* Move to the first byte behind the end mark; false when there is none. */
static bool skip_to(struct xml_scan *scan, const char *mark)
{
	const char *end = strstr(scan->in, mark);

	if (!end)
		return false;
	for (end += strlen(mark); scan->in < end; scan->in++)
		scan->line += *scan->in == '\n';
	return true;
}

static int skip_comment(struct xml_scan *scan)
{
	unsigned line = scan->line;

	scan->in += strlen("<!--");
	return skip_to(scan, "-->") ? 0
				    : err_set(scan->err, -EINVAL,
					      "cut short: the comment of line %u has no end", line);
}

/* A document type may declare entities, which nobody here needs and which can fill any memory. */
static int skip_doctype(struct xml_scan *scan)
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
static int skip_head(struct xml_scan *scan)
{
	int rc = 0;

	if (xml_starts(scan, "\xef\xbb\xbf")) /* byte order mark */
		scan->in += 3;
	for (xml_skip_blanks(scan); !rc; xml_skip_blanks(scan)) {
		if (xml_starts(scan, "<!--"))
			rc = skip_comment(scan);
		else if (xml_starts(scan, "<!DOCTYPE"))
			rc = skip_doctype(scan);
		else if (!xml_starts(scan, "<?"))
			break;
		else if (!skip_to(scan, "?>"))
			rc = err_set(scan->err, -EINVAL, "cut short inside of the XML declaration");
	}
	return rc;
}

static int check_root(const struct xml_scan *scan, const char *root)
{
	char found[XML_NAME_MAX];

	if (!*scan->in)
		return err_set(scan->err, -EINVAL, "not XML: no element");
	if (*scan->in != '<')
		return err_set(scan->err, -EINVAL, "not XML: expected \"<\" in line %u",
			       scan->line);
	text_format(found, sizeof(found), "%.*s", (int)strcspn(scan->in + 1, " \t\r\n/>"),
		    scan->in + 1);
	text_printable(found, sizeof(found), found);
	if (found[0] && strcmp(found, root))
		return err_set(scan->err, -EINVAL, "the document is a <%s>, expected a <%s>", found,
			       root);
	return 0;
}

static int copy_end_tag(struct xml_scan *scan)
{
	const struct xml_element *top = &scan->open[scan->depth - 1];
	struct xml_element element;
	int rc;

	*scan->out++ = *scan->in++;
	*scan->out++ = *scan->in++;
	rc = xml_copy_name(scan, &element);
	if (rc)
		return rc;
	if (top->length != element.length || memcmp(top->name, element.name, element.length))
		return err_set(scan->err, -EINVAL,
			       "line %u: </%.*s> where </%.*s> of line %u was expected", scan->line,
			       (int)element.length, element.name, (int)top->length, top->name,
			       top->line);
	xml_skip_blanks(scan);
	if (!*scan->in)
		return xml_cut_inside(scan, &element);
	if (*scan->in != '>')
		return err_set(scan->err, -EINVAL, "line %u: expected \">\" behind </%.*s",
			       scan->line, (int)element.length, element.name);
	*scan->out++ = *scan->in++;
	scan->depth--;
	return 0;
}

static int copy_start_tag(struct xml_scan *scan)
{
	struct xml_element element;
	char length[16];
	int rc;

	*scan->out++ = *scan->in++;
	rc = xml_copy_name(scan, &element);
	if (!rc)
		rc = xml_copy_attributes(scan, &element);
	if (rc || scan->out[-2] == '/')
		return rc;
	xml_text_attribute(element.name, "length", length, sizeof(length));
	element.may_have_text = length[0] != '\0';
	if (scan->depth == XML_DEPTH_MAX)
		return err_set(scan->err, -EINVAL,
			       "line %u: more than %d elements inside of one another", scan->line,
			       XML_DEPTH_MAX);
	scan->open[scan->depth++] = element;
	return 0;
}

/*
 * An element holds elements, or a text whose length it tells: some readers pass over other text,
 * some stop.
 */
static int check_mixed(struct xml_scan *scan, bool text)
{
	struct xml_element *top = &scan->open[scan->depth - 1];

	if (text)
		top->has_text = true;
	else
		top->has_elements = true;
	if (top->has_text && (top->has_elements || !top->may_have_text))
		return err_set(scan->err, -EINVAL, "line %u: unexpected text in <%.*s>", scan->line,
			       (int)top->length, top->name);
	return 0;
}

static int copy_text(struct xml_scan *scan)
{
	int rc = xml_is_blank(*scan->in) ? 0 : check_mixed(scan, true);

	scan->line += *scan->in == '\n';
	if (*scan->in != '\r')
		*scan->out++ = *scan->in;
	scan->in++;
	return rc;
}

/* What is inside of an element: the next tag, comment or byte of text. */
static int copy_content(struct xml_scan *scan)
{
	int rc;

	if (*scan->in != '<')
		return copy_text(scan);
	if (xml_starts(scan, "<!--"))
		return skip_comment(scan);
	if (scan->in[1] == '/')
		return copy_end_tag(scan);
	rc = check_mixed(scan, false);
	return rc ? rc : copy_start_tag(scan);
}

/* The root element with all that it holds. */
static int copy_root(struct xml_scan *scan)
{
	int rc = copy_start_tag(scan);

	while (!rc && scan->depth && *scan->in)
		rc = copy_content(scan);
	if (!rc && scan->depth)
		return err_set(scan->err, -EINVAL, "cut short: the <%.*s> of line %u has no end",
			       (int)scan->open[scan->depth - 1].length,
			       scan->open[scan->depth - 1].name, scan->open[scan->depth - 1].line);
	return rc;
}

static int skip_tail(struct xml_scan *scan)
{
	int rc = 0;

	for (xml_skip_blanks(scan); !rc && xml_starts(scan, "<!--"); xml_skip_blanks(scan))
		rc = skip_comment(scan);
	if (!rc && *scan->in)
		return err_set(scan->err, -EINVAL, "line %u: text behind the end of the document",
			       scan->line);
	return rc;
}

int xml_text_plain(char *text, size_t *size, const char *root, struct err *err)
{
	struct xml_scan scan = {.in = text, .out = text, .line = 1, .err = err};
	int rc = skip_head(&scan);

	if (!rc)
		rc = check_root(&scan, root);
	if (!rc)
		rc = copy_root(&scan);
	if (!rc)
		rc = skip_tail(&scan);
	if (rc)
		return rc;
	*scan.out = '\0';
	*size = (size_t)(scan.out - text);
	return 0;
}
