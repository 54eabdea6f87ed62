# SPDX-License-Identifier: Apache-2.0
"""Scenes: a node of one type in one layout, what a site declares for it, and all cases of it."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from caselib.expect import Target
from caselib.rules import (ANY, DEVICE_RULE, ENA_CARDS, FIXED_INDEX, RELAUNCHED, RELAUNCHED_MANY,
                           RULES, Row, Rule)
from nodelib import damage as damages
from nodelib.content import Node, Settings
from nodelib.damage import Damage
from nodelib.interfaces import NO_EFA, Interface, interfaces, layouts_of
from nodelib.nodetype import NodeType
from nodelib.tables import TYPES

TOP = Path(__file__).resolve().parents[3]
SETTINGS = Settings("8d3f5b7a-1c42-4e8e-9d55-0f6a7b8c9d0e", "6.1.0-ec2-fixture", "")
SITE_TYPES = ("p4d.24xlarge", "p5.48xlarge", "p5en.48xlarge", "hpc7a.96xlarge")
ENA_CARDS_RULES = ("detached", "no-ena", "kind-efa-only", "kind-efa", "ena-unbound")
SAME_AS_SINGLE = ("all-efa", "efa-only")  # on a single card: damage once is enough
# Built like another type: damage in one place is enough.
LIKE_OTHERS = ("p4de.24xlarge", "p5en.48xlarge", "g5.8xlarge", "g4dn.8xlarge", "trn1n.32xlarge",
               "trn2.48xlarge", "hpc7g.16xlarge", "hpc8a.96xlarge", "p3dn.24xlarge")


def _tables() -> dict[str, list[str]]:
    """PCI addresses of EFA functions by type, as shipped."""
    data = json.loads((TOP / "etc" / "instance-types.json").read_text(encoding="utf-8"))
    return {t["name"]: t.get("rails", []) for t in data["types"]}


TABLES = _tables()


@dataclass(frozen=True)
class Case:
    """One tree and what has to be found in it, with the ENI facts and without."""

    scene: str
    name: str
    damage: Damage
    planned: tuple[Interface, ...]
    target: Target
    facts: str | None
    without: str | None
    dead: bool  # the one rail that is hit cannot be used
    layouts: dict[bool, list[str]] | None = None  # recognised, with facts or without; None: any


def has(planned: list[Interface] | tuple[Interface, ...], card: int) -> str:
    """What a card has, in the words of the rules."""
    return "+".join(sorted(i.kind for i in planned if i.card == card))


def shape(planned: list[Interface]) -> tuple[tuple[int, str], ...]:
    """What a layout is, whatever the device indexes."""
    return tuple(sorted((i.card, i.kind) for i in planned))


def counts(planned: list[Interface]) -> tuple[int, int, int]:
    """EFA functions, ENA functions, and interfaces that have both."""
    return (sum(i.has_efa for i in planned), sum(i.has_ena for i in planned),
            sum(i.has_efa and i.has_ena for i in planned))


def ends(candidates: list) -> list:
    """First, middle and last."""
    return [candidates[i] for i in sorted({0, len(candidates) // 2, len(candidates) - 1})] \
        if candidates else []


@dataclass
class Scene:
    type: NodeType
    declared: str
    planned: list[Interface]
    site: str  # name of the site's directory

    @property
    def name(self) -> str:
        return f"{self.type.name} {self.declared}"

    def node(self, damage: Damage, planned: tuple[Interface, ...]) -> Node:
        return Node(self.type, list(planned), damage, SETTINGS)

    # Where a rule hits

    def _candidates(self, rule: Rule) -> list[tuple[int, int]]:
        cards = range(self.type.cards)
        if rule.at == "rail":
            rails = damages.rail_places(self.type, self.planned)
            return [(i, -1) for i, f in enumerate(rails)
                    if self._row(rule, f.card) and (f.link or not rule.needs_link)]
        if rule.at in ("pair", "alike"):
            pairs = [(c, c + 1) for c in range(self.type.cards - 1)]
            return [(a, b) for a, b in pairs
                    if (has(self.planned, a) == has(self.planned, b)) == (rule.at == "alike")]
        if rule.at == "node":
            return [(-1, -1)]
        wanted = {"others": cards[1:], "primary": cards[:1], "card": cards}[rule.at]
        return [(c, -1) for c in wanted if self._row(rule, c) and self._has_room(c, rule.room)]

    def _has_room(self, card: int, room: int) -> bool:
        return sum(i.card == card for i in self.planned) + room <= self.type.enis_per_card

    def _row(self, rule: Rule, card: int) -> Row | None:
        return rule.rows.get(ANY) or rule.rows.get(has(self.planned, card))

    def _exists(self, damage: Damage) -> bool:
        """Can there be such a node? Card 0 of some types has no place for EFA."""
        try:
            damages.check(damage, self.type, self.planned)
        except ValueError:
            return False
        return True

    def _places(self, rule: Rule) -> list[tuple[int, int]]:
        found = [at for at in self._candidates(rule) if self._exists(rule.make(*at))]
        chosen = ends(found)
        return chosen[len(chosen) // 2:][:1] if self.type.name in LIKE_OTHERS else chosen

    # Cases

    def _target(self, rule: Rule, at: tuple[int, int], damage: Damage) -> Target:
        rails = damages.rail_places(self.type, self.planned)
        if rule.at == "rail":
            card, function = rails[at[0]].card, rails[at[0]]
        else:
            card, function = at[0], next((f for f in rails if f.card == at[0]), None)
        found = [r.function.address for r in self.node(damage, tuple(self.planned)).rails()]
        ena, own = self.type.find_on_card("ena", card), len(self.type.of_kind("connectx"))
        names = {"connectx": "ibp0s14f0", "soft-roce": "rxe0"}
        words = {"ena": ena.address if ena else ""}
        words["closed"] = f"{len(rails)} of {len(rails)} rails" if len(rails) > 1 else rails[0].rdma
        words |= {name: f"{own + 1} RDMA devices" if own else text for name, text in names.items()}
        table = TABLES.get(self.type.name, [])
        address = function.address if function else ""
        return Target(card, at[1], found.index(address) if address in found else -1,
                      function.rdma if function else "", address,
                      words,
                      address in table and len(table) == len(rails))

    def _case(self, rule: Rule, at: tuple[int, int]) -> Case:
        damage = rule.make(*at)
        target = self._target(rule, at, damage)
        row = self._row(rule, target.card)
        assert row
        without = row.one_card if self.type.cards == 1 else row.counted
        return Case(self.name, rule.name, damage, tuple(self.planned), target, row.facts, without,
                    rule.dead)

    def recognised(self) -> dict[bool, list[str]]:
        """By cards, and without the facts by numbers where there are several cards."""
        names = layouts_of(self.type)
        same = {name: interfaces(self.type, name) for name in names}
        by_cards = [n for n in names if shape(same[n]) == shape(self.planned)]
        by_numbers = [n for n in names if counts(same[n]) == counts(self.planned)]
        own = [] if self.site == self.declared else [self.declared]
        return {True: by_cards + own, False: (by_cards if self.type.cards == 1 else by_numbers) + own}

    def healthy(self) -> Case:
        return Case(self.name, "healthy", Damage(), tuple(self.planned), Target(), "", "", False,
                    self.recognised())

    def shifted(self) -> Case | None:
        """The same layout with the device indexes of another year: no difference."""
        if self.type.cards == 1 or self.type.enis_per_card == 1 or self.site != self.declared:
            return None
        for others in (0, 1):
            planned = interfaces(self.type, self.declared, others)
            if planned != self.planned:
                return replace(self.healthy(), name="other-indexes", planned=tuple(planned))
        return None

    def relaunched(self) -> Iterator[Case]:
        for layout in layouts_of(self.type):
            other = interfaces(self.type, layout)
            if shape(other) == shape(self.planned):
                continue
            cards = [c for c in range(self.type.cards) if has(other, c) != has(self.planned, c)]
            one = RELAUNCHED[has(self.planned, cards[0]), has(other, cards[0])]
            text = one if len(cards) == 1 else RELAUNCHED_MANY
            without = text if self.type.cards == 1 else self._count_codes(other)
            yield Case(self.name, "relaunched", Damage(), tuple(other),
                       Target(cards[0], words={"layout": layout}), text, without, False)

    def _count_codes(self, other: list[Interface]) -> str:
        """What counting shows; fewer or more functions explain as many fewer or more pairs."""
        efa, ena, pairs = (abs(a - b) for a, b in zip(counts(self.planned), counts(other)))
        codes = (["E107"] if efa else []) + (["E108"] if ena else [])
        return ", ".join(codes + (["E109"] if pairs > efa + ena else []))

    def relaunched_and_broken(self) -> Iterator[Case]:
        """Another layout, and a rail missing on top: both are said, and each once."""
        missing = next(r for r in RULES if r.name == "missing")
        for case in self.relaunched():
            scene = replace(self, planned=list(case.planned))
            cards = [c for c in range(self.type.cards)
                     if has(case.planned, c) != has(self.planned, c)]
            rails = damages.rail_places(self.type, scene.planned)
            if len(cards) < 4:
                continue
            at = len(rails) // 2
            row = scene._row(missing, rails[at].card)
            target = scene._target(missing, (at, -1), missing.make(at, -1))
            target = replace(target, words=target.words | case.target.words)
            yield replace(case, name="relaunched+missing", damage=missing.make(at, -1),
                          target=target, facts=f"{RELAUNCHED_MANY}, {row.facts}", without=None)

    def two_missing(self) -> Iterator[Case]:
        """Cards are named; which of the free addresses belongs to which card nothing tells."""
        rails = damages.rail_places(self.type, self.planned)
        if len(rails) < 2:
            return
        missing = next(r for r in RULES if r.name == "missing")
        damage = Damage(rails={"missing": [0, len(rails) - 1]})
        rows = [self._row(missing, f.card) for f in (rails[0], rails[-1])]
        codes = [row.facts.split()[0] for row in rows]
        target = replace(self._target(missing, (0, -1), damage), other=rails[-1].card,
                         words={"second": rails[-1].address})
        yield Case(self.name, "missing-two", damage, tuple(self.planned), target,
                   f"{codes[0]} card, {codes[1]} other", "E107 addresses", False)

    def all_shifted(self) -> Iterator[Case]:
        """The same wrong device index everywhere is one decision, and so one finding."""
        planned, last = interfaces(self.type, "efa-only", 0), self.type.cards - 1
        first = 1
        if self.declared == ENA_CARDS["name"]:
            planned = _with_ena_cards(planned)
            first = 3
        yield Case(self.name, "device-all", Damage(), tuple(planned), Target(first),
                   "E105 card" if first == last else f"E105 cards_{first}-{last}", "", False)

    def rules(self) -> list[Rule]:
        if self.type.cards == 1 and self.declared in SAME_AS_SINGLE:
            return []
        if self.declared == FIXED_INDEX["name"]:
            return [DEVICE_RULE]
        if self.declared == ENA_CARDS["name"]:
            return [r for r in RULES if r.name in ENA_CARDS_RULES]
        return list(RULES)

    def cases(self) -> Iterator[Case]:
        yield self.healthy()
        shifted = self.shifted()
        if shifted:
            yield shifted
        for rule in self.rules():
            for at in self._places(rule):
                yield self._case(rule, at)
        if self.site == self.declared:
            yield from self.two_missing()
            yield from self.relaunched()
            yield from self.relaunched_and_broken()
        else:
            yield from self.all_shifted()


def _with_ena_cards(planned: list[Interface]) -> list[Interface]:
    return Damage(kinds={1: "interface", 2: "interface"}).attached(planned)


def _site_scenes(node: NodeType) -> Iterator[Scene]:
    planned = interfaces(node, "efa-only", 1)
    yield Scene(node, FIXED_INDEX["name"], planned, "site-layouts/" + FIXED_INDEX["name"])
    if node.cards >= ENA_CARDS["for"]["min_cards"]:
        yield Scene(node, ENA_CARDS["name"], _with_ena_cards(planned),
                    "site-layouts/" + ENA_CARDS["name"])


def scenes() -> Iterator[Scene]:
    for node in TYPES.values():
        for layout in layouts_of(node):
            yield Scene(node, layout, interfaces(node, layout), layout)
        if node.name in SITE_TYPES:
            yield from _site_scenes(node)


def without_efa() -> Iterator[Scene]:
    """Launched without EFA: a warning where the type could have it."""
    for node in TYPES.values():
        yield Scene(node, NO_EFA, interfaces(node, NO_EFA), "auto")
