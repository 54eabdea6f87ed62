/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of an object that must be there, read in one step, for files whose writer always writes
 * all of them. Each returns 0 or a negative errno with json.h's sentence.
 */
#ifndef EFA_LAYOUT_JSON_NEED_H
#define EFA_LAYOUT_JSON_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "json.h"

int json_need_object(const struct json *obj, const char *key, const struct json **ret_object,
		     struct err *err);
int json_need_bool(const struct json *obj, const char *key, bool *ret_bool, struct err *err);
int json_need_int(const struct json *obj, const char *key, int64_t min, int64_t max,
		  int64_t *ret_int, struct err *err);
/* null is -1. */
int json_need_index(const struct json *obj, const char *key, int max, int *ret_index,
		    struct err *err);
/* Into buf of size bytes; null is "", which does not stand there otherwise. */
int json_need_text(const struct json *obj, const char *key, char *buf, size_t size,
		   struct err *err);
/* The place of a word in a list of n. */
int json_need_word(const struct json *obj, const char *key, const char *const *words, size_t n,
		   size_t *ret_index, struct err *err);

#endif
