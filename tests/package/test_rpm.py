#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_rpm.py PROGRAMS SLURM: the .rpm packages of these folders have what the .deb packages have, and are installed, upgraded and erased in a
folder with a shell and a systemctl that notes what it is asked. What rpm does there is rpm's; no distribution of it is at hand."""

import os
import re
import shutil
import stat
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from packed import NEWER, deb_files, rpm_files, run  # noqa: E402

UNIT = "efa-layout-facts.service"
LINE = "etc/slurm/plugstack.conf.d/zz-efa-layout.conf"
PLUGIN = "usr/lib64/slurm/spank_efa_layout.so"
# As a distribution's package "filesystem" has them, and Slurm.
FOLDERS = ("bin", "dev", "etc/slurm", "run", "tmp", "usr/bin", "usr/lib/systemd/system", "usr/lib/systemd/system-preset", "usr/lib64/slurm",
           "usr/libexec", "usr/share/bash-completion/completions", "usr/share/doc", "usr/share/man/man1", "usr/share/man/man5", "usr/share/man/man7",
           "usr/share/man/man8", "usr/share/zsh/vendor-completions", "var/lib/rpm", "var/tmp")
SYSTEMCTL = '#!/bin/sh\necho "$*" >>/tmp/asked\n'


class Rpm(unittest.TestCase):
    folders: list[Path]

    def setUp(self) -> None:
        self.new = [next(folder.glob(f"*-{NEWER}-1.*.rpm")) for folder in self.folders]
        self.old = [path for folder in self.folders for path in folder.glob("*.rpm") if path not in self.new]

    def test_same_as_the_debs(self) -> None:
        for folder, package in zip(self.folders, self.old):
            deb, = folder.glob("*.deb")
            files = {re.sub(r"^/usr/lib/[^/]*-linux-gnu/slurm-wlm/", "/usr/lib64/slurm/", name) for name in deb_files(deb)}
            self.assertEqual(rpm_files(package), files)

    def test_what_they_need(self) -> None:
        programs, slurm = ({line.split("(")[0].split(" ")[0] for line in run(["rpm", "-qp", "--requires", package]).splitlines()}
                           - {"/bin/sh", "rpmlib", "rtld", "libc.so.6", "libjson-c.so.5"} for package in self.old)
        self.assertEqual(programs, {"libcurl.so.4", "libfabric.so.1", "libhwloc.so.15", "libibverbs.so.1"})
        self.assertEqual(slurm, {"config", "efa-layout", "libslurm.so.38"})
        version = run(["rpm", "-qp", "--qf", "%{VERSION}", self.old[0]])
        self.assertIn(f"efa-layout = {version}\n", run(["rpm", "-qp", "--requires", self.old[1]]))
        self.assertIn("slurm > 22.05.999\n", run(["rpm", "-qp", "--conflicts", self.old[1]]))

    def test_folders_of_the_system_are_not_theirs(self) -> None:
        theirs = {name for package in self.old for name in run(["rpm", "-qpl", package]).splitlines()}
        self.assertEqual(theirs & {f"/{name}" for name in FOLDERS}, set())

    def test_life(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            for folder in FOLDERS:
                (root / folder).mkdir(parents=True)
            shutil.copy("/bin/busybox", root / "bin" / "busybox")
            for program in "sh", "rm":
                (root / "bin" / program).symlink_to("busybox")
            os.mknod(root / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            (root / "usr/bin/systemctl").write_text(SYSTEMCTL, encoding="ascii")
            (root / "usr/bin/systemctl").chmod(0o755)
            self.live(root)

    def live(self, root: Path) -> None:
        def rpm(*words: str | Path) -> str:
            return run(["rpm", "--root", root, *words])

        def files() -> set[str]:
            found = {path.relative_to(root).as_posix() for path in root.rglob("*")}
            return {one for one in found if not one.startswith(("var/lib/rpm", "tmp"))}

        def asked() -> list[str]:
            lines = (root / "tmp/asked").read_text(encoding="ascii").splitlines()
            (root / "tmp/asked").write_text("", encoding="ascii")
            return lines

        rpm("--initdb")
        before = files()
        # The libraries are not there; what is asked for was looked at above.
        rpm("-i", "--nodeps", *self.old)
        self.assertEqual(asked(), [f"--no-reload preset {UNIT}"])
        self.assertIn("enable efa-layout-facts.service\n", (root / "usr/lib/systemd/system-preset/80-efa-layout.preset").read_text(encoding="utf-8"))
        self.assertIn(f"\noptional /{PLUGIN}\n", (root / LINE).read_text(encoding="utf-8"))
        self.assertTrue((root / PLUGIN).is_file())
        self.assertEqual(rpm("-V", "--nodeps", "efa-layout", "efa-layout-slurm22.05"), "")

        with (root / LINE).open("a", encoding="utf-8") as line:
            line.write("# a remark of the admin\n")
        kept = (root / LINE).read_text(encoding="utf-8")
        (root / "etc/efa-layout/policy.json").write_text("{}", encoding="ascii")
        for folder in "var/lib/efa-layout/jobs", "run/efa-layout":
            (root / folder).mkdir(parents=True)
        rpm("-U", "--nodeps", *self.new)
        self.assertEqual(asked(), [])
        self.assertEqual((root / LINE).read_text(encoding="utf-8"), kept)
        self.assertTrue((root / PLUGIN).is_file())
        self.assertTrue((root / "var/lib/efa-layout/jobs").is_dir())
        self.assertIn(NEWER, rpm("-q", "efa-layout"))

        rpm("-e", "efa-layout", "efa-layout-slurm22.05")
        self.assertEqual(asked(), [f"--no-reload disable --now {UNIT}"])
        own = {"etc/efa-layout", "etc/efa-layout/policy.json", f"{LINE}.rpmsave", LINE.rpartition("/")[0]}
        self.assertEqual(files() - before, own)
        self.assertEqual(before - files(), set())


def main() -> int:
    Rpm.folders = [Path(name) for name in sys.argv[1:3]]
    return 0 if unittest.main(argv=sys.argv[:1], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
