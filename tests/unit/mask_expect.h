/* SPDX-License-Identifier: Apache-2.0 */
/* What masking makes of one text. */
#ifndef EFA_LAYOUT_TEST_MASK_EXPECT_H
#define EFA_LAYOUT_TEST_MASK_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "snapshot_mask.h"

/* One text by itself; freed by the caller. */
static inline char *masked(enum mask_content content, const char *text)
{
	struct mask *mask = mask_new();
	struct err err = {""};
	char *result = NULL;

	assert_non_null(mask);
	assert_int_equal(mask_learn(mask, content, text, &err), 0);
	assert_int_equal(mask_settle(mask, &err), 0);
	assert_int_equal(mask_apply(mask, content, text, &result, &err), 0);
	mask_free(mask);
	return result;
}

static inline void expect(enum mask_content content, const char *text, const char *result)
{
	char *found = masked(content, text);

	assert_string_equal(found, result);
	free(found);
}

#endif
