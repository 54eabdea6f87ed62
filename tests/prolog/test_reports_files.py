#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whose the files of reports are, how they are replaced, and how many there are."""

from __future__ import annotations

import json
import os
import threading
import time

from kit import main
from report_lab import ReportCase


class Files(ReportCase):
    def test_are_root_s_and_readable(self) -> None:
        node = self.make()
        old = os.umask(0)
        try:
            node.gate()
        finally:
            os.umask(old)
        for path, mode in ((node.run_dir / "report.json", 0o644), (node.run_dir / "efa_layout.prom", 0o644),
                           (node.run_dir / "report.lock", 0o600), (node.state_dir / "jobs", 0o755),
                           (node.state_dir / "jobs" / "4711.verdict.json", 0o644)):  # fmt: skip
            self.assertEqual((path.stat().st_mode & 0o777, path.stat().st_uid), (mode, 0), path)

    def test_are_never_half_written(self) -> None:
        node = self.make(kind="p5.48xlarge")
        node.policy(check={"cache_ttl_s": 0})
        node.gate()
        over, seen = threading.Event(), set()
        failed: list[str] = []

        def read() -> None:
            while not over.is_set():
                try:
                    seen.add(self.report(node)["at_ms"])
                    assert node.prometheus()
                except Exception as why:  # noqa: BLE001
                    failed.append(repr(why))

        reader = threading.Thread(target=read)
        reader.start()
        for job in range(1, 9):
            node.gate(job=job)
        over.set()
        reader.join()
        self.assertEqual(failed, [])
        self.assertGreater(len(seen), 1)

    def test_of_jobs_are_bounded(self) -> None:
        node = self.make()
        node.policy(receipt={"keep": 3})
        for job in range(1, 6):
            self.assertEqual(node.gate(job=job).rc, 0)
            time.sleep(0.02)
        node.epilog(job=5)
        self.assertEqual(node.verdicts(), [3, 4, 5])
        # Where no receipts are wanted, too; and other files stay.
        (node.state_dir / "jobs" / "notes.verdict.json").write_text("mine")
        node.policy(receipt={"keep": 1, "write": False})
        node.epilog(job=4)
        self.assertEqual([path.name for path in (node.state_dir / "jobs").glob("*.verdict.json") if path.name[0].isdigit()],
                         ["5.verdict.json"])  # fmt: skip
        self.assertTrue((node.state_dir / "jobs" / "notes.verdict.json").exists())

    def test_of_jobs_are_bounded_without_an_epilog(self) -> None:
        node = self.make()
        node.policy(receipt={"keep": 2}, check={"cache_ttl_s": 0})
        for job in range(1, 6):
            node.gate(job=job)
            time.sleep(0.02)
        self.assertEqual(node.verdicts(), [4, 5])

    def test_a_job_that_starts_again(self) -> None:
        node = self.make()
        self.break_rail(node)
        node.gate()
        self.assertEqual(self.verdict(node)["outcome"], "faulty")
        node.probe()
        node.gate()
        self.assertEqual(self.verdict(node)["outcome"], "healthy")

    def test_a_report_of_a_later_test_stays(self) -> None:
        """A gate that was slow to act has nothing to say any more."""
        node = self.make()
        node.gate()
        later = json.dumps({**self.report(node), "at_ms": 2**62, "took_ms": 7})
        (node.run_dir / "report.json").write_text(later)
        node.policy(check={"rail_ms": 1999})
        node.gate()
        self.assertEqual(self.report(node)["took_ms"], 7)


if __name__ == "__main__":
    main()
