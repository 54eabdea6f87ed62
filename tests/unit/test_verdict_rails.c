/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdict_scene.h"

static void rails_that_are_not_usable(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only --unbound 2", "auto", "2 not-tested open", OUTCOME_FAULTY,
		 "E201",
		 "E201 rail rdmap144s27 (0000:90:1b.0): not bound to the efa driver; 3 of 4 rails "
		 "pass; found: no driver"},
		{"p4d.24xlarge efa-only --no-rdma 1", "auto", "1 not-tested open", OUTCOME_FAULTY,
		 "E202", "E202 rail rdmap32s27 (0000:20:1b.0): no RDMA device; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only --no-uverbs 1", "auto", "1 not-tested open", OUTCOME_FAULTY,
		 "E203", "E203 rail rdmap32s27: no uverbs device node; 3 of 4 rails pass"},
		{"p4d.24xlarge all-efa --no-devnode 0 --unbound 1", "all-efa",
		 "0 not-tested open; 1 not-tested open", OUTCOME_FAULTY, "E201,E203",
		 "E201 rail rdmap32s27 (0000:20:1b.0): not bound to the efa driver; 2 of 4 rails "
		 "pass; and 1 more; found: no driver"},
	};

	(void)state;
	play(scenes, N(scenes));
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only --unbound 2");
	snprintf(inv.rails[2].driver, NAME_TEXT, "vfio-pci");
	set_report("2 not-tested open");
	reach(NULL, true);
	assert_non_null(strstr(verdict.sentence, "3 of 4 rails pass; found: driver vfio-pci"));
}

static void rails_that_fail(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "2 hung open", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 hung endpoint", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 hung counters", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail open 62", OUTCOME_FAULTY, "E204",
		 "E204 rail rdmap144s27: device does not answer; 3 of 4 rails pass; found: Timer "
		 "expired"},
		{"p4d.24xlarge efa-only", "auto", "2 fail open 12", OUTCOME_FAULTY, "E205",
		 "E205 rail rdmap144s27: device cannot be opened; 3 of 4 rails pass; found: Cannot "
		 "allocate memory"},
		{"p4d.24xlarge efa-only", "auto", "2 fail getinfo 61", OUTCOME_FAULTY, "E206",
		 "E206 rail rdmap144s27: provider does not list the rail; 3 of 4 rails pass; "
		 "found: No data available"},
		{"p4d.24xlarge efa-only", "auto", "2 fail endpoint", OUTCOME_FAULTY, "E207",
		 "E207 rail rdmap144s27: endpoint cannot be made; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail transfer 113", OUTCOME_FAULTY, "E208",
		 "E208 rail rdmap144s27: transfer failed; 3 of 4 rails pass; found: No route to "
		 "host"},
		{"p4d.24xlarge efa-only", "auto", "2 hung transfer", OUTCOME_FAULTY, "E209",
		 "E209 rail rdmap144s27: transfer hung; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail contents", OUTCOME_FAULTY, "E210",
		 "E210 rail rdmap144s27: data arrived damaged; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 fail counters", OUTCOME_FAULTY, "E211",
		 "E211 rail rdmap144s27: device counters did not move; 3 of 4 rails pass"},
		{"p4d.24xlarge efa-only", "auto", "2 crashed transfer", OUTCOME_FAULTY, "E212",
		 "E212 rail rdmap144s27: test crashed on this rail; 3 of 4 rails pass"},
		{"p5.48xlarge efa-only", "efa-only", "1 hung transfer", OUTCOME_FAULTY, "E209",
		 "E209 rail rdmap80s0: transfer hung; 31 of 32 rails pass"},
		/* A few alike among passing ones are the rails' own fault. */
		{"p4d.24xlarge efa-only", "auto",
		 "1 fail transfer 113; 2 fail transfer 113; 3 fail transfer 113", OUTCOME_FAULTY,
		 "E208,E208,E208",
		 "E208 rail rdmap32s27: transfer failed; 1 of 4 rails pass; and 2 more; found: No "
		 "route to host"},
		/* All fail, but not alike. */
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 3 fail contents",
		 OUTCOME_FAULTY, "E208,E208,E208,E210",
		 "E208 rail rdmap16s27: transfer failed; 0 of 4 rails pass; and 3 more; found: No "
		 "route to host"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 5", OUTCOME_FAULTY,
		 "E208,E208,E208,E208",
		 "E208 rail rdmap16s27: transfer failed; 0 of 4 rails pass; and 3 more; found: "
		 "Input/output error"},
		{"p4d.24xlarge efa-only", "auto", "* hung open", OUTCOME_FAULTY,
		 "E204,E204,E204,E204",
		 "E204 rail rdmap16s27: device does not answer; 0 of 4 rails pass; and 3 more"},
		/* With one rail only there is nothing to compare with. */
		{"c5n.18xlarge all-efa", "auto", "0 fail transfer 113", OUTCOME_FAULTY, "E208",
		 "E208 rail rdmap0s31: transfer failed; 0 of 1 rails pass; found: No route to "
		 "host"},
		/* Layout and rail. */
		{"p4d.24xlarge efa-only --missing 2", "auto", "0 hung transfer", OUTCOME_FAULTY,
		 "E106,E209",
		 "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
		 "2 of 4 rails pass; "
		 "and 1 more"},
	};

	(void)state;
	play(scenes, N(scenes));
}

