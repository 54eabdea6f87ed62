/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "imds.h"
#include "metadata_server.h"

#define MACS	 "meta-data/network/interfaces/macs/"
#define FIRST	 MACS "06:00:00:00:00:01/"
#define SECOND	 MACS "06:00:00:00:00:02/"
#define THIRD	 MACS "06:00:00:00:00:03/"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Two network cards: card 0 with a plain ENA interface and an efa-only, card 1 with an efa-only.
 * The efa-only interfaces have no local-ipv4s, one key is there and empty. */
static const struct answer healthy[] = {
	{"api/token", 200, SERVER_TOKEN, 0},
	{"meta-data/instance-type", 200, "p5.48xlarge", 0},
	{"meta-data/instance-id", 200, "i-0123456789abcdef0", 0},
	{"meta-data/mac", 200, "06:00:00:00:00:01", 0},
	{MACS, 200, "06:00:00:00:00:03/\n06:00:00:00:00:02/\n06:00:00:00:00:01/", 0},
	{FIRST "interface-id", 200, "eni-00000000000000001", 0},
	{FIRST "device-number", 200, "0", 0},
	{FIRST "network-card", 200, "0", 0},
	{FIRST "local-ipv4s", 200, "10.0.0.1\n10.0.0.2\n", 0},
	{SECOND "interface-id", 200, "eni-00000000000000002", 0},
	{SECOND "device-number", 200, "1", 0},
	{SECOND "network-card", 200, "0", 0},
	{THIRD "interface-id", 200, "eni-00000000000000003", 0},
	{THIRD "device-number", 200, "0", 0},
	{THIRD "network-card", 200, "1", 0},
	{THIRD "local-ipv4s", 200, "", 0},
	{THIRD "ipv6s", 200, "", 0},
};

static struct metadata_server server;
static struct imds_options options;
static struct eni_facts facts;

static int setup(void **state)
{
	(void)state;
	server = (struct metadata_server){.answers = healthy, .n_answers = COUNT(healthy)};
	options = (struct imds_options){.request_ms = 2000, .total_ms = 15000};
	memset(&facts, 0x5a, sizeof(facts));
	server_start(&server);
	options.endpoint = server.endpoint;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	server_stop(&server);
	return 0;
}

static void expect_refusal(int code, const char *path, const char *sentence)
{
	static struct eni_facts before;
	struct err err = {""};

	before = facts;
	assert_int_equal(imds_fetch(&options, &facts, &err), code);
	assert_memory_equal(&before, &facts, sizeof(facts));
	if (!strstr(err.text, path) || !strstr(err.text, sentence))
		fail_msg("expected \"%s\" and \"%s\" in \"%s\"", path, sentence, err.text);
}

/* This path answers so, everything else is well. */
static void refuse(const char *path, int status, const char *body, int code, const char *sentence)
{
	const struct answer bad = {path, status, body, 0};

	server.extra = &bad;
	server.n_extra = 1;
	expect_refusal(code, path, sentence);
	server.n_extra = 0;
}

