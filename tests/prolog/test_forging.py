#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Users who write our variables themselves: nothing of it reaches a shell, a path, a reason or another user's job."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from gate_lab import GateCase, GateLab, check_built
from kit import runner
from lab import main

REQUEST = "EFA_LAYOUT_REQUEST"
RAW = "_SLURM_SPANK_OPTION_efa_layout_"
OPTIONS = ("efa_layout", "efa_rails", "efa_affinity", "efa_check", "efa_verbose", "no_efa_env")
SHOW = "#!/bin/sh\necho ran; env | grep -a ^EFA_LAYOUT= ; exit 0\n"
EVERY_BYTE = bytes(range(1, 256)).decode("latin-1")
CANARY = "canary"


def hostile(canary: Path) -> list[str]:
    """Values that no option can have."""
    return [
        f"$(touch {canary})", f"`touch {canary}`", f";touch {canary};", f"'\n touch {canary}\n#", f'"; touch {canary} #',
        "../../../../etc/passwd", "/dev/zero", "%n%s%s%s%n%99999d", "x" * 257, "x" * 100_000, EVERY_BYTE, "\n", "\x1b[2J\x07",
        "a\nReason=forged\nState=DOWN", "v1;layout=efa-only;layout=none", "v1;" * 80, "\u202egnirts", "-", "=", "help",
    ]  # fmt: skip


class ForgingLab(GateLab):
    """The program that submits is the user's own."""

    def forge(self, *argv: str, script: str = SHOW) -> int:
        path = self.write("work/forged.sh", script, 0o755)
        result = self.run(os.environ["EFA_LAYOUT_FORGE"], str(path), *argv, user="nobody")
        assert result.rc == 0, result
        return int(result.out)


