# SPDX-License-Identifier: Apache-2.0
"""The rules: a kind of damage, what it hits, and what the tool has to find, as data.

Three columns: with the ENI facts; without them on a node with a single network card, where cards
are known all the same; without them on other nodes, where functions are only counted. None: the
case does not exist.

One cause is one finding, and what is not damaged is not mentioned.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nodelib.damage import Damage


@dataclass(frozen=True)
class Row:
    facts: str | None
    one_card: str | None
    counted: str | None


# What the interfaces of the damaged card are, in the layout.
EFA, EFA_ONLY, ENA, BOTH, ANY = "efa", "efa-only", "interface", "efa-only+interface", "*"


@dataclass(frozen=True)
class Rule:
    """at: rail (card is that of the rail), card, others (cards other than 0), pair, node.
    rows: by what the card has; a card with anything else is not hit. dead: the rail cannot be used
    any more. room: interfaces that the damage adds to a card."""

    name: str
    at: str
    make: Callable[[int, int], Damage]
    rows: dict[str, Row]
    dead: bool = False
    room: int = 0
    needs_link: bool = False


def _rail(fault: str) -> Callable[[int, int], Damage]:
    return lambda number, _: Damage(rails={fault: [number]})


def _card(fault: str) -> Callable[[int, int], Damage]:
    return lambda card, _: Damage(cards={fault: [card]})


def _kind(kind: str) -> Callable[[int, int], Damage]:
    return lambda card, _: Damage(kinds={card: kind})


def _node(fault: str) -> Callable[[int, int], Damage]:
    return lambda *_: Damage(node={fault})


def _same(facts: str, without: str) -> dict[str, Row]:
    return {ANY: Row(facts, without, without)}


RULES = (
    # A function that is not there. Where its interface shows itself otherwise, the half is missing;
    # where not, the metadata is the only trace of it.
    Rule("missing", "rail", _rail("missing"), {
        EFA: Row("E101 card address", "E101 card address", "E107 address"),
        EFA_ONLY: Row("E106 card address", None, "E107 address"),
        BOTH: Row("E106 card address", "E101 card address", "E107 address"),
    }, dead=True),
    # A function that does not work: the rail's own fault, not that of the layout.
    Rule("unbound", "rail", _rail("unbound"), _same("E201 rail card", "E201 rail"), dead=True),
    Rule("no-rdma", "rail", _rail("no-rdma"), _same("E202 rail card", "E202 rail"), dead=True),
    Rule("no-uverbs", "rail", _rail("no-uverbs"), _same("E203 rail card", "E203 rail"), dead=True),
    Rule("no-devnode", "rail", _rail("no-devnode"), {ANY: Row("E203 rail card", None, None)},
         dead=True),
    # Root's test passes, and users cannot open it. One finding for all.
    Rule("closed", "rail", _rail("closed"), _same("W302 rail card", "W302 rail")),
    Rule("closed-all", "node", _node("closed-all"), {ANY: Row("W302 {closed}", None, None)}),
    Rule("low-memlock", "node", _node("low-memlock"), {ANY: Row("W301 slurmd 64_KiB", None, None)}),
    # Worth knowing, and no fault.
    Rule("no-huge-pages", "node", _node("no-huge-pages"), {ANY: Row("I301 reserved", None, None)}),
    Rule("no-free-huge-pages", "node", _node("no-free-huge-pages"), {
        ANY: Row("I301 free", None, None),
    }),
    Rule("no-gid", "rail", _rail("no-gid"), _same("I103 rail card", "I103 rail")),
    Rule("slow-link", "rail", _rail("slow-link"), _same("I104 rail card", "I104 rail"),
         needs_link=True),
    # Nothing was ever attached to the card.
    Rule("detached", "others", _card("detached"), {
        EFA: Row("E101 card address, E103 card", None, "E107 address, E108"),
        EFA_ONLY: Row("E101 card address", None, "E107 address"),
        BOTH: Row("E101 card address, E103 card", None, "E107 address, E108"),
        ENA: Row("E103 card", None, "E108"),
    }),
    Rule("extra-ena", "others", _card("extra-ena"), {
        EFA_ONLY: Row("E104 card", None, "E108"),
    }, room=1),
    # The primary interface is more than any other: without it the node has no network.
    Rule("no-primary-ena", "primary", _node("no-primary-ena"), {
        EFA: Row("E111 card", "E111 card", "E108"),
        BOTH: Row("E111 card", "E111 card", "E108"),
        ENA: Row("E111 card", "E111 card", "E108"),
    }),
    Rule("no-ena", "others", _card("no-ena"), {
        EFA: Row("E103 card", None, "E108"),
        BOTH: Row("E106 card", None, "E108"),
        ENA: Row("E106 card", None, "E108"),
    }),
    Rule("ena-unbound", "card", _card("ena-unbound"), {
        EFA: Row("E113 {ena}", "E113 {ena}", "E113 {ena}"),
        BOTH: Row("E113 {ena}", "E113 {ena}", "E113 {ena}"),
        ENA: Row("E113 {ena}", "E113 {ena}", "E113 {ena}"),
    }),
    # One interface for two, two for one.
    Rule("split", "card", _card("split"), {EFA: Row("E109 card", "E109 card", "E109")}, room=1),
    Rule("joined", "card", _card("joined"), {BOTH: Row("E109 card", "E109 card", "E109")}),
    # Another interface type than the layout has. That of a half that works is not mentioned.
    Rule("kind-interface", "card", _kind("interface"), {
        EFA_ONLY: Row("E112 card", None, "E107 address, E108"),
        EFA: Row("E101 card address", "E101 card address", "E107 address"),
    }, dead=True),
    Rule("kind-efa-only", "others", _kind("efa-only"), {
        ENA: Row("E112 card", None, "E107, E108"),
        EFA: Row("E103 card", None, "E108"),
    }),
    Rule("kind-efa", "others", _kind("efa"), {
        ENA: Row("E102 card", None, "E107"),
        EFA_ONLY: Row("E104 card", None, "E108"),
    }),
    # Only the metadata shows these; without it there is nothing to see.
    Rule("swap", "pair", lambda a, b: Damage(pairs={"swap": [(a, b)]}), {
        ANY: Row("E110 cards_{a}_and_{b}", None, ""),
    }),
    Rule("swap-alike", "alike", lambda a, b: Damage(pairs={"swap": [(a, b)]}), {
        ANY: Row("", None, None),
    }),
    Rule("ghost", "card", _card("ghost"), _same("E106 card", ""), room=1),
    # Devices of others: beside those that the type has, nothing tells which is one too many.
    Rule("connectx", "node", _node("connectx"), {ANY: Row("I105 {connectx}", None, None)}),
    Rule("soft-roce", "node", _node("soft-roce"), {ANY: Row("I105 {soft-roce}", None, None)}),
)

# Only layouts of the site's own fix device indexes.
DEVICE_RULE = Rule("device", "others", lambda card, _: Damage(pairs={"device": [(card, 0)]}), {
    EFA_ONLY: Row("E105 card", None, ""),
})

# Layouts of a site, on top of the shipped ones: what they are made from, and what they say.
FIXED_INDEX = {
    "name": "site-indexes", "summary": "as efa-only, with the device indexes of 2024",
    "for": {"min_cards": 2, "primary_efa": True},
    "cards": [
        {"cards": "primary", "efa": True, "ena": True, "paired": True, "efa_device_index": 0},
        {"cards": "others", "efa": True, "ena": False, "efa_device_index": 1},
    ],
}
ENA_CARDS = {
    "name": "site-ena-cards", "summary": "as efa-only, but cards 1 and 2 are for storage",
    "for": {"min_cards": 4, "primary_efa": True},
    "cards": [
        {"cards": "primary", "efa": True, "ena": True, "paired": True},
        {"cards": "others", "efa": True, "ena": False, "efa_device_index": 1},
        {"cards": "1-2", "efa": False, "ena": True},
    ],
}

# A node that was launched with another layout than is declared. One card that differs is named;
# several are one decision.
RELAUNCHED = {
    (EFA, BOTH): "E109 card", (BOTH, EFA): "E109 card",
    (EFA_ONLY, EFA): "E104 card", (EFA, EFA_ONLY): "E103 card",
    (EFA_ONLY, BOTH): "E104 card", (BOTH, EFA_ONLY): "E103 card",
}
RELAUNCHED_MANY = "E114 layout_{layout}"
