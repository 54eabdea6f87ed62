#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gate ends inside its budget plus a second, whatever hangs."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import unittest

from kit import UNREACHABLE, Node, Run, main

BUDGET_MS = 2000
# The promise, and what a busy machine needs to start and end a process.
LIMIT_S = BUDGET_MS / 1000 + 1 + 0.5
HANG = {"helper": {"hang": True}, "scontrol": {"hang": True}, "scancel": {"hang": True}}


class Deadline(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.node.policy(check={"budget_ms": BUDGET_MS})

    def assert_in_time(self, run: Run) -> None:
        self.assertLess(run.seconds, LIMIT_S, run)

    def test_probe_that_hangs(self) -> None:
        self.node.probe(mode="hang")
        run = self.node.gate()
        self.assert_in_time(run)
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
        self.assertIn("unknown: E303", run.err)

    def test_controller_that_is_silent(self) -> None:
        self.node.answers(HANG)
        self.node.probe(rails={self.node.rails()[0]: UNREACHABLE})
        run = self.node.gate()
        self.assert_in_time(run)
        self.assertEqual(run.rc, 1)
        self.assertIn("cannot drain node node-1", run.err)

    def test_silent_controller_and_a_refused_job(self) -> None:
        self.node.answers(HANG)
        run = self.node.gate(request="v1;layout=all-efa")
        self.assert_in_time(run)
        self.assertEqual(run.rc, 0)
        self.assertIn("cannot end it", run.err)

    def test_silent_commands(self) -> None:
        self.node.use_commands()
        self.node.answers(HANG)
        self.node.probe(rails={self.node.rails()[0]: UNREACHABLE})
        run = self.node.gate()
        self.assert_in_time(run)
        self.assertEqual(run.rc, 1)
        self.assertEqual(self.node.controller_calls()[0][1:4], ["--oneliner", "show", "node"])

    def test_slow_probe_and_silent_controller(self) -> None:
        self.node.answers(HANG)
        self.node.probe(delay_s=1.5, rails={self.node.rails()[0]: UNREACHABLE})
        run = self.node.gate()
        self.assert_in_time(run)
        self.assertEqual(run.rc, 1, run)

    def test_findings_count_even_when_the_test_does_not_end(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--unbound", "2") as node:
            node.policy(check={"budget_ms": BUDGET_MS})
            node.probe(mode="hang")
            run = node.gate()
            self.assert_in_time(run)
            self.assertEqual(run.rc, 1, run)
            self.assertIn("E201", node.controller_calls()[0][-1])

    def test_lock_that_is_never_free(self) -> None:
        lock = self.node.run_dir / "lock"
        fd = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            run = self.node.gate()
        finally:
            os.close(fd)
        self.assert_in_time(run)
        self.assertEqual((run.rc, self.node.probe_calls()), (0, []), run)
        self.assertIn("unknown", run.err)
        self.assertIsNone(self.node.map(), "nothing is known, nothing is kept")

    def test_drain_lock_that_is_never_free(self) -> None:
        self.node.probe(rails={self.node.rails()[0]: UNREACHABLE})
        fd = os.open(self.node.run_dir / "drain.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            run = self.node.gate()
        finally:
            os.close(fd)
        self.assert_in_time(run)
        self.assertEqual((run.rc, self.node.controller_calls()), (1, []), run)
        self.assertIn("cannot drain node node-1: ", run.err)
        self.assertIn("drain.lock: another", run.err)

    def test_late_device_is_waited_for(self) -> None:
        facts = (self.node.run_dir / "enis.json").read_text()
        self.node.make("p4d.24xlarge", "efa-only", "--no-devnode", "3")
        self.node.run_dir.mkdir(parents=True, exist_ok=True)
        (self.node.run_dir / "enis.json").write_text(facts)
        self.node.policy(check={"budget_ms": 10000, "late_ms": 8000})
        devices = self.node.root / "dev" / "infiniband"
        late = threading.Timer(1.0, shutil.copy2, (devices / "uverbs0", devices / "uverbs3"))
        late.start()
        run = self.node.gate()
        late.join()
        self.assertEqual(run.rc, 0, run)
        self.assertGreater(run.seconds, 0.9)
        self.assertIn("4 of 4 rails pass", run.err)

    def test_late_device_that_never_comes(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--no-rdma", "3") as node:
            node.policy(check={"budget_ms": BUDGET_MS, "late_ms": 700})
            run = node.gate()
            self.assert_in_time(run)
            self.assertGreater(run.seconds, 0.6)
            self.assertEqual(run.rc, 1, run)
            again = node.gate(job=4712)
            self.assertEqual(again.rc, 1, again)
            self.assertLess(again.seconds, run.seconds - 0.3, "waited for once in a boot")

    def test_leftover_child_holds_nothing_that_slurmd_waits_for(self) -> None:
        self.node.answers({"helper": {"leave": True}})
        run = self.node.gate(request="v1;layout=all-efa")
        self.assertEqual(run.rc, 0)
        self.assert_in_time(run)


if __name__ == "__main__":
    main()
