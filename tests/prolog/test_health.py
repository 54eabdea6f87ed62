#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Between jobs: an answer at once, a fresh result behind it, drains, and nodes that come back."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit import Node, Run, main, runner

NOBODY = 65534
UNREACHABLE = "fail transfer 113 4103 unreachable remote"
OTHER_BOOT = "11111111-2222-4333-8444-555555555555"
OTHERS = 4  # how the helper says that the reason is somebody else's
LIMIT = 3
START_MS = 600000  # how long a job counts without a process of its own


def now_ms() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000000


def wait_for(is_true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


class HealthCase(unittest.TestCase):
    damage: tuple[str, ...] = ()

    def setUp(self) -> None:
        self.node = Node("p4d.24xlarge", "efa-only", *self.damage)
        self.addCleanup(self.node.__exit__, None, None, None)
        self.names = self.node.rails()
        self.settings: dict[str, dict[str, Any]] = {}
        self.policy(health={"interval_s": 1}, recover={"strikes": 2})

    def policy(self, **groups: dict[str, Any]) -> None:
        """Change some settings and keep the others."""
        for group, values in groups.items():
            self.settings[group] = {**self.settings.get(group, {}), **values}
        self.node.policy(**self.settings)

    def n_tests(self) -> int:
        return len([call for call in self.node.probe_calls() if "--counters" not in call["argv"]])

    def age(self) -> None:
        """Let the last result and the last try be too old, whatever the interval and however young the machine."""
        (self.node.run_dir / "refresh.json").unlink(missing_ok=True)
        path = self.node.run_dir / "node.json"
        if path.exists():
            path.write_text(json.dumps({**json.loads(path.read_text()), "tested_ms": 0}))

    def check(self, *extra: str, env: dict[str, str] | None = None) -> Run:
        """One health check whose test, if it makes one, is over when it answers."""
        return self.node.health("--wait", *extra, env=env)

    def check_old(self, *extra: str, rc: int = 0) -> Run:
        """The same when it is time for a test; there must be one."""
        self.age()
        before = self.n_tests()
        run = self.check(*extra)
        self.assertEqual(run.rc, rc, run)
        self.assertEqual(self.n_tests(), before + 1, run)
        return run

    def break_rail(self) -> None:
        self.node.probe(rails={self.names[1]: UNREACHABLE})

    def helper_calls(self, command: str) -> list[list[str]]:
        return [call for call in self.node.controller_calls() if call[1] == command]


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
        (self.node.root / "proc/sys/kernel/random/boot_id").write_text("not a boot id\n")
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
        path = self.node.run_dir / "jobs" / str(job)
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

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


class Answer(HealthCase):
    def test_one_line_when_something_is_new(self) -> None:
        self.policy(health={"interval_s": 0})
        first, second = self.node.health(), self.node.health()
        self.assertEqual(first.err, "efa-layout-health: health: not tested in this boot (node node-1)\n")
        self.assertEqual((first.rc, second.rc, second.err), (0, 0, ""))
        self.assertEqual(self.node.gate().rc, 0)
        lines = [self.node.health().err for _ in range(3)]
        self.assertRegex(lines[0], r"\Aefa-layout-health: health: .*4 of 4 rails pass.*\n\Z")
        self.assertEqual(lines[1:], ["", ""])
        self.break_rail()
        self.policy(check={"cache_ttl_s": 0})
        self.assertEqual(self.node.gate().rc, 1)
        third = self.node.health()
        self.assertEqual(third.rc, 1)
        self.assertIn("error: health: faulty: E208", third.err)
        self.assertEqual((self.node.health().rc, self.node.health().err), (1, ""))

    def test_statuses(self) -> None:
        for probe, settings, rc in (
            ({}, {}, 0),
            ({"rails": {self.names[0]: UNREACHABLE}}, {"action": {"faulty": "warn"}}, 1),
            ({"others": UNREACHABLE}, {"action": {"fabric": "allow"}}, 1),
            ({"mode": "crash"}, {}, 0),
            ({"rails": {self.names[0]: "not-tested open 0 0"}}, {}, 0),
        ):
            with self.subTest(probe):
                self.node.probe(**probe)
                self.policy(**settings)
                self.check_old(rc=rc)

    def test_where_it_cannot_be_remembered_it_is_said_again(self) -> None:
        self.policy(health={"interval_s": 0})
        os.chown(self.node.run_dir, NOBODY, NOBODY)
        for _ in range(2):
            run = self.node.health()
            self.assertEqual(run.rc, 0)
            self.assertIn("not tested in this boot", run.err)

    def test_what_was_said_in_another_boot_is_said_again(self) -> None:
        self.policy(health={"interval_s": 0})
        self.node.health()
        (self.node.root / "proc/sys/kernel/random/boot_id").write_text(OTHER_BOOT + "\n")
        self.assertIn("not tested in this boot", self.node.health().err)

    def test_a_changed_node_is_tested_before_its_time(self) -> None:
        self.policy(health={"interval_s": 3600})
        self.check_old()
        self.policy(check={"rail_ms": 1999})
        # But not at every call: the last one began just now.
        before = self.n_tests()
        self.check()
        self.assertEqual(self.n_tests(), before)
        saved = json.loads((self.node.run_dir / "refresh.json").read_text())
        saved["begun_ms"] = max(now_ms() - 61000, 0)
        (self.node.run_dir / "refresh.json").write_text(json.dumps(saved))
        self.check()
        self.assertEqual(self.n_tests(), before + 1)


def processes(name: str) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            argv = Path("/proc", entry, "cmdline").read_bytes().split(b"\0") if entry.isdigit() else [b""]
        except OSError:
            continue
        if argv[0].endswith(name.encode()):
            found.append(int(entry))
    return found


class Background(HealthCase):
    def mine(self) -> list[int]:
        """Health checks of this node that are still there."""
        mark = str(self.node.run_dir).encode()
        found = []
        for pid in processes("efa-layout-health"):
            try:
                if mark in Path("/proc", str(pid), "cmdline").read_bytes():
                    found.append(pid)
            except OSError:
                continue
        return found

    def wait_until_over(self) -> None:
        wait_for(lambda: not self.mine())

    def test_answers_at_once_while_a_test_runs_for_seconds(self) -> None:
        self.node.probe(delay_s=3.0)
        first = self.node.health()
        begin = time.monotonic()
        wait_for(lambda: self.n_tests() == 1)
        again = [self.node.health() for _ in range(8)]
        self.assertLess(time.monotonic() - begin, 2.9, "the test was over before")
        self.assertEqual([run.rc for run in (first, *again)], [0] * 9)
        # The best of some, for the machine may be busy: each waits for the end of both streams.
        self.assertLess(min(run.seconds for run in again), 0.1)
        self.assertLess(max(run.seconds for run in (first, *again)), 2.0)
        self.assertEqual(self.n_tests(), 1, "nobody began a second one")
        self.wait_until_over()
        saved = self.node.map()
        assert saved is not None
        self.assertEqual(saved["outcome"], "healthy")
        self.assertIn("4 of 4 rails pass", self.node.health().err)
        self.wait_until_over()

    def test_holds_nothing_and_belongs_to_nobody(self) -> None:
        self.node.probe(delay_s=3.0)
        self.node.health()
        wait_for(lambda: self.n_tests() == 1)
        (pid,) = self.mine()
        proc = Path("/proc", str(pid))
        fields = proc.joinpath("stat").read_text().rpartition(") ")[2].split()
        parent, group, session = map(int, fields[1:4])
        self.assertNotEqual(parent, os.getpid())
        self.assertEqual(group, session)
        self.assertNotEqual(session, os.getsid(0))
        self.assertNotEqual(group, os.getpgid(0))
        self.assertEqual(os.readlink(proc / "cwd"), "/")
        open_files = {os.readlink(proc / "fd" / fd).split(":")[0] for fd in os.listdir(proc / "fd")}
        allowed = {"/dev/null", str(self.node.run_dir / "lock"), "pipe", "socket"}
        self.assertEqual(open_files - allowed, set())
        self.assertIn(str(self.node.run_dir / "lock"), open_files)
        for fd in ("0", "1", "2"):
            self.assertEqual(os.readlink(proc / "fd" / fd), "/dev/null")
        self.wait_until_over()

    def test_a_prolog_meanwhile_shares_the_test(self) -> None:
        self.node.probe(delay_s=1.5)
        self.node.health()
        wait_for(lambda: self.n_tests() == 1)
        run = self.node.gate()
        self.assertEqual(run.rc, 0, run)
        self.assertIn("(shared test, ", run.err)
        self.assertEqual(self.n_tests(), 1)
        self.wait_until_over()

    def test_not_beside_the_test_of_a_prolog(self) -> None:
        self.node.probe(delay_s=1.5)
        process = runner.start(self.node.gate_argv(), self.node.environment(None, None, 17))
        wait_for(lambda: self.n_tests() == 1)
        self.node.health()
        self.wait_until_over()
        self.assertEqual(self.n_tests(), 1)
        self.assertEqual(process.communicate()[1].count("(tested, "), 1)

    def test_what_it_moved_is_nobody_s(self) -> None:
        """A job that starts while it tests is not charged for it."""
        self.assertEqual(self.node.gate(job=1).rc, 0)
        self.node.epilog(job=1)
        time.sleep(1.1)
        self.node.probe(delay_s=1.5)
        self.node.health()
        wait_for(lambda: self.n_tests() == 2)
        self.assertIn("(cached, ", self.node.gate(job=2).err)
        self.wait_until_over()
        run = self.node.epilog(job=2)
        self.assertIn("did not use EFA (", run.err)
        receipt = self.node.receipt(2)
        assert receipt is not None
        self.assertEqual(receipt["tests"], 1)


class Drains(HealthCase):
    def test_a_node_at_fault_with_nobody_on_it(self) -> None:
        self.break_rail()
        run = self.check_old(rc=1)
        (call,) = self.node.controller_calls()
        self.assertEqual(call[1:4], ["drain", "--node", "node-1"])
        self.assertNotIn("--job", call)
        self.assertNotIn("--after", call)
        self.assertTrue(call[-1].startswith(f"efa-layout: E208 rail {self.names[1]}: "), call)
        self.assertIn("--partition-percent", call)
        self.assertIn("error: node node-1: drained as", run.err)
        record = self.node.drain_record()
        assert record is not None
        self.assertEqual((record["node"], record["healthy"], record["reason"]), ("node-1", 0, call[-1]))

    def test_only_where_the_policy_drains(self) -> None:
        self.break_rail()
        for action in ("warn", "allow", "refuse"):
            with self.subTest(action):
                self.policy(action={"faulty": action})
                self.check_old(rc=1)
                self.assertEqual(self.node.controller_calls(), [])
        self.policy(action={"faulty": "drain", "enforce": False})
        self.assertIn("would be drained if action.enforce were true", self.check_old(rc=1).err)
        self.assertEqual(self.node.controller_calls(), [])
        self.assertIsNone(self.node.drain_record())
        self.policy(action={"faulty": "drain-after", "enforce": True})
        self.check_old(rc=1)
        self.assertEqual(len(self.helper_calls("drain")), 1)

    def test_never_for_what_is_not_known(self) -> None:
        for probe in ({"mode": "crash"}, {"mode": "loader"}, {"others": "not-tested open 0 0"},
                      {"mode": "outcome no-provider no efa"}):  # fmt: skip
            with self.subTest(probe):
                self.node.probe(**probe)
                self.check_old()
                self.assertEqual(self.node.controller_calls(), [])

    def test_within_limits(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": LIMIT, "out": "5 of 10 nodes of partition p are drained\n"}})
        run = self.check_old(rc=1)
        self.assertIn("warning: node node-1: not drained: 5 of 10 nodes", run.err)
        self.assertIsNone(self.node.drain_record())

    def test_not_for_somebody_else_s_reason(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.assertIn("not drained: drained as", self.check_old(rc=1).err)
        self.assertIsNone(self.node.drain_record())

    def test_not_under_a_job(self) -> None:
        self.policy(health={"under_jobs": True}, check={"cache_ttl_s": 0})
        self.assertEqual(self.node.gate(job=17).rc, 0)
        self.break_rail()
        run = self.check_old(rc=1)
        self.assertIn("not drained while job 17 runs", run.err)
        self.assertEqual(self.node.controller_calls(), [])
        self.node.epilog(job=17)
        self.check_old(rc=1)
        self.assertEqual(len(self.helper_calls("drain")), 1)

    def test_without_the_node_s_name(self) -> None:
        self.break_rail()
        for name in ("", "a b", "-rf", "n\nState=DOWN"):
            with self.subTest(name):
                self.age()
                run = self.check(env={"SLURMD_NODENAME": name})
                self.assertIn("names no node", run.err)
                self.assertEqual(self.node.controller_calls(), [])

    def test_controller_that_is_silent_is_asked_again(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": 1, "out": "Unable to contact slurm controller\n"}})
        self.assertIn("warning: node node-1: not drained: ", self.check_old(rc=1).err)
        self.assertIsNone(self.node.drain_record())
        self.node.answers({})
        self.check_old(rc=1)
        self.assertIsNotNone(self.node.drain_record())

    def test_slurm_conf_is_passed_on(self) -> None:
        self.break_rail()
        self.check_old(rc=1)
        self.age()
        self.check("--slurm-conf", "/etc/slurm/one.conf")
        self.age()
        self.check(env={"SLURM_CONF": "/etc/slurm/two.conf"})
        self.age()
        self.check(env={"SLURM_CONF": "three.conf"})
        found = [record["env"].get("SLURM_CONF") for record in self.node.controller_records()]
        self.assertEqual(found, [None, "/etc/slurm/one.conf", "/etc/slurm/two.conf", None])

    def test_without_the_helper(self) -> None:
        self.node.use_commands()
        self.node.answers({"scontrol --oneliner show node": {"out": "NodeName=node-1 State=IDLE Partitions=p\n"}})
        self.policy(limit={"partition_percent": 100})
        self.break_rail()
        self.check_old(rc=1)
        updates = [call for call in self.node.controller_calls() if call[:2] == ["scontrol", "update"]]
        self.assertEqual(updates[0][2:4], ["NodeName=node-1", "State=DRAIN"])
        self.assertNotIn("requeue", [call[1] for call in self.node.controller_calls()])


class Returns(HealthCase):
    def setUp(self) -> None:
        super().setUp()
        self.break_rail()
        self.assertEqual(self.node.gate().rc, 1)
        self.assertEqual(self.healthy(), 0)
        self.node.probe()

    def healthy(self) -> int | None:
        record = self.node.drain_record()
        return None if record is None else record["healthy"]

    def lifts(self) -> int:
        for call in self.helper_calls("lift"):
            self.assertEqual(call[1:], ["lift", "--node", "node-1"])
        return len(self.helper_calls("lift"))

    def test_after_so_many_good_tests_in_a_row(self) -> None:
        self.policy(recover={"strikes": 3})
        for count in (1, 2):
            run = self.check_old()
            self.assertIn(f"good test {count} of 3", run.err)
            self.assertEqual((self.healthy(), self.lifts()), (count, 0))
        run = self.check_old()
        self.assertIn("node node-1: returned to the scheduler after 3 good tests in a row", run.err)
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))
        self.check_old()
        self.assertEqual(self.lifts(), 1, "once")

    def test_an_answer_without_a_test_is_none(self) -> None:
        self.policy(health={"interval_s": 600})
        self.check_old()
        for _ in range(4):
            self.check()
        self.assertEqual((self.healthy(), self.lifts()), (1, 0))

    def test_one_that_fails_in_between_begins_again(self) -> None:
        self.check_old()
        self.assertEqual(self.healthy(), 1)
        self.break_rail()
        self.check_old(rc=1)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))
        self.assertEqual(len(self.helper_calls("drain")), 2, "and an admin's resume does not last")
        self.node.probe()
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (1, 0))
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_what_is_not_known_counts_neither_way(self) -> None:
        self.check_old()
        for probe in ({"mode": "crash"}, {"rails": {self.names[0]: "not-tested open 0 0"}}):
            self.node.probe(**probe)
            self.check_old()
            self.assertEqual((self.healthy(), self.lifts()), (1, 0))
        self.node.probe()
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_a_fault_that_does_not_drain_begins_again_too(self) -> None:
        self.policy(action={"faulty": "warn"})
        self.check_old()
        self.break_rail()
        self.check_old(rc=1)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_a_node_that_has_lost_all_rails_is_not_sound(self) -> None:
        """What is wrong with no rail at all is not known to be mended."""
        kept = self.node.path / "kept"
        shutil.copytree(self.node.run_dir, kept)
        shutil.rmtree(self.node.root / "sys/bus/pci/devices", ignore_errors=True)
        shutil.rmtree(self.node.root / "sys/class/infiniband", ignore_errors=True)
        (self.node.run_dir / "enis.json").unlink()
        for _ in range(3):
            self.age()
            run = self.check()
            self.assertNotIn("returned", run.err)
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_not_when_the_site_does_not_want_it(self) -> None:
        self.policy(recover={"lift": False})
        for _ in range(3):
            self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (0, 0))

    def test_only_said_when_nothing_is_to_be_done(self) -> None:
        self.policy(action={"enforce": False})
        self.check_old()
        self.assertIn("would be returned", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (2, 0))
        self.policy(action={"enforce": True})
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))

    def test_reason_that_is_not_ours_any_more(self) -> None:
        self.node.answers({"helper lift": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.check_old()
        self.assertIn("not returned: drained as", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))
        for _ in range(3):
            self.check_old()
        self.assertEqual(self.lifts(), 1, "forgotten")

    def test_drained_for_somebody_else_s_reason_while_at_fault(self) -> None:
        self.break_rail()
        self.node.answers({"helper drain": {"rc": OTHERS, "out": "drained as \"bad fan\"\n"}})
        self.check_old(rc=1)
        self.assertIsNone(self.healthy())

    def test_controller_that_does_not_answer_is_asked_again(self) -> None:
        self.node.answers({"helper lift": {"rc": 1, "out": "Unable to contact slurm controller\n"}})
        self.check_old()
        self.assertIn("cannot be returned: ", self.check_old().err)
        self.assertEqual((self.healthy(), self.lifts()), (2, 1))
        self.node.answers({})
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 2))

    def test_record_of_another_node(self) -> None:
        """The state directory came with an image."""
        path = self.node.state_dir / "drain.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "node": "node-9"}))
        self.assertIn("it is of node node-9", self.check_old().err)
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 0))

    def test_records_that_cannot_be_trusted(self) -> None:
        path = self.node.state_dir / "drain.json"
        whole = path.read_text()

        def foreign() -> None:
            os.chown(path, NOBODY, NOBODY)

        def writable() -> None:
            path.chmod(0o666)

        def cut() -> None:
            path.write_text(whole[:30])

        def not_ours() -> None:
            path.write_text(json.dumps({**json.loads(whole), "reason": "bad fan"}))

        for spoil in (foreign, writable, cut, not_ours):
            with self.subTest(spoil.__name__):
                path.unlink()
                path.write_text(whole)
                path.chmod(0o644)
                spoil()
                for _ in range(3):
                    self.assertIn("warning: drain record: ", self.check_old().err)
                self.assertEqual(self.lifts(), 0)

    def test_state_directory_that_cannot_be_written(self) -> None:
        """Without a count nobody is returned: an immutable record stays at what it was."""
        self.policy(recover={"strikes": 2})
        self.node.state_dir.chmod(0o777)
        for _ in range(3):
            self.assertIn("warning: drain record: ", self.check_old().err)
        self.assertEqual(self.lifts(), 0)

    def test_a_reboot_does_not_return_it_by_itself(self) -> None:
        (self.node.root / "proc/sys/kernel/random/boot_id").write_text(OTHER_BOOT + "\n")
        for name in ("node.json", "counters.json", "refresh.json", "health.json"):
            (self.node.run_dir / name).unlink(missing_ok=True)
        run = self.check()
        self.assertEqual((run.rc, self.healthy(), self.lifts()), (0, 1, 0), run)
        self.check_old()
        self.assertEqual((self.healthy(), self.lifts()), (None, 1))


if __name__ == "__main__":
    main()
