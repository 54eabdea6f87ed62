/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "topology_text.h"
#include "xml_text.h"

typedef int (*change_fn)(char *text, size_t *size, struct err *err);

/* Documents here are an <a>. */
static int plain(char *text, size_t *size, struct err *err)
{
	return xml_text_plain(text, size, "a", err);
}

/* On the heap and just as large as the text: the sanitizer sees a byte too many. */
static char *change(change_fn fn, const char *text, int want, struct err *err)
{
	char *copy = strdup(text);
	size_t size = strlen(text);
	int rc;

	assert_non_null(copy);
	err->text[0] = '\0';
	rc = fn(copy, &size, err);
	if (rc != want)
		fail_msg("%s: %d \"%s\", expected %d", text, rc, err->text, want);
	if (!rc)
		assert_int_equal(size, strlen(copy));
	return copy;
}

static void refuse(change_fn fn, const char *text, const char *sentence)
{
	struct err err;

	free(change(fn, text, -EINVAL, &err));
	if (!strstr(err.text, sentence))
		fail_msg("%s: \"%s\", expected \"%s\"", text, err.text, sentence);
}

static void refuses_what_is_no_document(void **state)
{
	(void)state;
	refuse(plain, "", "not XML: no element");
	refuse(plain, " \n\t", "not XML: no element");
	refuse(plain, "<!-- only a comment -->", "not XML: no element");
	refuse(plain, "{\"a\": 1}", "not XML: expected \"<\" in line 1");
	refuse(plain, "\n\n<?xml version=\"1.0\"?>\nx", "not XML: expected \"<\" in line 4");
	refuse(plain, "<svg:b x:y=\"z\"/>", "the document is a <svg:b>, expected a <a>");
	refuse(plain, "<ab/>", "the document is a <ab>, expected a <a>");
	refuse(plain, "<", "expected the name of an element");
	refuse(plain, "<>", "expected the name of an element");
	refuse(plain, "</a>", "expected the name of an element");
	refuse(plain, "<![CDATA[x]]>", "the document is a <![CDATA[x]]>, expected a <a>");
	refuse(plain, "<!DOCTYPE a [<!ENTITY b \"c\">]><a/>",
	       "line 1: a document type with declarations of its own");
}

static void refuses_what_is_cut_short(void **state)
{
	static const char whole[] = "<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"b\">\n"
				    "<a b=\"c\"><!-- d --><e f=\"g\"/><i length=\"1\">h</i></a>";

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char text[sizeof(whole)];
		struct err err;

		memcpy(text, whole, n);
		text[n] = '\0';
		free(change(plain, text, -EINVAL, &err));
		assert_int_not_equal(err.text[0], '\0');
	}
	refuse(plain, "<?xml version", "cut short inside of the XML declaration");
	refuse(plain, "<!DOCTYPE a", "cut short inside of the document type");
	refuse(plain, "\n<!-- a", "cut short: the comment of line 2 has no end");
	refuse(plain, "<a>\n<!-- b --", "cut short: the comment of line 2 has no end");
	refuse(plain, "<a>\n<b", "cut short inside of the <b> of line 2");
	refuse(plain, "<a>\n<b c=\"", "cut short inside of the <b> of line 2");
	refuse(plain, "<a>\n<b c=", "cut short inside of the <b> of line 2");
	refuse(plain, "<a>\n<b>\n</b>\n<c>\n", "cut short: the <c> of line 4 has no end");
	refuse(plain, "<a></a", "cut short inside of the <a> of line 1");
}

