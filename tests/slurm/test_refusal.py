#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A request that the node does not meet: the tasks end with 78 and a sentence, the node stays."""

from __future__ import annotations

from lab import main
from plugin_lab import REFUSED_THERE, PluginCase, PluginLab

SENTENCE = "--efa-layout=all-efa: node n1 has another layout (efa-only); ask for that one"
VARIABLE = "SLURM_SPANK__SLURM_SPANK_OPTION_efa_layout_efa_layout"


class Refusals:
    """The cases; each class below runs them with another line in plugstack.conf."""

    keyword = ""

    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(keyword=cls.keyword, nodes=2)

    def assert_refused(
        self: PluginCase, job: int | str, text: str, sentence: str = SENTENCE
    ) -> None:
        self.assertEqual(text.count(sentence), 1, text)
        ended = self.lab.wait_job(int(job))
        self.assertEqual((ended["JobState"], ended["ExitCode"]), ("FAILED", f"{REFUSED_THERE}:0"))
        self.assert_idle("n1")

    def test_srun(self: PluginCase) -> None:
        for user in ("nobody", "root"):
            result = self.lab.srun("-w", "n1", "-n2", "--efa-layout=all-efa", "true", user=user)
            self.assertEqual(result.rc, REFUSED_THERE, result)
            self.assert_refused(self.jobs(), result.err)

    def test_sbatch(self: PluginCase) -> None:
        job = self.lab.sbatch("-w", "n1", "--efa-layout=all-efa", script="#!/bin/sh\necho ran\n")
        self.lab.wait_job(job)
        self.assert_refused(job, self.lab.output(job))
        self.assertNotIn("ran", self.lab.output(job))

    def test_sbatch_export_none(self: PluginCase) -> None:
        job = self.lab.sbatch("-w", "n1", "--export=NONE", "--efa-layout=all-efa",
                              script="#!/bin/sh\necho ran\n")  # fmt: skip
        self.lab.wait_job(job)
        self.assert_refused(job, self.lab.output(job))

    def test_salloc(self: PluginCase) -> None:
        result = self.lab.salloc("-w", "n1", "--efa-layout=all-efa", "srun", "true")
        self.assertEqual(result.rc, REFUSED_THERE, result)
        self.assertEqual(result.err.count(SENTENCE), 1, result)
        self.assert_idle("n1")

    def test_every_node_says_why(self: PluginCase) -> None:
        result = self.lab.srun("-N2", "-n4", "--efa-layout=all-efa", "true")
        self.assertEqual(result.rc, REFUSED_THERE, result)
        for node in ("n1", "n2"):
            self.assertEqual(result.err.count(f"node {node} has another layout"), 1, result)
            self.assert_idle(node)

    def test_forged_option(self: PluginCase) -> None:
        """Past the client's checks, as a program of the user's own could."""
        name = "_SLURM_SPANK_OPTION_efa_layout_efa_layout"
        result = self.lab.srun("-w", "n1", "true", env={name: "$(reboot);x=\033[2J"})
        self.assertEqual(result.rc, REFUSED_THERE, result)
        self.assert_refused(self.jobs(), result.err, "$(reboot);x=?[2J: a layout name has")

    def test_submit_host_without_plugin(self: PluginCase) -> None:
        conf = (self.lab.path / "slurm.conf").read_text()
        lines = [line for line in conf.splitlines() if not line.startswith("PlugStackConfig")]
        bare = self.lab.write("bare.conf", "\n".join([*lines, "PlugStackConfig=/dev/null", ""]))
        env = {"SLURM_CONF": str(bare), VARIABLE: "all-efa"}
        result = self.lab.srun("-w", "n1", "true", env=env)
        self.assertEqual(result.rc, REFUSED_THERE, result)
        self.assert_refused(self.jobs(), result.err)

    def test_node_found_wanting_runs(self: PluginCase) -> None:
        self.lab.map("-", "degraded")
        result = self.lab.srun("-w", "n1", "--efa-layout=all-efa", "printenv", "EFA_LAYOUT")
        self.assertEqual((result.rc, result.out), (0, "all-efa\n"), result)
        self.assertIn("node n1 does not have it, and the site lets jobs run", result.err)


class TestOptional(Refusals, PluginCase):
    keyword = "optional"


class TestRequired(Refusals, PluginCase):
    keyword = "required"


class TestContain(Refusals, PluginCase):
    """With an extern step on every node, which is given no options."""

    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(nodes=2, config={"PrologFlags": "Alloc,Contain,DeferBatch"})


class TestBadArguments(PluginCase):
    """A mistake in plugstack.conf costs nobody a node, and no job that does not use the options."""

    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(arguments="rundir=/run/efa-layout")

    def test_commands(self) -> None:
        result = self.lab.srun("true")
        self.assertEqual(result.rc, 0, result)
        self.assertIn('unknown argument "rundir", did you mean "run_dir"', result.err)
        result = self.lab.srun("--efa-layout=any", "true")
        self.assertNotEqual(result.rc, 0, result)
        self.assertIn("unrecognized option", result.err)
        job = self.lab.sbatch(script="#!/bin/sh\ntrue\n")
        self.assertEqual(self.lab.wait_job(job)["JobState"], "COMPLETED")
        self.assert_idle()


class TestBadArgumentsRequired(TestBadArguments):
    @classmethod
    def make(cls) -> PluginLab:
        return PluginLab(keyword="required", arguments="rundir=/run/efa-layout")

    def test_commands(self) -> None:
        """Here the site has asked Slurm to stop every command."""
        result = self.lab.srun("true")
        self.assertNotEqual(result.rc, 0, result)
        self.assertIn('unknown argument "rundir"', result.err)
        self.assert_idle()


if __name__ == "__main__":
    main()
