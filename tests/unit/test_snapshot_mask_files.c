/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose form says where private values stand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mask_expect.h"

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
		cmocka_unit_test(malformed_values_go_whole),
		cmocka_unit_test(routes),
		cmocka_unit_test(facts),
		cmocka_unit_test(topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
