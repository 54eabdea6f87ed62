/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an XML document, brought into the form that the simplest reader takes. */
#ifndef EFA_LAYOUT_XML_TEXT_H
#define EFA_LAYOUT_XML_TEXT_H

#include <stddef.h>

#include "err.h"

#define XML_DEPTH_MAX	   256 /* elements inside of one another */
#define XML_NAME_MAX	   64  /* bytes of an element's name */
#define XML_ATTRIBUTES_MAX 64  /* of one element: each is compared with all before it */

/*
 * Rewrite text (NUL-terminated), whose root element must be root, in place: comments, XML
 * declaration, document type and carriage returns go, the blanks between attributes become single
 * spaces, and the text begins with the root element's tag.
 *
 * What some readers take in one way and others in another, or not at all, is refused: names in
 * other letters than hwloc's, CDATA, processing instructions, declarations of entities, references
 * other than those of XML itself and of line ends, attribute values in single quotes, attributes
 * given twice, text in an element that does not tell its length, or that has elements too, elements
 * that are not closed or closed in another order, anything behind the root element. -EINVAL with a
 * sentence that names the line. *size: length before and after.
 */
int xml_text_plain(char *text, size_t *size, const char *root, struct err *err);

/*
 * Copy the value of an attribute of the tag at text (plain: "<name a=\"x\">") into buf, cut at
 * size; "" when the tag has none of this name. Returns the first byte behind the tag.
 */
const char *xml_text_attribute(const char *text, const char *name, char *buf, size_t size);

#endif