static void rails_that_all_fail_alike(void **state)
{
	static const struct scene scenes[] = {
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113", OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group; 0 of 4 rails pass; "
		 "found: unreachable"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 103", OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group; 0 of 4 rails pass; "
		 "found: unresponsive"},
		/* The first rail's way of failing names it. */
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 103; 2 hung transfer",
		 OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group; 0 of 4 rails pass; "
		 "found: unresponsive"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 110; 2 hung transfer",
		 OUTCOME_FABRIC, "E250",
		 "E250 4 rails: all rails fail alike, check the security group; 0 of 4 rails pass; "
		 "found: no transfer ends"},
		/* A device that does not open says nothing about the others, and is a fault. */
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 1 hung open",
		 OUTCOME_FAULTY, "E204,E250",
		 "E204 rail rdmap32s27: device does not answer; 0 of 4 rails pass; and 1 more"},
		{"p4d.24xlarge efa-only", "auto", "* fail transfer 113; 1 not-tested open",
		 OUTCOME_FABRIC, "E250,W201",
		 "E250 3 rails: all rails fail alike, check the security group; 0 of 4 rails pass; "
		 "and 1 more; found: unreachable"},
		/* What is no device's fault: the software. */
		{"p4d.24xlarge efa-only", "auto", "* fail getinfo 61", OUTCOME_UNKNOWN, "E307",
		 "E307 4 rails: the same step fails for all rails before a device can be blamed; "
		 "found: the provider lists none of them"},
		{"p4d.24xlarge efa-only", "auto", "* fail counters", OUTCOME_UNKNOWN, "E307",
		 "E307 4 rails: the same step fails for all rails before a device can be blamed; "
		 "found: data arrives, but not through the device"},
		{"c5n.18xlarge all-efa", "auto", "* fail counters", OUTCOME_UNKNOWN, "E307",
		 "E307 1 rail: the same step fails for all rails before a device can be blamed; "
		 "found: data arrives, but not through the device"},
	};

	(void)state;
	play(scenes, N(scenes));
}

/* Until libfabric 1.18 such completions are plain EIO; the provider's own number tells. */
static void providers_own_numbers(void **state)
{
	static const struct {
		int number;
		const char *codes, *found;
	} cases[] = {
		{15, "E250", "unreachable"},
		{13, "E250", "unresponsive"},
		{4124, "E250", "unresponsive"},
		{4126, "E250", "unresponsive"},
		{7, "E208,E208,E208,E208", "Input/output error"},
	};

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		set_report("* fail transfer 5");
		for (size_t rail = 0; rail < report.n; rail++)
			report.v[rail].prov_error = cases[i].number;
		reach(NULL, true);
		assert_string_equal(codes(), cases[i].codes);
		assert_string_equal(verdict.findings.v[0].found, cases[i].found);
	}
}

static void probes_that_did_not_run(void **state)
{
	static const struct {
		enum probe_outcome outcome;
		const char *codes, *sentence;
	} cases[] = {
		{PROBE_NO_PROGRAM, "E301",
		 "E301 check: no libfabric or no test program; found: it is not there"},
		{PROBE_NO_LIBRARY, "E301",
		 "E301 check: no libfabric or no test program; found: it is not there"},
		{PROBE_NO_PROVIDER, "E302",
		 "E302 check: libfabric lacks the provider; found: it is not there"},
		{PROBE_BROKEN, "E303", "E303 check: the test itself broke; found: it is not there"},
	};

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		set_report("* not-tested open");
		report.outcome = cases[i].outcome;
		text_format(report.text, sizeof(report.text), "it is not there");
		reach(NULL, true);
		expect("probe", OUTCOME_UNKNOWN, cases[i].codes, cases[i].sentence);
	}
	set_report("* not-tested open");
	reach(NULL, true);
	expect("budget", OUTCOME_UNKNOWN, "E305",
	       "E305 check: no rail was tested inside the time budget; found: 900 ms were used up");
	set_report("1 not-tested open; 3 not-tested open");
	reach(NULL, true);
	expect("budget", OUTCOME_DEGRADED, "W201,W201",
	       "W201 rail rdmap32s27: not tested inside the time budget; and 1 more");
	/* A damaged node is damaged whether rails were tested or not. */
	load_node("p4d.24xlarge efa-only --missing 2");
	set_report("* not-tested open");
	report.outcome = PROBE_NO_LIBRARY;
	reach(NULL, true);
	expect("both", OUTCOME_FAULTY, "E106,E301",
	       "E106 card 2 (rail rdmap144s27, 0000:90:1b.0): interface attached but invisible; "
	       "rails not tested; "
	       "and "
	       "1 more");
}

