#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports that cannot be written: a warning, and nothing else changes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit import NOBODY, Node, Run, main
from report_lab import ReportCase


class NotWritten(ReportCase):
    """A report that cannot be written is a warning, and changes nothing of what is done."""

    @contextmanager
    def mounted(self, at: Path, *options: str) -> Iterator[None]:
        at.mkdir(exist_ok=True)
        argv = ["mount", "-t", "tmpfs", "-o", ",".join(["mode=0755", *options]), "none", str(at)]
        if subprocess.run(argv, capture_output=True).returncode:
            self.skipTest("needs a mount")
        try:
            yield
        finally:
            subprocess.run(["umount", at], check=True)

    def fill(self, directory: Path) -> None:
        with open(directory / "filler", "wb") as filler:
            try:
                filler.write(b"x" * 65536)
                filler.flush()
            except OSError:
                pass

    def assert_same(self, node: Node, run: Run, rc: int, *warnings: str) -> None:
        """What is done is what would be done with a disk."""
        self.assertEqual(run.rc, rc, run)
        calls = [call[1] for call in node.controller_calls()]
        self.assertEqual(calls, ["drain"] if rc else [], run)
        for warning in warnings:
            self.assertIn(f"warning: {warning}", run.err)

    def test_a_dry_run(self) -> None:
        for damage in ((), ("--unbound", "1")):
            node = self.make(*damage)
            node.gate("--dry-run")
            node.gate("--dry-run", request="v1;layout=all-efa")
            node.health("--dry-run", "--wait")
            node.epilog("--dry-run")
            self.assertEqual((node.report(), node.verdicts(), node.prometheus()), (None, [], {}))
            self.assertFalse((node.run_dir / "efa_layout.prom").exists())

    def test_state_directory_full(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.state_dir, "size=16k"):
                self.fill(node.state_dir)
                self.assert_same(node, node.gate(), rc, "job 4711: its verdict: ")
                self.assertEqual(node.verdicts(), [])
            self.assertIsNotNone(node.report())

    def test_state_directory_read_only(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.state_dir, "ro"):
                self.assert_same(node, node.gate(), rc, "job 4711: its verdict: ")

    def test_state_directory_of_somebody_else(self) -> None:
        node = self.make("--unbound", "1")
        node.state_dir.mkdir()
        os.chown(node.state_dir, NOBODY, NOBODY)
        self.assert_same(node, node.gate(), 1, "job 4711: its verdict: ")
        self.assertEqual(node.verdicts(), [])

    def test_directory_of_jobs_of_somebody_else(self) -> None:
        node = self.make()
        (node.state_dir / "jobs").mkdir(parents=True)
        (node.state_dir / "jobs").chmod(0o777)
        self.assert_same(node, node.gate(), 0, "job 4711: its verdict: ")

    def test_no_directory(self) -> None:
        node = self.make()
        node.state_dir.write_text("a file")
        self.assert_same(node, node.gate(), 0, "job 4711: its verdict: ")

    def test_run_directory_full(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.run_dir, "size=16k"):
                self.fill(node.run_dir)
                self.assert_same(node, node.gate(), rc, "report: ")
            self.assertEqual(self.verdict(node)["outcome"], "faulty" if rc else "healthy")

    def test_run_directory_read_only(self) -> None:
        for damage, rc in (((), 0), (("--unbound", "1"), 1)):
            node = self.make(*damage)
            with self.mounted(node.run_dir, "ro"):
                self.assert_same(node, node.gate(), rc, "report: ")
                self.assertIn("text for Prometheus: ", node.health().err)
            self.assertEqual(self.verdict(node)["outcome"], "faulty" if rc else "healthy")

    def test_run_directory_of_somebody_else(self) -> None:
        node = self.make()
        os.chown(node.run_dir, NOBODY, NOBODY)
        self.assert_same(node, node.gate(), 0, "report: ")
        self.assertIsNone(node.report())

    def test_nothing_follows_links(self) -> None:
        """Names that somebody has put there before are replaced, not written into."""
        node = self.make()
        (node.state_dir / "jobs").mkdir(parents=True)
        victim = node.path / "victim"
        victim.write_text("whole")
        for link in (node.run_dir / "report.json", node.run_dir / "efa_layout.prom",
                     node.state_dir / "jobs" / "4711.verdict.json"):  # fmt: skip
            link.symlink_to(victim)
        self.assertEqual(node.gate().rc, 0)
        self.assertEqual(victim.read_text(), "whole")
        self.assertEqual((self.report(node)["outcome"], self.verdict(node)["outcome"]), ("healthy", "healthy"))


if __name__ == "__main__":
    main()
