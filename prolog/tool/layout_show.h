/* SPDX-License-Identifier: Apache-2.0 */
/* One layout for people and for programs: its rules, where they came from, and what they come to on
 * an instance type. */
#ifndef EFA_LAYOUT_LAYOUT_SHOW_H
#define EFA_LAYOUT_LAYOUT_SHOW_H

#include "layout.h"

struct json_out;

/*
 * types: those that are known, for what the layout can be on. type: the one that it is expanded
 * for, NULL none.
 */
void layout_show_text(const struct layout *layout, const struct type_set *types,
		      const struct instance_type *type);
/* The same as members of an object that is open. */
void layout_show_json(struct json_out *out, const struct layout *layout,
		      const struct type_set *types, const struct instance_type *type);
/* "name", "summary", "extends", "origin", "for": what a list of layouts says of each. */
void layout_head_json(struct json_out *out, const struct layout *layout);

#endif
