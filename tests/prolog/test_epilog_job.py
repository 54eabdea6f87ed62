#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What one job moved is noted behind it, and the job is forgotten."""

from __future__ import annotations

import os
import shutil
import subprocess

from epilog_lab import GB, EpilogCase
from kit import edit_json, main


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
            edit_json(record, started_ms=2**62)
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

if __name__ == "__main__":
    main()
