#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gate as Prolog under a real Slurm: what drains, what is queued again, what fails, who sees why."""

from __future__ import annotations

import signal
import sys

from gate_lab import GateCase, GateLab, check_built
from kit import runner
from lab import main

SCRIPT = "#!/bin/sh\necho ran\n"


class Fault:
    """A node at fault, by whatever way the controller is asked."""

    def test_srun(self: GateCase) -> None:
        rail = self.lab.break_rail()
        result = self.lab.srun("echo", "ran")
        self.assertNotEqual(result.rc, 0)
        self.assertNotIn("ran", result.out)
        reason = self.until_drained()
        self.assertTrue(reason.startswith(f"efa-layout: E208 rail {rail}: "), reason)
        self.assertIn("3 of 4 rails pass", reason)

    def test_salloc(self: GateCase) -> None:
        self.lab.break_rail()
        result = self.lab.salloc("echo", "ran")
        # Not its exit status: one that learns of the end while it still waits for the node may return 0.
        self.assertIn("revoked", result.err, result)
        self.assertNotIn("ran", result.out, result)
        self.assertIn("efa-layout: E208", self.until_drained())

    def test_sbatch_waits_unheld_and_runs_later(self: GateCase) -> None:
        self.lab.break_rail()
        job = self.lab.sbatch(script=SCRIPT)
        found = self.until_requeued(job)
        self.assertEqual((found["Reason"], found["Restarts"]), ("BeginTime", "1"))
        self.assertNotEqual(found["Priority"], "0", "held")
        self.assertIn("efa-layout: E208", self.until_drained())
        self.assertEqual(self.lab.output(job), "", "nothing of it ran")
        self.lab.heal()
        self.lab.resume()
        self.lab.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertEqual(self.lab.output(job), "ran\n")

    def test_somebody_else_s_reason_is_kept(self: GateCase) -> None:
        self.lab.break_rail(delay_s=2.0)
        job = self.lab.sbatch(script=SCRIPT)
        self.until(lambda: len(self.lab.replayed["n1"].probe_calls()) > self.calls_before)
        self.lab.run("scontrol", "update", "NodeName=n1", "State=DRAIN", "Reason=bad fan")
        self.until_requeued(job)
        self.assertEqual(self.until_drained(), "bad fan")

    def test_array_loses_one_task_alone(self: GateCase) -> None:
        # The task that starts last has the id of the whole array.
        script = "#!/bin/sh\necho ran\nsleep 600\n"
        array = self.lab.sbatch("--array=0-1", "--hold", script=script)
        self.lab.run("scontrol", "release", f"{array}_0")
        self.until(lambda: "ran" in self.output_of_task(array, 0))
        self.lab.break_rail()
        self.lab.run("scontrol", "release", f"{array}_1")
        self.assertIn("efa-layout: E208", self.until_drained())
        self.until(lambda: self.task(array, 1)["Restarts"] == "1")
        self.assertEqual(self.task(array, 0)["JobState"], "RUNNING")
        self.assertEqual(self.task(array, 0)["Restarts"], "0")
        self.assertEqual(self.output_of_task(array, 1), "")


class GateCaseWithTasks(GateCase):
    def setUp(self) -> None:
        super().setUp()
        self.calls_before = len(self.lab.replayed["n1"].probe_calls())

    def task(self, array: int, index: int) -> dict[str, str]:
        from lab.commands import fields

        return fields(self.lab.run("scontrol", "show", "job", f"{array}_{index}").out)

    def output_of_task(self, array: int, index: int) -> str:
        return self.lab.output(int(self.task(array, index)["JobId"]))


class FaultByHelper(Fault, GateCaseWithTasks):
    pass


class FaultByCommands(Fault, GateCaseWithTasks):
    @classmethod
    def make(cls) -> GateLab:
        return GateLab(helper=None)


