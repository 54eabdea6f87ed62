#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual says of every program what the program says of itself. What is compared comes from --help: a new command or option
falls under these tests by being there."""

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
PROLOG = BUILD / "prolog" / "efa-layout-prolog"
PROBE = BUILD / "prolog" / "probe" / "efa-layout-probe"
SLURM = BUILD / "prolog" / "slurm" / "efa-layout-slurm"
LIST_OPTIONS = BUILD / "tests" / "docs" / "list-options"
EVERYWHERE = {"--help", "--version"}


def lowered(options: dict[str, set[str]]) -> dict[str, set[str]]:
    return {option: {argument.lower() for argument in arguments} for option, arguments in options.items()}


def has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


class Case(unittest.TestCase):
    def check_arguments(self, wanted: dict[str, set[str]], tagged: dict[str, set[str]], said: str) -> None:
        """Arguments of the help are those of the manual; one that is a word to be typed is named there."""
        for option, arguments in wanted.items():
            for argument in arguments:
                if argument and argument == argument.lower() and argument not in {one.lower() for one in tagged[option]}:
                    for word in argument.split("|"):
                        self.assertTrue(has(said, word), f"{option} {argument}")
                else:
                    self.assertIn(argument.lower(), lowered(tagged)[option], f"{option}: {argument or 'takes none'}")


class Tool(Case):
    """efa-layout and each of its commands."""

    page: manual.Page
    helps: dict[tuple[str, ...], usage.Help]

    @classmethod
    def setUpClass(cls) -> None:
        cls.page = manual.page("efa-layout.1")
        cls.helps = usage.ask_all(TOOL)

    def commands(self) -> dict[tuple[str, ...], usage.Help]:
        """Those that do something themselves."""
        return {command: help for command, help in self.helps.items() if command and not help.commands}

    def synopsis(self, command: tuple[str, ...]) -> str:
        """The one line of the synopsis that a command has."""
        start = " ".join(("efa-layout", *command)) + " "
        lines = [line for line in self.page.synopsis() if (line + " ").startswith(start)]
        self.assertEqual(len(lines), 1, f"lines of the synopsis that begin with {start}")
        return lines[0]

    def section(self, command: tuple[str, ...]) -> manual.Section:
        below = self.page.below["DESCRIPTION"]
        self.assertIn(" ".join(command), below, "there is no such subsection of DESCRIPTION")
        return below[" ".join(command)]

    def shared(self, command: tuple[str, ...]) -> list[manual.Section]:
        """Where the options stand that a command has in common with others: OPTIONS, for those with "[options]" in the synopsis,
        and subsections that are no command's, for those that name the option there."""
        names = {" ".join(one) for one in self.helps}
        others = [section for name, section in self.page.below["DESCRIPTION"].items() if name not in names]
        return [*others, self.page.sections["OPTIONS"]]

    def test_there_are_commands(self) -> None:
        self.assertGreaterEqual(len(self.commands()), 10)
        self.assertGreaterEqual(sum(len(help.options) for help in self.commands().values()), 60)

    def test_every_command_is_there_and_no_other(self) -> None:
        wanted = {" ".join(command) for command in self.commands()}
        lines = {re.match(r"efa-layout ((?:[a-z][a-z-]* ?)*)", line)[1].strip() for line in self.page.synopsis()}  # type: ignore[index]
        heads = {line for line in lines if line}
        for command in wanted:
            self.assertTrue(any((head + " ").startswith(command + " ") for head in heads), f"the synopsis lacks {command}")
        for head in heads:
            self.assertTrue(any((head + " ").startswith(command + " ") for command in wanted), f"there is no command {head}")
        for command in wanted:
            self.assertIn(command, self.page.below["DESCRIPTION"])

    def test_options_of_the_help_are_in_the_manual(self) -> None:
        for command, help in self.commands().items():
            line = self.synopsis(command)
            own, shared = self.section(command), self.shared(command)
            for option in set(help.options) - EVERYWHERE:
                with self.subTest(command=" ".join(command), option=option):
                    where = [own] if option in own.options() else [one for one in shared if option in one.options()]
                    self.assertNotEqual(where, [], "neither its own subsection nor a shared one has it")
                    if where != [own]:
                        self.assertTrue("[options]" in line or option in usage.options_in(line), f"synopsis: {line}")
                    self.check_arguments({option: help.options[option]}, where[0].options(), where[0].text)

    def test_options_of_the_manual_are_in_the_help(self) -> None:
        for command, help in self.commands().items():
            line = self.synopsis(command)
            wanted = set(self.section(command).options()) | usage.options_in(line)
            if "[options]" in line:
                wanted |= set(self.page.sections["OPTIONS"].options())
            with self.subTest(command=" ".join(command)):
                self.assertEqual(wanted - set(help.options) - EVERYWHERE, set())

    def test_usage_and_synopsis_want_the_same(self) -> None:
        for command, help in self.commands().items():
            line = self.synopsis(command)
            with self.subTest(command=" ".join(command)):
                self.assertEqual(len(help.usage), 1)
                self.assertTrue(help.usage[0].startswith(" ".join(("efa-layout", *command))), help.usage[0])
                self.assertEqual(usage.names_in(help.usage[0], command), usage.names_in(line, command))
                self.assertEqual("[options]" in help.usage[0], "[options]" in line)
                self.assertEqual(usage.options_in(help.usage[0]) - usage.options_in(line), set())

    def test_exit_statuses(self) -> None:
        found = self.page.exit_statuses()
        for command, help in self.commands().items():
            name = " ".join(command)
            with self.subTest(command=name):
                if help.statuses:
                    self.assertIn(name, found, 'EXIT STATUS has no "Of" for it')
                    self.assertEqual(found[name], help.statuses)
                else:
                    self.assertNotIn(name, found, "its help does not say them")

    def test_wrong_usage(self) -> None:
        found = self.page.exit_statuses()
        for command in self.helps:
            with self.subTest(command=" ".join(command)):
                run = subprocess.run([TOOL, *command, "--no-such-option"], capture_output=True, text=True, timeout=30, check=False)
                self.assertIn(run.returncode, {2, 3} & found.get(" ".join(command), found[""]), run)
                self.assertNotEqual(run.stderr, "")


