#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout layouts and types: what is listed, what one entry comes to, where it came from."""

from __future__ import annotations

import json
import unittest
from collections.abc import Mapping
from typing import Any

from kit import Node, main
from kit.runner import Run

OURS = {"name": "ours", "extends": "efa-only", "summary": "ours",
        "cards": [{"cards": "2-3", "efa": True, "ena": True, "paired": False,
                   "efa_device_index": 1}]}  # fmt: skip


class Case(unittest.TestCase):
    """A p4d node with efa-only."""

    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)

    def site(self, name: str, document: Mapping[str, Any]) -> None:
        (self.node.site / name).write_text(json.dumps(document))

    def document(self, *args: str) -> dict[str, Any]:
        run = self.node.tool(*args, "--json")
        self.assertEqual(run.rc, 0, run)
        return json.loads(run.out)

    def refused(self, run: Run, sentence: str, rc: int = 1) -> None:
        self.assertEqual((run.rc, run.out), (rc, ""), run)
        self.assertIn(sentence, run.err)


class Layouts(Case):
    def test_refusals(self) -> None:
        for args, sentence in (
            (["efa-onyl"], 'there is no layout "efa-onyl"; did you mean "efa-only"?'),
            (["something else"], 'there is no layout "something else"\n'),
            (["e\x1b[31m"], 'there is no layout "e?[31m"'),
            (["efa-only", "--type", "p5.48xlrage"],
             'there is no instance type "p5.48xlrage"; did you mean "p5.48xlarge"?'),
        ):  # fmt: skip
            with self.subTest(args=args):
                self.refused(self.node.tool("layouts", *args), sentence)
        for args in (["efa-only", "all-efa"], ["--type", "p5.48xlarge"], ["efa-only", "--type"], ["--bogus"]):
            with self.subTest(args=args):
                self.assertEqual(self.node.tool("layouts", *args).rc, 3)
        (self.node.data / "instance-types.json").write_text("{}")
        self.refused(self.node.tool("layouts", "efa-only"), 'instance-types.json:1: the key "types" is missing')
        self.assertEqual(self.node.tool("layouts").rc, 0, "a list of layouts needs no types")

    def test_list_says_what_nodes_a_layout_is_for(self) -> None:
        lines = self.node.tool("layouts").out.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("gb200-alternating "))
        self.assertEqual(
            lines[at + 1].strip(),
            "for nodes with 3 or more network cards and a card 0 that cannot carry EFA",
        )
        at = next(i for i, line in enumerate(lines) if line.startswith("all-efa "))
        self.assertTrue(lines[at + 1].startswith("efa-only "), "a layout for all nodes takes one line")
        listed = {one["name"]: one for one in self.document("layouts")["layouts"]}
        self.assertEqual(listed["single"]["for"], {"min_cards": None, "max_cards": 1, "primary_efa": None})
        self.assertEqual(
            listed["ena-primary-only"]["for"],
            {"min_cards": None, "max_cards": None, "primary_efa": False},
        )

    def test_cards_that_are_alike_are_one_line(self) -> None:
        for name, type_name, lines in (
            ("efa-only", "p5.48xlarge", ["card 0: efa", "cards 1-31: efa-only"]),
            ("all-efa", "p4d.24xlarge", ["cards 0-3: efa"]),
            ("ena-primary", "p5en.48xlarge",
             ["card 0: interface and efa-only", "cards 1-15: efa-only"]),
            ("efa-every-4th", "p6-b200.48xlarge", ["cards 0,4: efa", "cards 1-3,5-7: efa-only"]),
            ("gb200-alternating", "p6e-gb200.36xlarge",
             ["card 0: interface", "cards 1,3,5,7,9,11,13,15: efa-only",
              "cards 2,4,6,8,10,12,14,16: efa"]),
            ("single", "hpc7g.16xlarge", ["card 0: efa"]),
        ):  # fmt: skip
            with self.subTest(name=name):
                out = self.node.tool("layouts", name, "--type", type_name).out
                cards = out.split(f"\non a {type_name} ")[1].splitlines()[1:]
                self.assertEqual(cards, ["  " + line for line in lines])

    def test_says_why_a_type_cannot_have_it(self) -> None:
        for name, type_name, why in (
            ("all-efa", "p6-b300.48xlarge", "EFA on network card 0, which a p6-b300.48xlarge cannot have"),
            ("ena-primary", "hpc6id.32xlarge", "layout ena-primary has two interfaces on network card 0, a card of "
             "a hpc6id.32xlarge can have one"),
            ("single", "p4d.24xlarge", "is meant for at most 1 network card"),
        ):
            with self.subTest(name=name):
                run = self.node.tool("layouts", name, "--type", type_name)
                self.assertEqual(run.rc, 0, run)
                self.assertIn("  which it cannot have: ", run.out)
                self.assertIn(why, run.out)
                found = self.document("layouts", name, "--type", type_name)
                self.assertFalse(found["on"]["possible"])
                self.assertIn(why, found["on"]["why_not"])
                self.assertNotIn(type_name, found["types"])

    def test_site_s_own(self) -> None:
        self.site("layouts.json", {"layouts": [OURS]})
        out = self.node.tool("layouts", "ours").out
        self.assertIn(f"origin     {self.node.site / 'layouts.json'}:1\n", out)
        self.assertIn("extends    efa-only\n", out)
        self.assertIn("  2-3              EFA yes, ENA yes, two interfaces, EFA at device index 1\n", out)
        found = self.document("layouts", "ours")
        self.assertEqual(found["extends"], "efa-only")
        self.assertEqual([rule["cards"] for rule in found["rules"]], ["primary", "others", "2-3"])
        self.assertEqual(found["on"]["type"], "p4d.24xlarge", "the node's own type")
        self.assertTrue(found["on"]["possible"])
        self.assertEqual(
            [(card["card"], card["interfaces"], card["efa_device_index"]) for card in found["on"]["cards"]],
            [(0, "efa", None), (1, "efa-only", None), (2, "interface and efa-only", 1),
             (3, "interface and efa-only", 1)],
        )  # fmt: skip
        shipped = self.document("layouts", "efa-only")
        self.assertIsNone(shipped["extends"])
        self.assertRegex(shipped["origin"], r"/data/layouts\.json:\d+$")

    def test_changed_in_place(self) -> None:
        self.site("layouts.json", {"layouts": [{**OURS, "name": "efa-only"}]})
        out = self.node.tool("layouts", "efa-only").out
        self.assertIn("extends    efa-only, changed in place\n", out)
        self.assertIn("  cards 2-3: interface and efa-only, EFA at device index 1\n", out)
        names = [one["name"] for one in self.document("layouts")["layouts"]]
        self.assertEqual(names.count("efa-only"), 1)

    def test_loose_wants(self) -> None:
        wants = {"1": (True, "any", "any"), "2": ("any", True, True), "3": ("any", "any", False),
                 "4": ("any", False, None), "5": (False, "any", None), "6": (False, False, None),
                 "7": (True, True, "any")}  # fmt: skip
        rules = [{"cards": card, "efa": efa, "ena": ena, **({} if paired is None else {"paired": paired})}
                 for card, (efa, ena, paired) in wants.items()]  # fmt: skip
        self.site("layouts.json", {"layouts": [{"name": "loose", "summary": "s", "cards": rules}]})
        out = self.node.tool("layouts", "loose", "--type", "p6-b200.48xlarge").out
        self.assertEqual(
            out.splitlines()[-7:],
            ["  cards 0,6: none", "  card 1: EFA, with or without ENA",
             "  card 2: ENA, with or without EFA; both as one interface",
             "  card 3: anything; both as two interfaces", "  card 4: efa-only or none",
             "  card 5: interface or none", "  card 7: efa, or interface and efa-only"],
        )  # fmt: skip

    def test_a_node_of_unknown_type(self) -> None:
        (self.node.root / "sys/class/dmi/id/product_name").write_text("x9.huge\n")
        run = self.node.tool("layouts", "efa-only")
        self.assertEqual(run.rc, 0, run)
        self.assertNotIn("\non a ", run.out)
        self.assertIn("this node's instance type, x9.huge, is not described; see --type", run.err)
        self.assertIsNone(self.document("layouts", "efa-only")["on"])


