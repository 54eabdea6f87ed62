/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "file.h"
#include "topology_pieces.h"

static void refuse(const char *text, int want, const char *sentence)
{
	int rc = load(text);

	if (rc != want || !strstr(err.text, sentence) || !strstr(err.text, "t.xml: "))
		fail_msg("%d \"%s\", expected %d \"%s\"", rc, err.text, want, sentence);
	/* Unchanged. */
	assert_int_equal(inv.n_rails, (size_t)0x5a5a5a5a5a5a5a5a);
}

static void refuses_files(void **state)
{
	int fd;

	(void)state;
	unlink(tree_path("t.xml"));
	assert_int_equal(load_file(), -ENOENT);
	assert_non_null(strstr(err.text, "t.xml: "));
	assert_int_equal(mkdir(tree_path("t.xml"), 0755), 0);
	assert_int_equal(load_file(), -EINVAL);
	assert_int_equal(rmdir(tree_path("t.xml")), 0);
	fd = open(tree_path("t.xml"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_int_equal(ftruncate(fd, TOPOLOGY_SIZE_MAX + 1), 0);
	close(fd);
	assert_int_equal(load_file(), -EFBIG);
	assert_non_null(strstr(err.text, "larger than 16777216 bytes"));
	refuse("", -EINVAL, "not XML");
	refuse("<system/>", -EINVAL, "the document is a <system>");
	refuse("<topology><object type=\"Machine\"/></topology>", -EINVAL, "format of hwloc 1");
	refuse(HEAD MACHINE PACKAGE_0, -EINVAL, "cut short: the <object> of line 6 has no end");
}

static void refuses_what_hwloc_refuses(void **state)
{
	(void)state;
	refuse(HEAD "<object type=\"Machine\"/></topology>", -EINVAL, "hwloc cannot read it: ");
	refuse(HEAD MACHINE "<object type=\"Nonsense\"/>" TAIL, -EINVAL,
	       "hwloc cannot read it: unrecognized object type string Nonsense");
	refuse(HEAD MACHINE "<object/>" TAIL, -EINVAL, "hwloc cannot read it");
	refuse(HEAD "<object type=\"Machine\" cpuset=\"0x1\" nodeset=\"0x0\"/></topology>", -EINVAL,
	       "hwloc cannot read it");
}

static void refuses_an_export_without_devices(void **state)
{
	(void)state;
	refuse(HEAD MACHINE PACKAGE_0 END PACKAGE_1 END TAIL, -EINVAL,
	       "written without I/O devices; write it again with \"lstopo --whole-io");
	refuse(FLAT(RDMA("rdmap0s5") END), -EINVAL, "written without I/O devices");
}

static void refuses_values(void **state)
{
	(void)state;
	refuse(FLAT(EFA("00:05.0") RDMA("a/b") END END), -EINVAL,
	       "expected an RDMA device name, found \"a/b\"");
	refuse(FLAT(EFA("00:05.0") RDMA("rdma0123456789012345678901234567") END END), -EINVAL,
	       "expected an RDMA device name");
	refuse(FLAT(EFA("00:05.0") RDMA("rdmap0s5") INFO("Port1GID0", "fe80::1") END END), -EINVAL,
	       "expected a GID, found \"fe80::1\"");
	refuse(FLAT(ENA("00:05.0") NET("a b") END END), -EINVAL,
	       "expected a network interface name, found \"a b\"");
	refuse(FLAT(ENA("00:05.0") NET("ens5") INFO("Address", "06:8f") END END), -EINVAL,
	       "expected a MAC address, found \"06:8f\"");
	refuse(FLAT(EFA("00:05.0") RDMA("rdmap0s5") END RDMA("rdmap0s6") END END), -EINVAL,
	       "a second RDMA device of the function of rdmap0s");
	refuse(FLAT(EFA("00:05.0") RDMA("rdmap0s5") END END EFA("00:06.0") RDMA("rdmap0s5")
			    END END),
	       -EINVAL, "RDMA device rdmap0s5 twice");
	refuse(FLAT(EFA("00:05.0") END EFA("00:05.0") END), -EINVAL,
	       "PCI function 0000:00:05.0 twice");
	refuse(FLAT(ENA("00:05.0") END ENA("00:05.0") END), -EINVAL,
	       "PCI function 0000:00:05.0 twice");
	refuse(FLAT(GPU("00:05.0") END GPU("00:05.0") END), -EINVAL,
	       "PCI function 0000:00:05.0 twice");
}

static void refuses_sets_without_end(void **state)
{
	(void)state;
	refuse(HEAD "<object type=\"Machine\"" SETS("0xf...f", "0x00000001") ">\n" NODE(
		       "0", "0xf...f", "0x00000001") HOST("00-00") EFA("00:05.0") END END TAIL,
	       -EINVAL, "NUMA node 0: expected a node number up to 32767 and CPUs below 4096");
}

/* n functions in slots and functions of one bus. */
static const char *many(const char *kind, unsigned n)
{
	static char text[65536];

	text_format(text, sizeof(text), "%s",
		    HEAD MACHINE PACKAGE_0 END PACKAGE_1 END HOST("00-00"));
	for (unsigned i = 0; i < n; i++)
		text_append(text, sizeof(text),
			    "<object type=\"PCIDev\" pci_busid=\"0000:00:%02x.%x\" pci_type=\"%s "
			    "[0000:0000] 00\" pci_link_speed=\"0.000000\"/>\n",
			    i / 8, i % 8, kind);
	assert_int_equal(text_append(text, sizeof(text), "%s", END TAIL), 0);
	return text;
}

static void bounds_what_it_takes(void **state)
{
	(void)state;
	refuse(many("0200 [1d0f:efa2]", NODE_RAILS_MAX + 1), -EOVERFLOW,
	       "more than 64 EFA functions");
	refuse(many("0200 [1d0f:ec20]", NODE_ENAS_MAX + 1), -EOVERFLOW,
	       "more than 64 ENA functions");
	refuse(many("0302 [10de:2330]", NODE_ACCELS_MAX + 1), -EOVERFLOW,
	       "more than 64 accelerators");
	take(many("0200 [1d0f:efa2]", NODE_RAILS_MAX));
	assert_int_equal(inv.n_rails, NODE_RAILS_MAX);
	assert_int_equal(inv.rails[63].pci.slot * 8 + inv.rails[63].pci.func, 63);
}

/* A library below hwloc that aborts at load. */
static void a_crash_is_told(void **state)
{
	char *text = NULL;
	size_t size;

	(void)state;
	tree_file("t.xml", FLAT(EFA("00:05.0") END));
	tree_file("kept.xml", "kept");
	setenv("HWLOC_PLUGINS_PATH", PLUGIN_DIR "/crashing", 1);
	assert_int_equal(load_with(NULL, &inv), -EINVAL);
	assert_non_null(strstr(err.text, "t.xml: hwloc ended with signal 6 on this file"));
	assert_int_equal(topology_discover_save(tree_path("kept.xml"), &err), -EINVAL);
	assert_non_null(strstr(err.text, "hwloc ended with signal 6 on this machine"));
	unsetenv("HWLOC_PLUGINS_PATH");
	assert_int_equal(file_read(tree_path("kept.xml"), 64, FILE_TRUST_ANY, &text, &size, &err),
			 0);
	assert_string_equal(text, "kept");
	free(text);
	assert_int_equal(load_with(NULL, &inv), 0);
}

static void saves_nothing_where_it_cannot(void **state)
{
	(void)state;
	assert_int_equal(topology_discover_save(tree_path("none/t.xml"), &err), -ENOENT);
	assert_non_null(strstr(err.text, "none/t.xml"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		topology_test(refuses_files),
		topology_test(refuses_what_hwloc_refuses),
		topology_test(refuses_an_export_without_devices),
		topology_test(refuses_values),
		topology_test(refuses_sets_without_end),
		topology_test(bounds_what_it_takes),
		topology_test(a_crash_is_told),
		topology_test(saves_nothing_where_it_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
