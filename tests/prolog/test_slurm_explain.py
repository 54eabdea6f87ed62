#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Jobs under a real Slurm, and what efa-layout explain tells of each by the number that Slurm gave it."""

from __future__ import annotations

import sys
from typing import Any

from between_lab import BetweenLab
from gate_lab import GateCase, check_built
from kit import Run, runner
from lab import main

GB = 10**9
SCRIPT = "#!/bin/sh\necho ran\n"
WAITING = "#!/bin/sh\necho ran\nwhile [ ! -e {} ]; do sleep 0.1; done\n"


class ExplainLab(BetweenLab):
    """The prolog alone tests, and before every job."""

    def policy(self, **groups: dict[str, Any]) -> None:
        super().policy(**{"check": {"cache_ttl_s": 0}, "health": {"interval_s": 0}} | groups)


class Explain(GateCase):
    lab: ExplainLab

    @classmethod
    def make(cls) -> ExplainLab:
        return ExplainLab()

    def explain(self, job: int | None, rc: int, *says: str) -> Run:
        run = self.lab.replay.tool("explain", *([] if job is None else [str(job)]))
        self.assertEqual((run.rc, run.err), (rc, ""), run)
        for one in says:
            self.assertIn(one, run.out)
        return run

    def test_a_job_that_was_never_here(self) -> None:
        self.explain(4000000, 3, "unknown: ", "no verdict for job 4000000 on this node")

    def test_a_drained_one(self) -> None:
        rail = self.lab.break_rail()
        job = self.lab.sbatch(script=SCRIPT)
        self.until_requeued(job)
        reason = self.until_drained()
        run = self.explain(job, 2, f"faulty: E208 rail {rail}: transfer failed; 3 of 4 rails pass",
                           "node        n1, p4d.24xlarge", f"job         {job} of uid ",
                           "done        node drained, job sent elsewhere\n",
                           "decided by  action.faulty = drain (default)\n",
                           f"E208 error (node): rail {rail}: transfer failed\n", "     remedy    ",
                           "receipt: none: the job did not run here\n")  # fmt: skip
        self.assertTrue(reason.removeprefix("efa-layout: ") in run.out, reason)
        self.explain(None, 2, f"faulty: E208 rail {rail}: ", "done        node drained, job sent elsewhere\n")
        # It comes back, and the job starts again: the same number has another end now.
        self.lab.heal()
        self.lab.resume()
        self.lab.run("scontrol", "update", f"JobId={job}", "StartTime=now")
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.until(lambda: self.lab.replay.receipt(job) is not None)
        self.explain(job, 0, "healthy: layout efa-only, 4 of 4 rails pass", "done        job allowed\n",
                     "receipt: did not use EFA\n")  # fmt: skip

    def test_a_refused_one(self) -> None:
        job = self.lab.sbatch("--efa-layout=all-efa", script=SCRIPT)
        ended = self.lab.wait_job(job)
        self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", "78:0"))
        run = self.explain(job, 1, "refused: E150 --efa-layout=all-efa: this node has layout efa-only",
                           ", asked for all-efa\n", "done        job refused\n",
                           "E150 error (request): ", "receipt: none: the job did not run here\n")  # fmt: skip
        sentence = run.out.splitlines()[0].removeprefix("refused: ")
        self.assertEqual(ended["AdminComment"], f"efa-layout: {sentence}", "the user was told the same")
        self.explain(None, 0, "healthy: ")

    def test_one_that_shares_a_test_and_moves_bytes(self) -> None:
        self.lab.policy(check={"cache_ttl_s": 600})
        self.assertEqual(self.lab.srun("echo", "ran").out, "ran\n")
        end = self.lab.work / f"end-{self.id()}"
        job = self.lab.sbatch(script=WAITING.format(end))
        self.until(lambda: "ran" in self.lab.output(job))
        self.explain(job, 0, ", from an earlier test, in ", "4 of 4 rails passed", "still runs")
        rail = self.lab.replay.rails()[0]
        self.lab.replay.count(rail, tx_bytes=GB, rx_bytes=2 * GB)
        end.touch()
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.until(lambda: self.lab.replay.receipt(job) is not None)
        self.explain(job, 0, "receipt: sent 1.0 GB and received 2.0 GB over 1 of 4 rails", rail)

    def test_one_that_a_setting_lets_in(self) -> None:
        self.lab.policy(action={"enforce": False})
        self.lab.break_rail()
        job = self.lab.sbatch(script=SCRIPT)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        path = self.lab.replay.site / "policy.json"
        self.explain(job, 2, "done        job allowed, would drain the node and send the job elsewhere",
                     f"enforced by action.enforce = false ({path} line 1): nothing is done, only said\n")  # fmt: skip


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