static void expect_success(void)
{
	struct err err = {""};

	if (imds_fetch(&options, &facts, &err))
		fail_msg("%s", err.text);
	assert_int_equal(facts.n_enis, 3);
	assert_int_equal(server.put_without_ttl, 0);
	assert_int_equal(server.get_without_token, 0);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void refuses_what_no_metadata_service_says(void **state)
{
	(void)state;
	refuse("api/token", 200, "", -EPROTO, "expected a token");
	refuse("api/token", 200, "a b", -EPROTO, "expected a token");
	refuse("api/token", 200, "evil\r\nX-Header: 1", -EPROTO, "expected a token");
	refuse("meta-data/instance-type", 200, "<html>", -EPROTO,
	       "expected an instance type such as p5.48xlarge, found \"<html>\"");
	refuse("meta-data/instance-type", 200, "an-instance-type-that-is-too-long.48xlarge",
	       -EPROTO, "expected an instance type");
	refuse("meta-data/instance-id", 200, "p-1", -EPROTO, "expected an instance id");
	refuse("meta-data/mac", 200, "06:00", -EPROTO, "expected a MAC address, found \"06:00\"");
	refuse(MACS, 200, "06:00:00:00:00:02/", -EPROTO, "is none of the interfaces'");
	refuse(MACS, 200, "06:00:00:00:00:01/\n\x1b[2Jx", -EPROTO,
	       "expected MAC addresses, found \"?[2Jx\"");
	refuse(MACS, 200, "", -EPROTO, "no interface at all");
	refuse(MACS, 200, "06:00:00:00:00:01/\n06:00:00:00:00:01/", -EPROTO, "two interfaces");
	refuse(FIRST "interface-id", 200, "eni-x", -EPROTO, "expected an interface id");
	refuse(FIRST "device-number", 200, "-1", -EPROTO, "expected a small number, found \"-1\"");
	refuse(FIRST "device-number", 200, "256", -EPROTO, "expected a small number");
	refuse(FIRST "network-card", 200, "64", -EPROTO, "expected a small number");
	refuse(FIRST "local-ipv4s", 200, "10.0.0.1\nx", -EPROTO, "expected IP addresses");
	refuse(SECOND "ipv6s", 200, "10.0.0.1", -EPROTO, "expected IP addresses");
}

static void refuses_two_interfaces_with_one_id(void **state)
{
	const struct answer again = {SECOND "interface-id", 200, "eni-00000000000000001", 0};

	(void)state;
	server.extra = &again;
	server.n_extra = 1;
	expect_refusal(-EPROTO, MACS, "two interfaces with the id eni-00000000000000001");
}

static void refuses_keys_that_are_missing(void **state)
{
	(void)state;
	refuse("api/token", 404, "", -EPROTO, "404");
	refuse("meta-data/instance-type", 404, "", -EPROTO, "404");
	refuse("meta-data/instance-id", 404, "", -EPROTO, "404");
	refuse("meta-data/mac", 404, "", -EPROTO, "404");
	refuse(MACS, 404, "", -EPROTO, "404");
	refuse(FIRST "interface-id", 404, "", -EPROTO, "404");
	refuse(FIRST "device-number", 404, "", -EPROTO, "404");
}

static void says_when_metadata_is_disabled(void **state)
{
	(void)state;
	refuse("api/token", 403, "", -EACCES, "is the metadata service enabled");
	refuse("meta-data/mac", 401, "", -EACCES, "refused with HTTP status 401");
}

static void follows_no_redirect(void **state)
{
	(void)state;
	refuse("meta-data/mac", 302, "", -EPROTO, "expected HTTP status 200, found 302");
}

static void refuses_large_answers_and_nul_bytes(void **state)
{
	static char large[65537];
	struct answer bad = {MACS, 200, large, sizeof(large)};

	(void)state;
	memset(large, 'a', sizeof(large));
	server.extra = &bad;
	server.n_extra = 1;
	expect_refusal(-EPROTO, MACS, "expected at most 65536 bytes");
	bad = (struct answer){"meta-data/mac", 200, "06\0:00", 6};
	expect_refusal(-EPROTO, "meta-data/mac", "NUL byte");
}

static void refuses_other_schemes(void **state)
{
	(void)state;
	options.endpoint = "file:///etc/passwd";
	expect_refusal(-EINVAL, "file:///etc/passwd", "begins with http://");
}

static void refused_connection(void **state)
{
	char closed[sizeof(server.endpoint)];

	(void)state;
	memcpy(closed, server.endpoint, sizeof(closed));
	server_stop(&server);
	options.endpoint = closed;
	expect_refusal(-ECONNREFUSED, "", closed);
	server_start(&server);
}

static void a_slow_answer_ends_at_the_requests_deadline(void **state)
{
	int64_t start = now_ms();

	(void)state;
	server.at = "meta-data/mac";
	server.delay_ms = 60000;
	options.request_ms = 200;
	expect_refusal(-ETIMEDOUT, "meta-data/mac", "no answer in time");
	assert_in_range(now_ms() - start, 200, 10000);
	assert_int_equal(server.requests, 1);
}

static void many_slow_answers_end_at_the_deadline_of_all(void **state)
{
	int64_t start = now_ms();

	(void)state;
	server.delay_ms = 100;
	options.request_ms = 60000;
	options.total_ms = 450;
	expect_refusal(-ETIMEDOUT, "meta-data/", "no answer in time");
	assert_in_range(now_ms() - start, 450, 10000);
	assert_in_range(server.requests, 2, 5);
}

static void throttling_is_tried_again_but_not_for_ever(void **state)
{
	(void)state;
	server.at = FIRST "interface-id";
	server.fail_first = 2;
	expect_success();
	assert_int_equal(server.requests, 3);
	server.requests = 0;
	server.fail_first = 1000;
	memset(&facts, 0x5a, sizeof(facts));
	expect_refusal(-EPROTO, FIRST "interface-id", "found 503");
	assert_int_equal(server.requests, 3);
}

static void lost_connections_are_tried_again(void **state)
{
	(void)state;
	server.at = "api/token";
	server.drop_first = 2;
	expect_success();
	assert_int_equal(server.requests, 3);
}

static void other_answers_are_not_tried_again(void **state)
{
	(void)state;
	server.at = "meta-data/mac";
	refuse("meta-data/mac", 400, "", -EPROTO, "found 400");
	assert_int_equal(server.requests, 1);
	server.at = "api/token";
	server.requests = 0;
	refuse("api/token", 403, "", -EACCES, "403");
	assert_int_equal(server.requests, 1);
}

static void fetches_every_interface(void **state)
{
	(void)state;
	expect_success();
	assert_true(facts.known);
	assert_string_equal(facts.boot_id, "");
	assert_string_equal(facts.instance_type, "p5.48xlarge");
	assert_string_equal(facts.instance_id, "i-0123456789abcdef0");
	assert_int_equal(facts.primary.byte[5], 1);
	for (unsigned i = 0; i < 3; i++) {
		const struct eni *eni = &facts.enis[i];

		assert_int_equal(eni->mac.byte[5], i + 1);
		assert_int_equal(eni->card_index, i == 2);
		assert_int_equal(eni->device_index, i == 1);
		assert_int_equal(eni->has_ip, i == 0);
		assert_int_equal(eni->rail, -1);
		assert_int_equal(eni->ena, -1);
	}
	assert_string_equal(facts.enis[2].id, "eni-00000000000000003");
}

static void a_single_card_has_no_card_number(void **state)
{
	static const struct answer single[] = {
		{MACS, 200, "06:00:00:00:00:01/", 0},
		{FIRST "network-card", 404, "", 0},
		{FIRST "local-ipv4s", 404, "", 0},
		{FIRST "ipv6s", 200, "fd00::1", 0},
	};
	struct err err = {""};

	(void)state;
	server.extra = single;
	server.n_extra = COUNT(single);
	if (imds_fetch(&options, &facts, &err))
		fail_msg("%s", err.text);
	assert_int_equal(facts.n_enis, 1);
	assert_int_equal(facts.enis[0].card_index, 0);
	assert_true(facts.enis[0].has_ip);
}

/* The second interface of card 0 claims device 0, as the first has it, until it has settled. */
static void device_numbers_may_come_late(void **state)
{
	const struct answer early = {SECOND "device-number", 200, "0", 0};

	(void)state;
	server.extra = &early;
	server.n_extra = 1;
	server.extra_times = 2;
	server.at = SECOND "device-number";
	options.settle_ms = 12000;
	expect_success();
	assert_int_equal(facts.enis[1].device_index, 1);
	assert_int_equal(server.requests, 3);
	/* Interfaces with a place of their own are not asked again. */
	server.requests = 0;
	expect_success();
	assert_int_equal(server.requests, 1);
}

static void device_numbers_that_stay_are_taken(void **state)
{
	const struct answer never = {SECOND "device-number", 200, "0", 0};
	int64_t start = now_ms();

	(void)state;
	server.extra = &never;
	server.n_extra = 1;
	options.settle_ms = 700;
	expect_success();
	assert_int_equal(facts.enis[0].device_index + facts.enis[1].device_index, 0);
	assert_in_range(now_ms() - start, 500, 10000);
	/* No longer than the whole fetch may take. */
	options.settle_ms = 60000;
	options.request_ms = 100;
	options.total_ms = 1000;
	start = now_ms();
	expect_success();
	assert_in_range(now_ms() - start, 0, 1000);
}

static void a_proxy_of_the_environment_is_not_asked(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	expect_success();
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(refuses_what_no_metadata_service_says),
		T(refuses_two_interfaces_with_one_id),
		T(refuses_keys_that_are_missing),
		T(says_when_metadata_is_disabled),
		T(follows_no_redirect),
		T(refuses_large_answers_and_nul_bytes),
		T(refuses_other_schemes),
		T(refused_connection),
		T(a_slow_answer_ends_at_the_requests_deadline),
		T(many_slow_answers_end_at_the_deadline_of_all),
		T(throttling_is_tried_again_but_not_for_ever),
		T(lost_connections_are_tried_again),
		T(other_answers_are_not_tried_again),
		T(fetches_every_interface),
		T(a_single_card_has_no_card_number),
		T(device_numbers_may_come_late),
		T(device_numbers_that_stay_are_taken),
		T(a_proxy_of_the_environment_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