class Types(Case):
    def test_refusals(self) -> None:
        self.refused(
            self.node.tool("types", "p4e.24xlarge"),
            'there is no instance type "p4e.24xlarge"; did you mean "p4d.24xlarge"?',
        )
        self.assertEqual(self.node.tool("types", "p5.48xlarge", "p4d.24xlarge").rc, 3)
        self.site("instance-types.json", {"types": [{"name": "p5.48xlarge", "extend": "p5.48xlarge"}]})
        self.refused(
            self.node.tool("types"),
            'instance-types.json:1: types[0].extend: unknown key; did you mean "extends"?',
        )

    def test_list(self) -> None:
        lines = self.node.tool("types").out.splitlines()
        self.assertEqual(lines[0].split(), ["TYPE", "CARDS", "EFA", "CONFIDENCE", "SOURCE"])
        rows = {line.split()[0]: line.split(None, 4) for line in lines[1:]}
        self.assertEqual(rows["p6-b300.48xlarge"][1:4], ["17", "16", "confirmed"])
        self.assertEqual(rows["trn2u.48xlarge"][3], "inferred")
        self.assertTrue(all(len(row) == 5 for row in rows.values()))
        document = self.document("types")["types"]
        self.assertEqual([one["name"] for one in document], list(rows))
        self.assertEqual([one["source"] for one in document], [row[4] for row in rows.values()])

    def test_one(self) -> None:
        out = self.node.tool("types", "trn1.32xlarge").out
        for line in (
            "network cards 8\n", "interfaces    at most 5 on each card\n", "accelerators  16 neuron\n",
            "EFA devices   at most 8, 1d0f:efa1\n", "confidence    confirmed\n",
            "EFA addresses 0000:10:19.0 0000:10:1a.0 0000:20:19.0 0000:20:1a.0\n",
            "Neuron device 15: 0000:a0:19.0\n", "  single             no: layout single is meant for at most 1",
            "  efa-only           yes\n",
        ):  # fmt: skip
            self.assertIn(line, out)
        out = self.node.tool("types", "p6-b300.48xlarge").out
        self.assertIn("network cards 17, of which card 0 cannot carry EFA\n", out)
        self.assertIn("other RDMA    2 devices of other vendors\n", out)
        self.assertIn("400 Gbit/s each", out)

    def test_site_changes_a_shipped_type(self) -> None:
        self.site("instance-types.json", {"types": [
            {"name": "p5.48xlarge", "extends": "p5.48xlarge", "max_efa": 16},
            {"name": "x9.huge", "extends": "p6-b300.48xlarge", "foreign": 0},
        ]})  # fmt: skip
        found = self.document("types", "p5.48xlarge")
        self.assertEqual((found["cards"], found["max_efa"], found["efa_device"]), (32, 16, "efa1"))
        self.assertEqual(found["rails"], [], "the shipped addresses are those of 32 functions")
        self.assertEqual(found["extends"], "p5.48xlarge")
        self.assertEqual(found["origin"], f"{self.node.site / 'instance-types.json'}:1")
        self.assertEqual(found["layouts"], [], "every layout has EFA on all of its 32 cards")
        found = self.document("types", "x9.huge")
        self.assertEqual((found["foreign"], found["efa_gbps"], len(found["rails"])), (0, 400, 16))
        self.assertIn("ena-primary-only", found["layouts"])


if __name__ == "__main__":
    main()
