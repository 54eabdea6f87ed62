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

#include "mask_expect.h"
#include "text.h"

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

static void one_address_in_all_its_forms(void **state)
{
	static const char *const forms[][2] = {
		{"06:4e:fa:10:ab:01", "02:00:00:00:00:01"},
		{"06:4E:FA:10:AB:01", "02:00:00:00:00:01"},
		{"06-4e-fa-10-ab-01", "02-00-00-00-00-01"},
		{"x 06:4e:fa:10:ab:01, y", "x 02:00:00:00:00:01, y"},
		{"::06-4e-fa-10-ab-01", "::02-00-00-00-00-01"},
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

/* Also by an address that stands in a value which goes whole. */
static void bare_digits_are_known_elsewhere(void **state)
{
	struct mask *mask = mask_new();
	char *result = NULL;

	(void)state;
	assert_int_equal(mask_learn(mask, CONTENT_MAC, "address 06:4e:fa:10:ab:01", NULL), 0);
	assert_int_equal(mask_settle(mask, NULL), 0);
	assert_int_equal(
		mask_apply(mask, CONTENT_PLAIN, "rdmax064efa10ab01 064efa10ab02", &result, NULL),
		0);
	assert_string_equal(result, "rdmax020000000001 064efa10ab02");
	free(result);
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

/* As an id, the rest of it would stay. */
static void a_uuid_behind_a_prefix_goes_whole(void **state)
{
	(void)state;
	expect(CONTENT_PLAIN, "i-8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e",
	       "i-00000000-0000-4000-8000-000000000001");
	expect(CONTENT_PLAIN, "ENI-8D3F5B7A-1C42-4E8E-9D55-0F6A7B8C9D0E",
	       "ENI-00000000-0000-4000-8000-000000000001");
	expect(CONTENT_PLAIN, "i-8d3f5b7a-1c42-4e8e-9d55", "i-00000001-1c42-4e8e-9d55");
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
	/* Nor is one that stands in a longer original. */
	expect(CONTENT_FACTS, "[\"02:00:00:00:00:01 \", \"06:4e:fa:10:00:00\"]",
	       "[\"masked-1\", \"02:00:00:00:00:03\"]");
	/* A GUID made from the mask 02:00:00:00:00:01 would be the other one. */
	expect(CONTENT_PLAIN, "00:30:00:00:00:00 0000:0000:044e:faff 0100:0000:044e:faff",
	       "02:00:00:00:00:02 0200:0000:044e:faff 0200:0000:0000:0001");
	/* The first number would give the GUID that is made from the second address. */
	expect(CONTENT_PLAIN,
	       "06:4e:fa:10:00:01 06:4e:fa:10:00:02 a088:c203:00ab:cdef 0200:10fa:0000:0001",
	       "02:00:00:00:00:01 02:00:00:00:00:02 0200:0000:0000:0002 0200:0000:0000:0001");
}

#define MASKS                                                                 \
	"02:00:00:00:00:01 eni-00000001 fe80::ff:fe00:1 0200:0000:0000:0001 " \
	"i-00000000-0000-4000-8000-000000000001"

static void masks_stay(void **state)
{
	static const char *const texts[][2] = {
		{"06:4e:fa:10:00:01 eni-0123abcd fe80::44e:faff:fe10:1 a088:c203:00ab:cdef "
		 "i-8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e",
		 MASKS},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_did_not_learn),
		cmocka_unit_test(refuses_more_than_it_has_masks_for),
		cmocka_unit_test(one_address_in_all_its_forms),
		cmocka_unit_test(bare_digits_are_known_elsewhere),
		cmocka_unit_test(what_is_not_private_stays),
		cmocka_unit_test(ids_keep_their_length),
		cmocka_unit_test(a_uuid_behind_a_prefix_goes_whole),
		cmocka_unit_test(a_mask_is_no_original),
		cmocka_unit_test(masks_stay),
		cmocka_unit_test(guids_of_others_are_numbered),
		cmocka_unit_test(ip_addresses_are_known_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
