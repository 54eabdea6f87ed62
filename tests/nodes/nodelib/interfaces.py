# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of a node in one layout, and what damage does to them."""
from __future__ import annotations

from dataclasses import dataclass

from nodelib.tables import NodeType


@dataclass
class Interface:
    """An attached network interface. kind: interface, efa, efa-only."""

    card: int
    device: int
    kind: str
    mac: str
    eni: str

    @property
    def has_ena(self) -> bool:
        return self.kind != "efa-only"

    @property
    def has_efa(self) -> bool:
        return self.kind != "interface"


def interface(card: int, device: int, kind: str) -> Interface:
    mac = f"06:4e:fa:10:{device:02x}:{card:02x}"
    return Interface(card, device, kind, mac, f"eni-0efa{device:04x}{card:09x}")


def interfaces(node: NodeType, layout: str) -> list[Interface]:
    """The interfaces that a healthy node of this type has in this layout, card by card."""
    if layout not in node.layouts:
        raise ValueError(f"{node.name} has no layout {layout} here; it has {', '.join(node.layouts)}")
    others = range(1, node.cards)
    if layout == "none":
        return [interface(0, 0, "interface")]
    if layout == "all-efa":
        return [interface(0, 0, "efa")] + [interface(card, 1, "efa") for card in others]
    if layout == "efa-only":
        return [interface(0, 0, "efa")] + [interface(card, 1, "efa-only") for card in others]
    if layout == "efa-every-4th":
        return [interface(0, 0, "efa")] + [
            interface(card, 1, "efa" if card % 4 == 0 else "efa-only") for card in others]
    first = [interface(0, 0, "interface")]
    if layout == "ena-primary":
        first.append(interface(0, 1, "efa-only"))
    return first + [interface(card, 0, "efa-only") for card in others]


def gid(mac: str) -> str:
    """GID 0 of an EFA device: fe80:: and the modified EUI-64 of its interface's MAC."""
    b = [int(part, 16) for part in mac.split(":")]
    eui = [b[0] ^ 2, b[1], b[2], 0xFF, 0xFE, b[3], b[4], b[5]]
    words = [0xFE80, 0, 0, 0] + [eui[i] << 8 | eui[i + 1] for i in range(0, 8, 2)]
    return ":".join(f"{word:04x}" for word in words)


ZERO_GID = ":".join(["0000"] * 8)
