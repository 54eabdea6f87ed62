#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_programs.py BUILD OUT: the package of what no release of Slurm matters to, from a build; left in OUT, as .deb and .rpm."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from packed import NEWER, TOP, control, deb_files, depends, pack, run  # noqa: E402

MAN = {"man1/efa-layout.1", "man5/efa-layout-layouts.5", "man5/efa-layout-policy.5", "man7/efa-layout-findings.7", "man7/efa-layout-steering.7",
       *(f"man8/efa-layout-{name}.8" for name in ("epilog", "health", "probe", "prolog"))}


class Programs(unittest.TestCase):
    build: Path
    out: Path

    @classmethod
    def setUpClass(cls) -> None:
        shutil.rmtree(cls.out, ignore_errors=True)
        cls.out.mkdir(parents=True)
        alone = "CPACK_COMPONENTS_ALL=programs"
        pack("DEB", cls.build, cls.out, alone)
        pack("RPM", cls.build, cls.out, alone)
        pack("RPM", cls.build, cls.out, alone, f"CPACK_PACKAGE_VERSION={NEWER}", f"CPACK_RPM_PACKAGE_VERSION={NEWER}")
        cls.package, = cls.out.glob("*.deb")

    def test_of_no_slurm(self) -> None:
        self.assertEqual(control(self.package)["Package"], "efa-layout")
        self.assertEqual(depends(self.package), {"libc6", "libcurl4", "libfabric1", "libhwloc15", "libibverbs1", "libjson-c5"})
        self.assertEqual([name for name in deb_files(self.package) if "slurm" in name or "spank" in name], [])

    def test_what_is_in_it(self) -> None:
        files = deb_files(self.package)
        programs = {f"/usr/libexec/efa-layout/efa-layout-{name}" for name in ("epilog", "health", "probe", "prolog", "task-prolog")}
        self.assertLessEqual(programs | {"/usr/bin/efa-layout"} | {f"/usr/share/man/{name}" for name in MAN}, files)
        self.assertIn("/usr/lib/systemd/system/efa-layout-facts.service", files)
        self.assertLessEqual({"/usr/share/bash-completion/completions/efa-layout", "/usr/share/zsh/vendor-completions/_efa-layout"}, files)
        # Settings are the admin's: an example, and a folder.
        self.assertIn("/usr/share/doc/efa-layout/examples/policy.json", files)
        self.assertEqual([name for name in files if name.startswith("/etc/")], [])
        self.assertIn(" ./etc/efa-layout/policy.d/\n", run(["dpkg-deb", "-c", self.package]))

    def test_each_part_alone(self) -> None:
        """Configured, they do not ask for what only the other part needs."""
        with tempfile.TemporaryDirectory() as name:
            tmp = Path(name)
            said = run(["cmake", "-S", TOP, "-B", tmp / "programs", "-G", "Ninja", "-DEFA_LAYOUT_PARTS=programs",
                        "-DSLURM_INCLUDE_DIR=/nowhere"])
            self.assertNotIn("Slurm ", said)
            self.assertNotIn("spank", (tmp / "programs" / "build.ninja").read_text(encoding="utf-8"))
            (tmp / "pkgconfig").mkdir()
            (tmp / "pkgconfig" / "json-c.pc").symlink_to(Path(run(["pkg-config", "--variable=pcfiledir", "json-c"]).strip()) / "json-c.pc")
            run(["env", f"PKG_CONFIG_LIBDIR={tmp}/pkgconfig", "cmake", "-S", TOP, "-B", tmp / "slurm", "-G", "Ninja", "-DEFA_LAYOUT_PARTS=slurm",
                 "-DOFI_INCLUDE_DIR=OFI_INCLUDE_DIR-NOTFOUND", "-DOFI_LIBRARY=OFI_LIBRARY-NOTFOUND"])


def main() -> int:
    Programs.build, Programs.out = map(Path, sys.argv[1:3])
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
