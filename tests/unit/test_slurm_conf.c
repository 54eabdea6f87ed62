/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "slurm_conf.h"
#include "temp_dir.h"

static int setup(void **state)
{
	(void)state;
	return temp_dir_make();
}

static int teardown(void **state)
{
	(void)state;
	return temp_dir_remove();
}

static int load(const char *text, struct slurm_conf **ret_conf, struct err *err)
{
	char path[256];

	temp_put("slurm.conf", text, -1);
	return slurm_conf_load(temp_path("slurm.conf", path), FILE_TRUST_OWNER, ret_conf, err);
}

static void refused(const char *text, int code, const char *sentence)
{
	struct slurm_conf *conf = NULL;
	struct err err = {""};

	assert_int_equal(load(text, &conf, &err), code);
	assert_null(conf);
	if (!strstr(err.text, sentence))
		fail_msg("expected \"%s\" in \"%s\"", sentence, err.text);
}

static struct slurm_conf *taken(const char *text)
{
	struct slurm_conf *conf = NULL;
	struct err err = {""};

	if (load(text, &conf, &err))
		fail_msg("%s", err.text);
	return conf;
}

static void lines_that_are_no_pairs_are_refused(void **state)
{
	(void)state;
	refused("A=1\nhello\n", -EINVAL, "slurm.conf:2: expected Key=Value, found \"hello\"");
	refused("A=1 B\n", -EINVAL, "slurm.conf:1: expected the end of the line, found \"B\"");
	refused("A=1 B=2\n", -EINVAL, "slurm.conf:1: expected the end of the line, found \"B=2\"");
	refused("NodeName=a B\n", -EINVAL, "slurm.conf:1: expected Key=Value, found \"B\"");
	refused("A=\n", -EINVAL, ":1: expected Key=Value");
	refused("=1\n", -EINVAL, ":1: expected Key=Value");
	refused("A=\"x\"y z\n", -EINVAL, "found \"z\"");
	refused("A=1 \\\n\\\n oops", -EINVAL, ":1: expected the end of the line, found \"oops\"");
	refused("A=1\n\\\n\n\x1b\n", -EINVAL, "slurm.conf:4: expected Key=Value, found \"?\"");
}

static void includes_are_bounded_and_named(void **state)
{
	char deep[64];

	(void)state;
	refused("A=1\nInclude none.conf\n", -ENOENT, "slurm.conf:2: Include: ");
	refused("include slurm.conf\n", -ELOOP, "Include: more than 8 files deep");
	refused("Include a.conf b.conf\n", -EINVAL, "found \"b.conf\"");
	temp_put("bad.conf", "\n\nx\n", -1);
	refused("Include bad.conf\n", -EINVAL, "bad.conf:3: expected Key=Value, found \"x\"");
	for (int i = 0; i < 8; i++) {
		text_format(deep, sizeof(deep), "many%d.conf", i);
		temp_put(deep, "Include one.conf\nInclude one.conf\nInclude one.conf\n", -1);
	}
	temp_put("one.conf", "A=1\n", -1);
	temp_put("many.conf",
		 "Include many0.conf\nInclude many1.conf\nInclude many2.conf\nInclude many3.conf\n"
		 "Include many4.conf\nInclude many5.conf\nInclude many6.conf\nInclude many7.conf\n",
		 -1);
	refused("Include many.conf\nInclude many.conf\n", -EMFILE, "more than 64 files");
}

static void size_is_bounded(void **state)
{
	cleanup_free char *big = malloc(SLURM_CONF_MAX_SIZE + 1);

	(void)state;
	assert_non_null(big);
	memset(big, '\n', SLURM_CONF_MAX_SIZE);
	big[SLURM_CONF_MAX_SIZE] = '\0';
	slurm_conf_free(taken(big));
	temp_put("one.conf", "A=1\n", -1);
	memcpy(big, "Include one.conf\n", 17);
	refused(big, -EFBIG, "one.conf: larger than 0 bytes");
}

