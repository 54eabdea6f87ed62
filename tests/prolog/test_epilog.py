#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Behind a job: what it moved is noted, it is forgotten, and nothing of that ever fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit import Node, Run, main

NOBODY = 65534
UNREACHABLE = "fail transfer 113 4103 unreachable remote"
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
GB = 10**9


class EpilogCase(unittest.TestCase):
    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only")
        self.addCleanup(self.node.__exit__, None, None, None)
        self.names = self.node.rails()

    def start(self, job: int = 4711, request: str | None = None) -> Run:
        run = self.node.gate(job=job, request=request)
        self.assertEqual(run.rc, 0, run)
        return run

    def end(self, *words: str, job: int = 4711, receipt: bool = True) -> Run:
        """The epilog ends with 0, leaves no trace of the job in the run directory, and says these words."""
        run = self.node.epilog(job=job)
        self.assertEqual(run.rc, 0, run)
        for word in words:
            self.assertIn(word, run.err)
        left = [name for name in self.node.job_files() if name.split(".")[0] == str(job)]
        self.assertEqual(left, [])
        self.assertEqual(self.node.receipt(job) is not None, receipt, run)
        self.assertEqual(self.node.controller_calls(), [])
        return run

    def receipt(self, job: int = 4711) -> dict:
        found = self.node.receipt(job)
        assert found is not None
        return found

    def rail(self, name: str, job: int = 4711) -> dict:
        (found,) = [rail for rail in self.receipt(job)["rails"] if rail["name"] == name]
        return found


class NoReceipt(EpilogCase):
    def test_a_job_that_did_not_start_here(self) -> None:
        self.end(receipt=False)
        self.assertEqual(self.node.probe_calls(), [], "nothing to read for")
        self.assertFalse(self.node.state_dir.exists())

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
        saved = json.loads(record.read_text())
        record.write_text(json.dumps({**saved, "boot_id": OTHER_BOOT}))
        self.end(receipt=False)

    def test_settings_that_cannot_be_used(self) -> None:
        self.start()
        (self.node.site / "policy.json").write_text("{")
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


class Unread(EpilogCase):
    """Counters that cannot be read: said so, and in time."""

    def assert_nothing_known(self, word: str) -> None:
        found = self.receipt()
        self.assertEqual(found["efa"], "unknown")
        self.assertIn("4 rails are not counted", found["sentence"])
        for rail in found["rails"]:
            self.assertEqual(rail["state"], "unread")
            self.assertIn(word, rail["text"])
            self.assertEqual(rail["counts"], {})

    def test_reader_that_hangs_costs_its_deadline(self) -> None:
        for budget_ms, least, most in ((10000, 3.0, 4.0), (1000, 0.9, 2.0)):
            with self.subTest(budget_ms=budget_ms):
                self.node.policy(check={"budget_ms": budget_ms, "open_ms": 500, "rail_ms": 500})
                self.start()
                self.node.probe(counters_mode="hang")
                run = self.end()
                self.assertGreater(run.seconds, least)
                self.assertLess(run.seconds, most + 0.5)
                self.assert_nothing_known("did not end in its time")
                self.node.probe()

    def test_reader_that_breaks(self) -> None:
        self.node.policy(check={"cache_ttl_s": 0})
        for mode, word in (("crash", "signal 11"), ("loader", "cannot be loaded"), ("garbage", "one release")):
            with self.subTest(mode):
                self.start()
                self.node.probe(counters_mode=mode)
                self.end()
                self.assert_nothing_known(word)
                self.node.probe()

    def test_reader_that_others_may_write(self) -> None:
        self.start()
        program = self.node.path / "probe" / "probe"
        program.chmod(0o777)
        calls = len(self.node.probe_calls())
        self.end()
        self.assert_nothing_known("no write permission")
        self.assertEqual(len(self.node.probe_calls()), calls)

    def test_one_rail_that_does_not_answer(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=2 * GB)
        counters = self.node.counters()
        counters[self.names[2]] = "silent no answer within 1900 ms"
        self.node.set_counters(counters)
        self.end("sent 1.0 GB and received 2.0 GB over 1 of 4 rails; 1 rail is not counted")
        self.assertEqual(self.receipt()["efa"], "used")
        self.assertEqual(self.rail(self.names[2])["state"], "unread")
        self.assertEqual(self.rail(self.names[2])["text"], "no answer within 1900 ms")
        # The next job begins without a reading of it, too.
        self.start(4712)
        self.node.set_counters({**counters, self.names[2]: {"tx_bytes": 9 * GB, "rx_bytes": 9 * GB}})
        self.end("whether it used EFA is not known; 1 rail is not counted", job=4712)
        self.assertEqual(self.rail(self.names[2], 4712)["state"], "no-base")

    def test_readings_that_make_no_sense(self) -> None:
        self.start()
        (self.node.run_dir / "jobs" / "4711.counters").unlink()
        (self.node.run_dir / "jobs" / "4711.counters").write_text("{")
        (self.node.run_dir / "counters.json").write_text("[]")
        self.end("warning: counters: ")
        self.assertEqual(self.receipt()["efa"], "unknown")
        self.assertEqual({rail["state"] for rail in self.receipt()["rails"]}, {"no-base"})
        # The broken one was replaced: the next job is counted.
        self.start(4712)
        self.node.count(self.names[0], tx_bytes=5, rx_bytes=0)
        self.end("sent 5 B", job=4712)

    def test_rail_that_hung_in_the_test(self) -> None:
        self.node.policy(action={"faulty": "warn"})
        self.node.probe(rails={self.names[1]: "hung transfer 110 0 no answer"})
        counters = {self.names[1]: "not-read it hung or crashed in the test"}
        self.node.set_counters(counters)
        self.start()
        self.end("1 rail is not counted")
        self.assertIn("hung", self.rail(self.names[1])["text"])


