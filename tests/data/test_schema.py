#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of layouts and instance types: valid, true of the shipped files, and of one mind with the loader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).resolve().parents[2]
SCHEMAS = TOP / "etc" / "schema"
TOOL = Path(os.environ.get("EFA_LAYOUT_TOOL", TOP / "build" / "prolog" / "tool" / "efa-layout"))
SKIP = 77

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: needs python3-jsonschema with draft 2020-12")
    sys.exit(SKIP)


class Case(NamedTuple):
    """A site's file. text: as it is; good: the loader takes it; loader_only: the schema takes it although the loader does not."""

    about: str
    text: str
    good: bool = False
    loader_only: bool = False


RULE = {"cards": "all", "efa": True, "ena": True}
LAYOUT = {"name": "x", "summary": "s", "cards": [RULE]}
TYPE = {"name": "a.b", "cards": 2, "max_efa": 2, "source": "s", "confidence": "inferred"}
RAILS = ["0000:10:00.0", "0000:20:00.0"]
NEURON = {**TYPE, "accels": 2, "accelerator": "neuron", "rails": RAILS}


def without(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in keys}


def layouts(about: str, *entries: Any, good: bool = False, loader_only: bool = False) -> Case:
    return Case(about, json.dumps({"layouts": entries}), good, loader_only)


def layout(about: str, good: bool = False, loader_only: bool = False, **keys: Any) -> Case:
    return layouts(about, {**LAYOUT, **keys}, good=good, loader_only=loader_only)


def rule(about: str, good: bool = False, loader_only: bool = False, **keys: Any) -> Case:
    return layout(about, good, loader_only, cards=[{**RULE, **keys}])


def cards(selector: Any, good: bool = False, loader_only: bool = False) -> Case:
    return rule(f"cards {selector!r}", good, loader_only, cards=selector)


def types(about: str, *entries: Any, good: bool = False, loader_only: bool = False) -> Case:
    return Case(about, json.dumps({"types": entries}), good, loader_only)


def kind(about: str, good: bool = False, loader_only: bool = False, base: dict[str, Any] = TYPE, **keys: Any) -> Case:
    return types(about, {**base, **keys}, good=good, loader_only=loader_only)


