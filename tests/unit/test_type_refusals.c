/* SPDX-License-Identifier: Apache-2.0 */
/* Every sentence with which a file of instance types is refused, with line and key. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../nodes/node_tree.h"
#include "instance_type.h"

#define SOURCED "\"source\": \"s\", \"confidence\": \"inferred\", "

/* A type named a.b with two cards, its keys on the third line. */
#define TYPE(keys)                                                                      \
	"{\"types\": [\n{\"name\": \"a.b\", " SOURCED "\"cards\": 2, \"max_efa\": 2,\n" \
	" " keys "}]}"
/* One that starts from the type below, its keys on the second line. */
#define EXTENDS(keys) "{\"types\": [\n{\"name\": \"c.d\", \"extends\": \"n.rails\", " keys "}]}"
#define NEURON	      "\"accels\": 2, \"accelerator\": \"neuron\", "
#define RAILS	      "\"rails\": [\"0000:10:00.0\", \"0000:20:00.0\"]"
#define SHIPPED                                         \
	"{\"types\": [{\"name\": \"n.rails\", " SOURCED \
	"\"cards\": 2, \"max_efa\": 2, " NEURON RAILS   \
	", \"neuron_rails\": [\"0000:20:00.0\", \"0000:10:00.0\"]}]}"

static struct type_set types;

struct refusal {
	const char *text, *sentence;
};

static void refuse(const struct refusal *refusal)
{
	const struct type_set before = types;
	char expected[512], path[256];
	struct err err = {""};
	int r;

	tree_file("site.json", refusal->text);
	text_format(path, sizeof(path), "%s", tree_path("site.json"));
	text_format(expected, sizeof(expected), "%s%s", path, refusal->sentence);
	r = type_set_load(&types, path, FILE_TRUST_OWNER, &err);
	assert_string_equal(err.text, expected);
	assert_true(r == -EINVAL || r == -ERANGE || r == -E2BIG || r == -EEXIST);
	assert_int_equal(types.n, before.n);
	assert_ptr_equal(types.v, before.v);
}