class OneJob(EpilogCase):
    def test_what_it_moved_and_nothing_else(self) -> None:
        # Long before: what devices have counted since their driver was loaded is not the job's.
        for name in self.names:
            self.node.count(name, tx_bytes=77 * GB, rx_bytes=88 * GB, rx_drops=99, retrans_pkts=99)
        self.start()
        self.assertEqual(self.node.job_files(), ["4711", "4711.counters"])
        # A counter that was not there before the job says nothing about it.
        self.node.count(self.names[0], tx_bytes=1_500_000_000, rx_bytes=10, send_wrs=7)
        self.node.count(self.names[3], tx_bytes=20, rx_bytes=500_000_000, rx_drops=3, retrans_pkts=2)
        self.end("job 4711 of uid 1000 on node node-1: sent 1.5 GB and received 500.0 MB over 2 of 4 rails; "
                 "3 packets dropped; 2 packets sent again (")  # fmt: skip
        found = self.receipt()
        self.assertEqual((found["job"], found["uid"], found["node"]), (4711, 1000, "node-1"))
        self.assertEqual((found["efa"], found["other_jobs"], found["tests"]), ("used", 0, 0))
        self.assertLessEqual(found["started_at"], found["ended_at"])
        self.assertEqual(found["totals"], {"tx_bytes": 1_500_000_020, "rx_bytes": 500_000_010, "work_requests": 0,
                                           "drops": 3, "retransmits": 2, "errors": 0})  # fmt: skip
        self.assertEqual(self.rail(self.names[0])["counts"], {"tx_bytes": 1_500_000_000, "rx_bytes": 10})
        self.assertEqual(self.rail(self.names[1])["counts"], {"tx_bytes": 0, "rx_bytes": 0})

    def test_work_requests_that_the_driver_has_all_along(self) -> None:
        for name in self.names:
            self.node.count(name, send_wrs=5, rdma_write_wrs=5, rdma_write_bytes=5, no_completion_cmds=1)
        self.start()
        self.node.count(self.names[0], send_wrs=7, rdma_write_wrs=1, rdma_write_bytes=GB, no_completion_cmds=1)
        self.end("over 1 of 4 rails; 1 error")
        self.assertEqual(self.receipt()["totals"]["work_requests"], 8)
        self.assertEqual(self.rail(self.names[0])["counts"],
                         {"tx_bytes": 0, "rx_bytes": 0, "send_wrs": 7, "rdma_write_wrs": 1, "rdma_write_bytes": GB,
                          "no_completion_cmds": 1})  # fmt: skip

    def test_without_traffic(self) -> None:
        self.start()
        self.end("did not use EFA (")
        found = self.receipt()
        self.assertEqual((found["efa"], found["sentence"]), ("unused", "did not use EFA"))
        self.assertEqual({rail["state"] for rail in found["rails"]}, {"counted"})

    def test_files_are_root_s_and_readable(self) -> None:
        old = os.umask(0)
        try:
            self.start()
            record = (self.node.run_dir / "jobs" / "4711").stat()
            self.end()
        finally:
            os.umask(old)
        self.assertEqual((record.st_mode & 0o777, record.st_uid), (0o644, 0))
        for path, mode in ((self.node.state_dir, 0o755), (self.node.state_dir / "jobs", 0o755),
                           (self.node.state_dir / "jobs" / "4711.receipt.json", 0o644),
                           (self.node.run_dir / "jobs", 0o755), (self.node.run_dir / "counters.json", 0o644),
                           (self.node.run_dir / "counters.lock", 0o600)):  # fmt: skip
            self.assertEqual(path.stat().st_mode & 0o777, mode, path)

    def test_a_cached_start_reads_nothing(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.end()
        calls = len(self.node.probe_calls())
        run = self.start(4712)
        self.assertIn("(cached, ", run.err)
        self.assertEqual(len(self.node.probe_calls()), calls)
        self.node.count(self.names[0], tx_bytes=5000, rx_bytes=0)
        self.end("sent 5.0 kB and received 0 B over 1 of 4 rails", job=4712)

    def test_a_cached_start_makes_no_process(self) -> None:
        strace = shutil.which("strace")
        if strace is None:
            self.skipTest("needs strace")
        self.start()
        self.end()
        calls = self.node.path / "strace"
        argv = [strace, "-f", "-o", str(calls), "-e", "trace=fork,vfork,clone,clone3,execve",
                *(str(word) for word in self.node.gate_argv())]  # fmt: skip
        # A sanitizer cannot look for leaks in a traced process.
        env = self.node.environment(None, {"ASAN_OPTIONS": "detect_leaks=0"}, 4712)
        done = subprocess.run(argv, env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("(cached, ", done.stderr)
        lines = [line for line in calls.read_text().splitlines() if "exited with" not in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("execve(", lines[0])
        self.assertEqual(self.node.job_files(), ["4712", "4712.counters"])

    def test_records_do_not_pile_up_where_there_is_no_epilog(self) -> None:
        self.node.policy(check={"cache_ttl_s": 0})
        for job in (1, 2, 3):
            self.start(job)
            record = self.node.run_dir / "jobs" / str(job)
            # Long ago, or of a clock to come on a machine that has just been started.
            saved = json.loads(record.read_text())
            record.write_text(json.dumps({**saved, "started_ms": 2**62}))
        self.start(4)
        self.assertEqual(self.node.job_files(), ["4", "4.counters"])

    def test_a_reading_that_cannot_be_kept(self) -> None:
        """The job is noted all the same: nobody tests under it."""
        self.start()
        jobs = self.node.run_dir / "jobs"
        (jobs / "4712.counters").mkdir()
        run = self.node.gate(job=4712)
        self.assertEqual(run.rc, 0)
        self.assertIn("warning: job 4712: its record: ", run.err)
        self.assertTrue((jobs / "4712").is_file())

    def test_a_rail_that_goes_meanwhile(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.remake("--missing", "3")
        gone = sorted(set(self.names) - set(self.node.rails()))
        self.assertEqual(len(gone), 1)
        self.node.set_counters({**self.node.counters(), gone[0]: "gone no RDMA device of this name"})
        self.end("1 rail is not counted")
        self.assertEqual(self.rail(gone[0])["state"], "gone")

    def remake(self, *damage: str) -> None:
        """Damage the node under the job's feet; the run directory stays."""
        kept = self.node.path / "kept"
        shutil.copytree(self.node.run_dir, kept)
        self.node.make("p4d.24xlarge", "efa-only", *damage)
        shutil.copytree(kept, self.node.run_dir, dirs_exist_ok=True)

    def test_devices_that_cannot_be_listed(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        (self.node.root / "sys/class/infiniband" / self.names[1] / "ports/1/gids/0").write_text("x" * 5000)
        self.end("continuing with the devices from before the job", "over 1 of 4 rails")

    def test_counters_that_begin_anew(self) -> None:
        self.node.count(self.names[0], tx_bytes=50 * GB, rx_bytes=50 * GB)
        self.start()
        self.node.set_counters({**self.node.counters(), self.names[0]: {"tx_bytes": 7000, "rx_bytes": 8000}})
        self.end("1 rail's counters began anew, so it is more")
        self.assertTrue(self.rail(self.names[0])["began_anew"])
        self.assertEqual(self.rail(self.names[0])["counts"], {"tx_bytes": 7000, "rx_bytes": 8000})

    def test_given_back_to_the_queue_and_started_again(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.end()
        self.start()
        self.end("did not use EFA (")
        self.assertEqual(self.node.receipts(), [4711])

    def test_a_job_without_layout_is_counted_too(self) -> None:
        self.start(1)
        self.end(job=1)
        self.start(2, request="v1;layout=none")
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.end("sent 1.0 GB", job=2)

    def test_the_first_job_of_a_boot_without_a_test(self) -> None:
        self.start(1, request="v1;layout=none")
        self.assertEqual(self.node.job_files(), ["1"])
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.end("whether it used EFA is not known; 4 rails are not counted", job=1)
        # Its epilog made the first reading.
        self.start(2, request="v1;layout=none")
        self.end("did not use EFA (", job=2)

    def test_a_dry_run_writes_nothing(self) -> None:
        self.start()
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        before = self.node.reading()
        run = self.node.epilog("--dry-run")
        self.assertEqual(run.rc, 0, run)
        self.assertIn("would note that job 4711 sent 1.0 GB", run.out)
        self.assertNotIn("other job", run.out)
        self.assertEqual(self.node.reading(), before)
        self.assertEqual(self.node.job_files(), ["4711", "4711.counters"])
        self.assertEqual(self.node.receipts(), [])


class Overlapping(EpilogCase):
    def test_each_says_how_many_others_there_were(self) -> None:
        self.start(1)
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.start(2)
        self.start(3)
        self.node.count(self.names[1], tx_bytes=GB, rx_bytes=GB)
        self.end("2 other jobs ran here meanwhile and are in it", job=2)
        self.start(4)
        self.end("over 2 of 4 rails; 3 other jobs", job=1)
        # 4 began when 2 had ended: of the three it met 1 and 3.
        self.end("did not use EFA; 2 other jobs", job=4)
        self.end("over 2 of 4 rails; 3 other jobs", job=3)
        self.start(5)
        self.end("did not use EFA (", job=5)
        self.assertEqual({job: self.receipt(job)["other_jobs"] for job in range(1, 6)},
                         {1: 3, 2: 2, 3: 3, 4: 2, 5: 0})  # fmt: skip

    def test_a_test_meanwhile_is_not_the_job_s_traffic(self) -> None:
        self.node.policy(check={"cache_ttl_s": 0})
        self.start(1)
        for job in (2, 3):
            self.assertIn("(tested, ", self.start(job).err)
        self.end("did not use EFA; 2 other jobs", job=1)
        found = self.receipt(1)
        self.assertEqual((found["efa"], found["tests"]), ("unused", 2))
        self.assertEqual(self.rail(self.names[0], 1)["counts"], {"tx_bytes": 0, "rx_bytes": 0})
        self.node.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.end("sent 1.0 GB and received 1.0 GB over 1 of 4 rails; 2 other jobs", job=2)
        self.assertEqual(self.receipt(2)["totals"]["tx_bytes"], GB)

    def test_a_check_by_hand_is_not_the_job_s_traffic(self) -> None:
        self.start(1)
        self.assertEqual(self.node.tool("check").rc, 0)
        self.end("did not use EFA (", job=1)
        self.assertEqual(self.receipt(1)["tests"], 1)
        self.assertEqual(self.node.tool("check").rc, 0)
        self.assertEqual(self.node.gate("--dry-run").rc, 0)
        self.start(2)
        self.end("did not use EFA (", job=2)
        self.assertEqual(self.receipt(2)["tests"], 0)

    def test_many_at_once(self) -> None:
        for job, run in enumerate(self.node.gates(6)):
            self.assertEqual(run.rc, 0, (job, run))
        self.assertEqual(len([n for n in self.node.job_files() if "." not in n]), 6)
        from kit import runner

        variables = {"SLURM_SCRIPT_CONTEXT": "epilog_slurmd"}
        begun = [runner.start(self.node.gate_argv(program=runner.EPILOG), self.node.environment(None, variables, job + 1))
                 for job in range(6)]  # fmt: skip
        for process in begun:
            self.assertEqual(runner.finish(process, 0, 60).rc, 0)
        self.assertEqual(self.node.job_files(), [])
        self.assertEqual([self.receipt(job + 1)["other_jobs"] for job in range(6)], [5] * 6)


class Retention(EpilogCase):
    def test_oldest_go_first_and_nothing_else(self) -> None:
        self.node.policy(receipt={"keep": 3})
        jobs = self.node.state_dir / "jobs"
        # Ids say nothing about age: a cluster's may begin again.
        for job in (900, 5, 77, 6):
            self.start(job)
            self.end(job=job)
        self.assertEqual(self.node.receipts(), [5, 6, 77])
        others = ["1.verdict.jso", "x.receipt.json", "7.receipt.json.tmp", ".receipt.json", "7receipt.json",
                  "99999999999.receipt.json"]  # fmt: skip
        for name in others:
            (jobs / name).write_text("{}")
            os.utime(jobs / name, (1, 1))
        self.start(8)
        self.end(job=8)
        self.assertEqual({name for name in os.listdir(jobs)},
                         {*others, *(f"{job}.{kind}.json" for job in (6, 77, 8) for kind in ("receipt", "verdict"))})  # fmt: skip

    def test_a_smaller_number_than_before(self) -> None:
        for job in range(1, 8):
            self.start(job)
            self.end(job=job)
        self.assertEqual(self.node.receipts(), [1, 2, 3, 4, 5, 6, 7])
        self.node.policy(receipt={"keep": 1})
        self.start(8)
        self.end(job=8)
        self.assertEqual(self.node.receipts(), [8])


if __name__ == "__main__":
    main()
