#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual of the findings has every code that the program knows, in its order, with its title, owner, outcome and remedy, and no other;
and every code that any page or paper names is one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path

import manual
from manual import TOP

TOOL = Path(os.environ.get("EFA_LAYOUT_BUILD", TOP / "build")) / "prolog" / "tool" / "efa-layout"
CODE = re.compile(r"\b[EWI][1-3]\d\d\b")
# What a finding of this severity and owner makes of a check, without anything else.
OUTCOMES = {
    ("error", "node"): "faulty",
    ("error", "fabric"): "fabric",
    ("error", "request"): "refused",
    ("error", "check"): "unknown",
    ("warning", "node"): "degraded",
    ("warning", "check"): "degraded",
    ("info", "node"): "nothing",
    ("info", "check"): "nothing",
}


@dataclass(frozen=True)
class Entry:
    code: str
    owner: str
    title: str
    text: str
    default: str
    remedy: str


class Findings(unittest.TestCase):
    checks: list[dict[str, str]]
    entries: list[Entry]

    @classmethod
    def setUpClass(cls) -> None:
        out = subprocess.run([TOOL, "list-checks", "--json"], capture_output=True, text=True, timeout=30, check=True).stdout
        cls.checks = json.loads(out)["checks"]
        page = manual.page("efa-layout-findings.7")
        cls.entries = []
        for below in page.below.values():
            for name, section in below.items():
                head = re.fullmatch(r"([EWI]\d\d\d) \((\w+)\) (.+)", name)
                if head:
                    tags = dict(section.tags)
                    text = section.text.split("\nBy default\n")[0]
                    cls.entries.append(Entry(head[1], head[2], head[3], text, tags["By default"], tags["Remedy"]))

    def test_the_same_codes_in_the_same_order(self) -> None:
        self.assertGreater(len(self.checks), 50)
        wanted = [(check["code"], check["owner"], check["title"]) for check in self.checks]
        found = [(entry.code, entry.owner, entry.title) for entry in self.entries]
        self.assertEqual(sorted(wanted), sorted(found))
        self.assertEqual([code for code, _, _ in found], sorted((code for code, _, _ in found), key=lambda code: ("EWI".index(code[0]), code)))

    def test_what_follows_by_default(self) -> None:
        owners = {check["code"]: (check["severity"], check["owner"]) for check in self.checks}
        for entry in self.entries:
            with self.subTest(code=entry.code):
                self.assertTrue(entry.default.startswith(OUTCOMES[owners[entry.code]] + ": "), entry.default)

    def test_remedies(self) -> None:
        """The remedy that the program gives stands in front; the page may say more behind it."""
        remedies = {check["code"]: check["remedy"] for check in self.checks}
        for entry in self.entries:
            with self.subTest(code=entry.code):
                self.assertTrue(entry.remedy.startswith(remedies[entry.code] + "."), f"{entry.remedy}\n{remedies[entry.code]}")

    def test_each_is_explained(self) -> None:
        for entry in self.entries:
            with self.subTest(code=entry.code):
                self.assertGreater(len(entry.text.split()), 4, entry.text)

    def test_codes_that_are_named_exist(self) -> None:
        known = {check["code"] for check in self.checks}
        papers = [*manual.pages(), *sorted(TOP.glob("*.md"))]
        seen = set()
        for path in papers:
            for code in CODE.findall(path.read_text()):
                seen.add(code)
                with self.subTest(paper=path.name, code=code):
                    # "E1xx" and the like are not matched: they have no three digits.
                    self.assertIn(code, known)
        self.assertGreater(len(seen), 50)


if __name__ == "__main__":
    if not shutil.which("mandoc"):
        print("skipped: mandoc is not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