LAYOUTS = (
    # What is refused.
    Case("a list", "[]"),
    Case("an empty object", "{}"),
    Case("another key", '{"layout": []}'),
    Case("an additional key", '{"layouts": [], "types": []}'),
    Case("layouts that are no list", '{"layouts": {}}'),
    Case("a key given twice", '{"layouts": [], "layouts": []}', loader_only=True),
    layouts("an entry that is a number", 7),
    layouts("an entry that is a list", []),
    layouts("65 layouts", *({**LAYOUT, "name": f"n{i}"} for i in range(65))),
    layouts("a name given twice", LAYOUT, LAYOUT, loader_only=True),
    layouts("no name", without(LAYOUT, "name")),
    layouts("no summary", without(LAYOUT, "summary")),
    layouts("no rules", without(LAYOUT, "cards")),
    layout("an unknown key", rules=[]),
    layout("a name with a blank", name="x y"),
    layout("a name that starts with a dash", name="-x"),
    layout("an empty name", name=""),
    layout("a name of 32 characters", name="x" * 32),
    layout("a name that is a number", name=1),
    layout("a reserved name", name="any"),
    layout("another reserved name", name="help"),
    layout("an empty summary", summary=""),
    layout("a summary of 128 characters", summary="s" * 128),
    layout("a summary of 127 characters in more bytes", summary="ä" * 127, loader_only=True),
    layout("a summary with a control character", summary="a\tb"),
    layout("a summary of two lines", summary="a\nb"),
    layout("bounds that are a list", **{"for": []}),
    layout("an unknown bound", **{"for": {"cards": 1}}),
    layout("a bound of 0", **{"for": {"min_cards": 0}}),
    layout("a bound of 65", **{"for": {"max_cards": 65}}),
    layout("a bound that is a text", **{"for": {"max_cards": "4"}}),
    layout("a bound that is a fraction", **{"for": {"max_cards": 1.5}}),
    layout("a bound written as 1.0", **{"for": {"max_cards": 1.0}}, loader_only=True),
    layout("bounds that exclude each other", **{"for": {"min_cards": 3, "max_cards": 2}}, loader_only=True),
    layout("a card 0 that is a number", **{"for": {"primary_efa": 1}}),
    layout("a card 0 that is any", **{"for": {"primary_efa": "any"}}),
    layout("an empty list of rules", cards=[]),
    layout("9 rules", cards=[RULE] * 9),
    layout("a rule that is a text", cards=["all"]),
    rule("an unknown key of a rule", card="1"),
    layout("a rule without cards", cards=[without(RULE, "cards")]),
    layout("a rule without efa", cards=[without(RULE, "efa")]),
    layout("a rule without ena", cards=[without(RULE, "ena")]),
    *(cards(word) for word in ("64", "-1", "07", "1-", "1-64", "1-2-3", "+1", " 1", "1 ", "All", "every", "every 0",
                               "every 64", "every 04", "every4", "every 4 from", "every 4 from 64", "every  4", "", 1,
                               ["1"])),
    cards("7-4", loader_only=True),
    rule("efa as a number", efa=1),
    rule("efa as a text", efa="true"),
    rule("ena as nothing", ena=None),
    rule("paired without EFA", efa=False, paired=True),
    rule("paired without ENA", ena=False, paired=False),
    rule("paired as a number", paired=0),
    rule("an index of no EFA", efa=False, efa_device_index=0),
    rule("an index of no ENA", ena=False, ena_device_index=0),
    rule("an index of 256", efa_device_index=256),
    rule("an index below 0", ena_device_index=-1),
    layouts("a base that is a number", {"name": "x", "extends": 1}),
    layouts("an empty base", {"name": "x", "extends": ""}),
    layouts("a base that nobody knows", {"name": "x", "extends": "nothing"}, loader_only=True),
    layouts("itself as base", {"name": "x", "extends": "x"}, loader_only=True),
    layouts("a later entry as base", {"name": "y", "extends": "x"}, LAYOUT, loader_only=True),
    layouts("a base with an empty list of rules", {"name": "x", "extends": "efa-only", "cards": []}),
    layouts("10 rules with those of the base", {"name": "x", "extends": "efa-only", "cards": [RULE] * 8}, loader_only=True),
    # What is taken.
    Case("no layouts", '{"layouts": []}', good=True),
    layout("the least", good=True),
    layout("a name of 31 characters", name="X.9_-" + "x" * 26, good=True),
    layout("a name that only begins like a reserved one", name="any-efa", good=True),
    layout("a summary of 127 characters", summary="s" * 127, good=True),
    layout("a summary beyond ASCII", summary="jede Karte fährt", good=True),
    layout("every bound", **{"for": {"min_cards": 1, "max_cards": 64, "primary_efa": False}}, good=True),
    layout("bounds without any", **{"for": {}}, good=True),
    layout("8 rules", cards=[RULE] * 8, good=True),
    *(cards(word, good=True) for word in ("all", "primary", "others", "0", "63", "4-7", "5-5", "0-63", "every 1", "every 63",
                                          "every 2 from 0", "every 4 from 63")),
    rule("any everywhere", efa="any", ena="any", paired="any", good=True),
    rule("neither function", efa=False, ena=False, good=True),
    rule("indexes", efa_device_index=0, ena_device_index=255, good=True),
    rule("an index of EFA that may be there", efa="any", ena=False, efa_device_index=1, good=True),
    rule("one interface", paired=True, good=True),
    layouts("a base and nothing else", {"name": "x", "extends": "efa-only"}, good=True),
    layouts("a shipped layout changed in place", {"name": "efa-only", "extends": "efa-only", "cards": [RULE]}, good=True),
    layouts("an earlier entry as base", LAYOUT, {"name": "y", "extends": "x", "for": {"min_cards": 2}}, good=True),
    layouts("a shipped layout replaced", {**LAYOUT, "name": "single"}, good=True),
)  # fmt: skip

