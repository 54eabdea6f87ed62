#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Optional tests, from the settings to the probe and back: verdict, report, text for Prometheus, and the tool."""

from __future__ import annotations

import json
import unittest
from typing import Any

from kit import Node, main

RAILS = ["rdmap16s27", "rdmap32s27", "rdmap144s27", "rdmap160s27"]
WANTED = {"latency_us": 30, "bandwidth_mib_s": 5000, "rdma_read": True, "pairs": True}
OPTIONS = {"latency_us": "--latency", "bandwidth_mib_s": "--bandwidth", "rdma_read": "--rdma-read", "pairs": "--pairs"}


def lines(latency: int = 21600, bandwidth: int = 6 << 30) -> list[str]:
    """What a sound node's probe says."""
    ring = zip(RAILS, RAILS[1:] + RAILS[:1], strict=True)
    return [f"extra {rail} {what}" for rail in RAILS
            for what in (f"latency done {latency} -", f"bandwidth done {bandwidth} -", "rdma-read done 65536 -")] + [
        f"pair {a} {b} done 69656 -" for a, b in ring]  # fmt: skip


class Optional(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)

    def asked(self) -> list[str]:
        """What the last test was asked for."""
        argv = self.node.probe_calls()[-1]["argv"]
        return [word for word in argv if word in OPTIONS.values()]

    def codes(self) -> list[str]:
        report = self.node.report()
        assert report
        return [finding["code"] for finding in report["findings"]]

    def test_nothing_unless_asked_for(self) -> None:
        self.assertEqual(self.node.gate().rc, 0)
        self.assertEqual(self.asked(), [])
        report = self.node.report()
        assert report
        self.assertEqual(report["pairs"], [])
        self.assertEqual({rail["latency_ns"] for rail in report["rails"]}, {None})
        self.assertNotIn("efa_layout_rail_latency_seconds", self.node.prometheus())
        run = self.node.tool("check")
        self.assertEqual(run.rc, 0)
        self.assertNotIn("latency", run.out)

    def test_each_by_itself(self) -> None:
        self.node.probe(extras=lines())
        for name, option in OPTIONS.items():
            with self.subTest(name):
                self.node.policy(check={name: WANTED[name]})
                self.assertEqual(self.node.gate().rc, 0)
                self.assertEqual(self.asked(), [option])
                self.assertEqual(self.codes(), [])

    def test_what_was_measured_is_shown(self) -> None:
        self.node.policy(check=WANTED)
        self.node.probe(extras=lines())
        self.assertEqual(self.node.gate().rc, 0)
        report = self.node.report()
        assert report
        self.assertEqual([(r["latency_ns"], r["bandwidth_bytes_s"], r["rdma_read_test"]) for r in report["rails"]],
                         [(21600, 6 << 30, "done")] * 4)  # fmt: skip
        self.assertEqual([(p["a"], p["b"], p["state"], p["text"]) for p in report["pairs"]],
                         [(0, 1, "done", None), (1, 2, "done", None), (2, 3, "done", None), (3, 0, "done", None)])  # fmt: skip
        found = self.node.prometheus()
        for name in ("efa_layout_rail_latency_seconds", "efa_layout_rail_bandwidth_bytes_per_second"):
            self.assertEqual(len(found[name].samples), 4)
        run = self.node.tool("check")
        self.assertEqual(run.rc, 0, run)
        self.assertIn("rail rdmap16s27: latency 21.600 us, bandwidth 6144 MiB/s, RDMA read done\n", run.out)
        self.assertIn("\n4 of 4 pairs of rails reach each other\n", run.out)
        document = json.loads(self.node.tool("check", "--json").out)
        self.assertEqual(document["probe"]["rails"][3]["latency_ns"], 21600)
        self.assertEqual(document["probe"]["pairs"][3]["b"], 0)

    def test_slow_rails_are_what_the_policy_says(self) -> None:
        slow = [line.replace("rdmap32s27 latency done 21600", "rdmap32s27 latency done 30001") for line in lines()]
        self.node.probe(extras=slow)
        self.node.policy(check=WANTED)
        run = self.node.gate()
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
        self.assertIn("W203 rail rdmap32s27: latency above the site's bound", run.err)
        self.assertEqual(self.codes(), ["W203"])
        self.node.policy(check=WANTED, action={"degraded": "drain"})
        run = self.node.gate()
        self.assertEqual(run.rc, 1, run)
        self.assertTrue(self.node.controller_calls())

    def test_what_was_not_done_drains_nobody(self) -> None:
        self.node.policy(check=WANTED, action={"degraded": "drain"})
        self.node.probe(extras=lines()[:-1] + [f"pair {RAILS[3]} {RAILS[0]} not-tested 0 the budget was used up"])
        run = self.node.gate()
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
        self.assertEqual(self.codes(), ["W205"])

    def test_pairs_that_fail(self) -> None:
        def fail(*pairs: int) -> list[str]:
            said = lines()
            for i in pairs:
                said[12 + i] = said[12 + i].replace("done 69656 -", "failed 0 Unresponsive receiver")
            return said

        for said, rails, outcome, codes in (
            (fail(1), {}, "fabric", ["E251"]),
            (fail(0, 1), {RAILS[1]: "fail pairs 0 0 reaches none of a, b, which reach others"}, "faulty", ["E214"]),
        ):
            with self.subTest(codes):
                self.node.policy(check=WANTED, action={"enforce": False})
                self.node.probe(extras=said, rails=rails)
                self.node.gate()
                report: Any = self.node.report()
                self.assertEqual((report["outcome"], self.codes()), (outcome, codes))


if __name__ == "__main__":
    main()
