#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When the health check tests the node: by its settings, by the age of the last result, and by the jobs that run."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path
from typing import Any

from health_lab import HealthCase, now_ms
from kit import NOBODY, OTHER_BOOT, Run, edit_json, main, runner

START_MS = 600000  # how long a job counts without a process of its own


class NoTest(HealthCase):
    """When nothing is tested, and what is said then."""

    def assert_untested(self, *extra: str) -> Run:
        self.age()
        before = self.n_tests()
        run = self.check("--verbose", *extra)
        self.assertEqual(run.rc, 0, run)
        self.assertEqual(self.n_tests(), before, run)
        self.assertEqual(self.node.controller_calls(), [])
        return run

    def test_settings_that_cannot_be_used(self) -> None:
        (self.node.site / "policy.json").write_text("{")
        self.assertIn("warning: health: unknown: E304", self.assert_untested().err)
        self.assertNotIn("health: ", self.node.health().err, "said once")

    def test_devices_that_cannot_be_read(self) -> None:
        self.node.boot("not a boot id")
        self.assertIn("health: unknown: E306", self.assert_untested().err)

    def test_never(self) -> None:
        self.policy(health={"interval_s": 0})
        self.assert_untested()

    def test_a_saved_node_without_a_program(self) -> None:
        argv = [word for word in self.node.gate_argv("--wait", program=runner.HEALTH)]
        at = argv.index("--probe")
        run = runner.run(argv[:at] + argv[at + 2 :], {"SLURMD_NODENAME": "node-1"})
        self.assertEqual((run.rc, self.n_tests()), (0, 0), run)

    def test_while_another_tests(self) -> None:
        with open(os.open(self.node.run_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run = self.assert_untested()
        self.assertIn("another check is testing the node", run.err)
        self.check_old()

    def test_without_a_lock(self) -> None:
        lock = self.node.run_dir / "lock"
        lock.touch()
        lock.chmod(0o644)
        self.assertIn("warning: the node is not tested: ", self.assert_untested().err)

    def test_run_directory_of_somebody_else(self) -> None:
        os.chown(self.node.run_dir, NOBODY, NOBODY)
        self.assertIn("not trusted", self.assert_untested().err)

    def test_a_result_that_is_young_enough(self) -> None:
        self.policy(health={"interval_s": 600})
        self.check_old()
        before = self.n_tests()
        self.assertEqual(self.check().rc, 0)
        self.assertEqual(self.n_tests(), before)

    def test_a_result_becomes_old(self) -> None:
        self.check_old()
        begin = time.monotonic()
        while self.n_tests() == 1 and time.monotonic() < begin + 10:
            self.check()
        self.assertEqual(self.n_tests(), 2)
        self.assertGreater(time.monotonic() - begin, 0.8)

    def test_a_test_of_the_prolog_counts(self) -> None:
        self.policy(health={"interval_s": 600})
        self.assertEqual(self.node.gate().rc, 0)
        self.node.epilog()
        before = self.n_tests()
        self.assertIn("health: healthy: layout efa-only, 4 of 4 rails pass", self.check().err)
        self.assertEqual(self.n_tests(), before)

    def test_one_that_comes_to_no_end_is_not_tried_every_time(self) -> None:
        self.policy(health={"interval_s": 600})
        self.node.probe(mode="crash")
        self.check_old()
        before = self.n_tests()
        for _ in range(3):
            self.check()
        self.assertEqual(self.n_tests(), before)
        self.node.probe()
        self.check_old()

    def test_a_dry_run(self) -> None:
        run = self.check("--dry-run")
        self.assertEqual((run.rc, self.n_tests()), (0, 0), run)
        self.assertIn("would test the node", run.out)
        self.assertFalse((self.node.run_dir / "health.json").exists())


class UnderJobs(HealthCase):
    def start(self, job: int = 17) -> None:
        self.assertEqual(self.node.gate(job=job).rc, 0)

    def edit(self, job: int = 17, **values: Any) -> None:
        edit_json(self.node.run_dir / "jobs" / str(job), **values)

    def make_old(self, job: int = 17) -> None:
        # On a machine that has just been started: of a clock to come, which is no young one either.
        self.edit(job, started_ms=now_ms() - START_MS - 1000 if now_ms() > START_MS + 2000 else now_ms() + 10**9)

    def put_process(self, title: str) -> None:
        path = self.node.root / "proc" / "4242"
        path.mkdir(exist_ok=True)
        (path / "comm").write_text("slurmstepd\n")
        (path / "cmdline").write_bytes(title.encode() + b"\0")

    def assert_tested(self, tested: bool) -> Run:
        self.age()
        before = self.n_tests()
        run = self.check("--verbose")
        self.assertEqual(self.n_tests() - before, int(tested), run)
        return run

    def test_not_while_one_runs(self) -> None:
        self.start()
        self.assertIn("job 17 runs on it", self.assert_tested(False).err)
        self.node.epilog(job=17)
        self.assert_tested(True)

    def test_one_that_asked_for_no_check_runs_as_well(self) -> None:
        self.assertEqual(self.node.gate(job=17, request="v1;layout=none").rc, 0)
        self.assertIn("job 17 runs on it", self.assert_tested(False).err)

    def test_unless_the_site_wants_it(self) -> None:
        self.policy(health={"under_jobs": True})
        self.start()
        self.assert_tested(True)

    def test_an_old_one_counts_while_it_has_a_process(self) -> None:
        self.start()
        self.make_old()
        self.put_process("slurmstepd: [17.batch]")
        self.assert_tested(False)
        self.put_process("slurmstepd: [x7.batch]")
        self.assert_tested(False)
        self.put_process("slurmstepd: [18.batch]")
        self.assert_tested(True)
        self.assertEqual(self.node.job_files(), [], "and is forgotten then")

    def test_one_left_behind_does_not_block_for_ever(self) -> None:
        self.start()
        self.start(18)
        self.make_old()
        self.assertIn("job 18 runs on it", self.assert_tested(False).err)
        self.assertEqual(self.node.job_files(), ["18", "18.counters"])
        self.make_old(18)
        self.assert_tested(True)
        self.assertEqual(self.node.job_files(), [])

    def test_records_that_say_nothing(self) -> None:
        def of_another_boot(path: Path) -> None:
            self.edit(boot_id=OTHER_BOOT)

        def cut(path: Path) -> None:
            path.write_text(path.read_text()[:9])

        def of_somebody(path: Path) -> None:
            os.chown(path, NOBODY, NOBODY)

        def a_directory(path: Path) -> None:
            path.unlink()
            path.mkdir()

        for spoil in (of_another_boot, cut, of_somebody, a_directory):
            with self.subTest(spoil.__name__):
                self.start()
                spoil(self.node.run_dir / "jobs" / "17")
                self.assert_tested(True)
                shutil.rmtree(self.node.run_dir / "jobs")

if __name__ == "__main__":
    main()
