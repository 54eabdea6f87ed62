#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Host set-up that is in users' way: said before each job, in nobody's way itself, and never out of date."""

from __future__ import annotations

import json
import unittest
from pathlib import Path

from kit import Node, Run, main

LIMITS = "Max locked memory         {0:<20} {0:<20} bytes\n"


def limit(node: Node, process: str, soft: str) -> None:
    (node.root / "proc" / process / "limits").write_text(LIMITS.format(soft))


def slurmd(node: Node) -> str:
    (comm,) = (p for p in node.root.glob("proc/[0-9]*/comm") if p.read_text() == "slurmd\n")
    return comm.parent.name


def device(node: Node, number: int) -> Path:
    return node.root / f"dev/infiniband/uverbs{number}"


def codes(run: Run) -> list[str]:
    """Of the findings that are not about the check itself."""
    return [f["code"] for f in json.loads(run.out)["findings"] if f["owner"] != "check"]


class Prolog(unittest.TestCase):
    def expect(self, node: Node, tests: int, *words: str, run: Run | None = None) -> None:
        """The job starts, nobody asks for a drain, and the line has these words."""
        run = run or node.gate()
        self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
        self.assertEqual(len(node.probe_calls()), tests, run)
        for word in words:
            self.assertIn(word, run.err)
        if "degraded" not in words:
            self.assertNotIn("degraded", run.err)

    def test_mode(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            self.expect(node, 1, "(tested, ")
            device(node, 1).chmod(0o600)
            said = ("degraded", "W302 rail rdmap32s27", "4 of 4 rails pass", "rdmap32s27 0600")
            self.expect(node, 2, "(tested, ", *said)
            for _ in range(2):
                self.expect(node, 2, "(cached, ", *said)
            device(node, 3).chmod(0o640)
            self.expect(node, 3, "(tested, ", "degraded", "W302 2 of 4 rails")
            for number in (1, 3):
                device(node, number).chmod(0o666)
            self.expect(node, 4, "(tested, ")
            self.expect(node, 4, "(cached, ")

    def test_limit(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--low-memlock") as node:
            said = ("degraded", "W301 slurmd", "64 KiB", "4 of 4 rails pass")
            self.expect(node, 1, "(tested, ", *said)
            self.expect(node, 1, "(cached, ", *said)
            limit(node, "self", "unlimited")
            self.expect(node, 2, "(tested, ")
            self.expect(node, 2, "(cached, ")
            limit(node, "self", "8388608")
            self.expect(node, 3, "(tested, ", "degraded", "8192 KiB")
            for text in ("x", "-1", ""):
                limit(node, "self", text)
                node.gate()
                self.expect(node, 4, "(cached, ")
            (node.root / "proc/self/limits").unlink()
            self.expect(node, 4, "(cached, ")

    def test_huge_pages_come_and_go_with_jobs(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            self.expect(node, 1, "(tested, ")
            free = node.root / "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
            free.write_text("0\n")
            self.expect(node, 1, "(cached, ")
            self.assertEqual(codes(node.tool("check", "--json")), ["I301"])

    def test_a_site_that_drains_for_warnings(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--closed-all") as node:
            node.policy(action={"degraded": "drain"})
            run = node.gate()
            self.assertEqual(run.rc, 1, run)
            (call,) = node.controller_calls()
            self.assertIn("efa-layout: W302 4 of 4 rails", call[-1])

    def test_by_slurmd_or_by_hand(self) -> None:
        """slurmd's children have its limits; whoever tries it by hand has those of a login."""
        with Node("p4d.24xlarge", "efa-only") as node:
            limit(node, "self", "65536")
            self.assertIn("W301", node.gate("--dry-run").err)
            by_hand = {"SLURMD_NODENAME": None, "SLURM_JOB_ID": None, "SLURM_SCRIPT_CONTEXT": None}
            self.assertNotIn("W301", node.gate("--dry-run", env=by_hand).err)
            limit(node, slurmd(node), "65536")
            limit(node, "self", "unlimited")
            self.assertIn("W301", node.gate("--dry-run", env=by_hand).err)

    def test_health(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--low-memlock", "--closed", "2") as node:
            node.policy(health={"interval_s": 60})
            run = node.health("--wait")
            self.assertEqual((run.rc, node.controller_calls()), (0, []), run)
            self.assertIn("degraded: W301 slurmd", run.err)
            self.assertIn("and 1 more", run.err)
            # which is the result that the next prolog wants, and no reason to test again
            self.expect(node, 1, "(cached, ", "degraded")
            node.health("--wait")
            self.assertEqual(len(node.probe_calls()), 1)


class Check(unittest.TestCase):
    def expect(self, node: Node, status: int, *expected: str) -> None:
        run = node.tool("check", "--json")
        self.assertEqual((run.rc, run.err), (status, ""), run)
        self.assertEqual(codes(run), list(expected))

    def test_limit_is_slurmd_s(self) -> None:
        with Node("p4d.24xlarge", "efa-only") as node:
            limit(node, "self", "65536")
            self.expect(node, 0)
            limit(node, slurmd(node), "65536")
            self.expect(node, 1, "W301")
            for text in ("unlimited", "x", ""):
                limit(node, slurmd(node), text)
                self.expect(node, 0)
            limit(node, slurmd(node), "65536")
            (node.root / "proc" / slurmd(node) / "comm").write_text("bash\n")
            self.expect(node, 0)

    def test_show_prints_its_own(self) -> None:
        with Node("p4d.24xlarge", "efa-only", "--low-memlock") as node:
            limit(node, "self", "8388608")
            shown = node.tool("show", "--table").out
            self.assertIn("locked memory 8192 KiB", shown)
            self.assertIn("64 KiB, for slurmd", shown)
            self.assertIn("[W301]", shown)

    def test_all_at_once(self) -> None:
        with Node("p5.48xlarge", "efa-only", "--closed-all", "--low-memlock", "--no-huge-pages") as node:
            self.expect(node, 1, "W301", "W302", "I301")
            text = node.tool("check").out
            for words in ("LimitMEMLOCK=infinity", "chmod 0666", "vm.nr_hugepages", "32 of 32 rails pass"):
                self.assertIn(words, text)


if __name__ == "__main__":
    main()
