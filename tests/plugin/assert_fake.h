/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the step ask of the fake. Include after cmocka.h. */
#ifndef EFA_LAYOUT_TEST_ASSERT_FAKE_H
#define EFA_LAYOUT_TEST_ASSERT_FAKE_H

#include <string.h>

#include "fake_spank.h"

static inline bool traced(const char *text)
{
	return strstr(fake->trace, text) != NULL;
}

static inline void assert_said(const char *text)
{
	if (!strstr(fake->said, text))
		fail_msg("expected \"%s\", found \"%s\"", text, fake->said);
}

static inline void assert_var(const char *name, const char *value)
{
	const char *found = fake_get(name);

	if (value && !found)
		fail_msg("%s is not set, expected \"%s\"", name, value);
	if (value)
		assert_string_equal(found, value);
	else
		assert_null(found);
}

/* No variable was set or removed. */
static inline void assert_bare(void)
{
	assert_false(traced("\nsetenv"));
	assert_false(traced("\nunsetenv"));
}

#endif
