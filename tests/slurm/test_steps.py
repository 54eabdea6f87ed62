#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Steps inside a job: what they inherit, what they may change, what they may not."""

from __future__ import annotations

from lab import main
from plugin_lab import REFUSED_HERE, REFUSED_THERE, PluginCase, PluginLab

SHOW = "/bin/sh -c 'echo $EFA_LAYOUT $EFA_LAYOUT_AFFINITY $EFA_LAYOUT_RAIL_COUNT'"


class TestSteps(PluginCase):
    def batch(self, *argv: str, script: str) -> str:
        job = self.lab.sbatch(*argv, script="#!/bin/sh\n" + script)
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED", self.lab.output(job))
        return self.lab.output(job)

    def test_another_layout_is_refused(self) -> None:
        inner = "srun --efa-layout=any true; srun --efa-layout=all-efa true; echo rc $?\n"
        sentence = "--efa-layout=all-efa: the job has its nodes with --efa-layout=efa-only"
        text = self.batch("--efa-layout=efa-only", script=inner)
        self.assertIn(sentence, text)
        self.assertIn(f"rc {REFUSED_HERE}\n", text)
        result = self.lab.salloc("--efa-layout=efa-only", "srun", "--efa-layout=all-efa", "true")
        self.assertIn(sentence, result.err)
        self.assertEqual(result.rc, REFUSED_HERE, result)
        result = self.lab.srun(
            "--efa-layout=efa-only", "srun", "--overlap", "--efa-layout=all-efa", "true"
        )
        self.assertIn(sentence, result.err)
        self.assertEqual(result.rc, REFUSED_HERE, result)
        self.assert_idle()

    def test_none_is_for_whole_jobs(self) -> None:
        result = self.lab.salloc("--efa-layout=any", "srun", "--efa-layout=none", "true")
        self.assertEqual(result.rc, REFUSED_HERE, result)
        self.assertIn("--efa-layout=none: only a whole job", result.err)

    def test_inherits(self) -> None:
        text = self.batch("--efa-layout=efa-only", "--efa-affinity=spread", script=f"srun {SHOW}\n")
        self.assertEqual(text, "efa-only spread 32\n")
        text = self.batch(
            "--export=NONE", "--efa-layout=efa-only", "--efa-affinity=spread",
            script=f"/usr/bin/srun {SHOW}\n",
        )  # fmt: skip
        self.assertEqual(text, "efa-only spread 32\n")

    def test_inherits_from_srun(self) -> None:
        result = self.lab.srun(
            "--efa-affinity=spread", "/bin/sh", "-c", f"srun --overlap {SHOW}"
        )
        self.assertEqual(result.out, "efa-only spread 32\n", result)

    def test_narrows_affinity(self) -> None:
        script = f"srun --overlap --efa-affinity=none {SHOW}\nsrun --overlap {SHOW}\n"
        text = self.batch("--efa-layout=efa-only", "--efa-affinity=spread", script=script)
        self.assertEqual(text, "efa-only none 0\nefa-only spread 32\n")

    def test_names_what_the_job_left_open(self) -> None:
        script = "srun --efa-layout=efa-only true; echo $?\nsrun --efa-layout=all-efa true; echo $?"
        text = self.batch("--efa-layout=any", script=script)
        self.assertRegex(text, r"^0\n")
        self.assertIn("has another layout (efa-only)", text)
        self.assertRegex(text, rf"(?m)^{REFUSED_THERE}$")
        self.assert_idle()

    def test_a_job_inside_a_job_is_its_own(self) -> None:
        inner = f"{self.lab.path}/inner.sh"
        self.lab.write("inner.sh", "#!/bin/sh\ntrue\n", 0o755)
        self.lab.map("all-efa")
        text = self.batch(
            "--efa-layout=all-efa", "--efa-affinity=numa",
            script=f"sbatch --parsable --output=/dev/null --efa-layout=any {inner}\n",
        )  # fmt: skip
        job = int(text.strip())
        self.lab.wait_job(job)
        self.assertEqual(self.lab.request(job), "v1;layout=any;affinity=numa")

    def test_the_forged_request_of_a_job_misleads_nobody_else(self) -> None:
        result = self.lab.srun(
            "--efa-layout=any", "/bin/sh", "-c",
            "SLURM_EFA_LAYOUT_JOB_REQUEST='v1;x\ny' srun --overlap --efa-affinity=all true",
        )  # fmt: skip
        self.assertEqual(result.rc, 0, result)
        self.assertIn("ignoring", result.err)


class TestHeterogeneousJobs(PluginCase):
    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(nodes=2)

    def test_the_prolog_of_each_component_is_told_its_own(self) -> None:
        result = self.lab.srun(
            "-n1", "--efa-layout=efa-only", ":", "-n1", "--efa-layout=any", "printenv", "EFA_LAYOUT"
        )
        self.assertEqual((result.rc, result.out), (0, "efa-only\n" * 2), result)
        last = self.jobs()
        self.assertEqual(self.lab.request(last - 1), "v1;layout=efa-only")
        self.assertEqual(self.lab.request(last), "v1;layout=any")


if __name__ == "__main__":
    main()
