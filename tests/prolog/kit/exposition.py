# SPDX-License-Identifier: Apache-2.0
"""Prometheus' text format 0.0.4, read strictly: what its own parser would take with a shrug is refused, too.

Every line must be HELP, TYPE or a sample; a family's lines stand together, HELP and TYPE before its samples; no series occurs
twice; no time stamps, which node_exporter's textfile collector refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_HELP = re.compile(rf"# HELP ({_NAME}) ((?:[^\\]|\\\\|\\n)+)")
_TYPE = re.compile(rf"# TYPE ({_NAME}) (counter|gauge|histogram|summary|untyped)")
_SAMPLE = re.compile(rf"({_NAME})(?:\{{(.*)\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^\\"]|\\\\|\\"|\\n)*)"(?:,|$)')
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]Inf")
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

Labels = frozenset[tuple[str, str]]


@dataclass
class Family:
    """One metric: what it is, and its samples by their labels."""

    help: str
    type: str = ""
    samples: dict[Labels, float] = field(default_factory=dict)

    def value(self, **labels: str) -> float:
        """Of the one sample with these labels among others."""
        found = [value for have, value in self.samples.items() if have >= frozenset(labels.items())]
        if len(found) != 1:
            raise KeyError(f"{len(found)} samples with {labels}: {self.samples}")
        return found[0]


def _labels(text: str) -> Labels:
    found: list[tuple[str, str]] = []
    while text:
        match = _LABEL.match(text)
        if not match:
            raise ValueError(f"no label: {text}")
        value = re.sub(r'\\\\|\\"|\\n', lambda one: _ESCAPES[one[0]], match[2])
        found.append((match[1], value))
        text = text[match.end() :]
    if len(dict(found)) != len(found):
        raise ValueError(f"a label occurs twice: {found}")
    return frozenset(found)


def _add_sample(line: str, name: str, family: Family) -> None:
    match = _SAMPLE.fullmatch(line)
    if not match or not _NUMBER.fullmatch(match[3]):
        raise ValueError(f"no sample: {line}")
    if match[1] != name:
        raise ValueError(f"a sample outside its family: {line}")
    if not family.type:
        raise ValueError(f"a sample before its TYPE: {line}")
    if match[2] is not None and match[2].endswith(","):
        raise ValueError(f"a comma too many: {line}")
    labels = _labels(match[2] or "")
    if labels in family.samples:
        raise ValueError(f"a series occurs twice: {line}")
    family.samples[labels] = float(match[3])


def parse(text: str) -> dict[str, Family]:
    """Families by name; ValueError for anything that is not as it should be."""
    if not text.endswith("\n") or "\r" in text:
        raise ValueError("lines end with a line feed alone, the last one too")
    families: dict[str, Family] = {}
    name = ""
    for line in text[:-1].split("\n"):
        if match := _HELP.fullmatch(line):
            name = match[1]
            if name in families:
                raise ValueError(f"a family occurs twice: {line}")
            families[name] = Family(match[2])
        elif match := _TYPE.fullmatch(line):
            if match[1] != name or families[name].type:
                raise ValueError(f"TYPE is not behind its HELP: {line}")
            families[name].type = match[2]
        elif not name:
            raise ValueError(f"a sample before its HELP: {line}")
        else:
            _add_sample(line, name, families[name])
    for name, family in families.items():
        if not family.type:
            raise ValueError(f"{name} has no TYPE")
    return families
