# SPDX-License-Identifier: Apache-2.0
"""A manual page as mandoc reads it, whichever of the two macro packages it is written with: sections, tags and text."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)(?:[ =]([^\s,;|\]\[]+(?:\|[^\s,;\]\[]+)*))?")


@dataclass
class Section:
    """A section or a subsection; the text and tags of a section are also those of its subsections."""

    name: str
    text: str = ""
    tags: list[tuple[str, str]] = field(default_factory=list)  # what stands in front, and what is said of it

    def options(self) -> dict[str, set[str]]:
        """The options that are tagged here, each with its arguments ("" for none)."""
        found: dict[str, set[str]] = {}
        for tag, _ in self.tags:
            for option, argument in OPTION.findall(tag):
                found.setdefault(option, set()).add(argument)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections: list[tuple[int, Section]] = []  # depth
        self.open: dict[int, Section] = {}
        self.heading = 0
        self.name = ""
        self.tag: list[str] | None = None  # the words of a <dt>

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("h1", "h2"):
            self.heading, self.name = int(tag[1]), ""
        elif tag == "dt":
            self.tag = []
        elif tag in ("p", "pre", "dd", "br"):
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "h2"):
            section = Section(" ".join(self.name.split()))
            self.sections.append((self.heading, section))
            self.open[self.heading] = section
            if self.heading == 1:
                self.open.pop(2, None)
            self.heading = 0
        elif tag == "dt" and self.tag is not None:
            words = " ".join("".join(self.tag).split())
            self._add(f"\n{words}\n")  # to the text, but not to what is said of the tag before
            for section in self.open.values():
                section.tags.append((words, ""))
            self.tag = None
        elif tag in ("table", "pre", "dl"):
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if self.heading:
            self.name += data
        elif self.tag is not None:
            self.tag.append(data)
        else:
            self._add(data.replace("\n", " "))

    def _add(self, text: str) -> None:
        for section in self.open.values():
            section.text += text
            if section.tags and self.tag is None:
                tag, said = section.tags[-1]
                section.tags[-1] = (tag, said + text)


class Page:
    """One page; sections by name, and the subsections of each in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        run = subprocess.run(["mandoc", "-Thtml", "-O", "fragment", path], capture_output=True, text=True, check=True, timeout=30)
        reader = _Reader()
        reader.feed(run.stdout)
        self.sections: dict[str, Section] = {}
        self.below: dict[str, dict[str, Section]] = {}
        top = ""
        for depth, section in reader.sections:
            section.text = "\n".join(" ".join(line.split()) for line in section.text.splitlines())
            section.tags = [(tag, " ".join(said.split())) for tag, said in section.tags]
            if depth == 1:
                top = section.name
                self.sections[top] = section
                self.below[top] = {}
            else:
                self.below[top][section.name] = section
        self.text = "\n".join(section.text for section in self.sections.values())

    def synopsis(self) -> list[str]:
        """The lines of the synopsis, without empty ones."""
        return [" ".join(line.split()) for line in self.sections["SYNOPSIS"].text.splitlines() if line.strip()]

    def exit_statuses(self) -> dict[str, set[int]]:
        """Exit statuses of each command that has a sentence of its own, by what stands behind "Of"; "" has those of the others."""
        found: dict[str, set[int]] = {}
        names = [""]
        for line in self.sections["EXIT STATUS"].text.splitlines():
            others = line.startswith("The other ")
            start = re.match(r"Of (?:the )?([\w -]+?)(?:,|:| as )", line)
            if start:
                names = re.split(r" and ", start[1])
            elif others:
                names = [""]
            numbers = re.findall(r"(?<![\w.])\d{1,3}(?![\w.%])", line)
            said = {int(number) for number in numbers} if start or others or line.isdecimal() else set()
            for name in names:
                found.setdefault(name, set()).update(said)
        return found


def pages() -> list[Path]:
    """Every page of the tree."""
    listed = [path for folder in ("etc", "lib", "prolog", "spank") for path in (TOP / folder).rglob("*.[1578]")]
    assert len(listed) >= 8, listed
    return sorted(listed)


def page(name: str) -> Page:
    """The page of this file name."""
    (path,) = [path for path in pages() if path.name == name]
    return Page(path)
