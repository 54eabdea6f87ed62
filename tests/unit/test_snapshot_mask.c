/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_mask.h"
#include "text.h"

/* One text by itself; freed by the caller. */
static char *masked(enum mask_content content, const char *text)
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

static void expect(enum mask_content content, const char *text, const char *result)
{
	char *found = masked(content, text);

	assert_string_equal(found, result);
	free(found);
}

/* Only what the masking itself has to say; the form of exports is xml_text's business. */
static void refuses_what_hwloc_does_not_write(void **state)
{
	static const char *const bad[][2] = {
		{"plain text", "not XML"},
		{"<topology><indexes length=\"8\">hostname</indexes></topology>",
		 "text other than numbers, or user data"},
		{"<topology><userdata length=\"3\">123</userdata></topology>",
		 "text other than numbers, or user data"},
		{"<topology><userdata length=\"0\"/></topology>",
		 "text other than numbers, or user data"},
		{"<topology version=\"2.0\">", "<topology>"},
		{"<topology version='2.0'/>", "line 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mask *mask = mask_new();
		struct err err = {""};

		if (mask_learn(mask, CONTENT_TOPOLOGY, bad[i][0], &err) != -EINVAL)
			fail_msg("not refused: %s", bad[i][0]);
		if (!strstr(err.text, bad[i][1]))
			fail_msg("expected \"%s\" in \"%s\"", bad[i][1], err.text);
		mask_free(mask);
	}
}

static void refuses_what_it_did_not_learn(void **state)
{
	static const char *const unknown[] = {
		"06:4e:fa:10:00:01",
		"06-4e-fa-10-00-01",
		"enx064efa100001",
		"fe80::44e:faff:fe10:1",
		"fe80:0000:0000:0000:a088:c203:00ab:cdef",
		"cd77:f833:0000:1001",
		"eni-0efa0000000000001",
		"i-0123abcd",
		"8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e",
	};
	struct mask *mask = mask_new();

	(void)state;
	assert_int_equal(mask_settle(mask, NULL), 0);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		char *result = NULL;
		struct err err = {""};

		if (mask_apply(mask, CONTENT_PLAIN, unknown[i], &result, &err) != -ENOENT)
			fail_msg("given out: %s", unknown[i]);
		assert_null(result);
		assert_non_null(strstr(err.text, "masking: "));
	}
	mask_free(mask);
}

static struct mask *learn_addresses(unsigned n, char *line, size_t size)
{
	struct mask *mask = mask_new();

	for (unsigned i = 0; i < n; i++) {
		text_format(line, size, "ens5 10.%u.%u.%u/8", i >> 16, i >> 8 & 255, i & 255);
		assert_int_equal(mask_learn(mask, CONTENT_ADDRESSES, line, NULL), 0);
	}
	assert_int_equal(mask_count(mask, MASK_IPV4), n);
	return mask;
}

static void refuses_more_than_it_has_masks_for(void **state)
{
	const unsigned most = 3 * 254 + 0x1ffff;
	struct err err = {""};
	struct mask *mask;
	char line[64], *result;

	(void)state;
	mask = learn_addresses(most + 1, line, sizeof(line));
	assert_int_equal(mask_settle(mask, &err), -ENOSPC);
	assert_string_equal(err.text, "masking: too many ipv4_addresses");
	mask_free(mask);
	mask = learn_addresses(most, line, sizeof(line));
	assert_int_equal(mask_settle(mask, &err), 0);
	assert_int_equal(mask_apply(mask, CONTENT_ADDRESSES, line, &result, &err), 0);
	assert_string_equal(result, "ens5 198.19.255.255/8");
	free(result);
	mask_free(mask);
}