class Others(Case):
    """The programs without commands, and the helper, which has no help but usage."""

    def test_options(self) -> None:
        for program, name in ((PROLOG, "efa-layout-prolog.8"), (PROBE, "efa-layout-probe.8")):
            with self.subTest(program=program.name):
                page, help = manual.page(name), usage.ask(program)
                tagged = page.sections["OPTIONS"].options()
                self.assertGreater(len(tagged), 8)
                self.assertEqual(set(tagged), set(help.options))
                self.check_arguments(help.options, tagged, page.sections["OPTIONS"].text)
                named = {option for line in page.synopsis() for option in usage.options_in(line)}
                free = any(re.search(r"\[options?\]", line) for line in page.synopsis()[:1])
                self.assertEqual(named - set(help.options), set())
                self.assertEqual(set() if free else set(help.options) - named - EVERYWHERE, set())

    def test_exit_statuses(self) -> None:
        for program, name in ((PROLOG, "efa-layout-prolog.8"), (PROBE, "efa-layout-probe.8")):
            with self.subTest(program=program.name):
                found = manual.page(name).exit_statuses()
                self.assertEqual(set().union(*found.values()), usage.ask(program).statuses)
                run = subprocess.run([program, "--no-such-option"], capture_output=True, text=True, timeout=30, check=False)
                self.assertEqual(run.returncode, 2, run)

    def test_helper(self) -> None:
        run = subprocess.run([SLURM], capture_output=True, text=True, timeout=30, check=False)
        page = manual.page("efa-layout-slurm.8")
        self.assertEqual(run.returncode, 2, run)
        self.assertEqual(usage.parse(run.stderr).usage, page.synopsis())
        enum = (TOP / "prolog" / "helper_status.h").read_text()
        self.assertEqual(page.exit_statuses()[""], {int(number) for number in re.findall(r"HELPER_\w+ = (\d+)", enum)})


