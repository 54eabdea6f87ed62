#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""efa-layout policy show: settings with their origins, environment rules in words and held against a node."""

from __future__ import annotations

import json
import unittest
from collections.abc import Mapping
from typing import Any

from kit import Node, main, runner
from kit.runner import Run


class Case(unittest.TestCase):
    """A p4d node."""

    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)

    def run_policy(self, *args: str) -> Run:
        argv = [runner.TOOL, "policy", *args[:1], *(self.node.options() if args else ()), *args[1:]]
        return runner.run(argv, {"PATH": "/usr/bin:/bin"}, 60.0)

    def document(self, *args: str) -> dict[str, Any]:
        run = self.run_policy("show", *args, "--json")
        self.assertEqual(run.rc, 0, run)
        return json.loads(run.out)

    def site(self, name: str, text: str) -> str:
        path = self.node.site / name
        path.write_text(text)
        return str(path)

    def rules(self, *args: str) -> list[dict[str, Any]]:
        return self.document("--env", *args)["rules"]


class Commands(Case):
    def test_refusals(self) -> None:
        for args in ((), ("show", "--map", "x"), ("show", "more"), ("show", "--bogus"), ("show", "--env", "--map")):
            with self.subTest(args=args):
                self.assertEqual(self.run_policy(*args).rc, 3)
        run = self.run_policy("shwo")
        self.assertEqual((run.rc, run.out), (3, ""))
        self.assertIn('there is no command of policy "shwo"; did you mean "show"?', run.err)
        self.assertIn("\n  show ", self.run_policy("--help").out)
        self.assertIn("--map FILE", self.run_policy("show", "--help").out)

    def test_files_that_cannot_be_read(self) -> None:
        self.site("policy.json", '{"check": {"budgets_ms": 5}}')
        run = self.run_policy("show")
        self.assertEqual((run.rc, run.out), (1, ""))
        self.assertIn('policy.json:1: check.budgets_ms: unknown key; did you mean "budget_ms"?', run.err)
        self.assertEqual(self.run_policy("show", "--env").rc, 0, "the rules do not need the settings")
        self.site("environment.json", '{"environment": [{"name": "A", "mode": "unset", "when": {"mip": "pmix"}}]}')
        run = self.run_policy("show", "--env")
        self.assertEqual((run.rc, run.out), (1, ""))
        self.assertIn('environment.json:1: environment[0].when.mip: unknown key; did you mean "mpi"?', run.err)
        (self.node.site / "environment.json").unlink()
        run = self.run_policy("show", "--env", "--map", str(self.node.site / "policy.json"))
        self.assertEqual((run.rc, run.out), (1, ""))
        self.assertIn("policy.json:1: check: unknown key", run.err)


class Settings(Case):
    def test_origin_of_each(self) -> None:
        path = self.site("policy.json", '{\n  "check": {\n    "budget_ms": 15000\n  }\n}\n')
        out = self.run_policy("show").out
        self.assertIn(f"check.budget_ms = 15000 ({path} line 3)\n  default ", out)
        self.assertIn("environment.set = true (default)\n", out)
        found = {one["name"]: one for one in self.document()["settings"]}
        self.assertEqual((found["check.budget_ms"]["value"], found["check.budget_ms"]["line"]), ("15000", 3))
        self.assertEqual(found["check.budget_ms"]["file"], path)
        self.assertEqual((found["environment.set"]["file"], found["environment.set"]["line"]), (None, None))
        for one in found.values():
            self.assertTrue(one["text"] and one["default"])
            if one["line"] is None:
                self.assertEqual(one["value"], one["default"])


