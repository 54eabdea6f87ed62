#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies that are wrong: what is said, word for word, by the tool and by the loader of the gate."""

from __future__ import annotations

import os
import socket
import sys
import unittest
from pathlib import Path

import policy_bad
from policy_kit import SKIP, TOOL, Folders

OTHER = 12345
FINE = '{"check": {"late_ms": 0}}'


class Contents(Folders):
    def test_each(self) -> None:
        for bad in policy_bad.ALL:
            with self.subTest(bad.about):
                site = self.site(bad.files)
                self.assertTrue(bad.said)
                self.assertEqual(self.validate(site), (1, bad.said))
                self.expect_gate(site, bad.said[0])

    def test_enough_of_each(self) -> None:
        abouts = [bad.about for bad in policy_bad.ALL]
        self.assertEqual(len(abouts), len(set(abouts)))
        self.assertGreater(len(abouts), 100)


class Trust(Folders):
    """Owners, modes, and what is no file at all: refused where the gate refuses it, and only then."""

    def expect(self, site: Path, said: str, otherwise: str = "SITE: ok (1 setting, ") -> None:
        self.assertEqual(self.validate(site, "--trust"), (1, [said]))
        self.expect_gate(site, said)
        rc, lines = self.validate(site)
        self.assertTrue(lines[0].startswith(otherwise), lines)
        self.assertEqual(rc, 0 if "ok (" in otherwise else 1)

    def path(self, name: str = "policy.json") -> Path:
        return self.site({name: FINE}) / name

    def test_owner(self) -> None:
        if os.geteuid():
            self.skipTest("needs root: owners of files are changed")
        path = self.path()
        os.chown(path, OTHER, 0)
        self.expect(path.parent, "policy.json: owned by uid 12345, expected root; not trusted")
        path = self.path("policy.d/a.json")
        os.chown(path, OTHER, 0)
        self.expect(path.parents[1], "policy.d/a.json: owned by uid 12345, expected root; not trusted")
        path = self.path()
        os.chown(path.parent, OTHER, 0)
        self.expect(path.parent, "SITE: owned by uid 12345, expected root; not trusted")

    def test_mode(self) -> None:
        for mode in (0o664, 0o646, 0o666, 0o777):
            path = self.path()
            path.chmod(mode)
            self.expect(path.parent, f"policy.json: mode {mode:04o} lets others write; not trusted, use chmod go-w")

    def test_mode_of_a_directory(self) -> None:
        for mode in (0o775, 0o757, 0o1777):
            path = self.path()
            path.parent.chmod(mode)
            self.expect(path.parent, f"SITE: mode {mode:04o} lets others write; not trusted, use chmod go-w")
        path = self.path("policy.d/a.json")
        path.parent.chmod(0o775)
        self.expect(path.parents[1], "policy.d: mode 0775 lets others write; not trusted, use chmod go-w")

    def test_link_by_a_place_of_others(self) -> None:
        there = self.path()
        open_dir = self.dir / "open"
        open_dir.mkdir()
        open_dir.chmod(0o777)
        (open_dir / "link").symlink_to(there)
        site = self.site({})
        (site / "policy.json").symlink_to(open_dir / "link")
        self.expect(site, f"{open_dir}: mode 0777 lets others write; not trusted, use chmod go-w")

    def test_link_of_another(self) -> None:
        if os.geteuid():
            self.skipTest("needs root: owners of links are changed")
        sticky = self.dir / "sticky"
        sticky.mkdir()
        sticky.chmod(0o1777)
        (sticky / "link").symlink_to(self.path())
        site = self.site({})
        (site / "policy.json").symlink_to(sticky / "link")
        self.assertEqual(self.validate(site, "--trust")[0], 0)
        os.lchown(sticky / "link", OTHER, OTHER)
        self.expect(site, f"{sticky}: mode 1777 lets others write; not trusted, use chmod go-w")

    def test_links_that_lead_nowhere(self) -> None:
        site = self.site({})
        (site / "policy.json").symlink_to("policy.json")
        said = "policy.json: Too many levels of symbolic links"
        self.expect(site, said, said)
        (site / "policy.json").unlink()
        (site / "policy.json").symlink_to("gone.json")
        rc, lines = self.validate(site, "--trust")
        self.assertEqual((rc, lines), (1, ["policy.json: a symbolic link to a file that is not there"]))
        self.expect_gate(site, lines[0])
        site = self.site({"policy.json": FINE})
        (site / "policy.d").symlink_to("gone")
        said = "policy.d: a symbolic link to a folder that is not there"
        self.expect(site, said, said)
        link = self.dir / "link"
        link.symlink_to("gone")
        self.assertEqual(self.gate(link), "SITE: a symbolic link to a folder that is not there")

    def test_what_is_no_file(self) -> None:
        said = "policy.json: not a regular file"
        site = self.site({})
        (site / "policy.json").mkdir()
        self.expect(site, said, said)
        site = self.site({})
        os.mkfifo(site / "policy.json")
        self.expect(site, said, said)
        site = self.site({})
        (site / "policy.json").symlink_to("/dev/null")
        self.expect(site, said, said)
        site = self.site({})
        os.mkfifo(site / "x.json")
        (site / "policy.d").mkdir()
        (site / "policy.d" / "x.json").symlink_to("../x.json")
        said = "policy.d/x.json: not a regular file"
        self.expect(site, said, said)

    def test_socket(self) -> None:
        site = self.site({})
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(site / "policy.json"))
        said = "policy.json: No such device or address"
        self.expect(site, said, said)

    def test_drop_ins_that_are_a_file(self) -> None:
        site = self.site({"policy.d": FINE})
        said = "policy.d: Not a directory"
        self.expect(site, said, said)

    def test_file_alone(self) -> None:
        path = self.path()
        path.chmod(0o666)
        self.assertEqual(self.tool("policy", "validate", path).returncode, 0)
        run = self.tool("policy", "validate", path, "--trust")
        self.assertEqual((run.returncode, run.stdout), (1, f"{path}: mode 0666 lets others write; not trusted, use chmod go-w\n"))
        run = self.tool("policy", "validate", self.dir / "gone.json")
        self.assertEqual((run.returncode, run.stdout), (1, f"{self.dir / 'gone.json'}: No such file or directory\n"))


if __name__ == "__main__":
    if not TOOL.exists():
        print(f"skipped: {TOOL} is not built (EFA_LAYOUT_TOOL names it)")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