class Plugin(Case):
    """Options and variables of the plugin, from the table that it registers them from."""

    page: manual.Page
    rows: list[tuple[str, str, str, str]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.page = manual.page("spank_efa_layout.8")
        out = subprocess.run([LIST_OPTIONS], capture_output=True, text=True, timeout=30, check=True).stdout
        cls.rows = [(option, argument, variable, travels) for option, argument, variable, travels in (line.split("\t") for line in out.splitlines())]

    def test_options(self) -> None:
        tagged = self.page.sections["OPTIONS"].options()
        self.assertEqual(set(tagged), {f"--{option}" for option, _, _, _ in self.rows})
        for option, argument, _, _ in self.rows:
            with self.subTest(option=option):
                self.assertEqual("" in tagged[f"--{option}"], argument == "-")

    def test_values(self) -> None:
        """Values are tags below their option, or, where there are none, in what is said of it."""
        tags = self.page.sections["OPTIONS"].tags
        for option, argument, _, _ in self.rows:
            values = [value.lower() for value in argument.split("|")] if argument != "-" else []
            (at,) = [i for i, (tag, _) in enumerate(tags) if re.match(rf"--{option}\b(?!-)", tag)]
            below = []
            for tag, _ in tags[at + 1 :]:
                if tag.startswith("--"):
                    break
                below.append(tag)
            with self.subTest(option=option):
                if below:
                    self.assertEqual(sorted(below), sorted(values))
                else:
                    said = tags[at][1]
                    self.assertEqual([value for value in values if re.search("[a-z]{2}", value) and not has(said.lower(), value)], [])

    def test_synopsis(self) -> None:
        (line,) = [line for line in self.page.synopsis() if "srun" in line]
        self.assertEqual(usage.options_in(line), {f"--{option}" for option, _, _, _ in self.rows})

    def test_variables(self) -> None:
        text = self.page.sections["ENVIRONMENT"].text
        for _, _, variable, _ in self.rows:
            self.assertTrue(has(text, f"SLURM_{variable}"), variable)
        for front in ("SBATCH_", "SALLOC_"):
            self.assertIn(front, text)
        raw = re.search(r"\((efa_layout, [\w, ]+)\)", manual.page("efa-layout-prolog.8").sections["ENVIRONMENT"].text)
        assert raw
        self.assertEqual(raw[1].split(", "), [travels for _, _, _, travels in self.rows])

    def test_what_tasks_get(self) -> None:
        sources = "".join(path.read_text() for path in sorted((TOP / "lib").glob("task_env*.c")) + [TOP / "lib" / "task_env.h", TOP / "lib" / "task_env_record.h"])
        given = set(re.findall(r'"(EFA_LAYOUT(?:_[A-Z_]+)?)"', sources))
        self.assertGreaterEqual(len(given), 7)
        tags = " ".join(tag for tag, _ in self.page.sections["ENVIRONMENT"].tags)
        listed = set(re.findall(r"(?<!\w)EFA_LAYOUT(?:_[A-Z_]+)?", tags))
        self.assertEqual(listed, given)


class Environment(unittest.TestCase):
    """What a program reads from its environment stands on its page."""

    def test_every_variable_is_named(self) -> None:
        pages = {"prolog/tool": ["efa-layout.1"], "prolog": ["efa-layout-prolog.8"], "prolog/probe": ["efa-layout-probe.8"],
                 "prolog/slurm": ["efa-layout-slurm.8"],
                 "spank": ["spank_efa_layout.8"], "lib": ["efa-layout.1", "efa-layout-prolog.8", "spank_efa_layout.8"]}  # fmt: skip
        n = 0
        for folder, names in pages.items():
            text = "".join(manual.page(name).text for name in names)
            for path in sorted((TOP / folder).glob("*.c")):
                for variable in re.findall(r'\b(?:secure_)?getenv\("(\w+)"\)', path.read_text()):
                    n += 1
                    with self.subTest(file=path.name, variable=variable):
                        self.assertTrue(has(text, variable))
        self.assertGreater(n, 8)


if __name__ == "__main__":
    if not shutil.which("mandoc"):
        print("skipped: mandoc is not installed")
        sys.exit(77)
    unittest.main(verbosity=2)