static void malformed_values_go_whole(void **state)
{
	(void)state;
	expect(CONTENT_MAC, "06:4e:fa:10:00", "masked-1");
	expect(CONTENT_MAC, "06:4e:fa:10:00:00 x", "masked-1");
	expect(CONTENT_MAC, "", "");
	expect(CONTENT_GID, "fe80:0000:0000:0000:044e:faff:fe10", "masked-1");
	expect(CONTENT_GUID, "cd77:f833:0000", "masked-1");
	expect(CONTENT_UUID, "8d3f5b7a", "masked-1");
	expect(CONTENT_ASSET_TAG, "SERIAL 1234", "masked-1");
	expect(CONTENT_ASSET_TAG, "Amazon EC2 i-0123abcd", "masked-1");
	expect(CONTENT_FACTS, "{\"mac\": 06:4e:fa:10:00:00}", "masked-1");
	expect(CONTENT_FACTS, "{\"mac\": \"06:4e:fa\"", "masked-1");
	expect(CONTENT_ADDRESSES, "ens5 10.0.0.5\nens6\nens7 10.0.0.5/20/1\nens8 10.0.0/20",
	       "masked-1\nmasked-2\nmasked-3\nens8 masked-4/20");
	expect(CONTENT_ROUTES, "ens5\t0005000A\nens5 10.0.0.5 0 0\nens5",
	       "masked-1\nmasked-2\n"
	       "masked-3");
}

