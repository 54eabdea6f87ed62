# SPDX-License-Identifier: Apache-2.0
"""Faults that a tree can show. Rails are counted from 0 in PCI order of what is attached."""
from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace

from nodelib.interfaces import KINDS, Interface, interface
from nodelib.nodetype import NodeType
from nodelib.pci import Function

RAIL_FAULTS = {
    "missing": "the PCI function of rail N is not there (its interface stays in the metadata)",
    "unbound": "rail N is not bound to the efa driver",
    "no-rdma": "rail N is bound but has no RDMA device",
    "no-uverbs": "the RDMA device of rail N has no uverbs device",
    "no-devnode": "the uverbs device of rail N has no node in /dev",
    "closed": "the device node of rail N is open to root alone",
    "no-gid": "the GID of rail N reads all zero",
    "slow-link": "the PCIe link of rail N has half of its lanes",
}
CARD_FAULTS = {
    "detached": "what sits on network card N is not attached: no function, no metadata",
    "extra-ena": "network card N, without ENA in the layout, has a plain ENA interface beside",
    "no-ena": "the ENA function of network card N is not there (its interface stays in the metadata)",
    "ena-unbound": "the ENA function of network card N has no driver and so no netdev",
    "split": "in place of the one interface (efa) of network card N are two: interface, efa-only",
    "joined": "in place of the two interfaces of network card N is one (efa)",
    "ghost": "the metadata lists one more interface on network card N, of which nothing can be seen",
}
PAIR_FAULTS = {
    "swap": (("A", "B"), "the interfaces of network cards A and B are exchanged"),
    "device": (("N", "INDEX"), "the interface of network card N has this device index"),
}
NODE_FAULTS = {
    "no-primary-ena": "the ENA function of the primary interface is not there",
    "connectx": "there is one more RDMA device, of a ConnectX",
    "soft-roce": "there is one more RDMA device, of software (rxe)",
    "closed-all": "the device nodes of all rails are open to root alone",
    "low-memlock": "slurmd, and what it starts, may lock 64 KiB",
    "no-huge-pages": "no huge pages are reserved",
    "no-free-huge-pages": "all huge pages are in use",
}


@dataclass
class Damage:
    rails: dict[str, list[int]] = field(default_factory=dict)
    cards: dict[str, list[int]] = field(default_factory=dict)
    pairs: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    node: set[str] = field(default_factory=set)
    kinds: dict[int, str] = field(default_factory=dict)  # card -> kind in place of its own

    def rail(self, fault: str, number: int) -> bool:
        if fault == "closed" and "closed-all" in self.node:
            return True
        return number in self.rails.get(fault, ())

    def card(self, fault: str, number: int) -> bool:
        if fault == "no-ena" and number == 0 and "no-primary-ena" in self.node:
            return True
        return number in self.cards.get(fault, ())

    def _instead(self, old: Interface) -> list[Interface]:
        """What is attached in place of one interface."""
        if self.card("detached", old.card):
            return []
        if self.card("split", old.card):
            return [replace(old, kind="interface"), interface(old.card, old.device + 1, "efa-only")]
        if self.card("joined", old.card):
            return [replace(old, kind="efa")] if old.device == 0 else []
        kind = self.kinds.get(old.card)
        return [replace(old, kind=kind) if kind else old]

    def attached(self, planned: list[Interface]) -> list[Interface]:
        """What is attached in place of what was planned, by card and device index."""
        found = [new for old in planned for new in self._instead(old)]
        found += [interface(card, 2, "interface") for card in self.cards.get("extra-ena", ())]
        found += [interface(card, 3, "ghost") for card in self.cards.get("ghost", ())]
        for a, b in self.pairs.get("swap", ()):
            other = {a: b, b: a}
            found = [replace(i, card=other.get(i.card, i.card)) for i in found]
        for card, index in self.pairs.get("device", ()):
            found = [replace(i, device=index) if i.card == card else i for i in found]
        return sorted(found, key=lambda i: (i.card, i.device))


