/* SPDX-License-Identifier: Apache-2.0 */
/* What the loaders of layouts and of instance types share, and the parts that they are cut into. */
#ifndef EFA_LAYOUT_LAYOUT_JSON_IMPL_H
#define EFA_LAYOUT_LAYOUT_JSON_IMPL_H

#include <stddef.h>

#include "json.h"
#include "layout.h"

/* One rule of a layout. *rule is written even on failure. */
int layout_rule_load(const struct json *obj, struct layout_rule *rule, struct err *err);

/*
 * "rails" and "neuron_rails" of an instance type whose other keys are in type already. What type
 * inherited and does not fit those keys any more is dropped.
 */
int type_rails_load(const struct json *obj, struct instance_type *type, struct err *err);

/* A text of 1 to size - 1 bytes under a key that must be there. */
int entry_text(const struct json *obj, const char *key, char *buf, size_t size, struct err *err);
/*
 * A number under a key; an absent one is refused when needed, else leaves *ret_number as it is.
 */
int entry_number(const struct json *obj, const char *key, unsigned min, unsigned max, bool needed,
		 unsigned *ret_number, struct err *err);
/*
 * -EINVAL: "extends" (value) names no what ("layout") that is known so far; names are those that
 * are (n entries, for "did you mean").
 */
int entry_unknown_base(const struct json *value, const char *what, const char *const *names,
		       size_t n, struct err *err);
/* -EINVAL: obj has the name of an entry that this file has given before, at origin. */
int entry_repeated(const struct json *obj, const char *what, const char *name, const char *origin,
		   struct err *err);

#endif
