#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every key that the loaders of layouts and instance types know is in the manual and in the schemas, and nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("EFA_LAYOUT_TOOL", TOP / "build" / "prolog" / "tool" / "efa-layout"))
PAGE = TOP / "etc" / "efa-layout-layouts.5"
# Loader, the object that it reads, and where the schema has that.
OBJECTS = {
    ("layout_json.c", "load_all"): ("layouts", ()),
    ("layout_json.c", "load_layout"): ("layouts", ("$defs", "layout")),
    ("layout_json.c", "load_for"): ("layouts", ("$defs", "nodes")),
    ("layout_rule_json.c", "layout_rule_load"): ("layouts", ("$defs", "rule")),
    ("type_json.c", "load_all"): ("instance-types", ()),
    ("type_json.c", "load_type"): ("instance-types", ("$defs", "type")),
}


def lists_of_keys() -> dict[tuple[str, str], list[str]]:
    """The keys that each function of the loaders passes to json_only_keys."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((TOP / "lib").glob("*_json.c")):
        if not re.match(r"layout|type|entry", path.name):
            continue
        for body in re.findall(r"^static int .*?^}|^int .*?^}", path.read_text(), re.M | re.S):
            keys = re.search(r"keys\[\] = \{(.*?)\};", body, re.S)
            if keys:
                name = re.match(r"(?:static )?int (\w+)", body)
                assert name
                found[path.name, name[1]] = re.findall(r'"(\w+)"', keys[1])
            elif "json_only_keys" in body:
                raise AssertionError(f"{path.name}: keys of an unknown form")
    return found


def schema_keys(name: str, way: tuple[str, ...]) -> set[str]:
    node: Any = json.loads((TOP / "etc" / "schema" / f"{name}.schema.json").read_text())
    for step in way:
        node = node[step]
    return set(node["properties"]) - {"$schema"}


def marked(text: str, macro: str) -> set[str]:
    """The words that the manual puts under a macro."""
    words: set[str] = set()
    for line in re.findall(rf"^\.(?:It )?{macro} (.*)$", text, re.M):
        words |= set(re.findall(r"[\w.-]+", line))
    return words


class Manual(unittest.TestCase):
    def setUp(self) -> None:
        self.text = PAGE.read_text()
        self.dir = Path(tempfile.mkdtemp(prefix="efa-layout-manual."))
        self.addCleanup(shutil.rmtree, self.dir)
        for name in ("data", "site"):
            (self.dir / name).mkdir(mode=0o755)
        for name in ("layouts.json", "instance-types.json"):
            shutil.copyfile(TOP / "etc" / name, self.dir / "data" / name)

    def tool(self, *args: str) -> str:
        """What the tool prints, with the shipped data and the site's."""
        argv = [TOOL, *args, "--data-dir", self.dir / "data", "--site-dir", self.dir / "site"]
        run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_loaders_and_schemas_have_the_same_keys(self) -> None:
        found = lists_of_keys()
        self.assertEqual(set(found), set(OBJECTS))
        for loader, keys in found.items():
            with self.subTest(loader=loader):
                self.assertEqual(len(keys), len(set(keys)))
                self.assertEqual(schema_keys(*OBJECTS[loader]), set(keys))

    def test_every_key_has_its_place(self) -> None:
        for loader, keys in lists_of_keys().items():
            for key in keys:
                with self.subTest(loader=loader, key=key):
                    self.assertIn(key, marked(self.text, "Cm"))

    def test_items_are_keys(self) -> None:
        known = {key for keys in lists_of_keys().values() for key in keys}
        items = set()
        for line in re.findall(r"^\.It Cm (.*)$", self.text, re.M):
            items |= set(re.findall(r"[\w-]+", line))
        self.assertEqual(items - known, set())
        self.assertGreater(len(items), 20)

    def test_lists_the_shipped_layouts(self) -> None:
        """Names, and what is on card 0 of each of the types that can have the layout."""
        table = re.search(r"^\.Bl -column .*?^\.El", self.text, re.M | re.S)
        assert table
        rows = re.findall(r"^\.It ([\w-]+) Ta ([^T]*?) Ta", table[0], re.M)
        listed = json.loads(self.tool("layouts", "--json"))["layouts"]
        self.assertEqual([name for name, _ in rows], [one["name"] for one in listed])
        for name, card in rows:
            first = json.loads(self.tool("layouts", name, "--type", "p5.48xlarge", "--json"))["on"]["cards"][0]
            self.assertEqual(first["interfaces"].replace(" and ", " + "), card, name)

    def test_says_where_the_schemas_are(self) -> None:
        other = (TOP / "prolog" / "efa-layout-policy.5").read_text()
        for path in (TOP / "etc" / "schema").iterdir():
            text = self.text if path.name.startswith(("layouts", "instance")) else other
            self.assertIn(f"/usr/share/efa-layout/schema/{path.name}", text)

    def test_examples_load(self) -> None:
        """What stands between braces in the examples is taken by the tool as it stands."""
        shown = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", self.text, re.M | re.S)
        examples = [one for one in shown if one.startswith("{")]
        self.assertGreater(len(examples), 3)
        for example in examples:
            with self.subTest(example=example):
                command = "layouts" if '"layouts"' in example else "types"
                path = self.dir / "site" / ("layouts.json" if command == "layouts" else "instance-types.json")
                path.write_text(example)
                self.tool(command)
                path.unlink()


class Rules(unittest.TestCase):
    """Conditions of environment rules: those that are read are those of the manual."""

    def test_conditions(self) -> None:
        source = (TOP / "lib" / "env_rules_when_json.c").read_text()
        read = re.findall(r"^\s+ROW\((\w+), [A-Z]+\),$", source, re.M)
        self.assertGreater(len(read), 10)
        page = (TOP / "prolog" / "efa-layout-policy.5").read_text()
        section = page.split(".Ss Conditions\n")[1].split("\n.Ss ")[0]
        self.assertEqual(sorted(re.findall(r"^\.It Cm (\w+) :", section, re.M)), sorted(read))


class Policy(unittest.TestCase):
    """The settings and rules that the manual shows can be used as they stand."""

    def test_examples_load(self) -> None:
        page = (TOP / "prolog" / "efa-layout-policy.5").read_text()
        shown = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page, re.M | re.S)
        examples = [one for one in shown if one.startswith("{")]
        self.assertGreater(len(examples), 3)
        for example in examples:
            with self.subTest(example=example), tempfile.TemporaryDirectory(prefix="efa-layout-manual.") as site:
                rules = '"environment": [' in example
                (Path(site) / ("environment.json" if rules else "policy.json")).write_text(example)
                argv = [TOOL, "policy", "show", *(["--env"] if rules else []), "--data-dir", TOP / "etc", "--site-dir", site, "--run-dir", site]
                run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn(site, run.stdout)


if __name__ == "__main__":
    if not TOOL.exists():
        print(f"skipped: {TOOL} is not built (EFA_LAYOUT_TOOL names it)")
        sys.exit(77)
    unittest.main(verbosity=2)