TYPES = (
    # What is refused.
    Case("a text", '"types"'),
    Case("an empty object", "{}"),
    Case("an additional key", '{"types": [], "layouts": []}'),
    Case("types that are no list", '{"types": 1}'),
    types("an entry that is null", None),
    types("513 types", *({**TYPE, "name": f"a.{i}"} for i in range(513))),
    types("more types than there is room for beside the shipped ones", *({**TYPE, "name": f"a.{i}"} for i in range(400)),
          loader_only=True),
    types("a name given twice", TYPE, TYPE, loader_only=True),
    *(types(f"no {key}", without(TYPE, key)) for key in TYPE),
    kind("an unknown key", efa=2),
    kind("a name without a dot", name="p5"),
    kind("a name with a blank", name="p5. x"),
    kind("a name that starts with a dot", name=".p5"),
    kind("a name of 32 characters", name="p5." + "x" * 29),
    kind("cards of 0", cards=0),
    kind("65 cards", cards=65),
    kind("cards as a text", cards="2"),
    kind("no EFA", max_efa=0),
    kind("more EFA than cards", max_efa=3, loader_only=True),
    kind("EFA on each card but card 0, which is one of them", primary_efa=False, loader_only=True),
    kind("a card 0 that is a text", primary_efa="no"),
    kind("no interface on a card", enis_per_card=0),
    kind("65 interfaces on a card", enis_per_card=65),
    *(kind(f"efa_device {word!r}", efa_device=word) for word in ("efag", "EFA1", "efa", "0xefa1", "1d0f:efa1", 1)),
    kind("no speed", efa_gbps=0),
    kind("too much speed", efa_gbps=3201),
    kind("65 accelerators", accels=65),
    kind("less than no accelerators", accels=-1),
    kind("a kind of accelerators that is none", accels=1, accelerator="tpu"),
    kind("a kind of accelerators without accelerators", accelerator="nvidia"),
    kind("a kind of no accelerators", accelerator="nvidia", accels=0),
    kind("65 devices of others", foreign=65),
    kind("rails that are a text", rails=RAILS[0]),
    kind("no rails", rails=[]),
    kind("fewer rails than EFA", rails=RAILS[:1], loader_only=True),
    kind("rails in falling order", rails=RAILS[::-1], loader_only=True),
    kind("a rail twice", rails=[RAILS[0], RAILS[0]]),
    kind("a rail without domain", rails=["10:00.0", "20:00.0"]),
    kind("a rail in capitals", rails=["0000:1A:00.0", "0000:20:00.0"]),
    kind("a rail with slot 32", rails=["0000:10:20.0", "0000:20:00.0"]),
    kind("a rail with function 8", rails=["0000:10:00.8", "0000:20:00.0"]),
    kind("Neuron rails without rails", neuron_rails=RAILS, base=without(NEURON, "rails")),
    kind("Neuron rails without Neuron devices", neuron_rails=RAILS, base={**TYPE, "rails": RAILS}),
    kind("Neuron rails of another accelerator", neuron_rails=RAILS, base={**NEURON, "accelerator": "nvidia"}),
    kind("no Neuron rails", neuron_rails=[], base=NEURON),
    kind("fewer Neuron rails than devices", neuron_rails=RAILS[:1], base=NEURON, loader_only=True),
    kind("a Neuron rail that is no rail", neuron_rails=["0000:10:00.0", "0000:30:00.0"], base=NEURON, loader_only=True),
    kind("an empty source", source=""),
    kind("a source of 160 characters", source="s" * 160),
    kind("a source of two lines", source="a\nb"),
    kind("a confidence that is none", confidence="sure"),
    types("a base that is a list", {"name": "a.b", "extends": []}),
    types("a base that nobody knows", {"name": "a.b", "extends": "c.d"}, loader_only=True),
    types("fewer cards than the base has EFA", {"name": "a.b", "extends": "p5.48xlarge", "cards": 4}, loader_only=True),
    types("Neuron rails of a base that has none", {"name": "a.b", "extends": "p5.48xlarge", "neuron_rails": RAILS},
          loader_only=True),
    types("another kind and Neuron rails on a base",
          {"name": "a.b", "extends": "trn2.48xlarge", "accelerator": "nvidia", "neuron_rails": RAILS}),
    types("a kind of no accelerators on a base",
          {"name": "a.b", "extends": "p5.48xlarge", "accelerator": "nvidia", "accels": 0}),
    # What is taken.
    Case("no types", '{"types": []}', good=True),
    kind("the least", good=True),
    kind("every number", primary_efa=True, enis_per_card=24, efa_device="efaf", efa_gbps=3200, accels=64, accelerator="amd",
         foreign=64, rails=RAILS, good=True),
    kind("accelerators of no known kind", accels=8, good=True),
    kind("no accelerators", accels=0, foreign=0, good=True),
    kind("a card 0 that cannot carry EFA", cards=3, primary_efa=False, good=True),
    kind("Neuron devices", neuron_rails=RAILS[::-1], base=NEURON, good=True),
    kind("Neuron devices on one rail", neuron_rails=[RAILS[1]] * 2, base=NEURON, good=True),
    kind("rails of a wide domain", rails=["0000:10:1f.7", "10000:00:00.0"], good=True),
    kind("a name of 31 characters", name="p5-b_9." + "x" * 24, good=True),
    *(kind(f"a confidence {word}", confidence=word, good=True) for word in ("confirmed", "inferred", "unconfirmed")),
    types("a base and nothing else", {"name": "a.b", "extends": "p5.48xlarge"}, good=True),
    types("a shipped type changed in place", {"name": "p5.48xlarge", "extends": "p5.48xlarge", "max_efa": 16}, good=True),
    types("own Neuron rails on a base",
          {"name": "a.b", "extends": "trn2.48xlarge", "neuron_rails": ["0000:56:00.0"] * 16}, good=True),
    types("own rails on a base", {"name": "a.b", "extends": "p5.48xlarge", "max_efa": 2, "rails": RAILS}, good=True),
)  # fmt: skip

