/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "eni_facts.h"

#define BOOT "8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e"
#define HEAD                                                                             \
	"{\"boot_id\": \"" BOOT "\", \"instance_type\": \"p5.48xlarge\", "               \
	"\"instance_id\": \"i-0123456789abcdef0\", \"primary\": \"06:00:00:00:00:01\", " \
	"\"interfaces\": ["
#define ENI(mac, id, card, device)                                                            \
	"{\"mac\": \"06:00:00:00:00:" mac "\", \"id\": \"eni-000000" id "\", \"card\": " card \
	", \"device\": " device ", \"ip\": true}"
#define FIRST ENI("01", "01", "0", "0")
#define TAIL  "]}"

static struct eni_facts facts;

static void refuse(const char *text, int code, const char *sentence)
{
	static struct eni_facts before;
	struct err err = {""};

	memset(&facts, 0x5a, sizeof(facts));
	before = facts;
	tree_file("enis.json", text);
	assert_int_equal(
		eni_facts_load(tree_path("enis.json"), FILE_TRUST_OWNER, BOOT, &facts, &err), code);
	assert_memory_equal(&before, &facts, sizeof(facts));
	if (!strstr(err.text, "enis.json") || !strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
}

static void refuses_what_is_not_a_nodes_facts(void **state)
{
	(void)state;
	refuse("", -EINVAL, "");
	refuse("[]", -EINVAL, "object");
	refuse(HEAD FIRST "], \"more\": 1}", -EINVAL, "more");
	refuse("{\"boot_id\": \"\"}", -EINVAL, "instance_type");
	refuse(HEAD TAIL, -EINVAL, "no interface at all");
	refuse(HEAD FIRST ", " ENI("01", "02", "1", "0") TAIL, -EINVAL,
	       "two interfaces with the MAC address 06:00:00:00:00:01");
	refuse(HEAD FIRST ", " ENI("02", "01", "1", "0") TAIL, -EINVAL,
	       "two interfaces with the id eni-00000001");
	refuse(HEAD ENI("02", "02", "0", "0") TAIL, -EINVAL,
	       "the primary MAC address 06:00:00:00:00:01 is none of the interfaces'");
	refuse(HEAD ENI("01", "01", "64", "0") TAIL, -ERANGE, "0 to 63");
	refuse(HEAD ENI("01", "01", "-1", "0") TAIL, -ERANGE, "0 to 63");
	refuse(HEAD ENI("01", "01", "0", "256") TAIL, -ERANGE, "0 to 255");
	refuse(HEAD ENI("01", "01", "\"0\"", "0") TAIL, -EINVAL, "integer");
	refuse(HEAD ENI("0x", "01", "0", "0") TAIL, -EINVAL, "expected a MAC address");
	refuse(HEAD ENI("01", "0x", "0", "0") TAIL, -EINVAL, "8 or 17 hexadecimal digits");
}

/* A text is held to the same as a file. */
static void texts_without_a_file(void **state)
{
	struct err err = {""};

	(void)state;
	memset(&facts, 0, sizeof(facts));
	assert_int_equal(eni_facts_parse("a name", HEAD TAIL, "", &facts, &err), -EINVAL);
	assert_non_null(strstr(err.text, "a name:1: interfaces: no interface at all"));
	assert_int_equal(eni_facts_parse("a name", HEAD FIRST TAIL, "another", &facts, &err),
			 -ESTALE);
	assert_non_null(strstr(err.text, "a name: written in boot "));
	assert_false(facts.known);
	assert_int_equal(eni_facts_parse("a name", HEAD FIRST TAIL, BOOT, &facts, &err), 0);
	assert_true(facts.known);
	assert_int_equal(facts.n_enis, 1);
}

static void refuses_more_interfaces_than_its_bound(void **state)
{
	static char text[32768];
	const char *sep = "";

	(void)state;
	text_format(text, sizeof(text), HEAD);
	for (unsigned i = 0; i <= NODE_ENIS_MAX; i++, sep = ", ")
		text_append(text, sizeof(text),
			    "%s{\"mac\": \"06:00:00:00:00:%02x\", \"id\": \"eni-000000%02x\", "
			    "\"card\": 0, \"device\": 0, \"ip\": true}",
			    sep, i, i);
	text_append(text, sizeof(text), TAIL);
	refuse(text, -E2BIG, "128");
}

static void refuses_facts_of_another_boot(void **state)
{
	struct err err = {""};

	(void)state;
	tree_file("enis.json", HEAD FIRST TAIL);
	assert_int_equal(eni_facts_load(tree_path("enis.json"), FILE_TRUST_OWNER,
					"00000000-0000-0000-0000-000000000000", &facts, &err),
			 -ESTALE);
	assert_non_null(strstr(err.text, "written in boot " BOOT));
	assert_non_null(strstr(err.text, "efa-layout facts --write"));
	/* A replayed node has no boot to compare with. */
	assert_int_equal(eni_facts_load(tree_path("enis.json"), FILE_TRUST_OWNER, "", &facts, &err),
			 0);
}

static void refuses_files_that_others_may_write(void **state)
{
	struct err err = {""};

	(void)state;
	tree_file("enis.json", HEAD FIRST TAIL);
	assert_int_equal(chmod(tree_path("enis.json"), 0666), 0);
	assert_int_equal(
		eni_facts_load(tree_path("enis.json"), FILE_TRUST_OWNER, BOOT, &facts, &err),
		-EPERM);
	assert_int_equal(eni_facts_load(tree_path("absent"), FILE_TRUST_OWNER, BOOT, &facts, &err),
			 -ENOENT);
}

static void loads_in_order_of_card_and_device(void **state)
{
	struct err err = {""};

	(void)state;
	tree_file("enis.json",
		  HEAD ENI("03", "03", "1", "0") ", " ENI("02", "02", "0", "1") ", " ENI(
			  "04", "04", "0", "0") ", " FIRST TAIL);
	if (eni_facts_load(tree_path("enis.json"), FILE_TRUST_OWNER, BOOT, &facts, &err))
		fail_msg("%s", err.text);
	assert_true(facts.known);
	assert_string_equal(facts.boot_id, BOOT);
	assert_string_equal(facts.instance_type, "p5.48xlarge");
	assert_string_equal(facts.instance_id, "i-0123456789abcdef0");
	assert_int_equal(facts.primary.byte[5], 1);
	assert_int_equal(facts.n_enis, 4);
	/* Two with the same place (a device index that reads 0 too early): by MAC. */
	assert_string_equal(facts.enis[0].id, "eni-00000001");
	assert_string_equal(facts.enis[1].id, "eni-00000004");
	assert_string_equal(facts.enis[2].id, "eni-00000002");
	assert_string_equal(facts.enis[3].id, "eni-00000003");
	assert_int_equal(facts.enis[3].card_index, 1);
	assert_int_equal(facts.enis[2].device_index, 1);
	assert_int_equal(facts.enis[0].rail, -1);
	assert_true(facts.enis[0].has_ip);
}

static void what_is_saved_loads_the_same(void **state)
{
	static struct eni_facts again;
	struct err err = {""};
	struct stat st;

	(void)state;
	tree_make("p5.48xlarge ena-primary");
	if (eni_facts_load(tree_path("run/efa-layout/enis.json"), FILE_TRUST_OWNER, BOOT, &facts,
			   &err))
		fail_msg("%s", err.text);
	assert_int_equal(facts.n_enis, 33);
	if (eni_facts_save(tree_path("saved.json"), &facts, &err))
		fail_msg("%s", err.text);
	assert_int_equal(stat(tree_path("saved.json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	if (eni_facts_load(tree_path("saved.json"), FILE_TRUST_OWNER, BOOT, &again, &err))
		fail_msg("%s", err.text);
	assert_memory_equal(&facts, &again, sizeof(facts));
}

static void saving_where_one_cannot_says_so(void **state)
{
	struct err err = {""};

	(void)state;
	assert_int_equal(eni_facts_save(tree_path("none/enis.json"), &facts, &err), -ENOENT);
	assert_non_null(strstr(err.text, "none/enis.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
		T(refuses_what_is_not_a_nodes_facts), T(refuses_more_interfaces_than_its_bound),
		T(refuses_facts_of_another_boot),     T(refuses_files_that_others_may_write),
		T(loads_in_order_of_card_and_device), T(what_is_saved_loads_the_same),
		T(saving_where_one_cannot_says_so),   T(texts_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