class Rules(Case):
    def test_without_a_map(self) -> None:
        run = self.run_policy("show", "--env")
        self.assertEqual(run.rc, 0, run)
        self.assertIn("node.json: no node map, so rules are not held against this node", run.err)
        self.assertNotIn("  here ", run.out)
        self.assertIn(
            "\nFI_EFA_IFACE={rails} (default)\n"
            "  when    libfabric is at least 2.0, the rails are narrowed\n"
            "  source  fi_efa(7)\n"
            f"  from    {self.node.data}/environment.json:",
            run.out,
        )
        document = self.document("--env")
        self.assertIsNone(document["node"])
        shipped = json.loads((self.node.data / "environment.json").read_text())["environment"]
        self.assertEqual([one["name"] for one in document["rules"]], [one["name"] for one in shipped])
        for one, rule in zip(document["rules"], shipped, strict=True):
            self.assertEqual(one.get("when"), rule.get("when"))
            self.assertEqual((one["source"], one["mode"]), (rule["source"], rule["mode"]))
            self.assertTrue(one["shipped"])
            self.assertNotIn("here", one)

    def test_site_s_own(self) -> None:
        path = self.site(
            "environment.json",
            '{"environment": [\n'
            '  {"name": "FI_EFA_USE_DEVICE_RDMA", "mode": "warn", "text": "ask us",\n'
            '   "when": {"mpi": ["pmix", "none"], "accel": false}},\n'
            '  {"name": "OURS", "mode": "force", "value": "1"}]}\n',
        )
        found = [one for one in self.rules() if not one["shipped"]]
        self.assertEqual([(one["name"], one["file"], one["line"]) for one in found],
                         [("FI_EFA_USE_DEVICE_RDMA", path, 2), ("OURS", path, 4)])  # fmt: skip
        self.assertEqual(found[0]["conditions"], "the node has no accelerators, --mpi is pmix or none")
        self.assertEqual((found[1]["conditions"], found[1]["source"]), ("", None))
        self.assertEqual([one["shipped"] for one in self.rules() if one["name"] == found[0]["name"]], [False])
        out = self.run_policy("show", "--env").out
        self.assertIn(f"\nOURS=1 (force)\n  when    always\n  source  not given\n  from    {path}:4 (the site's)\n", out)

    def test_held_against_this_node(self) -> None:
        self.node.probe(rdma_read="no")
        self.assertEqual(self.node.gate().rc, 0)
        document = self.document("--env")
        node = document["node"]
        self.assertEqual((node["instance_type"], node["libfabric"], node["provider"]), ("p4d.24xlarge", "1.17", "efa"))
        self.assertEqual((node["gpu"], node["neuron"], node["rdma_read"]), (True, False, False))

        def here(name: str, mode: str, **when: Any) -> str:
            (one,) = [one for one in document["rules"] if (one["name"], one["mode"]) == (name, mode)
                      and when.items() <= one.get("when", {}).items()]  # fmt: skip
            return one["here"]

        self.assertEqual(here("NCCL_SOCKET_IFNAME", "default"), "always")
        self.assertEqual(here("FI_PROVIDER", "default"), "by task")
        self.assertEqual(here("FI_EFA_IFACE", "default"), "with another libfabric")
        self.assertEqual(here("FI_EFA_SHM_MAX_MEDIUM_SIZE", "unset"), "by task")
        self.assertEqual(here("FI_EFA_USE_DEVICE_RDMA", "unset"), "by task")
        out = self.run_policy("show", "--env").out
        self.assertIn("libfabric 1.17, provider efa, GPUs, RDMA read on every rail: no\n", out)
        self.assertIn("  here    not with libfabric 1.17; only for tasks that bring another one\n", out)

    def test_rdma_read_comes_from_the_devices(self) -> None:
        for said, expected, kept in (("yes", True, False), ("no", False, True), ("", None, False)):
            with self.subTest(said):
                self.node.probe(rdma_read=said)
                self.node.boot("0f0e0d0c-1111-2222-3333-44445555666" + str(len(said)))
                tested = json.loads(self.node.tool("check", "--json").out)["probe"]["rails"]
                self.assertEqual([rail["rdma_read"] for rail in tested], [expected] * 4)
                self.assertEqual(self.node.gate().rc, 0)
                found = self.node.map()
                assert found
                self.assertIs(found["node"]["rdma_read"], expected)
                names = [rule["name"] for rule in found["env"]]
                self.assertEqual("FI_EFA_USE_DEVICE_RDMA" in names, kept)
                rule = next(one for one in self.rules() if one["name"] == "FI_EFA_USE_DEVICE_RDMA")
                self.assertEqual(rule["here"], "by task" if kept else "never")
                self.assertEqual(rule["against"], None if kept else "not every rail can do RDMA read")

    def test_another_map(self) -> None:
        self.assertEqual(self.node.gate().rc, 0)
        found: Mapping[str, Any] | None = self.node.map()
        assert found
        path = self.node.site / "other.json"
        path.write_text(json.dumps({**found, "libfabric": "2.4", "environment": False,
                                    "node": {**found["node"], "kernel": "5.10.1-x"}}))  # fmt: skip
        self.node.boot("another")
        self.assertIn("continuing without", self.run_policy("show", "--env").err)
        document = self.document("--env", "--map", str(path))
        self.assertFalse(document["node"]["set"])
        modes = [one["here"] for one in document["rules"] if one["name"] == "FI_EFA_USE_HUGE_PAGE"]
        self.assertEqual(modes, ["by task"] * 3)
        out = self.run_policy("show", "--env", "--map", str(path)).out
        self.assertIn("tasks get no variables here: environment.set is false\n", out)


if __name__ == "__main__":
    main()
