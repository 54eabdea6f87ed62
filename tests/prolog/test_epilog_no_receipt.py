#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jobs whose traffic is not noted: by settings, by what is known of them, or for want of a place to write. The epilog never fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from epilog_lab import EpilogCase
from kit import NOBODY, OTHER_BOOT, UNREACHABLE, edit_json, main


class NoReceipt(EpilogCase):
    def test_a_job_that_did_not_start_here(self) -> None:
        self.end(receipt=False)
        self.assertEqual(self.node.probe_calls(), [], "nothing to read for")
        self.assertEqual(self.node.receipts(), [])

    def test_a_job_that_was_not_let_in(self) -> None:
        self.node.probe(rails={self.names[0]: UNREACHABLE})
        self.assertEqual(self.node.gate().rc, 1)
        self.assertEqual(self.node.job_files(), [])
        self.node.probe()
        self.assertEqual(self.node.gate(job=4712, request="v1;layout=all-efa").rc, 0)
        self.assertEqual(self.node.job_files(), [])

    def test_a_dry_run_starts_no_job(self) -> None:
        self.assertEqual(self.node.gate("--dry-run").rc, 0)
        self.assertEqual(self.node.job_files(), [])

    def test_records_that_make_no_sense(self) -> None:
        def cut(path: Path) -> None:
            path.write_text(path.read_text()[:20])

        def other_job(path: Path) -> None:
            path.write_text(path.read_text().replace('"job":4711', '"job":4712'))

        def foreign(path: Path) -> None:
            os.chown(path, NOBODY, NOBODY)

        def writable(path: Path) -> None:
            path.chmod(0o666)

        def fifo(path: Path) -> None:
            path.unlink()
            os.mkfifo(path)

        for spoil in (cut, other_job, foreign, writable, fifo):
            with self.subTest(spoil.__name__):
                self.start()
                spoil(self.node.run_dir / "jobs" / "4711")
                self.end("warning: job record: ", receipt=False)

    def test_record_of_another_boot(self) -> None:
        self.start()
        record = self.node.run_dir / "jobs" / "4711"
        edit_json(record, boot_id=OTHER_BOOT)
        self.end(receipt=False)

    def test_settings_that_cannot_be_used(self) -> None:
        self.start()
        (self.node.site / "policy.json").write_text("{")
        (self.node.state_dir / "policy.good").unlink()
        self.end("warning: job 4711: settings: ", receipt=False)

    def test_receipts_are_off(self) -> None:
        self.start()
        self.assertIsNotNone(self.node.reading())
        self.node.policy(receipt={"write": False})
        calls = len(self.node.probe_calls())
        self.end(receipt=False)
        self.assertEqual(len(self.node.probe_calls()), calls, "nothing was read")
        self.assertIsNone(self.node.reading(), "nobody keeps it up to date any longer")
        # Neither does a test read what nobody wants.
        self.start(4712)
        self.assertNotIn("--with-counters", self.node.probe_calls()[-1]["argv"])
        self.assertIsNone(self.node.reading())
        self.assertEqual(self.node.job_files(), ["4712"])


class Unwritable(EpilogCase):
    """A directory that cannot be written costs the receipt, never the node."""

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

    def test_full(self) -> None:
        self.start()
        with self.mounted(self.node.state_dir, "size=16k"):
            with open(self.node.state_dir / "filler", "wb") as filler:
                try:
                    filler.write(b"x" * 65536)
                    filler.flush()
                except OSError:
                    pass
            self.end("warning: receipt: ", "No space left", receipt=False)

    def test_read_only(self) -> None:
        self.start()
        with self.mounted(self.node.state_dir, "ro"):
            self.end("warning: receipt: ", "Read-only", receipt=False)

    def test_of_somebody_else(self) -> None:
        self.start()
        os.chown(self.node.state_dir, NOBODY, NOBODY)
        self.end("warning: receipt: ", "not trusted", receipt=False)

    def test_no_directory(self) -> None:
        self.start()
        shutil.rmtree(self.node.state_dir)
        self.node.state_dir.write_text("a file")
        run = self.node.epilog()
        self.assertEqual(run.rc, 0, run)
        self.assertIn("not a directory", run.err)
        self.assertEqual(self.node.job_files(), [])

    def test_directory_of_jobs_of_somebody_else(self) -> None:
        self.start()
        (self.node.state_dir / "jobs").chmod(0o777)
        self.end("warning: receipt: ", "not trusted", receipt=False)

    def test_run_directory_full(self) -> None:
        """The prolog lets the job run, the epilog ends with 0."""
        with self.mounted(self.node.run_dir, "size=16k"):
            with open(self.node.run_dir / "filler", "wb") as filler:
                try:
                    filler.write(b"x" * 65536)
                    filler.flush()
                except OSError:
                    pass
            run = self.node.gate()
            self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
            self.assertIn("job 4711: its record: ", run.err)
            self.assertIn("4 of 4 rails pass", run.err)
            self.assertEqual(self.node.epilog().rc, 0)

    def test_run_directory_read_only(self) -> None:
        self.start()
        with self.mounted(self.node.run_dir, "ro"):
            run = self.node.gate(job=4712)
            self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
            self.assertIn("job 4712: its record: ", run.err)
            self.assertEqual(self.node.epilog(job=4712).rc, 0)

    def test_run_directory_of_somebody_else(self) -> None:
        self.start()
        os.chown(self.node.run_dir, NOBODY, NOBODY)
        run = self.node.gate(job=4712)
        self.assertEqual((run.rc, self.node.controller_calls()), (0, []), run)
        self.assertIn("job 4712: its record: ", run.err)
        run = self.node.epilog()
        self.assertEqual(run.rc, 0, run)

if __name__ == "__main__":
    main()
