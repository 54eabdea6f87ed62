#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The controller is asked by the helper."""

from __future__ import annotations

import os
import time
import unittest
from typing import Any

from controller_lab import IN_PARTITIONS, NODE, groups
from kit import Node, Run, main


class Helper(unittest.TestCase):
    def answer(self, answer: dict[str, Any], **policy: Any) -> tuple[Run, list[list[str]], Any]:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.answers({"helper": answer})
            node.policy(**policy)
            return node.gate(), node.controller_calls(), node.drain_record()

    def test_limit(self) -> None:
        sentence = "5 of 10 nodes of partition p are drained, limit.partition_percent is 50"
        run, calls, record = self.answer({"rc": 3, "out": sentence + "\nmore\n"})
        self.assertEqual(run.rc, 0, run)
        self.assertIn(f"warning: job 4711 of uid 1000 on node node-1: job allowed with a warning, node not drained: {sentence} (", run.err)
        self.assertIn("faulty: E201", run.err)
        self.assertNotIn("more", run.err)
        self.assertEqual((len(calls), record), (1, None))

    def test_somebody_else_s_reason(self) -> None:
        run, _, record = self.answer({"rc": 4, "out": "node node-1 is drained or down for another reason: bad fan\n"})
        self.assertEqual((run.rc, record), (1, None), run)
        self.assertIn("job sent elsewhere, node node-1 is drained or down for another reason: bad fan (", run.err)

    def test_limits_are_passed_on(self) -> None:
        limit = {"cluster_nodes": 7, "cluster_percent": 8, "partition_nodes": 9, "partition_percent": 10}
        _, calls, _ = self.answer({}, limit=limit)
        self.assertEqual(
            calls[0][6:-2],
            ["--cluster-nodes", "7", "--cluster-percent", "8", "--partition-nodes", "9", "--partition-percent", "10"],
        )
        _, calls, _ = self.answer({}, limit={"partition_percent": 100})
        self.assertEqual(calls[0][:-1], ["helper", "drain", "--node", "node-1", "--job", "4711", "--reason"])

    def test_drain_behind_the_job(self) -> None:
        action = {"faulty": "drain-after"}
        run, calls, record = self.answer({}, action=action)
        self.assertEqual(run.rc, 0, run)
        self.assertIn("error" if run.rc else "job allowed, node drained behind it", run.err)
        self.assertEqual(calls[0][:5], ["helper", "drain", "--node", "node-1", "--after"])
        self.assertEqual(record["reason"], calls[0][-1])
        run, _, record = self.answer({"rc": 1, "out": "down\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed with a warning, cannot drain node node-1: ", run.err)
        run, _, record = self.answer({"rc": 4, "out": "node node-1 is drained: bad fan\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed, node node-1 is drained: bad fan (", run.err)
        run, _, record = self.answer({"rc": 3, "out": "5 of 10\n"}, action=action)
        self.assertEqual((run.rc, record), (0, None), run)
        self.assertIn("job allowed with a warning, node not drained: 5 of 10 (", run.err)

    def test_report_only(self) -> None:
        for action, words in (
            ("drain", "would drain the node and send the job elsewhere"),
            ("drain-after", "would drain the node behind the job"),
            ("refuse", "would refuse the job"),
        ):
            with self.subTest(action):
                run, calls, record = self.answer({}, action={"faulty": action, "enforce": False})
                self.assertEqual((run.rc, calls, record), (0, [], None), run)
                self.assertIn(f"warning: job 4711 of uid 1000 on node node-1: job allowed, {words} if action.enforce were true (", run.err)
        run, calls, _ = self.answer({}, action={"faulty": "warn", "enforce": False})
        self.assertEqual((run.rc, calls), (0, []), run)
        self.assertIn("job allowed with a warning (", run.err)

    def test_report_only_and_a_request_that_makes_no_sense(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            node.policy(action={"enforce": False})
            run = node.gate(request="v1;layout=all-efa;bogus=1")
            self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
            self.assertIn("would refuse the job", run.err)

    def test_drain_is_remembered(self) -> None:
        began = int(time.time())
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            self.assertEqual(node.gate().rc, 1)
            record = node.drain_record()
            assert record is not None
            self.assertEqual(sorted(record), ["boot_id", "drained_at", "healthy", "node", "reason"])
            self.assertEqual((record["node"], record["healthy"]), ("node-1", 0))
            self.assertEqual(record["reason"], node.controller_calls()[0][-1])
            boot_id = (node.root / "proc/sys/kernel/random/boot_id").read_text().strip()
            self.assertEqual(record["boot_id"], boot_id)
            self.assertTrue(began <= record["drained_at"] <= time.time(), record)
            self.assertEqual(node.state_dir.stat().st_mode & 0o777, 0o755)

    def test_drain_lock_that_cannot_be_had_is_no_obstacle(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            (node.run_dir / "drain.lock").mkdir()
            run = node.gate()
            self.assertEqual((run.rc, len(node.controller_calls())), (1, 1), run)
            self.assertIn("drain.lock", run.err)
            self.assertIn("continuing without", run.err)
            self.assertIn("node drained, job sent elsewhere", run.err)

    def test_drain_that_cannot_be_remembered_is_a_drain(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.state_dir.mkdir(mode=0o755)
            os.chown(node.state_dir, 1, 1)
            run = node.gate()
            self.assertEqual(run.rc, 1, run)
            self.assertIn("warning: drain of node node-1 will not be lifted: ", run.err)
            self.assertIn("node drained, job sent elsewhere", run.err)

    def test_its_failure_is_said_and_not_tried_otherwise(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            node.answers({"helper": {"rc": 1, "out": "cannot drain node: Access denied\n"}})
            run = node.gate()
            self.assertEqual(run.rc, 1)
            self.assertIn("exit status 1: cannot drain node: Access denied", run.err)
            self.assertEqual(len(node.controller_calls()), 1)

    def test_one_that_cannot_be_loaded_is_as_good_as_none(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            helper = node.path / "controller" / "helper"
            text = helper.read_text()
            node.use_commands()
            helper.write_text(text)
            helper.chmod(0o755)
            node.answers({"helper": {"rc": 127}, "scontrol --oneliner show node": {"out": NODE}, IN_PARTITIONS: {"out": groups(0)}})
            self.assertEqual(node.gate().rc, 1)
            self.assertEqual([call[0] for call in node.controller_calls()], ["helper", "scontrol", "sinfo", "scontrol", "sinfo", "scontrol", "scontrol"])

    def test_one_that_others_may_write_is_not_run(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "1") as node:
            helper = node.path / "controller" / "helper"
            text = helper.read_text()
            node.use_commands()
            helper.write_text(text)
            for mode in (0o777, 0o644):
                helper.chmod(mode)
                self.assertEqual(node.gate().rc, 1)
            self.assertNotIn("helper", [call[0] for call in node.controller_calls()])

    def test_reason_fits_one_line_of_sinfo(self) -> None:
        with Node("p5.48xlarge", "efa-only") as node:
            node.probe(rails={name: "fail getinfo 61 0 " + "x" * 120 for name in node.rails()[1:]})
            node.gate()
            (call,) = node.controller_calls()
            self.assertEqual(len(call[-1]), 200)
            # What there is room for is what counts.
            self.assertRegex(
                call[-1],
                r"^efa-layout: E206 rail \w+: provider does not list the rail; 1 of 32 rails pass; and 30 more; found: x+$",
            )
            self.assertNotIn('"', call[-1])
            self.assertNotIn("\n", call[-1])

if __name__ == "__main__":
    main()
