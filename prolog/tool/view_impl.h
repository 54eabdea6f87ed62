/* SPDX-License-Identifier: Apache-2.0 */
/* Private to view*.c. */
#ifndef EFA_LAYOUT_VIEW_IMPL_H
#define EFA_LAYOUT_VIEW_IMPL_H

#include "view.h"

/* A row with everything unknown, at the end. */
struct view_row *view_add(struct view *view, enum interface_kind kind, int card_index);
/* Say of each row what was expected, and add rows for what is missing. */
void view_compare(struct view *view);
/* Find the group of each row, and the empty places of missing EFA functions. */
void view_place(struct view *view, const struct instance_type *type);

#endif