class TestForging(GateCase):
    lab: ForgingLab

    @classmethod
    def make(cls) -> GateLab:
        return ForgingLab(cpus=16)

    def setUp(self) -> None:
        super().setUp()
        self.canary = self.lab.path / "work" / CANARY
        self.lab.policy(layout={"allow_none": False})

    def tearDown(self) -> None:
        super().tearDown()
        self.assertFalse(self.canary.exists(), "something ran a user's text")
        node = self.lab.node()
        self.assertEqual(node["State"], "IDLE")
        self.assertNotIn("Reason", node)

    def assert_clean(self, text: str, where: str) -> None:
        """Nothing that a terminal or a line-wise reader would trip over."""
        found = re.search(r"[\x00-\x09\x0b-\x1f\x7f-\uffff]", text)
        self.assertIsNone(found, f"{where}: {text[:400]!r}")

    def ended(self, job: int) -> tuple[str, str]:
        found = self.lab.wait_job(job)
        self.assert_clean(found.get("AdminComment", ""), "AdminComment")
        return found["JobState"], found["ExitCode"]

    def test_forged_requests_are_refused(self) -> None:
        values = [value for value in hostile(self.canary)]
        jobs = {self.lab.forge(f"{REQUEST}={value}"): value for value in values}
        for job, value in jobs.items():
            self.assertEqual(self.ended(job), ("FAILED", "78:0"), repr(value[:60]))
            self.assertEqual(self.lab.output(job), "", "nothing of it ran")

    def test_forged_options_are_refused(self) -> None:
        values = hostile(self.canary)
        jobs = {}
        for number, value in enumerate(values):
            option = OPTIONS[number % len(OPTIONS)]
            # An odd byte or two is a number of rails to nobody; "-" and "=" are values of nothing.
            jobs[self.lab.forge(f"{RAW}{option}={value}")] = (option, value)
        for job, (option, value) in jobs.items():
            self.assertEqual(self.ended(job), ("FAILED", "78:0"), f"{option} {value[:60]!r}")

    def test_none_cannot_be_smuggled_in(self) -> None:
        for argv in ([f"{REQUEST}=v1;layout=none"], [f"{RAW}efa_layout=none"]):
            job = self.lab.forge(*argv)
            self.assertEqual(self.ended(job), ("FAILED", "78:0"))
            self.assertIn("E152", self.lab.job(job).get("AdminComment", ""))
        # What is left out asks for nothing: the gate decides by the site's default.
        job = self.lab.forge()
        self.assertEqual(self.ended(job), ("COMPLETED", "0:0"))
        self.assertIn("EFA_LAYOUT=efa-only", self.lab.output(job))

    def test_other_variables_change_nothing(self) -> None:
        """Names that programs obey, and slurmd's own: behind SPANK_ they are nobody's."""
        job = self.lab.forge(
            "LD_PRELOAD=/nonexistent.so", f"PATH={self.lab.path}/work", "SLURM_JOB_ID=1", "SLURM_JOB_UID=0", "SLURM_CONF=/tmp/x",
            "SLURMD_NODENAME=n2", "NL=a\nPATH=/x\nSLURM_JOB_USER=root", f"{REQUEST}X=v1;layout=none", "=", "EFA_LAYOUT=x",
        )  # fmt: skip
        self.assertEqual(self.ended(job), ("COMPLETED", "0:0"))
        self.assertEqual(self.lab.output(job), "ran\nEFA_LAYOUT=efa-only\n")

    def test_what_a_step_reads_is_parsed(self) -> None:
        """The batch step gets the job's environment, where the client side was not asked."""
        jobs = {}
        for number, value in enumerate(hostile(self.canary)):
            option = OPTIONS[number % 4]
            jobs[self.lab.forge("--", f"{RAW}{option}={value}")] = f"{option} {value[:60]!r}"
        for job, name in jobs.items():
            state, status = self.ended(job)
            text = self.lab.output(job)
            self.assertEqual((state, status), ("FAILED", "78:0"), name + text[:300])
            self.assertNotIn("ran", text)
            self.assertIn("efa-layout: --efa-", text)
            self.assert_clean(text, name)

    def test_what_a_step_inherits_is_parsed(self) -> None:
        """SLURM_EFA_LAYOUT_JOB_REQUEST and the record of set variables: nonsense there is ignored."""
        values = hostile(self.canary)
        jobs = [
            self.lab.forge("--", f"SLURM_EFA_LAYOUT_JOB_REQUEST={value}", f"EFA_LAYOUT_SET={value}",
                           f"EFA_LAYOUT_LIBFABRIC={value}", f"EFA_LAYOUT_RAILS={value}")
            for value in values
        ]  # fmt: skip
        for job, value in zip(jobs, values):
            self.assertEqual(self.ended(job), ("COMPLETED", "0:0"), repr(value[:60]))
            self.assertIn("ran\nEFA_LAYOUT=efa-only", self.lab.output(job))

    def test_through_the_commands(self) -> None:
        """The same variables in front of srun and sbatch."""
        for value in ("v1;layout=none", f"$(touch {self.canary})", EVERY_BYTE, "x" * 100_000):
            env = {
                f"SPANK_{REQUEST}": value, f"SLURM_SPANK_{REQUEST}": value, f"SPANK_{RAW}efa_layout": value,
                "SLURM_EFA_LAYOUT_JOB_REQUEST": value, "EFA_LAYOUT_SET": value,
            }  # fmt: skip
            result = self.lab.srun("sh", "-c", "echo $EFA_LAYOUT", env=env)
            self.assertEqual((result.rc, result.out), (0, "efa-only\n"), result)
            job = self.lab.sbatch(script=SHOW, env=env)
            self.assertEqual(self.ended(job), ("COMPLETED", "0:0"), self.lab.output(job))
            self.assertIn("EFA_LAYOUT=efa-only", self.lab.output(job))

    def test_options_through_the_commands(self) -> None:
        for value in hostile(self.canary):
            if value == "help":
                continue
            env = {f"SLURM_SPANK_{RAW}efa_layout": value}
            for result in (self.lab.srun("true", env=env), self.lab.try_sbatch(script=SHOW, env=env)):
                self.assertNotEqual(result.rc, 0, repr(value[:60]))
                self.assert_clean(result.err, repr(value[:60]))
            # Only the step gets it: its client side is not asked.
            result = self.lab.srun("true", env={f"{RAW}efa_layout": value})
            self.assertEqual(result.rc, 78, result)
            self.assert_clean(result.err, repr(value[:60]))

    def test_another_user_s_job_does_not_notice(self) -> None:
        """Two jobs on the node at a time, one of them forged."""
        script = "#!/bin/sh\nsleep 1\necho $EFA_LAYOUT $EFA_LAYOUT_AFFINITY\n"
        job = self.lab.sbatch("--efa-affinity=none", script=script, user="daemon")
        forged = [
            self.lab.forge(f"{REQUEST}=v1;layout=../{job};affinity=all"),
            self.lab.forge(f"{RAW}efa_layout=/jobs/{job}", f"SLURM_JOB_ID={job}"),
        ]
        self.assertEqual(self.ended(job), ("COMPLETED", "0:0"))
        self.assertEqual(self.lab.output(job), "efa-only none\n")
        for other in forged:
            self.assertEqual(self.ended(other)[0], "FAILED")

    def test_logs_stay_lines(self) -> None:
        job = self.lab.forge(f"{REQUEST}=v1;layout={EVERY_BYTE}")
        self.assertEqual(self.ended(job), ("FAILED", "78:0"))
        ours = [line for line in self.lab.slurmd_log().splitlines() if "efa-layout" in line]
        self.assertTrue(ours)
        for line in ours:
            self.assert_clean(line, "slurmd's log")


if __name__ == "__main__":
    reason = check_built()
    if reason is None and not Path(os.environ.get("EFA_LAYOUT_FORGE", "")).is_file():
        reason = "EFA_LAYOUT_FORGE names no program (libslurm was not found)"
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(runner.SKIP)
    main()