static void refuses_what_readers_read_in_more_than_one_way(void **state)
{
	(void)state;
	refuse(plain, "<a>\n<b></a></b>", "line 2: </a> where </b> of line 2 was expected");
	refuse(plain, "<a></ab>", "</ab> where </a>");
	refuse(plain, "<a><bc></b></a>", "</b> where </bc>");
	refuse(plain, "<a/></a>", "line 1: text behind the end of the document");
	refuse(plain, "<a></a>\n\nx", "line 3: text behind the end of the document");
	refuse(plain, "<a/><b/>", "text behind the end of the document");
	refuse(plain, "<a b='c'/>", "expected name=\"value\" in <a>, found \"'\"");
	refuse(plain, "<a b/>", "expected name=\"value\" in <a>, found \"/\"");
	refuse(plain, "<a b =\"c\"/>", "expected name=\"value\" in <a>, found \" \"");
	refuse(plain, "<a b= \"c\"/>", "expected name=\"value\" in <a>");
	refuse(plain, "<a b=\"c\"d=\"e\"/>", "expected name=\"value\" in <a>, found \"d\"");
	refuse(plain, "<a \x01/>", "expected name=\"value\" in <a>, found \"?\"");
	refuse(plain, "<a <b/>", "expected name=\"value\" in <a>, found \"<\"");
	refuse(plain, "<a b=\"<!-- c -->\"/>", "\"<\" in an attribute of <a>");
	refuse(plain, "<a b=\"->\"/>", "\">\" in an attribute of <a>");
	refuse(plain, "<a b=\"&apos;\"/>", "\"&\" in an attribute of <a>");
	refuse(plain, "<a b=\"&c;\"/>", "\"&\" in an attribute of <a>");
	refuse(plain, "<a b=\"&#65;\"/>", "\"&\" in an attribute of <a>");
	refuse(plain, "<a><![CDATA[b]]></a>", "expected the name of an element");
	refuse(plain, "<a><?b c?></a>", "expected the name of an element");
	refuse(plain, "<a>b</a>", "line 1: unexpected text in <a>");
	refuse(plain, "<a length=\"1\">b<c/></a>", "line 1: unexpected text in <a>");
	refuse(plain, "<a length=\"1\"><c/>\n b</a>", "line 2: unexpected text in <a>");
	refuse(plain, "<a><c>d</c></a>", "unexpected text in <c>");
	refuse(plain, "<a b=\"c\" d=\"\" b=\"e\"/>", "line 1: b twice in <a>");
	refuse(plain, "<a Bc=\"d\"/>", "expected name=\"value\" in <a>, found \"B\"");
	refuse(plain, "<a bC=\"d\"/>", "expected name=\"value\" in <a>, found \"C\"");
	refuse(plain, "<a><b:c/></a>", "expected name=\"value\" in <b>, found \":\"");
	refuse(plain, "<a><B/></a>", "expected the name of an element");
	refuse(plain, "<a></a b>", "expected \">\" behind </a");
}

static void bounds_depth_and_names(void **state)
{
	char text[8 * (XML_DEPTH_MAX + 2)] = "", name[XML_NAME_MAX + 16] = "<a><";
	struct err err;

	(void)state;
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		strncat(text, "<a>", 4);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		strncat(text, "</a>", 5);
	free(change(plain, text, 0, &err));
	memmove(text + 3, text, strlen(text) + 1);
	memcpy(text, "<a>", 3);
	strncat(text, "</a>", 5);
	refuse(plain, text, "more than 256 elements inside of one another");
	memset(name + 4, 'b', XML_NAME_MAX);
	memcpy(name + 4 + XML_NAME_MAX, "/></a>", 7);
	free(change(plain, name, 0, &err));
	memcpy(name + 4 + XML_NAME_MAX, "b/></a>", 8);
	refuse(plain, name, "expected the name of an element");
}

/* Attributes are compared with each other: a tag of nothing else must not take hours. */
static void bounds_attributes(void **state)
{
	char text[8 * (XML_ATTRIBUTES_MAX + 2)] = "<a";
	struct err err;

	(void)state;
	for (int i = 0; i < XML_ATTRIBUTES_MAX; i++)
		text_append(text, sizeof(text), " %c%c=\"\"", 'a' + i / 26, 'a' + i % 26);
	text_append(text, sizeof(text), "/>");
	free(change(plain, text, 0, &err));
	text_format(text + strlen(text) - 2, 16, " z=\"\"/>");
	refuse(plain, text, "line 1: more than 64 attributes in <a>");
}

static void becomes(const char *text, const char *want)
{
	struct err err;
	char *copy = change(plain, text, 0, &err);

	assert_string_equal(copy, want);
	/* What is plain stays as it is. */
	free(copy);
	copy = change(plain, want, 0, &err);
	assert_string_equal(copy, want);
	free(copy);
}

static void comments_go(void **state)
{
	(void)state;
	becomes("<!-- a --><a/><!-- c -->", "<a/>");
	becomes("<?xml version=\"1.0\"?><!----><!DOCTYPE b><!-- -- > - --><a/>\n\n<!---->\n",
		"<a/>");
	becomes("<a length=\"1\"><!-- <b> \" ' </a> -->c<!-- > --></a>", "<a length=\"1\">c</a>");
	becomes("<a>\n<!-- 1\n2 -->\n<b/>\n</a>", "<a>\n\n<b/>\n</a>");
	becomes("<a><b/><!--c--><!--d--><e></e></a>", "<a><b/><e></e></a>");
	/* Not a comment: inside of a value. */
	becomes("<a b=\"!-- c --\" d=\"--\"/>", "<a b=\"!-- c --\" d=\"--\"/>");
}

