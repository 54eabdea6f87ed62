/* SPDX-License-Identifier: Apache-2.0 */
/* Between xml_text.c (the document) and xml_tag.c (one tag). */
#ifndef EFA_LAYOUT_XML_IMPL_H
#define EFA_LAYOUT_XML_IMPL_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "xml_text.h"

struct xml_element {
	const char *name; /* in what is written already */
	size_t length;
	unsigned line;
	bool may_have_text, has_text, has_elements;
};

/* From in to out, in one buffer: in is never behind out, and ends with NUL. */
struct xml_scan {
	const char *in;
	char *out;
	unsigned line, depth;
	struct xml_element open[XML_DEPTH_MAX];
	struct err *err;
};

bool xml_is_blank(char c);
bool xml_starts(const struct xml_scan *scan, const char *word);
void xml_skip_blanks(struct xml_scan *scan);

/* The name of an element at in; its place in the output goes to ret. */
int xml_copy_name(struct xml_scan *scan, struct xml_element *ret);
/* The rest of a start tag, its end included. */
int xml_copy_attributes(struct xml_scan *scan, const struct xml_element *element);
/* The error of a text that ends inside of a tag. */
int xml_cut_inside(const struct xml_scan *scan, const struct xml_element *element);

#endif