FILES = {"layouts": LAYOUTS, "instance-types": TYPES}


class Schema(unittest.TestCase):
    def setUp(self) -> None:
        self.dir = Path(tempfile.mkdtemp(prefix="efa-layout-schema."))
        self.addCleanup(shutil.rmtree, self.dir)
        self.dir.chmod(0o755)
        for name in ("data", "site"):
            (self.dir / name).mkdir(mode=0o755)
        for name in FILES:
            shutil.copyfile(TOP / "etc" / f"{name}.json", self.dir / "data" / f"{name}.json")

    def schema(self, name: str) -> dict[str, Any]:
        return json.loads((SCHEMAS / f"{name}.schema.json").read_text())

    def load(self, name: str, text: str) -> subprocess.CompletedProcess[str]:
        """Let the tool load the shipped file with this one over it."""
        path = self.dir / "site" / f"{name}.json"
        path.write_text(text)
        command = "types" if name == "instance-types" else name
        argv = [TOOL, command, "--json", "--data-dir", self.dir / "data", "--site-dir", self.dir / "site"]
        run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        path.unlink()
        return run

    def test_schemas_are_valid(self) -> None:
        for name in FILES:
            Draft202012Validator.check_schema(self.schema(name))

    def test_shipped_files(self) -> None:
        for name in FILES:
            document = json.loads((TOP / "etc" / f"{name}.json").read_text())
            errors = [error.message for error in Draft202012Validator(self.schema(name)).iter_errors(document)]
            self.assertEqual(errors, [])

    def test_examples_of_the_schemas(self) -> None:
        """Each example is valid where it stands; whole files are ones that the loader takes."""
        for name in FILES:
            schema = self.schema(name)
            seen = 0
            stack: list[Any] = [schema]
            while stack:
                node = stack.pop()
                if isinstance(node, list):
                    stack += node
                if not isinstance(node, dict):
                    continue
                stack += node.values()
                if isinstance(node.get("examples"), list):
                    part = {**node, "$defs": schema["$defs"]}
                    for example in node["examples"]:
                        self.assertTrue(Draft202012Validator(part).is_valid(example), example)
                        seen += 1
            self.assertGreater(seen, 8)
            for example in schema["examples"]:
                run = self.load(name, json.dumps(example))
                self.assertEqual(run.returncode, 0, run.stderr)

    def test_every_key_is_described(self) -> None:
        for name in FILES:
            for part, node in self.schema(name)["$defs"].items():
                for key, value in node.get("properties", {}).items():
                    target = value.get("$ref", "").rpartition("/")[2]
                    words = {**self.schema(name)["$defs"].get(target, {}), **value}
                    self.assertTrue("title" in words or "description" in words, f"{name}: {part}.{key}")

    def test_one_mind_with_the_loader(self) -> None:
        for name, cases in FILES.items():
            validator = Draft202012Validator(self.schema(name))
            for case in cases:
                with self.subTest(file=name, about=case.about):
                    run = self.load(name, case.text)
                    self.assertEqual(run.returncode == 0, case.good, run.stderr or "taken")
                    if not case.good:
                        self.assertIn(f"site/{name}.json:1: ", run.stderr)
                    taken = validator.is_valid(json.loads(case.text))
                    self.assertEqual(taken, case.good or case.loader_only, "what the schema says")
            abouts = [case.about for case in cases]
            self.assertEqual(len(abouts), len(set(abouts)))
            self.assertGreater(sum(case.good for case in cases), 14)
            self.assertGreater(sum(not case.good and not case.loader_only for case in cases), 35)


if __name__ == "__main__":
    if not TOOL.exists():
        print(f"skipped: {TOOL} is not built (EFA_LAYOUT_TOOL names it)")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