static void evidence_of_a_failure(void **state)
{
	const struct finding *finding = &verdict.findings.v[0];

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	set_report("2 fail transfer 113");
	report.v[2].prov_error = 15;
	report.v[2].total_ms = 312;
	reach(NULL, true);
	assert_int_equal(finding->rail, 2);
	assert_int_equal(finding->card_index, 2);
	assert_string_equal(finding->subject, "rail rdmap144s27");
	assert_string_equal(finding->found, "No route to host");
	assert_string_equal(finding->evidence,
			    "fail at step transfer after 312 ms, libfabric error "
			    "113, provider error 15");
	report.v[2].text[0] = '\0';
	reach(NULL, true);
	assert_string_equal(finding->found, "libfabric error 113");
	set_report("* fail transfer 113");
	for (size_t i = 0; i < report.n; i++)
		report.v[i].prov_error = 15;
	reach(NULL, true);
	assert_string_equal(finding->code->code, "E250");
	assert_string_equal(finding->evidence, "No route to host, step transfer, libfabric error "
					       "113, provider error 15");
	set_report("2 fail counters");
	report.v[2].bytes = 4096;
	report.v[2].tx_bytes = 12;
	reach(NULL, true);
	assert_non_null(
		strstr(finding->evidence, ", 4096 bytes sent, device counted 12 out and 0 in"));
	load_node("p4d.24xlarge efa-only --unbound 2");
	set_report("2 not-tested open");
	reach(NULL, true);
	assert_string_equal(finding->expected, "driver efa");
	assert_string_equal(finding->evidence, "PCI function 0000:90:1b.0, interface "
					       "eni-0efa0001000000002 by elimination");
	load_node("p4d.24xlarge efa-only --missing 2");
	set_report("");
	reach(NULL, true);
	assert_non_null(strstr(finding->evidence, "held against layout efa-only, interface eni-"));
	assert_int_equal(finding->card_index, 2);
}

static void lost_packets(void **state)
{
	static const struct {
		uint64_t packets, lost;
		const char *codes;
	} cases[] = {
		{24, 0, ""},	{24, 1, "W202"}, {0, 1, "W202"}, {1000, 20, "W202"},
		{1000, 19, ""}, {50000, 3, ""},	 {0, 0, ""},
	};
	const struct finding *finding = &verdict.findings.v[0];

	(void)state;
	policy_defaults(&policy);
	load_node("p4d.24xlarge efa-only");
	for (size_t i = 0; i < N(cases); i++) {
		set_report("");
		report.v[1].packets = cases[i].packets;
		report.v[1].lost = cases[i].lost;
		reach(NULL, true);
		expect("lost", cases[i].codes[0] ? OUTCOME_DEGRADED : OUTCOME_HEALTHY,
		       cases[i].codes, verdict.sentence);
	}
	report.v[1].packets = 24;
	report.v[1].lost = 5;
	reach(NULL, true);
	assert_string_equal(finding->subject, "rail rdmap32s27");
	assert_string_equal(finding->found, "5 lost or sent again while 24 arrived");
	/* A rail that fails is said to fail, and nothing more. */
	set_report("1 fail transfer 113");
	report.v[1].lost = 5;
	reach(NULL, true);
	expect("failed", OUTCOME_FAULTY, "E208", verdict.sentence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rails_that_are_not_usable),
		cmocka_unit_test(rails_that_fail),
		cmocka_unit_test(rails_that_all_fail_alike),
		cmocka_unit_test(providers_own_numbers),
		cmocka_unit_test(probes_that_did_not_run),
		cmocka_unit_test(evidence_of_a_failure),
		cmocka_unit_test(lost_packets),
	};

	return cmocka_run_group_tests(tests, load_data, free_data);
}
