#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whose fault it is decides who bears it: one table of ends, from a real Slurm, held against owners.expected beside this file.

The table as it was found is left in owners.txt of the build directory. Texts are those of Slurm 22.05; of another release the
lines "user saw" are not compared.
"""

from __future__ import annotations

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gate_lab import UNREACHABLE, GateCase, GateLab, check_built
from kit import runner
from lab import main
from lab.commands import fields

EXPECTED = Path(__file__).with_name("owners.expected")
FOUND = Path(runner.SLURM_HELPER).parents[2] / "owners.txt"
SCRIPT = "#!/bin/sh\necho ran\n"
# Lines that say why. What else Slurm says depends on what it happens to notice first: that nodes are not ready, that the
# allocation was revoked, or that its credential was.
WHY = re.compile("efa-layout|Prolog failure")
OWNERS = ("node", "fabric", "request", "check", "check (its settings)")
KINDS = ("srun", "sbatch", "salloc")
CASES = [(owner, kind) for owner in OWNERS for kind in KINDS]


class Owners(GateCase):
    """Each way to start a job with each owner of a fault, all at the same time and each on a node of its own."""

    @classmethod
    def make(cls) -> GateLab:
        return GateLab(nodes=len(CASES), cpus=1)

    def setUp(self) -> None:
        super().setUp()
        self.lab.policy(limit={"partition_percent": 100})

    def break_it(self, owner: str, name: str) -> tuple[str, ...]:
        """Returns the options that the job gets."""
        node = self.lab.replayed[name]
        if owner == "node":
            self.lab.break_rail(name)
        elif owner == "fabric":
            node.probe(others=UNREACHABLE)
        elif owner == "check":
            node.probe(mode="garbage")
        elif owner == "check (its settings)":
            (node.site / "policy.json").write_text('{"action": {"faulty": "drian"}}')
        return ("--efa-layout=all-efa",) if owner == "request" else ()

    def run_command(self, kind: str, words: tuple[str, ...]) -> tuple[str, str, str]:
        """How the command ended, what ran, what its user saw."""
        if kind == "sbatch":
            job = self.lab.sbatch(*words, script=SCRIPT)
            self.until(lambda: self.has_ended(self.lab.job(job)))
            out = self.lab.output(job)
            return "submitted", out, out
        if kind == "srun":
            result = self.lab.srun(*words, "echo", "ran")
        else:
            # salloc's own command runs here, and now and then before salloc hears of the end.
            result = self.lab.salloc(*words, "srun", "echo", "ran")
        return "failed" if result.rc else "succeeded", result.out, result.err

    def has_ended(self, job: dict[str, str]) -> bool:
        if job["JobState"] == "PENDING":
            return job["Restarts"] != "0" and job["Reason"] != "None"
        return job["JobState"] not in ("CONFIGURING", "RUNNING", "COMPLETING")

    def job_on(self, name: str) -> dict[str, str]:
        records = self.lab.run("scontrol", "show", "job").out.split("\n\n")
        (job,) = [one for one in map(fields, records) if one.get("JobName") == name]
        return job

    def end_of(self, owner: str, kind: str, name: str) -> list[str]:
        words = ("-w", name, f"--job-name={name}", *self.break_it(owner, name))
        status, out, saw = self.run_command(kind, words)
        self.until(lambda: self.has_ended(self.job_on(name)))
        node = self.lab.wait_node(name, {"IDLE", "IDLE+DRAIN"})
        job = self.job_on(name)
        state = f"{job['JobState']}, exit code {job['ExitCode']}"
        if job["JobState"] == "PENDING":
            state = f"PENDING for {job['Reason']}, {'held' if job['Priority'] == '0' else 'not held'}"
        elif job["JobState"] == "CANCELLED":
            state = "CANCELLED"
        lines = [
            f"node       {node['State']}",
            f"reason     {self.lab.reason(name) or '-'}",
            f"job        {state}, restarts {job['Restarts']}",
            f"command    {status}, {'the job ran' if 'ran' in out.splitlines() else 'nothing of the job ran'}",
            f"comment    {job.get('AdminComment', '-')}",
        ]
        heard = sorted({line for line in saw.splitlines() if WHY.search(line)})
        lines += [f"user saw   {line}" for line in heard] or ["user saw   -"]
        return [re.sub(rf"\b{name}\b", "NODE", line) for line in lines]

    def table(self) -> str:
        with ThreadPoolExecutor(len(CASES)) as pool:
            ends = list(pool.map(lambda case, name: self.end_of(*case, name), CASES, self.lab.names))
        found = []
        for (owner, kind), end in zip(CASES, ends):
            found += [f"fault of {owner}, {kind}", *("    " + line for line in end), ""]
        return "\n".join(found)

    def test_table(self) -> None:
        found = self.table()
        FOUND.write_text(found)
        expected = "\n".join(line for line in EXPECTED.read_text().splitlines() if not line.startswith("#")).lstrip("\n") + "\n"
        if " for Slurm 22.05" not in runner.run([runner.SLURM_HELPER, "--version"], {}).out:
            found, expected = (re.sub(r"    user saw .*\n", "", text) for text in (found, expected))
        self.maxDiff = None
        self.assertEqual(found, expected)


if __name__ == "__main__":
    if reason := check_built():
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
