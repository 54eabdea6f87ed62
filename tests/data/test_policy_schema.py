#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schemas of policy and environment rules: true of the settings, of the shipped files, and of one mind with the loader."""

from __future__ import annotations

import copy
import json
import re
import sys
import unittest
from collections.abc import Iterator
from typing import Any

import make_policy_schema
import policy_bad
import policy_good
from policy_kit import SKIP, TOOL, TOP, Folders

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: needs python3-jsonschema with draft 2020-12")
    sys.exit(SKIP)


def schema(name: str) -> dict[str, Any]:
    return json.loads((TOP / "etc" / "schema" / f"{name}.schema.json").read_text())


def documents(text: str | bytes) -> Iterator[Any]:
    """The text as a document that only a loader may refuse; nothing when it is none."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    try:
        yield json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return


RULE = {"name": "A", "mode": "force", "value": "1"}


def rule(**keys: Any) -> dict[str, Any]:
    return {key: value for key, value in {**RULE, **keys}.items() if value is not None}


def when(**conditions: Any) -> dict[str, Any]:
    return rule(when=conditions)


# Environment rules; those of the second list are refused by the loader alone.
RULES_GOOD = (
    rule(), rule(mode="default", value="{rails},{rail_count};{primary_netdev}{layout}"), rule(mode="unset", value=None),
    rule(mode="unset", value=None, text="t"), rule(mode="warn", value=None, text="t"), rule(name="_a9"), rule(name="A" * 63),
    rule(value="v" * 255), rule(source="s" * 127), rule(when={}), when(narrow=True, rails=False), when(empty=False), when(on=True),
    when(**{"is": "x"}), when(at_most=-5), when(**{"with": "B"}, unless="C"), when(affinity="gpu"), when(affinity=["gpu", "none"]),
    when(mpi="pmix"), when(mpi=["pmi2", "none"]), when(libfabric_min="1.18", libfabric_below="2.0"), when(libfabric_min="1.18.1"),
    when(accel=True), when(accel="neuron"), when(family=["p5", "p5en"]), when(provider="efa"), when(kernel_below="5.13"),
    when(rdma_read=False),
)  # fmt: skip
RULES_BAD = (
    7, [], rule(name=None), rule(mode=None), rule(value=None), rule(name="9A"), rule(name="A-B"), rule(name=""), rule(name="A" * 64),
    rule(name="EFA_LAYOUT_X"), rule(mode="set"), rule(mode="unset"), rule(mode="warn", value=None), rule(text="t"), rule(value=""),
    rule(value="{rail}"), rule(value="}"), rule(value="a\nb"), rule(value="v" * 256), rule(value=1), rule(source="ä"), rule(source=""),
    rule(source="s" * 128), rule(more=1), rule(mode="unset", value=None, text="t" * 160), rule(when=[]), when(narrow="yes"),
    when(empty=True, on=True), when(on=True, at_most=1), when(empty=True, **{"is": "x"}), when(at_most="1"), when(at_most=1 << 31),
    when(**{"with": "9"}), when(affinity="auto"), when(affinity=[]), when(affinity=["gpu", "gpu"]), when(mpi=[]), when(mpi="a b"),
    when(mpi=[f"m{i}" for i in range(9)]), when(libfabric_min="2"), when(libfabric_min=1.18), when(accel="amd"), when(family=["p5", "p5"]),
    when(provider=""), when(kernel_below="5.x"), when(rdma_read="yes"), when(kernel="5.13"),
)  # fmt: skip
RULES_LOADER = (when(libfabric_min="2.0", libfabric_below="1.9"), when(**{"with": "B"}, unless="B"), when(family=["f" * 31] * 1 + ["g" * 31, "h" * 31, "i"]))


class Policy(Folders):
    def setUp(self) -> None:
        super().setUp()
        self.schema = schema("policy")
        self.validator = Draft202012Validator(self.schema)
        self.settings = json.loads(self.tool("policy", "show", "--json").stdout)["settings"]

    def test_made_from_the_settings(self) -> None:
        made = make_policy_schema.text_of(make_policy_schema.schema(self.settings))
        found = (TOP / "etc" / "schema" / "policy.schema.json").read_text()
        self.assertEqual(found, made, "to be made anew: tests/data/make_policy_schema.py TOOL > etc/schema/policy.schema.json")

    def test_names_ranges_words_and_defaults(self) -> None:
        """The same by another way: each setting in a policy of its own."""
        named = set()
        for group, node in self.schema["properties"].items():
            named |= {f"{group}.{name}" for name in node.get("properties", {})}
        self.assertEqual(named, {one["name"] for one in self.settings})
        for one in self.settings:
            group, name = one["name"].split(".")
            preset = make_policy_schema.preset(one)

            def takes(value: Any, group: str = group, name: str = name) -> bool:
                return self.validator.is_valid({group: {name: value}})

            with self.subTest(one["name"]):
                self.assertTrue(takes(preset))
                self.assertEqual(self.schema["properties"][group]["properties"][name]["default"], preset)
                self.assertFalse(takes({}) or takes(None) or takes("a b"))
                self.assertIn(one["text"][1:], self.schema["$defs"][one["name"]]["description"])
                if one["type"] == "integer":
                    self.assertTrue(takes(one["min"]) and takes(one["max"]))
                    self.assertFalse(takes(one["min"] - 1) or takes(one["max"] + 1) or takes(str(one["min"])))
                if one["type"] == "word":
                    self.assertTrue(all(takes(word) for word in one["words"]))
                of_jobs = self.validator.is_valid({"jobs": [{"when": {"user": "u"}, group: {name: preset}}]})
                self.assertEqual(of_jobs, one["of_jobs"])

    def test_good(self) -> None:
        for good in policy_good.ALL:
            for name, text in good.files.items():
                kind = "policy" if name.startswith("policy") else name.removesuffix(".json")
                for document in documents(text) if name.endswith(".json") and "/." not in name else ():
                    errors = [error.message for error in Draft202012Validator(schema(kind)).iter_errors(document)]
                    self.assertEqual(errors, [], good.about)

    def test_bad(self) -> None:
        seen = {True: 0, False: 0}
        for bad in policy_bad.ALL:
            if list(bad.files) != ["policy.json"]:
                continue
            for document in documents(bad.files["policy.json"]):
                self.assertEqual(self.validator.is_valid(document), not bad.schema, bad.about)
                seen[bad.schema] += 1
        self.assertGreater(seen[True], 50)
        self.assertGreater(seen[False], 15)

    def test_rails(self) -> None:
        for wish, good in (("all", True), ("1", True), ("064", True), ("100%", True), ("1%", True), ("per-gpu:64", True), (64, True),
                           ("", False), ("0", False), ("00", False), ("65", False), ("0%", False), ("%", False), ("per-gpu:", False),
                           ("per-gpu:0", False), ("per-gpu:65", False), (" 1", False), ("-1", False), ("1.5", False), (1.5, False),
                           (True, False), ("0000000000000064", False)):  # fmt: skip
            with self.subTest(wish):
                document = {"layout": {"rails": wish}}
                site = self.site({"policy.json": json.dumps(document)})
                self.assertEqual(self.validator.is_valid(document), good)
                self.assertEqual(self.validate(site)[0] == 0, good)


class Environment(Folders):
    def expect(self, rules: Any, of_loader: bool, of_schema: bool) -> None:
        document = {"environment": rules}
        path = self.site({"environment.json": json.dumps(document)}) / "environment.json"
        run = self.tool("policy", "validate", path)
        self.assertEqual(run.returncode == 0, of_loader, run.stdout)
        self.assertEqual(Draft202012Validator(schema("environment")).is_valid(document), of_schema, rules)

    def test_rules(self) -> None:
        for one in RULES_GOOD:
            with self.subTest(one):
                self.expect([one], True, True)
        for one in RULES_BAD:
            with self.subTest(one):
                self.expect([one], False, False)
        for one in RULES_LOADER:
            with self.subTest(one):
                self.expect([one], False, True)
        self.expect([rule(name=f"A{i}") for i in range(65)], False, False)
        self.expect({}, False, False)

    def test_every_condition(self) -> None:
        source = (TOP / "lib" / "env_rules_when_json.c").read_text()
        read = re.findall(r"^\s+ROW\((\w+), [A-Z]+\),$", source, re.M)
        self.assertEqual(set(schema("environment")["$defs"]["when"]["properties"]), set(read))


class Both(Folders):
    def test_valid_and_true_of_the_shipped_files(self) -> None:
        for name in ("policy", "environment"):
            Draft202012Validator.check_schema(schema(name))
            document = json.loads((TOP / "etc" / f"{name}.json").read_text())
            for one in (document, *schema(name)["examples"]):
                errors = [error.message for error in Draft202012Validator(schema(name)).iter_errors(one)]
                self.assertEqual(errors, [])
                self.assertEqual(self.validate(self.site({f"{name}.json": json.dumps(one)}))[0], 0)

    def test_place_of_the_schema(self) -> None:
        """Every file of a site may say it, in the outermost object and as a text."""
        for name, document in (("policy", {}), ("layouts", {"layouts": []}), ("instance-types", {"types": []}),
                               ("environment", {"environment": []})):  # fmt: skip
            for value, good in (("https://x/y.json", True), ("", True), (1, False), (None, False)):
                with self.subTest(name=name, value=value):
                    said: Any = {"$schema": value, **copy.deepcopy(document)}
                    self.assertEqual(Draft202012Validator(schema(name)).is_valid(said), good)
                    rc, lines = self.validate(self.site({f"{name}.json": json.dumps(said)}))
                    self.assertEqual(rc == 0, good, lines)
                    if not good:
                        self.assertEqual(lines, [f"{name}.json:1: $schema: expected a string, the place of a JSON Schema"])


if __name__ == "__main__":
    if not TOOL.exists():
        print(f"skipped: {TOOL} is not built (EFA_LAYOUT_TOOL names it)")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
