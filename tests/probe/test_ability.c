/* SPDX-License-Identifier: Apache-2.0 */
/* What libefa says of a device, with a libefa of our own: where it is missing, nothing is known. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <infiniband/efadv.h>

#include "ability.h"
#include "libefa.h"

static enum probe_ability ask(int error, uint32_t caps)
{
	struct answer answer = {error, caps};

	return ability_rdma_read((struct ibv_context *)&answer);
}

/* The first test: nothing is loaded yet. */
static void unknown_without_the_library(void **state)
{
	(void)state;
	assert_int_equal(ask(0, EFADV_DEVICE_ATTR_CAPS_RDMA_READ), PROBE_UNKNOWN);
}

static void unknown_where_the_device_does_not_say(void **state)
{
	(void)state;
	ability_load();
	assert_int_equal(ask(EOPNOTSUPP, EFADV_DEVICE_ATTR_CAPS_RDMA_READ), PROBE_UNKNOWN);
	assert_int_equal(ask(EIO, 0), PROBE_UNKNOWN);
}

static void yes_or_no(void **state)
{
	(void)state;
	ability_load();
	assert_int_equal(ask(0, EFADV_DEVICE_ATTR_CAPS_RDMA_READ), PROBE_YES);
	assert_int_equal(ask(0, ~0u), PROBE_YES);
	assert_int_equal(ask(0, 0), PROBE_NO);
	assert_int_equal(ask(0, EFADV_DEVICE_ATTR_CAPS_RNR_RETRY), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_without_the_library),
		cmocka_unit_test(unknown_where_the_device_does_not_say),
		cmocka_unit_test(yes_or_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
