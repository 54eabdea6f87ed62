#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_release.py SUITE OUT [ROOT]: plugin and helper for the Slurm of a release of Debian: that of this machine ("bookworm"), one unpacked in ROOT,
or one whose headers and libraries are fetched. Built with warnings as errors, looked at, and packed into OUT/SUITE. With CC, if set.

All releases share the build folder OUT/build, where only what includes a header of Slurm's is compiled anew. Exit status 77 where the
archive is out of reach.
"""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests" / "package"), str(TOP / "tests" / "debian")]

from packed import NEWER, control, pack  # noqa: E402
from unpacked import Unreachable, run, unpacked_alone  # noqa: E402

SKIP = 77
# Where AWS PCS has its releases of Slurm, side by side.
PREFIX = "/opt/aws/pcs/scheduler/slurm-24.11"
NUMBER = re.compile(r"#define\s+SLURM_VERSION_NUMBER\s+(0x[0-9a-f]+)")
PLUGIN_EXPORTS = {"efa_layout_version", "plugin_name", "plugin_type", "plugin_version", "slurm_spank_exit", "slurm_spank_init", "slurm_spank_init_post_opt",
                  "slurm_spank_task_init"}
# The C library's, by their versions; json-c's; and what the compiler's start files ask for, weakly.
NOT_SLURM = re.compile(r"@GLIBC|@JSONC_|^w ")


class Place:
    """Where a release of Slurm is."""

    def __init__(self, suite: str, root: Path) -> None:
        self.suite, self.root = suite, root
        self.include = root / "usr" / "include"
        self.libs = next(root.glob("usr/lib/*-linux-gnu"))
        self.library = self.libs / "libslurm.so"
        self.full = self.libs / "slurm-wlm" / "libslurmfull.so"
        headers = "".join(path.read_text(encoding="utf-8") for path in (self.include / "slurm").glob("slurm*.h"))
        found = NUMBER.search(headers)
        assert found, f"{self.include}: no SLURM_VERSION_NUMBER"
        self.number = int(found[1], 16)
        # 20.11 loads plugins of any release, and has no place for the number.
        self.asks_release = "spank_plugin_version" in (self.include / "slurm" / "spank.h").read_text(encoding="utf-8")

    @property
    def release(self) -> str:
        return f"{self.number >> 16 & 255}.{self.number >> 8 & 255:02}"


def symbols(file: Path, which: str) -> dict[str, str]:
    """Names of dynamic symbols and the lines they are in; what is undefined begins with its type."""
    lines = [line.strip() for line in run(["nm", "-D", f"--{which}-only", file]).splitlines()]
    return {re.split(r"@", line.split()[-1])[0]: line for line in lines}


def wanted_of_slurm(file: Path) -> set[str]:
    return {name for name, line in symbols(file, "undefined").items() if not NOT_SLURM.search(line)}


def constant(file: Path, name: str) -> int:
    """An unsigned int of a module that cannot be loaded here."""
    entry = next(line.split() for line in run(["readelf", "-W", "--dyn-syms", file]).splitlines() if line.endswith(f" {name}"))
    start = int(entry[1], 16)
    dump = run(["objdump", "-s", "-j", ".rodata", f"--start-address={start:#x}", f"--stop-address={start + 4:#x}", file])
    return int.from_bytes(bytes.fromhex(dump.splitlines()[-1].split()[1]), "little")


class Release(unittest.TestCase):
    place: Place
    out: Path

    @classmethod
    def setUpClass(cls) -> None:
        place, build = cls.place, cls.out / "build"
        settings = {
            "CMAKE_INSTALL_PREFIX": "/usr", "CMAKE_INSTALL_SYSCONFDIR": "/etc", "EFA_LAYOUT_PARTS": "slurm", "EFA_LAYOUT_WERROR": "ON",
            "SLURM_INCLUDE_DIR": place.include, "SLURM_LIBRARY": place.library,
            "SLURM_PLUGIN_DIR": f"/usr/lib/{place.libs.name}/slurm-wlm",
            # The library is loaded where it belongs, and may need a libc that is newer than the one here.
            "CMAKE_SKIP_BUILD_RPATH": "ON", "CMAKE_EXE_LINKER_FLAGS": "-Wl,--allow-shlib-undefined",
        }
        run(["cmake", "-S", TOP, "-B", build, "-G", "Ninja", *(f"-D{name}={value}" for name, value in settings.items())])
        run(["cmake", "--build", build])
        cls.plugin, cls.helper = build / "spank" / "spank_efa_layout.so", build / "prolog" / "slurm" / "efa-layout-slurm"
        cls.packages = cls.out / place.suite
        shutil.rmtree(cls.packages, ignore_errors=True)
        pack("DEB", build, cls.packages)
        if place.suite == "bookworm":
            run(["cmake", "-S", TOP, "-B", build, "-DSLURM_PLUGIN_DIR=/usr/lib64/slurm"])
            pack("RPM", build, cls.packages)
            pack("RPM", build, cls.packages, f"CPACK_PACKAGE_VERSION={NEWER}", f"CPACK_RPM_PACKAGE_VERSION={NEWER}",
                 f"CPACK_RPM_slurm_PACKAGE_REQUIRES=efa-layout = {NEWER}")
        if place.release == "24.11":
            # Nothing is compiled anew: it is linked where its library is.
            run(["cmake", "-S", TOP, "-B", build, f"-DSLURM_PREFIX={PREFIX}", "-USLURM_PLUGIN_DIR", "-UCMAKE_SKIP_BUILD_RPATH"])
            run(["cmake", "--build", build])
            pack("DEB", build, cls.packages / "prefix")
            run(["cmake", "-S", TOP, "-B", build, "-DSLURM_PREFIX="])

    def test_plugin_says_its_release(self) -> None:
        version = self.place.number if self.place.asks_release else 1
        self.assertEqual(f"{constant(self.plugin, 'plugin_version'):#x}", f"{version:#x}")

    def test_plugin_offers_what_slurm_calls(self) -> None:
        more = {"spank_plugin_version"} if self.place.asks_release else set()
        if self.place.number >= 0x190500:  # asks who pays for a failure of init
            more.add("slurm_spank_init_failure_mode")
        self.assertEqual(set(symbols(self.plugin, "defined")), PLUGIN_EXPORTS | more)

    def test_plugin_needs_what_slurm_has(self) -> None:
        """Its undefined symbols are Slurm's own, and this Slurm has them all."""
        wanted = wanted_of_slurm(self.plugin)
        self.assertIn("spank_option_register", wanted)
        self.assertEqual(wanted - set(symbols(self.place.full, "defined")), set())

    def test_helper_needs_what_its_library_has(self) -> None:
        wanted = wanted_of_slurm(self.helper)
        self.assertLessEqual({"slurm_complete_job", "slurm_notify_job", "slurm_requeue"}, wanted)
        self.assertEqual(wanted - set(symbols(self.place.library, "defined")), set())

    def test_helper_is_bound_to_its_library(self) -> None:
        soname = re.search(r"SONAME.*\[(.*)\]", run(["readelf", "-d", self.place.library]))
        assert soname
        self.assertIn(f"[{soname[1]}]", run(["readelf", "-d", self.helper]))

    def test_package(self) -> None:
        package, = self.packages.glob("*.deb")
        said = control(package)
        self.assertEqual(said["Package"], f"efa-layout-slurm{self.place.release}")
        depends = said["Depends"].split(", ")
        self.assertIn(f"efa-layout (= {said['Version']})", depends)
        number = os.path.realpath(self.place.library).split(".so.")[1].split(".")[0]
        self.assertEqual(len([one for one in depends if re.match(rf"libslurm{number}\b", one)]), 1, depends)
        for side in f"(<< {self.place.release})", f"(>> {self.place.release}.999)":
            self.assertIn(f"slurm-wlm-basic-plugins {side}", said["Breaks"])

    def test_package_below_a_prefix(self) -> None:
        """For a Slurm in a place of its own: beside all others, and in nobody's way."""
        if self.place.release != "24.11":
            self.skipTest("for one release is enough")
        package, = (self.packages / "prefix").glob("*.deb")
        said = control(package)
        self.assertEqual({"Breaks", "Conflicts", "Provides", "Replaces"} & set(said), set())
        self.assertNotIn("libslurm", said["Depends"])
        tree = self.packages / "prefix" / "tree"
        run(["dpkg-deb", "-x", package, tree])
        files = {f"/{path.relative_to(tree)}" for path in tree.rglob("*") if path.is_file()}
        line = f"/etc{PREFIX.removeprefix('/opt')}/plugstack.conf.d/zz-efa-layout.conf"
        self.assertEqual(files, {line, f"{PREFIX}/lib/slurm/spank_efa_layout.so", f"{PREFIX}/libexec/efa-layout/efa-layout-slurm",
                                 f"{PREFIX}/share/man/man8/efa-layout-slurm.8", f"{PREFIX}/share/man/man8/spank_efa_layout.8",
                                 "/usr/share/doc/efa-layout-slurm24.11/copyright"})
        self.assertIn(f"\noptional {PREFIX}/lib/slurm/spank_efa_layout.so\n", (tree / line[1:]).read_text(encoding="utf-8"))
        self.assertIn(f"[{PREFIX}/lib:{PREFIX}/lib64]", run(["readelf", "-d", tree / PREFIX[1:] / "libexec/efa-layout/efa-layout-slurm"]))


def main() -> int:
    suite, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) > 3:
        root = Path(sys.argv[3])
        if not root.exists():
            print(f"skipped: {root.with_name(f'{root.name}.missing').read_text(encoding='utf-8')}")
            return SKIP
    elif suite == "bookworm":
        root = Path("/")
    else:
        try:
            root = unpacked_alone("slurm-only", suite, ("libslurm-dev", "slurm-wlm-basic-plugins"))
        except Unreachable as e:
            print(f"skipped: {e}")
            return SKIP
    Release.place, Release.out = Place(suite, root), out
    print(f"Slurm {Release.place.release} of {suite}")
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
