# SPDX-License-Identifier: Apache-2.0
"""Expected findings: how they are written down, and how they are compared with found ones.

An expectation is a code and words that say what else has to be right:

    card     the finding is about the damaged card
    other    it is about the second damaged card
    nocard   its card is not known
    rail     it is about the damaged rail, by index and name
    address  subject or evidence name the PCI address of the damaged rail, where the type's table
             can tell it; addresses: of both damaged rails
    NAME     anything else: occurs in subject, found or evidence; {a} and {b} are cards
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# Whose business each code is. The owner of mere information does not matter.
OWNERS = {"E1": "node", "E2": "node", "W102": "node", "W104": "node", "W3": "node", "I101": "check",
          "I202": "check"}


@dataclass(frozen=True)
class Target:
    """What a case damages."""

    card: int = -1
    other: int = -1  # the second card of a pair
    rail: int = -1  # index among the rails that are found; -1: not there
    name: str = ""  # RDMA name of the rail
    address: str = ""  # of the rail
    words: dict[str, str] = field(default_factory=dict)
    address_known: bool = False


@dataclass(frozen=True)
class Expectation:
    code: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.code, *self.words))


def expectations(text: str) -> list[Expectation]:
    """"E101 card address, E103 card"."""
    found = []
    for part in text.split(","):
        words = part.split()
        if words:
            found.append(Expectation(words[0], tuple(words[1:])))
    return found


def owner_of(code: str) -> str | None:
    return OWNERS.get(code) or OWNERS.get(code[:2])


def _word_holds(word: str, finding: dict[str, Any], target: Target) -> bool:
    text = " ".join(finding[key] or "" for key in ("subject", "found", "evidence"))
    if word == "card":
        return finding["card_index"] == target.card
    if word == "other":
        return finding["card_index"] == target.other
    if word == "nocard":
        return finding["card_index"] is None
    if word == "rail":
        return finding["rail"] == target.rail and target.name in text
    if word == "address":
        return not target.address_known or target.address in text
    if word == "addresses":
        return not target.address_known or {target.address, target.words["second"]} <= set(
            re.findall(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", text))
    wanted = word.format(a=target.card, b=target.other, **target.words).replace("_", " ")
    return wanted in text


def holds(expectation: Expectation, finding: dict[str, Any], target: Target) -> bool:
    owner = owner_of(expectation.code)
    return (finding["code"] == expectation.code
            and owner in (None, finding["owner"])
            and all(_word_holds(word, finding, target) for word in expectation.words))


def outcome(codes: list[str]) -> str:
    """What findings of these codes come to: the node is at fault, or there are warnings, or none."""
    if any(code[0] == "E" for code in codes):
        return "faulty"
    return "degraded" if any(code[0] == "W" for code in codes) else "healthy"


def compare(expected: list[Expectation], found: list[dict[str, Any]], target: Target) -> bool:
    """Each expectation has its finding, and no finding is left over."""
    left = list(found)
    for expectation in expected:
        at = next((f for f in left if holds(expectation, f, target)), None)
        if at is None:
            return False
        left.remove(at)
    return not left


def show_finding(finding: dict[str, Any]) -> str:
    words = [finding["code"], f"[{finding['subject']}]"]
    if finding["card_index"] is not None:
        words.append(f"card {finding['card_index']}")
    if finding["rail"] is not None:
        words.append(f"rail {finding['rail']}")
    if finding["owner"] != owner_of(finding["code"]) and owner_of(finding["code"]):
        words.append(f"owner {finding['owner']}")
    return " ".join(words)