class TwoNodes(GateCase):
    @classmethod
    def make(cls) -> GateLab:
        return GateLab(nodes=2)

    def test_only_the_node_at_fault_drains(self) -> None:
        self.lab.break_rail("n2")
        job = self.lab.sbatch("-N2", script=SCRIPT)
        self.until_requeued(job)
        self.assertIn("efa-layout: E208", self.until_drained("n2"))
        self.lab.wait_node("n1", {"IDLE"})
        self.assertEqual(self.lab.output(job), "")

    def test_the_job_goes_elsewhere(self) -> None:
        self.lab.break_rail("n1")
        job = self.lab.sbatch("-N1", "--exclusive", script="#!/bin/sh\necho $SLURMD_NODENAME\n")
        self.until_requeued(job)
        self.lab.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assertEqual(self.lab.output(job).splitlines()[-1], "n2")

    def test_refusal_on_two_nodes(self) -> None:
        result = self.lab.srun("-N2", "--efa-layout=all-efa", "echo", "ran")
        self.assertNotEqual(result.rc, 0)
        self.assertNotIn("ran", result.out)
        ended = self.lab.wait_job(int(self.lab.last_job()["JobId"]))
        self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", "78:0"))
        for name in self.lab.names:
            self.lab.wait_node(name, {"IDLE"})


class RefusalByHelper(GateCase):
    """What the user asked cannot be had here: the job fails, the node stays."""

    def assert_ended(self, ended: dict[str, str]) -> None:
        self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", "78:0"))

    def assert_refused(self, job: int) -> None:
        ended = self.lab.wait_job(job)
        self.assert_ended(ended)
        self.assertIn("efa-layout: E150 --efa-layout=all-efa", ended["AdminComment"])
        self.assertIn("this node has layout efa-only", ended["AdminComment"])
        self.lab.wait_node("n1", {"IDLE"})
        self.assertNotIn("Reason", self.lab.node())

    def test_srun(self) -> None:
        result = self.lab.srun("--efa-layout=all-efa", "echo", "ran")
        self.assertNotEqual(result.rc, 0)
        self.assertNotIn("ran", result.out)
        self.assertIn("E150 --efa-layout=all-efa", result.err, "its user is told")
        self.assertLess(result.seconds, 10, "ends at once")
        self.assert_refused(int(self.lab.last_job()["JobId"]))

    def test_sbatch(self) -> None:
        job = self.lab.sbatch("--efa-layout=all-efa", script=SCRIPT)
        self.assert_refused(job)
        self.assertNotIn("ran", self.lab.output(job))

    def test_sbatch_directive(self) -> None:
        job = self.lab.sbatch(script="#!/bin/sh\n#SBATCH --efa-layout=all-efa\necho ran\n")
        self.assert_refused(job)

    def test_salloc(self) -> None:
        result = self.lab.salloc("--efa-layout=all-efa", "echo", "ran")
        self.assertNotEqual(result.rc, 0)
        self.assertIn("E150 --efa-layout=all-efa", result.err, "its user is told")
        self.assert_refused(int(self.lab.last_job()["JobId"]))

    def test_what_the_node_has_is_run(self) -> None:
        result = self.lab.srun("--efa-layout=efa-only", "echo", "ran")
        self.assertEqual((result.rc, result.out), (0, "ran\n"), result)


class RefusalByCommands(RefusalByHelper):
    """There is no command that fails a job: it is cancelled instead."""

    @classmethod
    def make(cls) -> GateLab:
        return GateLab(helper=None)

    def assert_ended(self, ended: dict[str, str]) -> None:
        self.assertEqual(ended["JobState"], "CANCELLED")


class Silent(GateCase):
    """A controller that does not answer never keeps the gate."""

    def setUp(self) -> None:
        super().setUp()
        self.lab.policy(check={"cache_ttl_s": 0, "budget_ms": 4000})

    def test_controller_stands_still(self) -> None:
        calls = len(self.lab.replayed["n1"].probe_calls())
        self.lab.break_rail(delay_s=1.5)
        job = self.lab.sbatch(script=SCRIPT)
        self.until(lambda: len(self.lab.replayed["n1"].probe_calls()) > calls)
        self.lab.signal_controller(signal.SIGSTOP)
        try:
            # The gate gives up by itself; slurmd notes what it said.
            self.until(lambda: "cannot drain node n1" in self.lab.slurmd_log(), 15)
        finally:
            self.lab.signal_controller(signal.SIGCONT)
        self.assertEqual(self.until_drained(), "Prolog error", "Slurm's own, for want of ours")
        self.assertEqual(self.lab.output(job), "")


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