static void blanks_become_plain(void **state)
{
	(void)state;
	becomes("\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<a>\r\n<b/>\r\n</a>\r\n",
		"<a>\n<b/>\n</a>");
	becomes("<a\n\tb=\"c\"\r\n   d=\"e\n\tf\" ></a\n>", "<a b=\"c\" d=\"e  f\"></a>");
	becomes("<a b=\"c\" />", "<a b=\"c\"/>");
	/* No attribute twice: one is the end of another's name, or a value looks like one. */
	becomes("<a cb=\"b=\" b=\" cb=\" c=\"\"/>", "<a cb=\"b=\" b=\" cb=\" c=\"\"/>");
	becomes("<a> <b length=\"3\">1 2</b> </a>", "<a> <b length=\"3\">1 2</b> </a>");
	becomes("<a b=\"&lt;&gt;&amp;&quot;&#10;&#13;&#9;\"/>",
		"<a b=\"&lt;&gt;&amp;&quot;&#10;&#13;&#9;\"/>");
}

static void attributes(void **state)
{
	static const char tag[] = "<a bc=\"1\" c=\"x c=y\" d=\"\"><e c=\"2\"/></a>";
	char value[8];

	(void)state;
	assert_string_equal(xml_text_attribute(tag, "c", value, sizeof(value)), "<e c=\"2\"/></a>");
	assert_string_equal(value, "x c=y");
	xml_text_attribute(tag, "bc", value, sizeof(value));
	assert_string_equal(value, "1");
	for (size_t i = 0; i < 4; i++) {
		static const char *const none[] = {"b", "d", "e", ""};

		xml_text_attribute(tag, none[i], value, sizeof(value));
		assert_string_equal(value, "");
	}
	xml_text_attribute(tag, "c", value, 3);
	assert_string_equal(value, "x ");
	assert_string_equal(xml_text_attribute("<a>b", "a", value, sizeof(value)), "b");
}

static void refuses_what_is_no_topology(void **state)
{
	(void)state;
	refuse(topology_text_prepare, "no XML", "not XML");
	refuse(topology_text_prepare, "<topologies/>", "the document is a <topologies>");
	refuse(topology_text_prepare, "<system version=\"1\"></system>",
	       "the document is a <system>, expected a <topology>");
	refuse(topology_text_prepare, "<topologydiff></topologydiff>",
	       "the document is a <topologydiff>");
	refuse(topology_text_prepare, "<root><object type=\"Machine\"/></root>",
	       "the document is a <root>");
	refuse(topology_text_prepare, "<topology><object type=\"Machine\"/></topology>",
	       "in the format of hwloc 1");
	refuse(topology_text_prepare, "<topology/>", "in the format of hwloc 1");
	refuse(topology_text_prepare, "<topology version=\"1.11\"></topology>",
	       "in the format of hwloc 1");
	refuse(topology_text_prepare, "<topology version=\"3.0\"></topology>",
	       "in format 3.0, expected that of hwloc 2");
	refuse(topology_text_prepare, "<topology version=\"20\"></topology>", "in format 20,");
	refuse(topology_text_prepare,
	       "<topology version=\"2.0\" writer=\"us\"><object type=\"Machine\"/></topology>",
	       "expected nothing but a version in <topology>");
	refuse(topology_text_prepare, "<topology version=\"2.0\"></topology>",
	       "no machine object in the topology");
	refuse(topology_text_prepare, "<topology version=\"2.0\"/>",
	       "expected nothing but a version in <topology>");
	refuse(topology_text_prepare,
	       "<topology version=\"2.0\"><objects type=\"Machine\"/></topology>",
	       "no machine object in the topology");
	refuse(topology_text_prepare, "<topology version=\"2.0\"><object/></topology>",
	       "no machine object in the topology");
	refuse(topology_text_prepare,
	       "<topology version=\"2.0\">\n<object type=\"Package\"/></topology>",
	       "expected a machine as the topology's first object, found \"Package\"");
}

static void takes_a_topology(void **state)
{
	static const char text[] =
		"<topology version=\"2.0\">\n  <object type=\"Machine\"></object>"
		"</topology>";
	struct err err;
	char *copy = change(topology_text_prepare, text, 0, &err);

	(void)state;
	assert_string_equal(copy, text);
	free(copy);
	free(change(topology_text_prepare,
		    "<topology version=\"2.9\"><!-- a --> <!-- b --> <object os_index=\"0\" "
		    "type=\"Machine\"/></topology>",
		    0, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_document),
		cmocka_unit_test(refuses_what_is_cut_short),
		cmocka_unit_test(refuses_what_readers_read_in_more_than_one_way),
		cmocka_unit_test(bounds_depth_and_names),
		cmocka_unit_test(bounds_attributes),
		cmocka_unit_test(refuses_what_is_no_topology),
		cmocka_unit_test(comments_go),
		cmocka_unit_test(blanks_become_plain),
		cmocka_unit_test(attributes),
		cmocka_unit_test(takes_a_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
