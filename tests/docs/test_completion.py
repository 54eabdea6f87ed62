#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in bash and zsh offers every command and option that the program's help has, and what they take."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import shells
import usage
from manual import TOP

TOOL = Path(os.environ.get("EFA_LAYOUT_BUILD", TOP / "build")) / "prolog" / "tool" / "efa-layout"
OURS = '{"layouts": [{"name": "ours", "summary": "even cards", "cards": [{"cards": "every 2", "efa": true, "ena": true}]}]}'


class Offers:
    """The cases, for either shell."""

    shell: shells.Bash | shells.Zsh
    folder: Path
    helps: dict[tuple[str, ...], usage.Help]

    @classmethod
    def make_folder(cls) -> None:
        cls.helps = usage.ask_all(TOOL)
        cls.folder = Path(tempfile.mkdtemp(prefix="efa-layout-completion."))
        for name in ("data", "site", "jobs"):
            (cls.folder / name).mkdir(mode=0o755)
        for name in ("layouts.json", "instance-types.json", "environment.json"):
            shutil.copyfile(TOP / "etc" / name, cls.folder / "data" / name)
        (cls.folder / "site" / "layouts.json").write_text(OURS)
        for job in ("4711", "4712"):
            (cls.folder / "jobs" / f"{job}.verdict.json").write_text("{}")
        (cls.folder / "jobs" / "99.receipt.json").write_text("{}")
        (cls.folder / "a file.xml").write_text("")

    def told(self, *args: str) -> str:
        return subprocess.run([TOOL, *args], capture_output=True, text=True, timeout=30, check=True, cwd=self.folder).stdout

    def offers(self: unittest.TestCase, wanted: dict[tuple[str, ...], set[str]]) -> None:
        """Each line is offered just these words."""
        lines = [list(line) for line in wanted]
        for line, found in zip(lines, self.shell.offers(lines)):  # type: ignore[attr-defined]
            with self.subTest(line=" ".join(line)):
                self.assertEqual({word.rstrip("/ ") for word in found}, wanted[tuple(line)])

    def test_commands(self) -> None:
        wanted = {(*command, ""): set(help.commands) for command, help in self.helps.items() if help.commands}
        assert len(wanted) >= 2
        self.offers(wanted)  # type: ignore[misc]

    def test_options(self) -> None:
        wanted = {(*command, "--"): {"--help", *help.options} | ({"--version"} if not command else set())
                  for command, help in self.helps.items()}  # fmt: skip
        assert sum(len(options) for options in wanted.values()) > 60
        self.offers(wanted)  # type: ignore[misc]

    def test_an_option_is_offered_once(self) -> None:
        options = {"--help", *self.helps["check",].options}
        self.offers({("check", "--json", "--layout", "x", "--"): options - {"--json", "--layout"},
                     ("check", "--layout=x", "--"): options - {"--layout"}})  # type: ignore[misc] # fmt: skip

    def test_values_that_are_words(self) -> None:
        wanted = {}
        for command, help in self.helps.items():
            for option, arguments in help.options.items():
                words = {word for argument in arguments for word in argument.split("|") if word}
                if words and all(word == word.lower() for word in words):
                    wanted[(*command, option, "")] = words
        assert wanted[("show", "--color", "")] == {"auto", "always", "never"}
        self.offers(wanted)  # type: ignore[misc]

    def test_layouts_and_types(self) -> None:
        where = ("--data-dir", "data", "--site-dir", "site")
        layouts = {one["name"] for one in json.loads(self.told("layouts", *where, "--json"))["layouts"]}
        types = {one["name"] for one in json.loads(self.told("types", *where, "--json"))["types"]}
        assert "ours" in layouts and "p5.48xlarge" in types
        self.offers({  # type: ignore[misc]
            ("layouts", *where, ""): layouts,
            ("layouts", "--data-dir=data", "--site-dir=site", "efa-"): {"efa-only", "efa-every-4th"},
            ("layouts", *where, "ours", "--type", "p5"): {name for name in types if name.startswith("p5")},
            ("types", *where, ""): types,
            ("check", *where, "--layout", ""): layouts,
        })

    def test_codes(self) -> None:
        codes = {one["code"] for one in json.loads(self.told("list-checks", "--json"))["checks"]}
        self.offers({("list-checks", ""): codes, ("list-checks", "e25"): {"E250", "E251"}})  # type: ignore[misc]

    def test_files_and_folders(self) -> None:
        self.offers({  # type: ignore[misc]
            ("snapshot", "s"): {"site"},
            ("show", "--root", ""): {"data", "site", "jobs"},
        })

    def test_jobs(self) -> None:
        self.offers({("explain", "--state-dir", ".", ""): {"4711", "4712"}, ("explain", "--state-dir", "data", ""): set()})  # type: ignore[misc]

    def test_nothing_for_what_is_not_known(self) -> None:
        # Where there is nothing else, zsh shows the options.
        options = {name: {"--help", *self.helps[name,].options} if isinstance(self.shell, shells.Zsh) else set() for name in ("env", "list-checks")}
        self.offers({("env", ""): options["env"], ("env", "x"): set(), ("list-checks", "E101", ""): options["list-checks"],
                     ("facts", "--endpoint", ""): set()})  # type: ignore[misc] # fmt: skip


class InBash(Offers, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.make_folder()
        cls.shell = shells.Bash(TOOL, cls.folder)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def test_values_behind_an_equals_sign(self) -> None:
        self.offers({("show", "--color=a"): {"auto", "always"}, ("show", "--color="): {"auto", "always", "never"},
                     ("check", "--data-dir=data", "--layout=efa-o"): {"efa-only"}})  # fmt: skip

    def test_files(self) -> None:
        self.offers({("show", "--topology", "a"): {"a file.xml"}})


class InZsh(Offers, unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if not shutil.which("zsh"):
            raise unittest.SkipTest("zsh is not installed")
        cls.make_folder()
        cls.shell = shells.Zsh(TOOL, cls.folder)

    @classmethod
    def tearDownClass(cls) -> None:
        assert isinstance(cls.shell, shells.Zsh)
        cls.shell.close()
        shutil.rmtree(cls.folder)

    def test_values_behind_an_equals_sign(self) -> None:
        self.offers({("show", "--color=a"): {"auto", "always"}, ("check", "--data-dir=data", "--layout=efa-o"): {"efa-only"}})

    def test_descriptions(self) -> None:
        assert isinstance(self.shell, shells.Zsh)
        shown = self.shell.listing("")
        self.assertRegex(shown, r"\nshow +-- show the node's interfaces")
        self.assertRegex(self.shell.listing("show --"), r"\n--tree +-- NUMA nodes, their switches")


if __name__ == "__main__":
    if not TOOL.exists():
        print(f"skipped: {TOOL} is not built")
        sys.exit(77)
    unittest.main(verbosity=2)
