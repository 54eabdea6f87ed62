#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Epilog and HealthCheckProgram under a real Slurm: receipts, nodes that leave and come back, nobody else's drain touched."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from between_lab import BetweenLab
from gate_lab import GateCase, check_built
from kit import runner
from lab import main

GB = 10**9
# Runs until the file is there.
WAITING = "#!/bin/sh\necho ran\nwhile [ ! -e {} ]; do sleep 0.1; done\n"


class BetweenCase(GateCase):
    lab: BetweenLab

    @classmethod
    def make(cls) -> BetweenLab:
        return BetweenLab()

    def setUp(self) -> None:
        super().setUp()
        self.lab.policy()
        self.names = self.lab.replay.rails()
        self._files = 0
        # What an earlier case left is over when there is a new reading of all rails.
        self.until(self.is_read, 60)

    def is_read(self) -> bool:
        reading = self.lab.replay.reading() or {"rails": []}
        return len(reading["rails"]) == 4 and all(rail["state"] == "read" for rail in reading["rails"])

    def begin(self, *options: str) -> tuple[int, Path]:
        """A batch job that runs until the file that is returned is there."""
        self._files += 1
        end = self.lab.work / f"end-{self.id()}-{self._files}"
        job = self.lab.sbatch(*options, script=WAITING.format(end))
        self.until(lambda: "ran" in self.lab.output(job))
        return job, end

    def finish(self, job: int, end: Path) -> dict:
        """Let it end; returns its receipt."""
        end.touch()
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.until(lambda: self.lab.replay.receipt(job) is not None)
        found = self.lab.replay.receipt(job)
        assert found is not None
        return found

    def until_tested(self, count: int) -> None:
        before = self.lab.n_tests()
        self.until(lambda: self.lab.n_tests() >= before + count, 60)


class Receipts(BetweenCase):
    def test_of_one_job(self) -> None:
        job, end = self.begin()
        self.assertEqual(self.lab.environment_of("efa-layout-health"), {"SLURMD_NODENAME": "n1"})
        self.assertIn(str(job), self.lab.replay.job_files())
        self.lab.replay.count(self.names[0], tx_bytes=GB, rx_bytes=2 * GB)
        receipt = self.finish(job, end)
        self.assertEqual(receipt["sentence"], "sent 1.0 GB and received 2.0 GB over 1 of 4 rails")
        self.assertEqual((receipt["node"], receipt["other_jobs"], receipt["tests"]), ("n1", 0, 0))
        self.assertEqual(self.lab.environment_of("efa-layout-epilog")["SLURM_SCRIPT_CONTEXT"], "epilog_slurmd")
        self.until(lambda: str(job) not in self.lab.replay.job_files())
        self.assertEqual(self.lab.wait_node("n1", {"IDLE"})["State"], "IDLE")

    def test_of_srun_and_its_steps(self) -> None:
        self.assertEqual(self.lab.srun("echo", "ran").out, "ran\n")
        job = int(self.lab.last_job()["JobId"])
        self.until(lambda: self.lab.replay.receipt(job) is not None)
        receipt = self.lab.replay.receipt(job)
        assert receipt is not None
        self.assertEqual(receipt["efa"], "unused")

    def test_of_two_that_share_the_node(self) -> None:
        first, first_end = self.begin("-n1")
        second, second_end = self.begin("-n1")
        self.lab.replay.count(self.names[0], tx_bytes=GB, rx_bytes=GB)
        self.assertIn("1 other job ran here meanwhile", self.finish(first, first_end)["sentence"])
        self.assertEqual(self.finish(second, second_end)["other_jobs"], 1)

    def test_an_epilog_that_can_do_nothing_does_not_drain(self) -> None:
        state = self.lab.replay.state_dir
        state.mkdir(exist_ok=True)
        os.chown(state, 65534, 65534)
        try:
            job, end = self.begin()
            self.lab.replay.probe(counters_mode="crash")
            end.touch()
            self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
            self.until(lambda: str(job) not in self.lab.replay.job_files())
            self.assertEqual(self.lab.wait_node("n1", {"IDLE"})["State"], "IDLE")
            self.assertIsNone(self.lab.replay.receipt(job))
        finally:
            os.chown(state, 0, 0)


