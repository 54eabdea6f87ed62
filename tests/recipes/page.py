# SPDX-License-Identifier: Apache-2.0
"""Recipes out of the manual page: the displays of efa-layout-install(7) by the names in the comments before them."""

from __future__ import annotations

import functools
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "etc" / "efa-layout-install.7"
_DISPLAY = re.compile(r'((?:^\.\\" recipe: (?P<name>\S+)\n)?)^\.Bd [^\n]*\n(?P<text>.*?)^\.Ed$', re.M | re.S)


@functools.cache
def recipes() -> dict[str, str]:
    """Every display of the page must have a name of its own: what nobody runs is not in it."""
    found: dict[str, str] = {}
    for display in _DISPLAY.finditer(PAGE.read_text(encoding="utf-8")):
        name, text = display["name"], display["text"].replace(r"\e", "\\")
        assert name and name not in found, f"{PAGE.name}: a display without a name of its own:\n{text}"
        assert not re.search(r"^[.']|\\(?!$)", text, re.M), f"{PAGE.name}: {name} is not what a reader sees"
        found[name] = text
    return found
