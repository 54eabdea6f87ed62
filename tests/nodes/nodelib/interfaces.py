# SPDX-License-Identifier: Apache-2.0
"""Network interfaces of a node in one layout, healthy."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nodelib.nodetype import NodeType


@dataclass(frozen=True)
class Interface:
    """An attached network interface. kind: interface, efa, efa-only; ghost: one of which the node
    shows no function at all."""

    card: int
    device: int
    kind: str
    mac: str
    eni: str

    @property
    def has_ena(self) -> bool:
        return self.kind in ("interface", "efa")

    @property
    def has_efa(self) -> bool:
        return self.kind in ("efa", "efa-only")


KINDS = ("interface", "efa", "efa-only")


def interface(card: int, device: int, kind: str) -> Interface:
    mac = f"06:4e:fa:10:{device:02x}:{card:02x}"
    return Interface(card, device, kind, mac, f"eni-0efa{device:04x}{card:09x}")


# What a card has in a layout: card 0 has "first", of the others those have "some" that the rule
# picks, and the rest has "rest". Two kinds on a card are two interfaces.
Kinds = tuple[str, ...]
EFA: Kinds = ("efa",)
EFA_ONLY: Kinds = ("efa-only",)
ENA: Kinds = ("interface",)
BOTH: Kinds = ("interface", "efa-only")


@dataclass(frozen=True)
class Plan:
    """others: the device index on cards other than 0, as AWS recommended it when the layout came
    up: 1 until 2025, 0 since (efa-facts 2.1)."""

    first: Kinds
    rest: Kinds
    others: int
    allowed: Callable[[NodeType], bool]
    some: Kinds = ()
    picks: Callable[[int], bool] = lambda card: False

    def kinds(self, card: int) -> Kinds:
        if card == 0:
            return self.first
        return self.some if self.picks(card) else self.rest


def _every_4th(card: int) -> bool:
    return card % 4 == 0


def _even(card: int) -> bool:
    return card % 2 == 0


PLANS: dict[str, Plan] = {
    "all-efa": Plan(EFA, EFA, 1, lambda t: t.primary_efa),
    "efa-only": Plan(EFA, EFA_ONLY, 1, lambda t: t.primary_efa),
    "ena-primary": Plan(BOTH, EFA_ONLY, 0, lambda t: t.primary_efa and t.enis_per_card > 1),
    "ena-primary-only": Plan(ENA, EFA_ONLY, 0, lambda t: not t.primary_efa),
    "efa-every-4th": Plan(EFA, EFA_ONLY, 1, lambda t: t.primary_efa and t.cards > 4, EFA, _every_4th),
    "ena-every-4th": Plan(BOTH, EFA_ONLY, 0,
                          lambda t: t.primary_efa and t.cards > 4 and t.enis_per_card > 1, BOTH,
                          _every_4th),
    "gb200-alternating": Plan(ENA, EFA_ONLY, 0, lambda t: not t.primary_efa and t.cards > 2, EFA,
                              _even),
    "single": Plan(EFA, EFA, 1, lambda t: t.primary_efa and t.cards == 1),
}
NO_EFA = "none"


def layouts_of(node: NodeType) -> tuple[str, ...]:
    """The layouts that nodes of a type can have."""
    return tuple(name for name, plan in PLANS.items() if node.has_efa and plan.allowed(node))


def _on_card(kinds: Kinds, card: int, others: int) -> list[Interface]:
    """Device indexes of a card with two interfaces: 0 and 1. The primary interface is device 0 of
    card 0; elsewhere plain ENA stands back."""
    if len(kinds) == 1:
        return [interface(card, others if card else 0, kinds[0])]
    if card == 0:
        return [interface(0, i, kind) for i, kind in enumerate(kinds)]
    return [interface(card, others, "efa-only"), interface(card, 1 - others, "interface")]


def interfaces(node: NodeType, layout: str, others: int | None = None) -> list[Interface]:
    """The interfaces that a healthy node of this type has in this layout, card by card. others:
    the device index on cards other than 0 (default: as is usual)."""
    if layout == NO_EFA:
        return [interface(0, 0, "interface")]
    names = layouts_of(node)
    if layout not in names:
        raise ValueError(f"{node.name} has no layout {layout}; it has {', '.join((*names, NO_EFA))}")
    plan = PLANS[layout]
    if others is None:
        others = plan.others if node.enis_per_card > 1 else 0
    found: list[Interface] = []
    for card in range(node.cards):
        found += _on_card(plan.kinds(card), card, others)
    return sorted(found, key=lambda i: (i.card, i.device))


def gid(mac: str) -> str:
    """GID 0 of an EFA device: fe80:: and the modified EUI-64 of its interface's MAC."""
    b = [int(part, 16) for part in mac.split(":")]
    eui = [b[0] ^ 2, b[1], b[2], 0xFF, 0xFE, b[3], b[4], b[5]]
    words = [0xFE80, 0, 0, 0] + [eui[i] << 8 | eui[i + 1] for i in range(0, 8, 2)]
    return ":".join(f"{word:04x}" for word in words)


ZERO_GID = ":".join(["0000"] * 8)