class Between(BetweenCase):
    def test_the_node_is_tested_without_any_job(self) -> None:
        self.until_tested(2)
        saved = self.lab.replay.map()
        assert saved is not None
        self.assertEqual(saved["outcome"], "healthy")
        # And a job that comes then waits for no test.
        before = self.lab.n_tests()
        self.assertEqual(self.lab.srun("true").rc, 0)
        self.assertLessEqual(self.lab.n_tests(), before + 1)

    def test_not_while_a_job_runs(self) -> None:
        job, end = self.begin()
        time.sleep(0.5)  # one that had begun
        before = self.lab.n_tests()
        time.sleep(4)
        self.assertEqual(self.lab.n_tests(), before)
        # However long it has been there: its slurmstepd is.
        self.assertTrue(self.lab.show_steps())
        record = self.lab.replay.run_dir / "jobs" / str(job)
        saved = json.loads(record.read_text())
        fresh = record.with_name("fresh")
        fresh.write_text(json.dumps({**saved, "started_ms": 2**62}))
        fresh.rename(record)
        time.sleep(4)
        self.assertEqual(self.lab.n_tests(), before)
        self.finish(job, end)
        self.until_tested(1)

    def test_nothing_is_left_to_slurmd(self) -> None:
        """A test in the background is in no session and no group of slurmd's, and no child of its."""
        self.lab.replay.probe(delay_s=2.0)
        found: dict[int, tuple[int, int, int]] = {}
        self.until(lambda: bool(found.update(self.backgrounds()) or found), 30)
        for pid, (parent, group, session) in found.items():
            self.assertEqual(group, session, f"process {pid}")
            for other in (self.slurmd(), parent):
                self.assertNotIn(other, (group, session), f"process {pid}")
            self.assertNotEqual(parent, self.slurmd())
        # slurmd does not wait for it, and the node answers.
        self.assertEqual(self.lab.srun("echo", "ran").out, "ran\n")

    def slurmd(self) -> int:
        (pid,) = [daemon.pid for daemon in self.lab._daemons if daemon.name == "slurmd.n1"]
        return pid

    def backgrounds(self) -> dict[int, tuple[int, int, int]]:
        """Health checks that test: those without slurmd as a parent. Parent, group and session."""
        found = {}
        mark = str(self.lab.path / "efa-layout-health").encode()
        for entry in os.listdir("/proc"):
            try:
                if not entry.isdigit() or not Path("/proc", entry, "cmdline").read_bytes().startswith(mark):
                    continue
                fields = Path("/proc", entry, "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            parent, group, session = (int(field) for field in fields[1:4])
            if parent != self.slurmd() and group != int(entry):
                found[int(entry)] = (parent, group, session)
        return found


class Leaving(BetweenCase):
    def tearDown(self) -> None:
        self.lab.heal()
        (self.lab.replay.state_dir / "drain.json").unlink(missing_ok=True)
        super().tearDown()

    def until_record(self, is_there: bool) -> None:
        self.until(lambda: (self.lab.replay.drain_record() is not None) == is_there, 60)

    def test_a_node_at_fault_leaves_by_itself_and_comes_back_when_it_is_sound(self) -> None:
        rail = self.lab.break_rail()
        reason = self.until_drained()
        self.assertTrue(reason.startswith(f"efa-layout: E208 rail {rail}: "), reason)
        job = self.lab.sbatch(script="#!/bin/sh\necho ran\n")
        self.until_tested(2)
        self.assertEqual(self.lab.reason(), reason)
        self.assertEqual(self.lab.output(job), "", "it never ran there")
        self.lab.heal()
        self.lab.wait_node("n1", {"IDLE", "ALLOCATED", "MIXED"}, 60)
        self.until_record(False)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertEqual(self.lab.output(job), "ran\n")

    def test_one_that_the_prolog_drained_comes_back(self) -> None:
        self.lab.policy(check={"cache_ttl_s": 0}, health={"interval_s": 0})
        rail = self.lab.break_rail()
        self.assertNotEqual(self.lab.srun("true").rc, 0)
        self.assertIn(f"E208 rail {rail}", self.until_drained())
        self.until_record(True)
        self.lab.heal()
        self.lab.policy(recover={"strikes": 3})
        before = self.lab.n_tests()
        self.lab.wait_node("n1", {"IDLE"}, 60)
        self.assertGreaterEqual(self.lab.n_tests() - before, 3)
        self.until_record(False)
        self.assertEqual(self.lab.srun("echo", "ran").out, "ran\n")

    def test_another_s_drain_is_never_lifted(self) -> None:
        self.lab.run("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=bad fan")
        self.until_tested(5)
        self.assertEqual(self.until_drained(), "bad fan")
        self.assertIsNone(self.lab.replay.drain_record())

    def test_ours_that_became_another_s_is_never_lifted(self) -> None:
        self.lab.break_rail()
        self.until_drained()
        self.until_record(True)
        self.lab.run("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=bad fan, too")
        self.lab.heal()
        self.until_record(False)
        self.until_tested(3)
        self.assertEqual(self.until_drained(), "bad fan, too")

    def test_another_s_reason_is_not_replaced_by_ours(self) -> None:
        self.lab.run("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=bad fan")
        self.lab.break_rail()
        self.until_tested(3)
        self.assertEqual(self.until_drained(), "bad fan")
        self.assertIsNone(self.lab.replay.drain_record())

    def test_a_node_at_fault_again_begins_again(self) -> None:
        self.lab.policy(recover={"strikes": 1000})
        self.lab.break_rail()
        self.until_drained()
        self.lab.heal()
        self.until(lambda: (self.lab.replay.drain_record() or {}).get("healthy", 0) >= 2)
        self.lab.break_rail()
        self.until(lambda: (self.lab.replay.drain_record() or {}).get("healthy") == 0)
        self.lab.heal()
        self.lab.policy()
        self.lab.wait_node("n1", {"IDLE"}, 60)

    def test_not_drained_under_a_job(self) -> None:
        job, end = self.begin()
        self.lab.break_rail()
        time.sleep(3)
        self.assertNotIn("DRAIN", self.lab.node()["State"])
        self.finish(job, end)
        self.assertIn("E208", self.until_drained())


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
