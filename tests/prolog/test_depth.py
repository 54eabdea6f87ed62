#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How deep a job has its nodes checked: what needs a test, what a good result is enough for, and who decides."""

from __future__ import annotations

import unittest
from typing import Any

from kit import OTHER_BOOT, UNREACHABLE, Node, Run, edit_json, main

OLD = {"tested_ms": 1}  # of the boot's first millisecond
FULL, QUICK, CACHED = "(tested, ", "(quick, tested ", "(cached, tested "


def calls(node: Node) -> list[str]:
    """What the probe was run for since the node's first test, in order."""
    return ["open" if "--open-only" in call["argv"] else "test" for call in node.probe_calls()][1:]


class Depth(unittest.TestCase):
    def make(self, *, policy: dict[str, Any] | None = None, old: bool = False) -> Node:
        """A sound node that was tested."""
        node = self.enterContext(Node("p4d.24xlarge", "efa-only"))
        node.policy(**(policy or {}))
        self.assertIn(FULL, node.gate().err)
        if old:
            edit_json(node.run_dir / "node.json", **OLD)
        return node

    def ask(self, node: Node, depth: str | None) -> Run:
        return node.gate(request=f"v1;check={depth}" if depth else None)

    def assert_done(self, node: Node, run: Run, how: str) -> None:
        self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
        self.assertIn(how, run.err)
        self.assertIn("4 of 4 rails pass", run.err)
        self.assertEqual(calls(node), {FULL: ["test"], QUICK: ["open"], CACHED: []}[how])


class NeedsTest(Depth):
    """No depth does without a good result."""

    def test_no_result(self) -> None:
        for depth in ("cached", "quick", "full"):
            with self.subTest(depth), Node("p4d.24xlarge", "efa-only") as node:
                run = self.ask(node, depth)
                self.assertIn(FULL, run.err)
                self.assertEqual([call["argv"].count("--open-only") for call in node.probe_calls()], [0])

    def test_result_of_something_else(self) -> None:
        for depth in ("cached", "quick"):
            for change in (lambda node: node.boot(OTHER_BOOT), lambda node: node.policy(check={"rail_ms": 1999})):
                node = self.make()
                change(node)
                self.assertIn(FULL, self.ask(node, depth).err)
                self.assertEqual(calls(node), ["test"])

    def test_bad_result(self) -> None:
        for depth in ("cached", "quick"):
            with self.subTest(depth):
                node = self.make()
                node.probe(rails={node.rails()[0]: UNREACHABLE})
                self.assertEqual(self.ask(node, "full").rc, 1)
                node.probe()
                self.assertIn(FULL, self.ask(node, depth).err)
                self.assertEqual(calls(node), ["test", "test"])

    def test_result_that_left_rails_out(self) -> None:
        for depth in ("cached", "quick"):
            with self.subTest(depth):
                node = self.make()
                node.probe(rails={node.rails()[3]: "not-tested open 0 0"})
                self.assertIn("W201", self.ask(node, "full").err)
                node.probe()
                self.assertIn(FULL, self.ask(node, depth).err)

    def test_device_that_does_not_open(self) -> None:
        for said, code in (("hung open 110 0 no answer", "E204"), ("fail open 5 0 no", "E205"), ("crashed open 0 0", "E212")):
            with self.subTest(said):
                node = self.make()
                node.probe(rails={node.rails()[2]: said})
                run = self.ask(node, "quick")
                self.assertEqual(run.rc, 1, run)
                self.assertIn(f"{code} rail {node.rails()[2]}", run.err)
                self.assertEqual(calls(node), ["open", "test"])

    def test_opening_that_breaks(self) -> None:
        for mode in ("crash", "loader", "garbage", "flood"):
            with self.subTest(mode):
                node = self.make()
                node.probe(mode=mode)
                run = self.ask(node, "quick")
                self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
                self.assertIn("unknown: E30", run.err)
                self.assertEqual(calls(node), ["open", "test"])

    def test_opening_that_hangs_leaves_time(self) -> None:
        node = self.make(policy={"check": {"budget_ms": 2000, "rail_ms": 500}})
        node.probe(mode="hang")
        run = self.ask(node, "quick")
        self.assertEqual(run.rc, 0, run)
        self.assertLess(run.seconds, 3.0)
        self.assertEqual(calls(node), ["open", "test"])

    def test_full_and_a_young_result(self) -> None:
        node = self.make()
        self.assert_done(node, self.ask(node, "full"), FULL)


