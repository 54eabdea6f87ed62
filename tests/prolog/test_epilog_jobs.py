#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several jobs: receipts of those that ran at the same time, and how many receipts are kept."""

from __future__ import annotations

import os

from epilog_lab import GB, EpilogCase
from kit import main, runner


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