static void files_of_others_are_refused(void **state)
{
	cleanup_slurm_conf struct slurm_conf *conf = NULL;
	char path[256];
	struct err err;

	(void)state;
	temp_put("slurm.conf", "A=1\n", -1);
	temp_path("slurm.conf", path);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(slurm_conf_load(path, FILE_TRUST_OWNER, &conf, &err), -EPERM);
	assert_non_null(strstr(err.text, "lets others write"));
	assert_int_equal(slurm_conf_load(path, FILE_TRUST_ANY, &conf, &err), 0);
	if (geteuid())
		return;
	/* Not even SlurmUser. */
	assert_int_equal(chmod(path, 0644) || chown(path, 64030, 0), 0);
	assert_int_equal(slurm_conf_load(path, FILE_TRUST_OWNER, &conf, &err), -EPERM);
	assert_non_null(strstr(err.text, "owned by uid 64030, expected root"));
}

static void value(const struct slurm_conf *conf, const char *key, const char *expected,
		  unsigned line)
{
	const struct slurm_pair *pair = slurm_conf_find(conf, key);

	if (!pair || strcmp(pair->value, expected) || pair->line != line)
		fail_msg("%s: \"%s\" in line %u", key, pair ? pair->value : "(none)",
			 pair ? pair->line : 0);
}

static void values_are_those_of_slurm(void **state)
{
	cleanup_slurm_conf struct slurm_conf *conf = taken(
		"# a comment \\\n"
		"PROLOG=/a # one\n"
		"Epilog = /x\\#y\\\\z\nmailprog=\"a b\"\n"
		"Plus+=1\nQuote=\"a\"b\"\r\n"
		"\n"
		"SchedulerParameters=a,\\  \n"
		"b,\\\n"
		"c\nD.e_1=2\n"
		"Prolog=/b\n"
		"Include=3\n");
	const struct slurm_pair *first;

	(void)state;
	value(conf, "prolog", "/b", 12);
	value(conf, "EPILOG", "/x#y\\z", 3);
	value(conf, "MailProg", "a b", 4);
	value(conf, "Plus", "1", 5);
	value(conf, "Quote", "\"a\"b\"", 6);
	value(conf, "SchedulerParameters", "a,b,c", 8);
	value(conf, "d.E_1", "2", 11);
	value(conf, "include", "3", 13);
	assert_null(slurm_conf_find(conf, "Prol"));
	assert_string_equal(slurm_conf_value(conf, "None", "n"), "n");
	first = slurm_conf_next(conf, "Prolog", NULL);
	assert_string_equal(first->value, "/a");
	assert_string_equal(slurm_conf_next(conf, "Prolog", first)->value, "/b");
	assert_null(slurm_conf_next(conf, "Prolog", slurm_conf_find(conf, "Prolog")));
}

static void includes_stand_beside_slurm_conf(void **state)
{
	cleanup_slurm_conf struct slurm_conf *conf = NULL;

	(void)state;
	temp_put("sub/a.conf", "Prolog=/a\nInclude c-ours.conf\n", -1);
	temp_put("c-ours.conf", "Epilog=/c\n", -1);
	conf = taken("ClusterName=ours\nInclude sub/a.conf\nInclude c-%c.conf\nX=1\n");
	value(conf, "Prolog", "/a", 1);
	value(conf, "Epilog", "/c", 1);
	value(conf, "X", "1", 4);
	assert_non_null(strstr(slurm_conf_find(conf, "Prolog")->file, "/sub/a.conf"));
	assert_non_null(strstr(slurm_conf_file(conf, 2), "/c-ours.conf"));
	assert_non_null(slurm_conf_file(conf, 3));
	assert_null(slurm_conf_file(conf, 4));
}

