#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the papers at the top of the tree and the pages of the manual name is there: files, tests, commands, settings, other pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import manual
import usage
from manual import TOP

BUILD = Path(os.environ.get("EFA_LAYOUT_BUILD", TOP / "build"))
TOOL = BUILD / "prolog" / "tool" / "efa-layout"
PAPERS = [TOP / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "README.md")]
FOLDERS = r"(?:etc|lib|prolog|spank|tests)"


def quoted(text: str) -> list[str]:
    """What stands between backticks or is set in as code."""
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4,}(\S.*)$", text, re.M)


def installed() -> str:
    """Everything that the build's install scripts name."""
    return "".join(path.read_text() for path in BUILD.rglob("cmake_install.cmake") if "variants" not in path.parts)


class Papers(unittest.TestCase):
    def test_paths_exist(self) -> None:
        n = 0
        for paper in PAPERS:
            text = paper.read_text()
            named = re.findall(rf"(?<![\w./<-]){FOLDERS}/[\w./*-]*", "\n".join(quoted(text))) + re.findall(r"\]\(([\w/.-]+)\)", text)
            for path in named:
                n += 1
                with self.subTest(paper=paper.name, path=path):
                    pattern = path.rstrip("/.").replace("NAME", "*")
                    self.assertTrue(list(TOP.glob(pattern)), "there is no such file")
        self.assertGreater(n, 30)

    def test_scripts_can_be_run(self) -> None:
        for paper in PAPERS:
            for text in quoted(paper.read_text()):
                for script in re.findall(rf"(?:^|sudo )({FOLDERS}/[\w./-]+)(?= |$)", text):
                    path = TOP / script
                    if path.is_file() and not path.suffix:
                        with self.subTest(paper=paper.name, script=script):
                            self.assertTrue(os.access(path, os.X_OK))

    def test_style_checks_exist(self) -> None:
        known = set(re.findall(r'"(\w+)": check_\w+', (TOP / "tests" / "build" / "style").read_text()))
        for check in re.findall(r"tests/build/style (\w+)", (TOP / "CONTRIBUTING.md").read_text()):
            self.assertIn(check, known)

    def test_tests_exist(self) -> None:
        # Asking ctest would take the place of the log of the run that this is part of.
        files = (Path(BUILD) / "tests").rglob("CTestTestfile.cmake")
        names = [name for file in files for name in re.findall(r"^add_test\(\[=\[(.+?)\]=\]", file.read_text(), re.M)]
        groups = {name.rpartition(".")[0] for name in names}
        self.assertGreater(len(names), 50)
        text = (TOP / "CONTRIBUTING.md").read_text()
        for name in re.findall(r"`([a-z]+(?:24\.11)?)\.\*`", text):
            self.assertIn(name, groups)
        wanted = set(re.findall(r"`((?:data|docs|unit|prolog|slurm|node)\.\w+)`", text))
        self.assertGreater(len(wanted), 5)
        self.assertEqual(wanted - set(names), set())

    def test_commands_exist(self) -> None:
        helps = usage.ask_all(TOOL)
        n = 0
        for path in [*PAPERS, *manual.pages()]:
            text = path.read_text()
            said = quoted(text) if path.suffix == ".md" else re.findall(r"^\.(?:Ql|Dl|Nm|B|BR|RB) \W*(efa.*)$", text.replace("\\-", "-"), re.M)
            for line in said:
                for words in re.findall(r"(?:^|[ (])efa-layout ((?:[a-z][a-z-]*(?: |$|(?=[^\w-])))+)", line):
                    n += 1
                    command: tuple[str, ...] = ()
                    for word in words.split():
                        if not helps[command].commands:
                            break
                        command = (*command, word)
                        with self.subTest(file=path.name, line=line):
                            self.assertIn(command, helps, "there is no such command")
                        if command not in helps:
                            break
        self.assertGreater(n, 30)

    def test_settings_exist(self) -> None:
        """A word such as check.budget_ms is a setting, in papers and pages."""
        out = subprocess.run([TOOL, "policy", "show", "--json", "--site-dir", "/nonexistent", "--data-dir", TOP / "etc"],
                             capture_output=True, text=True, timeout=30, check=True).stdout  # fmt: skip
        known = set(re.findall(r'"name": "(\w+\.\w+)"', out))
        groups = "|".join(sorted({name.split(".")[0] for name in known}))
        files = {"environment.json", "receipt.json", "health.json", "policy.json"}
        seen = set()
        for path in [*PAPERS, *manual.pages()]:
            for name in re.findall(rf"(?<![\w./*-])((?:{groups})\.[a-z_]+)(?![\w/])", path.read_text().replace("\\-", "-")):
                if name not in files:
                    seen.add(name)
                    with self.subTest(file=path.name, setting=name):
                        self.assertIn(name, known)
        self.assertEqual(known - seen, set())


class Changelog(unittest.TestCase):
    def test_form(self) -> None:
        text = (TOP / "CHANGELOG.md").read_text()
        version = re.search(r"^project\(efa-layout VERSION (\S+)", (TOP / "CMakeLists.txt").read_text(), re.M)
        assert version
        heads = re.findall(r"^## (.*)$", text, re.M)
        self.assertRegex(heads[0], r"^\[(Unreleased|" + re.escape(version[1]) + r")\]")
        self.assertTrue(version[1] in text, version[1])
        for head in re.findall(r"^### (.*)$", text, re.M):
            self.assertIn(head, {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"})

    def test_names_every_command_and_page(self) -> None:
        text = (TOP / "CHANGELOG.md").read_text()
        for command, help in usage.ask_all(TOOL).items():
            if command and not help.commands:
                self.assertTrue(f"`{' '.join(command)}`" in text, command)
        for path in manual.pages():
            self.assertTrue(f"`{path.stem}({path.suffix[1:]})`" in text, path.name)


class Pages(unittest.TestCase):
    def test_each_is_installed_in_its_section(self) -> None:
        scripts = installed()
        for path in manual.pages():
            with self.subTest(page=path.name):
                self.assertTrue(re.search(rf"man{path.suffix[1:]}\b[^\n]*\n?[^\n]*{re.escape(path.name)}", scripts))

    def test_completions_are_installed(self) -> None:
        scripts = installed()
        self.assertTrue(re.search(r"/bash-completion/completions/efa-layout\"", scripts))
        self.assertTrue(re.search(r"/zsh/[\w-]+/_efa-layout\"", scripts))

    def test_other_pages_exist(self) -> None:
        known = {f"{path.stem}({path.suffix[1:]})" for path in manual.pages()}
        links = {"efa-layout-epilog(8)", "efa-layout-health(8)"}
        n = 0
        for path in [*manual.pages(), *PAPERS]:
            text = manual.Page(path).text if path.suffix != ".md" else path.read_text()
            for page in re.findall(r"((?:spank_)?efa[-_]layout[a-z-]*\(\d\))", text):
                n += 1
                with self.subTest(file=path.name, page=page):
                    self.assertIn(page, known | links)
        self.assertGreater(n, 40)

    def test_see_also(self) -> None:
        """Each page leads to others, and not to itself."""
        for path in manual.pages():
            with self.subTest(page=path.name):
                found = re.findall(r"([\w-]+)\((\d)\)", manual.Page(path).sections["SEE ALSO"].text)
                self.assertTrue(found)
                self.assertNotIn((path.stem, path.suffix[1:]), found)
                self.assertEqual(len(found), len(set(found)))


if __name__ == "__main__":
    if not shutil.which("mandoc"):
        print("skipped: mandoc is not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
