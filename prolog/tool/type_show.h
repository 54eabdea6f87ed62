/* SPDX-License-Identifier: Apache-2.0 */
/* Instance types for people and for programs. */
#ifndef EFA_LAYOUT_TYPE_SHOW_H
#define EFA_LAYOUT_TYPE_SHOW_H

#include "layout.h"

/* What is known of a type, and which of layouts it can have. */
void type_show_text(const struct instance_type *type, const struct layout_set *layouts);
/* Print a document; 0, or -1 with a message on standard error. */
int type_show_json(const struct instance_type *type, const struct layout_set *layouts);
int type_list_json(const struct type_set *types);

#endif