static void refuse_all(const struct refusal *refusals, size_t n)
{
	struct err err = {""};

	tree_file("shipped.json", SHIPPED);
	if (type_set_load(&types, tree_path("shipped.json"), FILE_TRUST_OWNER, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < n; i++)
		refuse(&refusals[i]);
}

#define REFUSE(refusals) refuse_all(refusals, sizeof(refusals) / sizeof((refusals)[0]))

static void files(void **state)
{
	static const struct refusal refusals[] = {
		{"[]", ":1: expected an object, found a list"},
		{"{}", ":1: the key \"types\" is missing"},
		{"{\n\"type\": []}", ":2: type: unknown key; did you mean \"types\"?"},
		{"{\"types\": {}}", ":1: types: expected a list, found an object"},
		{"{\"types\": [\n7]}", ":2: types[0]: expected an object, found 7"},
		{TYPE("\"cards\": 1"),
		 ":3: types[0].cards: this key was given before, in line 2; remove one"},
	};

	(void)state;
	REFUSE(refusals);
}

static void names_and_sources(void **state)
{
#define NAME(name) "{\"types\": [\n{\"name\": " name "}]}"
	static const struct refusal refusals[] = {
		{"{\"types\": [\n{}]}", ":2: types[0]: the key \"name\" is missing"},
		{TYPE("\"max_efas\": 1"),
		 ":3: types[0].max_efas: unknown key; did you mean \"max_efa\"?"},
		{NAME("5"), ":2: types[0].name: expected a string, found 5"},
		{NAME("\"p5\""),
		 ":2: types[0].name: expected an instance type such as p5.48xlarge, found \"p5\""},
		{NAME("\"p5 .x\""), ":2: types[0].name: expected an instance type such as "
				    "p5.48xlarge, found \"p5 .x\""},
		{NAME("\"p5.x\""), ":2: types[0]: the key \"cards\" is missing"},
		{"{\"types\": [\n{\"name\": \"a.b\", \"cards\": 1}]}",
		 ":2: types[0]: the key \"max_efa\" is missing"},
		{"{\"types\": [\n{\"name\": \"a.b\", \"cards\": 1, \"max_efa\": 1}]}",
		 ":2: types[0]: the key \"source\" is missing"},
		{"{\"types\": [\n{\"name\": \"a.b\", \"cards\": 1, \"max_efa\": 1,\n"
		 " \"source\": \"\"}]}",
		 ":3: types[0].source: expected 1 to 159 characters, found 0"},
		{"{\"types\": [\n{\"name\": \"a.b\", \"cards\": 1, \"max_efa\": 1,\n"
		 " \"source\": \"s\"}]}",
		 ":2: types[0]: the key \"confidence\" is missing"},
		{"{\"types\": [\n{\"name\": \"a.b\", \"cards\": 1, \"max_efa\": 1,\n"
		 " \"source\": \"s\", \"confidence\": \"confirmd\"}]}",
		 ":3: types[0].confidence: expected one of confirmed, inferred, unconfirmed, "
		 "found \"confirmd\"; did you mean \"confirmed\"?"},
	};

	(void)state;
	REFUSE(refusals);
}

static void a_name_given_twice(void **state)
{
	char sentence[256];
	const struct refusal refusal = {"{\"types\": [\n{\"name\": \"a.b\", " SOURCED
					"\"cards\": 2, \"max_efa\": 2},\n"
					"{\"name\": \"a.b\", \"extends\": \"a.b\"}]}",
					sentence};

	(void)state;
	text_format(sentence, sizeof(sentence),
		    ":3: types[1]: a second instance type named \"a.b\" in this file, the first is "
		    "at %s:2",
		    tree_path("site.json"));
	refuse(&refusal);
}

static void numbers(void **state)
{
#define CARDS(cards, max)                                                                       \
	"{\"types\": [\n{\"name\": \"a.b\", " SOURCED "\"cards\": " cards ", \"max_efa\": " max \
	"}]}"
	static const struct refusal refusals[] = {
		{CARDS("0", "1"), ":2: types[0].cards: expected an integer from 1 to 64, found 0"},
		{CARDS("65", "1"),
		 ":2: types[0].cards: expected an integer from 1 to 64, found 65"},
		{CARDS("\"2\"", "1"),
		 ":2: types[0].cards: expected an integer from 1 to 64, found \"2\""},
		{CARDS("2", "0"), ":2: types[0].max_efa: expected an integer from 1 to 2, found 0"},
		{CARDS("2", "3"), ":2: types[0].max_efa: expected an integer from 1 to 2, found 3"},
		{TYPE("\"primary_efa\": 1"),
		 ":3: types[0].primary_efa: expected true or false, found 1"},
		{TYPE("\"primary_efa\": false"),
		 ":3: types[0].primary_efa: max_efa equals cards, so card 0 must carry EFA"},
		{TYPE("\"enis_per_card\": 0"),
		 ":3: types[0].enis_per_card: expected an integer from 1 to 64, found 0"},
		{TYPE("\"efa_gbps\": 0"),
		 ":3: types[0].efa_gbps: expected an integer from 1 to 3200, found 0"},
		{TYPE("\"efa_gbps\": 99999999999999999999"),
		 ":3: types[0].efa_gbps: expected an integer from 1 to 3200, found "
		 "99999999999999999999"},
		{TYPE("\"foreign\": -1"),
		 ":3: types[0].foreign: expected an integer from 0 to 64, found -1"},
		{TYPE("\"accels\": 65"),
		 ":3: types[0].accels: expected an integer from 0 to 64, found 65"},
	};

	(void)state;
	REFUSE(refusals);
}

static void devices_and_accelerators(void **state)
{
#define DEVICE(found)                                                                      \
	":3: types[0].efa_device: expected a PCI device id of EFA, \"efa0\" to \"efaf\", " \
	"found " found
	static const struct refusal refusals[] = {
		{TYPE("\"efa_device\": \"efag\""), DEVICE("\"efag\"")},
		{TYPE("\"efa_device\": \"EFA1\""), DEVICE("\"EFA1\"")},
		{TYPE("\"efa_device\": \"efa\""), DEVICE("\"efa\"")},
		{TYPE("\"efa_device\": \"0xefa1\""), DEVICE("\"0xefa1\"")},
		{TYPE("\"efa_device\": 1"), DEVICE("1")},
		{TYPE("\"accels\": 1, \"accelerator\": \"nvida\""),
		 ":3: types[0].accelerator: expected one of nvidia, neuron, habana, amd, found "
		 "\"nvida\"; did you mean \"nvidia\"?"},
		{TYPE("\"accelerator\": \"nvidia\""),
		 ":3: types[0].accelerator: says what accels are, but the entry has no accels"},
		{EXTENDS("\"accels\": 0, \"accelerator\": \"neuron\""),
		 ":2: types[0].accelerator: says what accels are, but the entry has no accels"},
	};

	(void)state;
	REFUSE(refusals);
}

static void addresses(void **state)
{
#define WANTED "expected a PCI address such as \"0000:4f:00.0\", found "
	static const struct refusal refusals[] = {
		{TYPE("\"rails\": 1"), ":3: types[0].rails: expected a list, found 1"},
		{TYPE("\"rails\": [\"0000:10:00.0\"]"),
		 ":3: types[0].rails: expected as many PCI addresses as max_efa, 2, found 1"},
		{TYPE("\"rails\": [\n\"10:00.0\", \"20:00.0\"]"),
		 ":4: types[0].rails[0]: " WANTED "\"10:00.0\""},
		{TYPE("\"rails\": [\n1, 2]"), ":4: types[0].rails[0]: " WANTED "1"},
		{TYPE("\"rails\": [\"0000:20:00.0\",\n\"0000:10:00.0\"]"),
		 ":4: types[0].rails[1]: expected PCI addresses in rising order, found "
		 "\"0000:10:00.0\""},
		{TYPE("\"rails\": [\"0000:20:00.0\",\n\"0000:20:00.0\"]"),
		 ":4: types[0].rails[1]: expected PCI addresses in rising order, found "
		 "\"0000:20:00.0\""},
		{TYPE(RAILS ",\n\"neuron_rails\": []"),
		 ":4: types[0].neuron_rails: is for types with \"accelerator\": \"neuron\" alone"},
		{TYPE(NEURON "\"neuron_rails\": []"),
		 ":3: types[0].neuron_rails: names some of rails, but the entry has no rails"},
		{TYPE(NEURON RAILS ", \"neuron_rails\": {}"),
		 ":3: types[0].neuron_rails: expected a list, found an object"},
		{TYPE(NEURON RAILS ", \"neuron_rails\": [\"0000:10:00.0\"]"),
		 ":3: types[0].neuron_rails: expected as many PCI addresses as accels, 2, found 1"},
		{TYPE(NEURON RAILS ", \"neuron_rails\": [\"0000:10:00.0\", \"0000:30:00.0\"]"),
		 ":3: types[0].neuron_rails[1]: expected one of rails, found \"0000:30:00.0\""},
		{TYPE(NEURON RAILS ", \"neuron_rails\": [\"0000:10:00.0\", 2]"),
		 ":3: types[0].neuron_rails[1]: " WANTED "2"},
		/* The base's table is not this type's. */
		{EXTENDS("\"max_efa\": 1,\n\"neuron_rails\": [\"0000:10:00.0\", \"0000:20:00.0\"]"),
		 ":3: types[0].neuron_rails: names some of rails, but the entry has no rails"},
	};

	(void)state;
	REFUSE(refusals);
}

static void bases(void **state)
{
#define BASE(base) "{\"types\": [\n{\"name\": \"c.d\", \"extends\": " base "}]}"
	static const struct refusal refusals[] = {
		{BASE("\"n.rail\""), ":2: types[0].extends: there is no instance type \"n.rail\" "
				     "before this entry; did you mean \"n.rails\"?"},
		{BASE("\"something.else\""), ":2: types[0].extends: there is no instance type "
					     "\"something.else\" before this entry"},
		{BASE("\"c.d\""), ":2: types[0].extends: there is no instance type \"c.d\" before "
				  "this entry"},
		{BASE("[]"), ":2: types[0].extends: expected a string, found a list"},
		{EXTENDS("\"cards\": 1"),
		 ":2: types[0]: cards 1 is below max_efa 2 of n.rails; give a max_efa too"},
		{EXTENDS("\"cards\": 3, \"max_efa\": 3, \"primary_efa\": false"),
		 ":2: types[0].primary_efa: max_efa equals cards, so card 0 must carry EFA"},
	};

	(void)state;
	REFUSE(refusals);
}

static void more_than_there_is_room_for(void **state)
{
	static char text[1 << 16];
	char names[1 << 15] = "";
	struct refusal refusal = {text, ":1: types: 513 entries, at most 512 are allowed"};
	struct err err = {""};

	(void)state;
	for (unsigned i = 0; i <= TYPES_MAX; i++)
		text_append(names, sizeof(names), "%s{\"name\": \"a.%u\"}", i ? ", " : "", i);
	text_format(text, sizeof(text), "{\"types\": [%s]}", names);
	refuse(&refusal);
	/* The bound holds for all files together. */
	tree_file("shipped.json", SHIPPED);
	assert_int_equal(type_set_load(&types, tree_path("shipped.json"), FILE_TRUST_OWNER, &err),
			 0);
	names[0] = '\0';
	for (unsigned i = 0; i < TYPES_MAX; i++)
		text_append(names, sizeof(names),
			    "%s{\"name\": \"a.%u\", \"extends\": \"n.rails\"}", i ? ", " : "", i);
	text_format(text, sizeof(text), "{\"types\": [%s]}", names);
	tree_file("site.json", text);
	assert_int_equal(type_set_load(&types, tree_path("site.json"), FILE_TRUST_OWNER, &err),
			 -EOVERFLOW);
	assert_non_null(strstr(err.text, "types[511]: more than 512 instance types"));
	assert_int_equal(types.n, 1);
}

static int setup(void **state)
{
	memset(&types, 0, sizeof(types));
	return tree_setup(state);
}

static int teardown(void **state)
{
	type_set_done(&types);
	return tree_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(files),   T(names_and_sources),	    T(a_name_given_twice),
		T(numbers), T(devices_and_accelerators),    T(addresses),
		T(bases),   T(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