def rail_places(node: NodeType, attached: list[Interface]) -> list[Function]:
    """EFA functions of attached interfaces by address: the place is the rail's number."""
    cards = {i.card for i in attached if i.has_efa}
    return sorted((f for f in node.of_kind("efa") if f.card in cards), key=lambda f: f.address)


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("damage", "each may be given several times")
    for name, text in (RAIL_FAULTS | CARD_FAULTS).items():
        group.add_argument(f"--{name}", type=int, action="append", default=[], metavar="N", help=text)
    for name, (metavars, text) in PAIR_FAULTS.items():
        group.add_argument(f"--{name}", type=int, nargs=2, action="append", default=[],
                           metavar=metavars, help=text)
    group.add_argument("--kind", nargs=2, action="append", default=[], metavar=("N", "KIND"),
                       help=f"the interface of network card N is of this kind: {', '.join(KINDS)}")
    for name, text in NODE_FAULTS.items():
        group.add_argument(f"--{name}", action="store_true", help=text)


def from_options(options: argparse.Namespace) -> Damage:
    def given(name: str) -> list:
        return list(getattr(options, name.replace("-", "_")))

    damage = Damage({name: given(name) for name in RAIL_FAULTS},
                    {name: given(name) for name in CARD_FAULTS},
                    {name: [(a, b) for a, b in given(name)] for name in PAIR_FAULTS},
                    {name for name in NODE_FAULTS if getattr(options, name.replace("-", "_"))})
    for card, kind in options.kind:
        if kind not in KINDS or not card.isdigit():
            raise ValueError(f"--kind {card} {kind}: expected a card and one of {', '.join(KINDS)}")
        damage.kinds[int(card)] = kind
    return damage


def _check_cards(damage: Damage, node: NodeType) -> None:
    named = [(f"--{name} {card}", (card,)) for name, cards in damage.cards.items() for card in cards]
    named += [(f"--swap {a} {b}", (a, b)) for a, b in damage.pairs.get("swap", ())]
    named += [(f"--device {a} {b}", (a,)) for a, b in damage.pairs.get("device", ())]
    named += [(f"--kind {card} {kind}", (card,)) for card, kind in damage.kinds.items()]
    for text, cards in named:
        if not all(0 <= card < node.cards for card in cards):
            raise ValueError(f"{text}: the node has {node.cards} network cards")


def _check_effects(damage: Damage, planned: list[Interface]) -> None:
    """What is exchanged must have been there."""
    for name, before in (("split", ["efa"]), ("joined", ["efa-only", "interface"])):
        for card in damage.cards.get(name, ()):
            kinds = sorted(i.kind for i in planned if i.card == card)
            if kinds != before:
                raise ValueError(f"--{name} {card}: the card has {' and '.join(kinds) or 'nothing'}")
    for card, kind in damage.kinds.items():
        kinds = [i.kind for i in planned if i.card == card]
        if len(kinds) != 1 or kinds[0] == kind:
            raise ValueError(f"--kind {card} {kind}: the card has {' and '.join(kinds) or 'nothing'}")


def _check_rails(damage: Damage, rails: list[Function]) -> None:
    for name, numbers in damage.rails.items():
        for number in numbers:
            if not 0 <= number < len(rails):
                raise ValueError(f"--{name} {number}: the node has {len(rails)} rails")
    for number in damage.rails.get("slow-link", ()):
        if not rails[number].link:
            raise ValueError(f"--slow-link {number}: the rail does not say what link it has")


def check(damage: Damage, node: NodeType, planned: list[Interface]) -> None:
    """A fault that hits nothing is a mistake in the test."""
    _check_cards(damage, node)
    _check_effects(damage, planned)
    _check_rails(damage, rail_places(node, damage.attached(planned)))
    per_card: dict[int, int] = {}
    for one in damage.attached(planned):
        per_card[one.card] = per_card.get(one.card, 0) + 1
        if per_card[one.card] > node.enis_per_card:
            raise ValueError(f"network card {one.card} of {node.name} takes "
                             f"{node.enis_per_card} interfaces")
        for kind, has in (("efa", one.has_efa), ("ena", one.has_ena)):
            if has:
                node.on_card(kind, one.card)