class IsEnough(Depth):
    def test_by_age(self) -> None:
        for old, depth, how in (
            (False, None, CACHED), (False, "cached", CACHED), (False, "quick", QUICK),
            (True, None, FULL), (True, "cached", CACHED), (True, "quick", QUICK), (True, "full", FULL),
        ):  # fmt: skip
            with self.subTest(old=old, depth=depth):
                node = self.make(old=old)
                run = self.ask(node, depth)
                self.assert_done(node, run, how)
                if old and how != FULL:
                    self.assertRegex(run.err, r"tested \d+ (s|min|h|days) ago")

    def test_ttl_of_zero_tests_unless_a_job_says_otherwise(self) -> None:
        for depth, how in ((None, FULL), ("cached", CACHED), ("quick", QUICK)):
            with self.subTest(depth):
                node = self.make(policy={"check": {"cache_ttl_s": 0}})
                self.assert_done(node, self.ask(node, depth), how)

    def test_quick_is_no_test(self) -> None:
        """The result is as old as before, and nothing is said to have been sent."""
        node = self.make(old=True)
        before, counted = node.map(), node.counters()
        run = self.ask(node, "quick")
        self.assert_done(node, run, QUICK)
        self.assertEqual(node.map(), before)
        self.assertEqual(node.counters(), counted)
        (call,) = node.probe_calls()[1:]
        self.assertNotIn("--with-counters", call["argv"])
        found = node.verdict()
        assert found is not None
        self.assertEqual(found["source"], "quick")
        self.assertEqual(found["job"]["check"], {"asked": "quick", "wanted": "quick", "done": "quick", "setting": None})
        self.assertEqual(found["test"]["at_ms"], 1)
        self.assertIn("quick, quick asked for", node.tool("explain", "4711").out)

    def test_quick_judges_the_request(self) -> None:
        node = self.make()
        run = node.gate(request="v1;check=quick;layout=all-efa")
        self.assertEqual(run.rc, 0, run)
        self.assertIn("E150", node.controller_calls()[0][-1])

    def test_rails_that_the_site_can_do_without(self) -> None:
        """A device that was known not to open keeps nobody."""
        node = self.enterContext(Node("p4d.24xlarge", "efa-only"))
        node.policy(layout={"rails": 3})
        node.probe(rails={node.rails()[1]: "hung open 110 0 no answer"})
        run = node.gate()
        self.assertIn(FULL, run.err)
        self.assertIn("degraded: E204", run.err)
        self.assertIn("3 of 4 rails pass, the site asks for 3", run.err)
        for depth, how, done in (("quick", QUICK, ["open"]), ("cached", CACHED, ["open"]), (None, CACHED, ["open"])):
            run = self.ask(node, depth)
            self.assertIn(how, run.err)
            self.assertIn("degraded: E204", run.err)
            self.assertEqual(calls(node), done)
        run = node.gate(request="v1;rails=all")
        self.assertIn("refused: E153 --efa-rails=all: that is 4, and 3 of this node's 4 are healthy", run.err)
        self.assertEqual(node.controller_calls()[0][1], "refuse")


class WhoDecides(Depth):
    def test_settings(self) -> None:
        for check, depth, how, setting in (
            ({"default": "cached"}, None, CACHED, "check.default"),
            ({"default": "quick"}, None, QUICK, "check.default"),
            ({"default": "full"}, None, FULL, "check.default"),
            ({"default": "full"}, "cached", CACHED, None),
            ({"floor": "quick"}, "cached", QUICK, "check.floor"),
            ({"floor": "full"}, "quick", FULL, "check.floor"),
            ({"floor": "full"}, None, FULL, "check.cache_ttl_s"),  # it is old
            ({"ceiling": "quick"}, "full", QUICK, "check.ceiling"),
            ({"ceiling": "cached"}, "quick", CACHED, "check.ceiling"),
            ({"ceiling": "cached"}, None, FULL, "check.cache_ttl_s"),  # no job says so
        ):
            with self.subTest(check=check, depth=depth):
                node = self.make(policy={"check": check}, old=True)
                self.assert_done(node, self.ask(node, depth), how)
                found = node.verdict()
                assert found is not None
                decided = found["job"]["check"]["setting"]
                self.assertEqual(decided and decided["name"], setting)
                self.assertEqual(found["job"]["check"]["asked"], depth)


if __name__ == "__main__":
    main()