static void one_address_in_all_its_forms(void **state)
{
	static const char *const forms[][2] = {
		{"06:4e:fa:10:ab:01", "02:00:00:00:00:01"},
		{"06:4E:FA:10:AB:01", "02:00:00:00:00:01"},
		{"06-4e-fa-10-ab-01", "02-00-00-00-00-01"},
		{"x 06:4e:fa:10:ab:01, y", "x 02:00:00:00:00:01, y"},
		{"address:06:4e:fa:10:ab:01: found", "address:02:00:00:00:00:01: found"},
		{"fe80:0000:0000:0000:044e:faff:fe10:ab01",
		 "fe80:0000:0000:0000:0000:00ff:fe00:0001"},
		{"fe80::44e:faff:fe10:ab01/64", "fe80::ff:fe00:1/64"},
		{"FE80::44E:FAFF:FE10:AB01.", "fe80::ff:fe00:1."},
		{"044e:faff:fe10:ab01", "0000:00ff:fe00:0001"},
		/* last four bytes backwards, then the place of the card */
		{"01ab:10fa:0000:1001", "0100:0000:0000:1001"},
		{"enx064efa10ab01", "enx020000000001"},
		{"rdmax044efafffe10ab01", "rdmax000000fffe000001"},
		{"rdmax01ab10fa00001001", "rdmax0100000000001001"},
		{"sys/x/064efa10ab01/y", "sys/x/020000000001/y"},
	};
	struct mask *mask = mask_new();

	(void)state;
	/* The GUID is learnt before the address that it was made from. */
	assert_int_equal(mask_learn(mask, CONTENT_GUID, "01ab:10fa:0000:1001", NULL), 0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(mask_learn(mask, CONTENT_PLAIN, forms[i][0], NULL), 0);
	assert_int_equal(mask_count(mask, MASK_MAC), 1);
	assert_int_equal(mask_settle(mask, NULL), 0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *result = NULL;

		assert_int_equal(mask_apply(mask, CONTENT_PLAIN, forms[i][0], &result, NULL), 0);
		assert_string_equal(result, forms[i][1]);
		free(result);
	}
	mask_free(mask);
}

static void what_is_not_private_stays(void **state)
{
	static const char *const texts[] = {
		"",
		"0000:4f:00.0",
		"sys/devices/pci0000:44/0000:44:00.0/0000:45:00.0/infiniband/rdmap79s0",
		"0-47,96-143",
		"6.1.0.1-ec2 10.0.0.5",
		"16.0 GT/s PCIe",
		"mpi-12345678 xeni-12345678 i-1234567 i-123456789",
		"00:00:00:00:00:00 ff:ff:ff:ff:ff:ff",
		"0000:0000:0000:0000:0000:0000:0000:0000 0000:0000:0000:0000 :: ::1",
		"fe80:0000:0000:0000:0000:0000:0000:0000",
		"12:34:56 2026-11-27T22:35:53Z 0x1d0f",
		"2001:db8:1::5", /* was not learnt from a place where addresses are */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect(CONTENT_PLAIN, texts[i], texts[i]);
	expect(CONTENT_GUID, "0000:0000:0000:0000", "0000:0000:0000:0000");
	expect(CONTENT_MAC, "00:00:00:00:00:00", "00:00:00:00:00:00");
}

static void ids_keep_their_length(void **state)
{
	(void)state;
	expect(CONTENT_PLAIN, "eni-0efa0000000000001 (eni-0123abcd) eni-0efa0000000000001",
	       "eni-00000000000000001 (eni-00000002) eni-00000000000000001");
	expect(CONTENT_PLAIN, "ENI-0123ABCD eni-0123abcd I-0123abcd ENX064EFA10AB01",
	       "eni-00000001 eni-00000001 i-00000001 enx020000000001");
	expect(CONTENT_ASSET_TAG, "i-0a50000000000000a", "i-00000000000000001");
	expect(CONTENT_ASSET_TAG, "i-0123abcd", "i-00000001");
	expect(CONTENT_UUID, "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e",
	       "00000000-0000-4000-8000-000000000001");
	/* Whatever the inventory takes for a boot id is one here. */
	expect(CONTENT_PLAIN, "8d3f5b7a11c42a4e8ea9d55a0f6a7b8c9d-e",
	       "00000000-0000-4000-8000-000000000001");
}

static void a_mask_is_no_original(void **state)
{
	(void)state;
	expect(CONTENT_PLAIN, "02:00:00:00:00:02 06:4e:fa:10:00:00 02:00:00:00:00:01",
	       "02:00:00:00:00:03 02:00:00:00:00:04 02:00:00:00:00:05");
	expect(CONTENT_PLAIN, "eni-00000002 eni-00000001", "eni-00000003 eni-00000004");
	expect(CONTENT_ADDRESSES, "a 192.0.2.2/24\nb 192.0.2.1/24\nc 2001:db8::1/64",
	       "a 192.0.2.3/24\nb 192.0.2.4/24\nc 2001:db8::2/64");
	expect(CONTENT_ASSET_TAG, "masked-1", "masked-2");
}

#define MASKS "02:00:00:00:00:01 eni-00000001 fe80::ff:fe00:1 0200:0000:0000:0001"

static void masks_stay(void **state)
{
	static const char *const texts[][2] = {
		{"06:4e:fa:10:00:01 eni-0123abcd fe80::44e:faff:fe10:1 a088:c203:00ab:cdef", MASKS},
		{MASKS, MASKS},
	};
	struct mask *mask = mask_new();
	char *result = NULL;

	(void)state;
	assert_int_equal(mask_learn(mask, CONTENT_PLAIN, texts[0][0], NULL), 0);
	assert_int_equal(mask_settle(mask, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(mask_apply(mask, CONTENT_PLAIN, texts[i][0], &result, NULL), 0);
		assert_string_equal(result, texts[i][1]);
		free(result);
	}
	result = NULL; /* of another kind, or of another number */
	assert_int_equal(mask_apply(mask, CONTENT_PLAIN, "i-00000001", &result, NULL), -ENOENT);
	assert_int_equal(mask_apply(mask, CONTENT_PLAIN, "eni-00000002", &result, NULL), -ENOENT);
	assert_null(result);
	mask_free(mask);
}

static void guids_of_others_are_numbered(void **state)
{
	expect(CONTENT_GID, "fe80:0000:0000:0000:a088:c203:00ab:cdef",
	       "fe80:0000:0000:0000:0200:0000:0000:0001");
	expect(CONTENT_PLAIN, "a088:c203:00ab:cdef a088:c203:00ab:cdee A088:C203:00AB:CDEF",
	       "0200:0000:0000:0001 0200:0000:0000:0002 0200:0000:0000:0001");
	/* RoCE */
	expect(CONTENT_GID, "0000:0000:0000:0000:0000:ffff:0a00:0005",
	       "0000:0000:0000:0000:0000:ffff:c000:0201");
	expect(CONTENT_GID, "fd00:0000:0000:0000:0000:0000:0000:0005",
	       "2001:0db8:0000:0000:0000:0000:0000:0001");
	(void)state;
}

static void routes(void **state)
{
	static const char heads[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask";

	(void)state;
	expect(CONTENT_ROUTES, heads, heads);
	/* 10.0.16.1, 10.0.16.0, 169.254.169.254 */
	expect(CONTENT_ROUTES,
	       "ens5\t00000000\t0110000A\t0003\t0\t0\t512\t00000000\t0\t0\t0\n"
	       "enx064efa10ab01\t0010000A\t00000000\t0001\t0\t0\t512\t00F0FFFF\t0\t0\t0  \n"
	       "ens5\tFEA9FEA9\t00000000\t0005\t0\t0\t512\tFFFFFFFF\t0\t0\t0",
	       "ens5\t00000000\t010200C0\t0003\t0\t0\t512\t00000000\t0\t0\t0\n"
	       "enx020000000001\t020200C0\t00000000\t0001\t0\t0\t512\t00F0FFFF\t0\t0\t0  \n"
	       "ens5\tFEA9FEA9\t00000000\t0005\t0\t0\t512\tFFFFFFFF\t0\t0\t0");
}

static void ip_addresses_are_known_elsewhere(void **state)
{
	static const char addresses[] = "ens5 10.0.0.5/20\nens5 fd00::5/128\nenx064efa10ab01 "
					"10.0.0.6/20\n";
	struct mask *mask = mask_new();
	char *result;

	(void)state;
	assert_int_equal(mask_learn(mask, CONTENT_ADDRESSES, addresses, NULL), 0);
	assert_int_equal(mask_settle(mask, NULL), 0);
	assert_int_equal(mask_apply(mask, CONTENT_ADDRESSES, addresses, &result, NULL), 0);
	assert_string_equal(result, "ens5 192.0.2.1/20\nens5 2001:db8::1/128\nenx020000000001 "
				    "192.0.2.2/20\n");
	free(result);
	assert_int_equal(mask_apply(mask, CONTENT_PLAIN,
				    "[\"10.0.0.5/20\", \"fd00:0::5/64\", \"10.0.0.50\"] 10.0.0.6. "
				    "::ffff:10.0.0.5 ::FFFF:10.0.0.7",
				    &result, NULL),
			 0);
	assert_string_equal(result,
			    "[\"192.0.2.1/20\", \"2001:db8::1/64\", \"10.0.0.50\"] 192.0.2.2. "
			    "::ffff:192.0.2.1 ::FFFF:10.0.0.7");
	free(result);
	mask_free(mask);
}

static void facts(void **state)
{
	(void)state;
	expect(CONTENT_FACTS,
	       "{\"boot_id\": \"8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e\",\n"
	       " \"instance_type\": \"p5.48xlarge\", \"instance_id\": \"i-0a50000000000000a\",\n"
	       " \"primary\": \"06:4E:fa:10:00:01\", \"interfaces\": [{\"mac\": "
	       "\"06:4e:fa:10:00:01\",\n"
	       "  \"id\": \"eni-0efa0000000000001\", \"card\": 12, \"device\": 1, \"ip\": true}]}",
	       "{\"boot_id\": \"00000000-0000-4000-8000-000000000001\",\n"
	       " \"instance_type\": \"p5.48xlarge\", \"instance_id\": \"i-00000000000000001\",\n"
	       " \"primary\": \"02:00:00:00:00:01\", \"interfaces\": [{\"mac\": "
	       "\"02:00:00:00:00:01\",\n"
	       "  \"id\": \"eni-00000000000000001\", \"card\": 12, \"device\": 1, \"ip\": true}]}");
	/* Whatever a wrong file has in its strings. */
	expect(CONTENT_FACTS,
	       "{\"ip-10-0-0-5.ec2.internal\": [\"06:4e:fa:10:00\", \"10.0.0.5\", "
	       "\"06:4e\\u003afa\", \"a\\\"b\\\\\", null, false, \"instance_type\", "
	       "\"u7in-16tb.224xlarge\", \"p5.48xlarge\", \"instance_type\", \"10.0.0.5\"]}",
	       "{\"masked-1\": [\"masked-2\", \"192.0.2.1\", \"masked-3\", \"masked-4\", null, "
	       "false, \"instance_type\", \"u7in-16tb.224xlarge\", \"masked-5\", "
	       "\"instance_type\", \"192.0.2.1\"]}");
}

static void topology(void **state)
{
	(void)state;
	expect(CONTENT_TOPOLOGY,
	       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<!-- taken on ip-10-0-0-5 -->\n"
	       "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
	       "<topology version=\"2.0\">\n"
	       "  <object type=\"Machine\" os_index=\"0\" cpuset=\"0xffffffff,0xffffffff\">\n"
	       "    <info name=\"DMIProductName\" value=\"p5.48xlarge\"/>\n"
	       "    <info name=\"DMIProductSerial\" value=\"ec2a1b2c\"/>\n"
	       "    <info  value=\"ec2a1b2c\"\n name=\"DMIBoardAssetTag\" />\n"
	       "    <info name=\"HostName\" value=\"ip-10-0-0-5\"/>\n"
	       "    <info name=\"CPUModel\" value=\"AMD EPYC 7R13\"/>\n"
	       "    <info name=\"Unheard\" value=\"\"/>\n"
	       "    <info value=\"nameless\"/>\n"
	       "    <object type=\"OSDev\" name=\"rdmap79s0\" osdev_type=\"3\">\n"
	       "      <info name=\"NodeGUID\" value=\"01ab:10fa:0000:1001\"/>\n"
	       "      <info name=\"SysImageGUID\" value=\"0000:0000:0000:0000\"/>\n"
	       "      <info name=\"Port1GID0\" "
	       "value=\"fe80:0000:0000:0000:044e:faff:fe10:ab01\"/>\n"
	       "    </object>\n"
	       "    <object type=\"OSDev\" name=\"enx064efa10ab01\">\n"
	       "      <info name=\"Address\" value=\"06:4e:fa:10:ab:01\"/>\n"
	       "    </object>\n"
	       "    <object type=\"Misc\" name=\"user&quot;s job\" value=\"name=x\"/>\n"
	       "    <object type=\"OSDev\" name=\"cuda0\">\n"
	       "      <info name=\"NVIDIAUUID\" value=\"GPU-8d3f5b7a\"/>\n"
	       "    </object>\n"
	       "  </object>\n"
	       "  <indexes length=\"3\">0 1</indexes>\n"
	       "</topology>\n",
	       "<topology version=\"2.0\">\n"
	       "  <object type=\"Machine\" os_index=\"0\" cpuset=\"0xffffffff,0xffffffff\">\n"
	       "    <info name=\"DMIProductName\" value=\"p5.48xlarge\"/>\n"
	       "    <info name=\"DMIProductSerial\" value=\"masked-1\"/>\n"
	       "    <info value=\"masked-1\" name=\"DMIBoardAssetTag\"/>\n"
	       "    <info name=\"HostName\" value=\"masked-2\"/>\n"
	       "    <info name=\"CPUModel\" value=\"AMD EPYC 7R13\"/>\n"
	       "    <info name=\"Unheard\" value=\"\"/>\n"
	       "    <info value=\"masked-3\"/>\n"
	       "    <object type=\"OSDev\" name=\"rdmap79s0\" osdev_type=\"3\">\n"
	       "      <info name=\"NodeGUID\" value=\"0100:0000:0000:1001\"/>\n"
	       "      <info name=\"SysImageGUID\" value=\"0000:0000:0000:0000\"/>\n"
	       "      <info name=\"Port1GID0\" "
	       "value=\"fe80:0000:0000:0000:0000:00ff:fe00:0001\"/>\n"
	       "    </object>\n"
	       "    <object type=\"OSDev\" name=\"enx020000000001\">\n"
	       "      <info name=\"Address\" value=\"02:00:00:00:00:01\"/>\n"
	       "    </object>\n"
	       "    <object type=\"Misc\" name=\"masked-4\" value=\"name=x\"/>\n"
	       "    <object type=\"OSDev\" name=\"cuda0\">\n"
	       "      <info name=\"NVIDIAUUID\" value=\"masked-5\"/>\n"
	       "    </object>\n"
	       "  </object>\n"
	       "  <indexes length=\"3\">0 1</indexes>\n"
	       "</topology>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_hwloc_does_not_write),
		cmocka_unit_test(refuses_what_it_did_not_learn),
		cmocka_unit_test(refuses_more_than_it_has_masks_for),
		cmocka_unit_test(malformed_values_go_whole),
		cmocka_unit_test(one_address_in_all_its_forms),
		cmocka_unit_test(what_is_not_private_stays),
		cmocka_unit_test(ids_keep_their_length),
		cmocka_unit_test(a_mask_is_no_original),
		cmocka_unit_test(masks_stay),
		cmocka_unit_test(guids_of_others_are_numbered),
		cmocka_unit_test(routes),
		cmocka_unit_test(ip_addresses_are_known_elsewhere),
		cmocka_unit_test(facts),
		cmocka_unit_test(topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
