# SPDX-License-Identifier: Apache-2.0
"""A picture of `efa-layout show --svg`, read back: its elements, boxes, texts and pixels."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import png
from shown import TOP

SVG = "{http://www.w3.org/2000/svg}"
RENDERER = "rsvg-convert"


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    w: float
    h: float

    def inside(self, other: Box) -> bool:
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.x + self.w <= other.x + other.w
            and self.y + self.h <= other.y + other.h
        )

    def overlaps(self, other: Box) -> bool:
        return (
            self.x < other.x + other.w
            and other.x < self.x + self.w
            and self.y < other.y + other.h
            and other.y < self.y + self.h
        )

    def centre(self) -> tuple[int, int]:
        return int(self.x + self.w / 2), int(self.y + self.h / 2)


def box_of(rect: ET.Element) -> Box:
    x, y, w, h = (float(rect.get(name, "nan")) for name in ("x", "y", "width", "height"))
    return Box(x, y, w, h)


def advances() -> list[int]:
    """The advance widths of DejaVu Sans, as the program has them."""
    code = (TOP / "prolog" / "tool" / "svg_shape.c").read_text()
    found = re.search(r"advance\[\] = \{([^}]*)\}", code)
    assert found
    return [int(number) for number in found.group(1).replace("\n", " ").split(",") if number.strip()]


class Picture:
    def __init__(self, text: str) -> None:
        self.text = text
        self.root = ET.fromstring(text)
        self._parent = {child: parent for parent in self.root.iter() for child in parent}
        self._advance = advances()
        style = self.root.find(f"{SVG}style")
        assert style is not None and style.text
        self.light, _, self.dark = style.text.partition("@media")

    def groups(self, css_class: str) -> list[ET.Element]:
        return [g for g in self.root.iter(f"{SVG}g") if g.get("class") == css_class]

    def tiles(self, kind: str) -> list[ET.Element]:
        return [g for g in self.groups("tile") if g.get("data-kind") == kind]

    def around(self, element: ET.Element, css_class: str) -> ET.Element | None:
        """The nearest group of this class that the element is in."""
        at: ET.Element | None = element
        while at is not None:
            at = self._parent.get(at)
            if at is not None and at.get("class") == css_class:
                return at
        return None

    @staticmethod
    def rect(group: ET.Element) -> Box:
        """The group's own outline: its first rectangle."""
        found = group.find(f"{SVG}rect")
        assert found is not None
        return box_of(found)

    @staticmethod
    def title(group: ET.Element) -> str:
        """What the pointer shows; only the first child counts in all browsers."""
        assert group[0].tag == f"{SVG}title", group[0].tag
        return group[0].text or ""

    def value(self, css_class: str, name: str, part: str | None = None) -> str | None:
        found = re.findall(rf"(?m)^\.{css_class}\{{[^}}]*?\b{name}:([^;}}]+)", self.light if part is None else part)
        return found[-1] if found else None

    def colour(self, css_class: str, name: str = "fill") -> png.Colour:
        value = self.value(css_class, name)
        assert value and re.fullmatch(r"#[0-9a-f]{6}", value), (css_class, value)
        r, g, b = bytes.fromhex(value[1:])
        return (r, g, b)

    def text_boxes(self) -> list[tuple[str, Box]]:
        """Each text with the room that it takes in DejaVu Sans."""
        found = []
        for element in self.root.iter(f"{SVG}text"):
            text = element.text or ""
            classes = (element.get("class") or "").split()
            size = 11.0
            bold = mono = False
            for name in classes:
                size = float((self.value(name, "font-size") or f"{size}px")[:-2])
                bold = bold or self.value(name, "font-weight") == "700"
                mono = mono or name == "mono"
            if "small" in classes:
                size = 9.0
            width = sum(602 if mono else self._advance[ord(c) - 32] for c in text) * size / 1000
            if bold:
                width *= 1.1
            x = float(element.get("x", "nan"))
            x -= width if "e" in classes else width / 2 if "c" in classes else 0
            y = float(element.get("y", "nan"))
            found.append((text, Box(x, y - 0.76 * size, width, 0.96 * size)))
        return found


def render(text: str, width: int | None, to: Path) -> png.Image:
    """The picture as rsvg-convert draws it."""
    size = [] if width is None else ["-w", str(width)]
    done = subprocess.run([RENDERER, *size, "-o", to], input=text.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return png.decode(to.read_bytes())
