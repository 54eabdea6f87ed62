/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and rights of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

#define MIB (INT64_C(1) << 20)

static void start(const char *words)
{
	load_node(words);
	inv.slurmd_memlock = LIMIT_NONE;
	policy_defaults(&policy);
	set_report("");
}

static const struct finding *only(const char *code)
{
	reach(NULL, true);
	assert_string_equal(codes(), code);
	return &verdict.findings.v[0];
}

static void what_is_not_known_is_no_fault(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only");
	inv.slurmd_memlock = inv.huge_pages = inv.huge_pages_free = LIMIT_UNKNOWN;
	for (size_t i = 0; i < inv.n_rails; i++)
		inv.rails[i].uverbs_mode = -1;
	only("");
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	/* Nor is half of it. */
	inv.huge_pages_free = 0;
	only("");
	inv.huge_pages = 5281;
	inv.huge_pages_free = LIMIT_UNKNOWN;
	only("");
}

static void who_has_no_rails_needs_nothing(void **state)
{
	(void)state;
	start("p4d.24xlarge none");
	inv.slurmd_memlock = inv.huge_pages = inv.huge_pages_free = 0;
	only("W104");
}

static void memory_that_may_be_locked(void **state)
{
	static const struct {
		int64_t limit;
		const char *found; /* NULL: enough */
	} cases[] = {
		{LIMIT_NONE, NULL},
		{LIMIT_UNKNOWN, NULL},
		{INT64_MAX, NULL},
		{128 * MIB, NULL},
		{128 * MIB - 1, "131071 KiB, for slurmd and the tasks that have its limits"},
		{8 * MIB, "8192 KiB, for slurmd and the tasks that have its limits"},
		{65536, "64 KiB, for slurmd and the tasks that have its limits"},
		{0, "0 KiB, for slurmd and the tasks that have its limits"},
	};

	(void)state;
	start("p4d.24xlarge efa-only");
	inv.memlock = 0; /* of whoever looks: nobody's business */
	for (size_t i = 0; i < N(cases); i++) {
		inv.slurmd_memlock = cases[i].limit;
		if (!cases[i].found) {
			only("");
			continue;
		}
		assert_string_equal(only("W301")->found, cases[i].found);
		assert_string_equal(verdict.findings.v[0].subject, "slurmd");
		assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
		assert_int_equal(verdict.rails_pass, 4);
	}
	assert_string_equal(verdict.sentence,
			    "W301 slurmd: memory lock limit too low for libfabric; 4 of 4 rails "
			    "pass; found: 0 KiB, for slurmd and the tasks that have its limits");
	/* Neither a test again nor a drain. */
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
}

static void modes_that_shut_users_out(void **state)
{
	static const struct {
		int mode;
		bool closed;
	} cases[] = {
		{0666, false}, {0777, false}, {01666, false}, {-1, false},  {0600, true},
		{0660, true},  {0664, true},  {0646, true},   {0444, true}, {0, true},
	};
	const struct finding *finding;

	(void)state;
	start("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		inv.rails[2].uverbs_mode = cases[i].mode;
		only(cases[i].closed ? "W302" : "");
	}
	finding = only("W302");
	assert_string_equal(finding->subject, "rail rdmap144s27");
	assert_string_equal(finding->expected, "mode 0666");
	assert_string_equal(finding->found, "rdmap144s27 0000");
	assert_string_equal(finding->evidence, "/dev/infiniband/uverbs2");
	assert_int_equal(finding->rail, 2);
	assert_int_equal(finding->card_index, inv.rails[2].card_index);
	assert_int_equal(verdict.outcome, OUTCOME_DEGRADED);
	assert_int_equal(verdict_action(&verdict, &policy), ACTION_WARN);
	/* A rail that is not usable has a finding of its own. */
	inv.rails[2].stage = RAIL_NO_UVERBS;
	only("E203");
}

static void one_finding_for_all_modes(void **state)
{
	const struct finding *finding;

	(void)state;
	start("p5.48xlarge efa-only");
	inv.rails[0].uverbs_mode = 0600;
	inv.rails[31].uverbs_mode = 0640;
	finding = only("W302");
	assert_string_equal(finding->subject, "2 of 32 rails");
	assert_string_equal(finding->found, "rdmap79s0 0600, rdmap201s0 0640");
	assert_string_equal(finding->evidence, "/dev/infiniband/uverbs0, /dev/infiniband/uverbs31");
	assert_int_equal(finding->rail, -1);
	assert_int_equal(finding->card_index, -1);
	inv.rails[5].uverbs_mode = 0600;
	assert_string_equal(only("W302")->found, "rdmap79s0 0600, rdmap97s0 0600, rdmap201s0 0640");
	for (size_t i = 0; i < inv.n_rails; i++)
		inv.rails[i].uverbs_mode = 0600;
	finding = only("W302");
	assert_string_equal(finding->subject, "32 of 32 rails");
	assert_string_equal(finding->found,
			    "rdmap79s0 0600, rdmap80s0 0600, rdmap81s0 0600, and 29 more");
	/* The longest names that there may be. */
	for (size_t i = 0; i < 3; i++)
		memset(inv.rails[i].rdma_name, 'r', NAME_TEXT - 1);
	assert_non_null(strstr(only("W302")->found, ", and 29 more"));
}

static void huge_pages(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only");
	inv.huge_pages = 1;
	inv.huge_pages_free = 1;
	only("");
	inv.huge_pages_free = 0;
	assert_string_equal(only("I301")->found, "none of 1 is free");
	assert_int_equal(verdict.outcome, OUTCOME_HEALTHY);
	inv.huge_pages = 0;
	assert_string_equal(only("I301")->found, "none is reserved");
	inv.huge_pages_free = LIMIT_UNKNOWN;
	only("I301");
}

/* A test that fails of the same cause does not hide it, nor the other way round. */
static void beside_what_the_test_found(void **state)
{
	(void)state;
	start("p4d.24xlarge efa-only");
	inv.slurmd_memlock = 65536;
	inv.rails[1].uverbs_mode = 0;
	set_report("1 fail open 13");
	reach(NULL, true);
	assert_string_equal(codes(), "E205,W301,W302");
	assert_int_equal(verdict.outcome, OUTCOME_FAULTY);
	set_report("* fail endpoint 12");
	reach(NULL, true);
	assert_string_equal(codes(), "E207,E207,E207,E207,W301,W302");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known_is_no_fault),
		cmocka_unit_test(who_has_no_rails_needs_nothing),
		cmocka_unit_test(memory_that_may_be_locked),
		cmocka_unit_test(modes_that_shut_users_out),
		cmocka_unit_test(one_finding_for_all_modes),
		cmocka_unit_test(huge_pages),
		cmocka_unit_test(beside_what_the_test_found),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
