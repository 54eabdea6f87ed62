#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When an earlier result is used, when it is not, and what prologs that run at once share."""

from __future__ import annotations

import json
import os
import unittest
from collections.abc import Callable

from kit import OTHER_BOOT, UNREACHABLE, Node, main, runner, wait_for


class Cache(unittest.TestCase):
    def test_second_job_makes_no_child(self) -> None:
        with Node("p5.48xlarge", "efa-only") as node:
            first, second = node.gate(), node.gate()
            self.assertEqual((first.rc, second.rc), (0, 0))
            self.assertIn("(tested, ", first.err)
            self.assertIn("(cached, ", second.err)
            self.assertIn("32 of 32 rails pass", second.err)
            self.assertEqual(len(node.probe_calls()), 1)
            self.assertEqual(node.controller_calls(), [])

    def test_request_is_judged_anew(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.gate()
            run = node.gate(request="v1;layout=all-efa")
            self.assertEqual(run.rc, 0)
            self.assertIn("(cached, ", run.err)
            (call,) = node.controller_calls()
            self.assertEqual(call[1], "refuse")
            self.assertIn("E150", call[-1])

    def test_what_makes_it_void(self) -> None:
        def new_policy(node: Node) -> None:
            node.policy(check={"rail_ms": 1999})

        def no_ttl(node: Node) -> None:
            node.policy(check={"cache_ttl_s": 0})

        def new_layouts(node: Node) -> None:
            (node.site / "layouts.json").write_text('{"layouts": []}')

        def new_probe(node: Node) -> None:
            os.utime(node.path / "probe" / "probe")

        def new_boot(node: Node) -> None:
            node.boot(OTHER_BOOT)

        def new_facts(node: Node) -> None:
            os.utime(node.run_dir / "enis.json")

        def cut_short(node: Node) -> None:
            path = node.run_dir / "node.json"
            path.write_text(path.read_text()[:100])

        def of_somebody(node: Node) -> None:
            os.chown(node.run_dir / "node.json", 65534, 65534)

        def gone(node: Node) -> None:
            (node.run_dir / "node.json").unlink()

        def of_tomorrow(node: Node) -> None:
            edit_map(node, lambda saved: saved.update(tested_ms=saved["tested_ms"] + 86400000))

        def old(node: Node) -> None:
            edit_map(node, lambda saved: saved.update(tested_ms=1))

        for change in (
            new_policy, no_ttl, new_layouts, new_probe, new_boot, new_facts, cut_short, of_somebody,
            gone, of_tomorrow, old,
        ):  # fmt: skip
            with self.subTest(change.__name__), Node("p4d.24xlarge", "efa-only") as node:
                self.assertEqual(node.gate().rc, 0)
                change(node)
                run = node.gate()
                self.assertEqual(run.rc, 0, run)
                self.assertIn("(tested, ", run.err)
                self.assertEqual(len(node.probe_calls()), 2)

    def test_a_device_that_goes(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            self.assertEqual(node.gate().rc, 0)
            facts = (node.run_dir / "enis.json").read_text()
            saved = (node.run_dir / "node.json").read_text()
            node.make("p4d.24xlarge", "efa-only", "--no-rdma", "2")
            node.run_dir.mkdir(parents=True, exist_ok=True)
            (node.run_dir / "enis.json").write_text(facts)
            (node.run_dir / "node.json").write_text(saved)
            run = node.gate()
            self.assertEqual(run.rc, 1, run)
            self.assertIn("E202", run.err)

    def test_faults_are_tested_again(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(rails={node.rails()[0]: UNREACHABLE})
            self.assertEqual(node.gate().rc, 1)
            node.probe()
            run = node.gate()
            self.assertEqual(run.rc, 0, run)
            self.assertEqual(len(node.probe_calls()), 2)

    def test_faults_of_the_layout_are_no_good_result_either(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--missing", "2") as node:
            for _ in range(2):
                run = node.gate()
                self.assertEqual(run.rc, 1, run)
                self.assertIn("(tested, ", run.err)
            self.assertEqual(len(node.probe_calls()), 2)

    def test_unknown_is_tested_again(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(mode="crash")
            self.assertIn("unknown", node.gate().err)
            node.probe()
            self.assertIn("4 of 4 rails pass", node.gate().err)

    def test_rails_left_out_are_tested_again(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(rails={node.rails()[3]: "not-tested open 0 0"})
            self.assertIn("degraded: W201", node.gate().err)
            node.probe()
            self.assertIn("4 of 4 rails pass", node.gate().err)

    def test_dry_run_uses_it_and_keeps_it(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.gate()
            before = node.map()
            self.assertIn("(cached, ", node.gate("--dry-run").err)
            self.assertEqual(node.map(), before)


class AtOnce(unittest.TestCase):
    def test_share_one_test(self) -> None:
        for ttl in (60, 0):
            with self.subTest(ttl=ttl), Node("p4d.24xlarge", "efa-only") as node:
                node.policy(check={"cache_ttl_s": ttl})
                node.probe(delay_s=1.0)
                runs = node.gates(4)
                self.assertEqual([run.rc for run in runs], [0] * 4)
                self.assertEqual(len(node.probe_calls()), 1)
                text = "".join(run.err for run in runs)
                self.assertEqual(text.count("(tested, "), 1, text)
                self.assertEqual(text.count("(shared test, "), 3, text)

    def test_share_a_fault_and_each_job_leaves(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(delay_s=1.0, rails={node.rails()[1]: UNREACHABLE})
            runs = node.gates(3)
            self.assertEqual([run.rc for run in runs], [1] * 3)
            self.assertEqual(len(node.probe_calls()), 1)
            calls = node.controller_calls()
            self.assertEqual(sorted(call[5] for call in calls), ["1", "2", "3"])
            self.assertEqual(len({call[-1] for call in calls}), 1, "one reason")

    def test_a_test_that_could_not_run_is_not_shared(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(delay_s=0.3, mode="crash")
            runs = node.gates(2)
            self.assertEqual([run.rc for run in runs], [0, 0])
            self.assertEqual(len(node.probe_calls()), 2)

    def test_a_killed_gate_leaves_no_lock(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.probe(mode="hang")
            first = runner.start(node.gate_argv(), node.environment(None, None, 1))
            wait_for(lambda: len(node.probe_calls()) == 1)
            first.kill()
            first.communicate()
            node.probe()
            run = node.gate()
            self.assertEqual(run.rc, 0, run)
            self.assertLess(run.seconds, 5)
            self.assertIn("4 of 4 rails pass", run.err)


def edit_map(node: Node, change: Callable[[dict], None]) -> None:
    path = node.run_dir / "node.json"
    saved = json.loads(path.read_text())
    change(saved)
    path.write_text(json.dumps(saved))


if __name__ == "__main__":
    main()