static void node(const struct slurm_conf *conf, const char *name, const char *features,
		 const char *gres, const char *state)
{
	struct slurm_conf_node found;
	const struct slurm_pair *pairs[3];
	const char *expected[] = {features, gres, state};

	assert_int_equal(slurm_conf_node(conf, name, &found, NULL), 0);
	pairs[0] = found.features;
	pairs[1] = found.gres;
	pairs[2] = found.state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(!pairs[i], !expected[i]);
		if (pairs[i])
			assert_string_equal(pairs[i]->value, expected[i]);
	}
}

static void nodes_inherit_defaults_above_them(void **state)
{
	struct slurm_conf_node found;
	cleanup_slurm_conf struct slurm_conf *conf = taken(
		"NodeName=a[1-2] CPUs=2\n"
		"NodeName=DEFAULT Feature=x State=CLOUD\n"
		"Nodename=b[01-10],c1 Gres=gpu:8\n"
		"NodeName=default Gres=gpu:4\n"
		"NodeName=d1 Features=y \\\n"
		"  State=FUTURE\n"
		"NodeName=d2 Feature=z Features=y\n"
		"PartitionName=p Nodes=ALL State=UP Feature=none\n"
		"NodeName=twice\nNodeName=twice\n");

	(void)state;
	node(conf, "a1", NULL, NULL, NULL);
	node(conf, "b03", "x", "gpu:8", "CLOUD");
	node(conf, "c1", "x", "gpu:8", "CLOUD");
	node(conf, "d1", "y", "gpu:4", "FUTURE");
	node(conf, "d2", "z", "gpu:4", "CLOUD");
	assert_int_equal(slurm_conf_node(conf, "b3", &found, NULL), -ENOENT);
	assert_int_equal(slurm_conf_node(conf, "DEFAULT", &found, NULL), -ENOENT);
	assert_int_equal(slurm_conf_node(conf, "twice", &found, NULL), -EINVAL);
	assert_int_equal(slurm_conf_node(conf, "", &found, NULL), -EINVAL);
	assert_string_equal(slurm_conf_of(conf, slurm_conf_next(conf, "NodeName", NULL), "cpus"),
			    "2");
	assert_null(slurm_conf_of(conf, slurm_conf_next(conf, "NodeName", NULL), "Feature"));
	/* What belongs to a node or partition is no key of its own. */
	assert_null(slurm_conf_find(conf, "State"));
}

static void a_wrong_host_list_is_named(void **state)
{
	cleanup_slurm_conf struct slurm_conf *conf = taken("A=1\nNodeName=n[2-1]\n");
	struct slurm_conf_node found;
	struct err err;

	(void)state;
	assert_int_equal(slurm_conf_node(conf, "n1", &found, &err), -EINVAL);
	assert_non_null(strstr(err.text, "slurm.conf:2: NodeName: host list: this range"));
}

static void words_of_a_value(void **state)
{
	const char *rest = "";

	(void)state;
	assert_true(slurm_conf_word("Alloc,DeferBatch", "deferbatch", NULL));
	assert_true(slurm_conf_word("Alloc", "alloc", &rest));
	assert_null(rest);
	assert_false(slurm_conf_word("NoAlloc,AllocX", "Alloc", NULL));
	assert_false(slurm_conf_word("", "Alloc", NULL));
	assert_false(slurm_conf_word(NULL, "Alloc", NULL));
	assert_true(slurm_conf_word("a, max_x=3,b", "max_x", &rest));
	assert_string_equal(rest, "3,b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_that_are_no_pairs_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(includes_are_bounded_and_named, setup, teardown),
		cmocka_unit_test_setup_teardown(size_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(files_of_others_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(values_are_those_of_slurm, setup, teardown),
		cmocka_unit_test_setup_teardown(includes_stand_beside_slurm_conf, setup, teardown),
		cmocka_unit_test_setup_teardown(nodes_inherit_defaults_above_them, setup, teardown),
		cmocka_unit_test_setup_teardown(a_wrong_host_list_is_named, setup, teardown),
		cmocka_unit_test(words_of_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
