# SPDX-License-Identifier: Apache-2.0
"""What a program says of itself when it is asked for help: commands, options with their arguments, exit statuses."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROW = re.compile(r"^  (--[a-z][a-z-]*)(?: ([^\s-][^\s]*))?(?=\s|$)")


@dataclass
class Help:
    """A program's or a command's help."""

    usage: list[str]  # a line for each way to call it
    options: dict[str, set[str]] = field(default_factory=dict)  # with the arguments that it is listed with ("": none)
    commands: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)  # empty: it says nothing of them


def _usage(text: str) -> list[str]:
    """Lines of "usage:" and of what is set in below it; "       efa-layout-" begins another way to call it."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("usage: "):
            lines.append(line.removeprefix("usage: "))
        elif lines and re.match(r"       efa-layout", line):
            lines.append(line)
        elif lines and line.startswith("         "):
            lines[-1] += " " + line
        elif lines:
            break
    return [" ".join(line.split()) for line in lines]


def parse(text: str) -> Help:
    """The parts of a help text."""
    found = Help(_usage(text))
    has_commands = any(" COMMAND" in line for line in found.usage)
    for line in text.splitlines():
        row = ROW.match(line)
        if re.match(r"^  --[a-z-]+, --", line):
            for option in re.findall(r"--[a-z-]+", line):
                found.options.setdefault(option, set()).add("")
        elif row:
            found.options.setdefault(row[1], set()).add(row[2] or "")
        elif has_commands and (command := re.match(r"^  ([a-z][a-z-]*) +\S", line)):
            found.commands.append(command[1])
    said = re.search(r"^exit status: (.*?)(?:\n\n|\Z)", text, re.M | re.S | re.I)
    if said:
        found.statuses = {int(number) for number in re.findall(r"(?<![\w.])\d{1,3}(?![\w.])", said[1])}
    return found


def ask(program: Path, *command: str) -> Help:
    """The help of a command, which has to be given gladly: on standard output and with exit status 0."""
    run = subprocess.run([program, *command, "--help"], capture_output=True, text=True, timeout=30, check=False)
    assert run.returncode == 0 and not run.stderr, (program.name, command, run)
    return parse(run.stdout)


def ask_all(program: Path) -> dict[tuple[str, ...], Help]:
    """The help of a program and of all its commands, and of theirs."""
    found: dict[tuple[str, ...], Help] = {}
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        command = waiting.pop(0)
        found[command] = ask(program, *command)
        waiting += [(*command, name) for name in found[command].commands]
    return found


def options_in(line: str) -> set[str]:
    """The options that a line of usage or synopsis has."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line))


def names_in(line: str, command: tuple[str, ...]) -> list[str]:
    """What a line of usage or synopsis wants beside options, in lower case."""
    rest = line.split(maxsplit=1 + len(command))[1 + len(command) :]
    words = " ".join(rest)
    words = re.sub(r"--[a-z][a-z-]*(?:[ =][^\s\[\]|]+(?:\|[^\s\[\]]+)*)?", " ", words)
    found = [word.lower() for word in re.findall(r"[A-Za-z][\w=]*", words)]
    return [word for word in found if word not in ("options", "option")]
