# SPDX-License-Identifier: Apache-2.0
"""Faults that a tree can show. Rails are counted from 0 in PCI order of the healthy node."""
from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace

from nodelib.interfaces import Interface, interface

RAIL_FAULTS = {
    "missing": "the PCI function of rail N is not there (its interface stays in the metadata)",
    "unbound": "rail N is not bound to the efa driver",
    "no-rdma": "rail N is bound but has no RDMA device",
    "no-uverbs": "the RDMA device of rail N has no uverbs device",
    "no-devnode": "the uverbs device of rail N has no node in /dev",
    "no-gid": "the GID of rail N reads all zero",
}
CARD_FAULTS = {
    "detached": "what sits on network card N is not attached: no function, no metadata",
    "extra-ena": "network card N, without ENA in the layout, has a plain ENA interface beside",
    "no-ena": "the ENA function of network card N is not there (its interface stays in the metadata)",
}


@dataclass
class Damage:
    rails: dict[str, list[int]] = field(default_factory=dict)
    cards: dict[str, list[int]] = field(default_factory=dict)
    swaps: list[tuple[int, int]] = field(default_factory=list)

    def rail(self, fault: str, number: int) -> bool:
        return number in self.rails.get(fault, [])

    def card(self, fault: str, number: int) -> bool:
        return number in self.cards.get(fault, [])

    def attached(self, planned: list[Interface]) -> list[Interface]:
        """What is attached in place of what was planned."""
        found = [i for i in planned if i.card not in self.cards["detached"]]
        found += [interface(card, 2, "interface") for card in self.cards["extra-ena"]]
        for a, b in self.swaps:
            other = {a: b, b: a}
            found = [replace(i, card=other.get(i.card, i.card)) for i in found]
        return sorted(found, key=lambda i: (i.card, i.device))


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("damage", "each may be given several times")
    for name, text in (RAIL_FAULTS | CARD_FAULTS).items():
        group.add_argument(f"--{name}", type=int, action="append", default=[], metavar="N", help=text)
    group.add_argument("--swap", type=int, nargs=2, action="append", default=[], metavar=("A", "B"),
                       help="the interfaces of network cards A and B are exchanged")


def from_options(options: argparse.Namespace) -> Damage:
    def given(name: str) -> list[int]:
        return list(getattr(options, name.replace("-", "_")))

    return Damage({name: given(name) for name in RAIL_FAULTS},
                  {name: given(name) for name in CARD_FAULTS},
                  [(a, b) for a, b in options.swap])


def check(damage: Damage, rails: int, cards: int) -> None:
    """A fault that hits nothing is a mistake in the test."""
    for name, numbers in damage.rails.items():
        for number in numbers:
            if not 0 <= number < rails:
                raise ValueError(f"--{name} {number}: the node has {rails} rails")
    for name, numbers in damage.cards.items():
        for number in numbers:
            if not 0 <= number < cards:
                raise ValueError(f"--{name} {number}: the node has {cards} network cards")
    for pair in damage.swaps:
        if not all(0 <= card < cards for card in pair):
            raise ValueError(f"--swap {pair[0]} {pair[1]}: the node has {cards} network cards")
